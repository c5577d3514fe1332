"""``gateway house``: what people see of the programme, and what they do with it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.bootstrap.house import build_house
from gateway.ids import SystemClock
from gateway.ops.faults import ExitCode
from tests.gateway.cli.run import gateway
from tests.gateway.loyalty.house.shop import back, line, person, sale
from tests.gateway.ops.house import House

RULES = """
[house]
activation_days = 0

[[house.tiers]]
name = "Club"
percent = 10
share = 50

[http]
"""
OTHER = """
[house]
[[house.tiers]]
name = "Club"
percent = 5
"""


@pytest.fixture
def member(house: House) -> str:
    """Somebody with a receipt of a thousand roubles, half of it returned, and an open order."""
    house.edit_config("[http]\n", RULES)

    async def fill() -> str:
        async with house.foundation() as foundation:
            parts = build_house(foundation)
            made = await parts.house.register(person(1), key="k")
            now = SystemClock().now()
            bought = sale("s-1", made.external_id, line(price="1000"), at=now, shop="north")
            await parts.house.commit(bought, None, key="c")
            await parts.house.refund(
                replace(back("b-1", "s-1", line(quantity="0.5")), at=now), key="b"
            )
            order = sale("o-1", made.external_id, at=now, number="A-1", is_online=True)
            await parts.house.reserve(order, key="r")
            await parts.office.adjust(made.external_id, Decimal(5), key="a", reason="complaint")
            return made.external_id

    return asyncio.run(fill())


@pytest.fixture(autouse=True)
def _here(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in house.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(str(house.site))


def test_a_member_is_shown_without_anything_personal(
    member: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Support would not see why a balance is what it is, or see more than it may."""
    for query in (member, "8 916 000-00-01", "p1@example.ru"):
        ended = gateway(capsys, "house", "show", query, "--json")
        assert ended.code == ExitCode.OK
        shown = ended.json()
        assert (shown["member"], shown["tier"], shown["available"]) == (member, "Club", "55")
        assert [one["points"] for one in shown["movements"]] == ["5", "-50", "100"]
        assert not any(value in ended.out for value in ("9160000001", "000-00-01", "p1@example.ru"))
    plain = gateway(capsys, "house", "show", member)
    assert "complaint" in plain.out
    missing = gateway(capsys, "house", "show", "+79169999999")
    assert missing.code != ExitCode.OK
    assert "nobody is known" in missing.err


@pytest.mark.usefixtures("member")
def test_other_rules_are_tried(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """A change of rules would be switched on unseen."""
    path = house.folder / "new.toml"
    path.write_text(OTHER, "utf-8")
    options = ("--rules", str(path), "--since", "2020-01-01", "--until", "2090-01-01")
    found = gateway(capsys, "house", "simulate", *options, "--json").json()
    assert found["members"] == 1
    assert found["shops"]["north"] == {
        "receipts": "1",
        "earned": "100.00",
        "earned_new": "50.00",
        "spendable": "500.00",
        "spendable_new": "0.00",
    }
    assert "nothing was changed" in gateway(capsys, "house", "simulate", *options).out
    path.write_text("[house]\ntiers = []\n", "utf-8")
    refused = gateway(capsys, "house", "simulate", *options)
    assert refused.code != ExitCode.OK
    assert "house.tiers" in refused.err


@pytest.mark.usefixtures("member")
def test_a_key_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A manager could not keep an order's conditions, or anybody could read the key later."""
    ended = gateway(capsys, "house", "key", "A-1", "--who", "boss", "--json")
    issued = ended.json()
    assert issued["key"].startswith("HK-")
    assert issued["sale"] == "o-1"
    refused = gateway(capsys, "house", "key", "s-1", "--who", "boss")
    assert refused.code != ExitCode.OK
    assert "committed" in refused.err


@pytest.mark.usefixtures("member")
def test_upkeep_by_hand_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    """An operator would not know whether anything was done."""
    report = gateway(capsys, "house", "expire", "--json").json()
    assert report == {"lapsed": 0, "handed_over": 0, "expired": 0, "notices": 0, "tiers": 0}
    assert "expired: 0" in gateway(capsys, "house", "expire").out


def test_without_a_house_the_remedy_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody would look for members of a programme that is not there."""
    assert gateway(capsys, "db", "upgrade").code == ExitCode.OK
    ended = gateway(capsys, "house", "show", "m-1")
    assert ended.code != ExitCode.OK
    assert "[house]" in ended.err
