"""Merges through all three faces: what is asked, shown, confirmed and taken back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.merging import build_merging
from gateway.canonical import Kind
from gateway.contract import Caller, CodePurpose, CodeSent, MemberKey
from gateway.identity.merging.asking import Asking
from gateway.identity.merging.service import Wanted
from gateway.ops.faults import ExitCode, Refused
from gateway.ops.merges import MergeDesk
from gateway.ports import PairRow, PairState
from tests.gateway.cli.run import gateway
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import EMAIL, PHONE, PLANTED, House, eventually, hint

FIRST = {"name/first": "Алёна", f"phones/{PHONE}": True}
SECOND = {"name/first": "Алена", f"emails/{EMAIL}": True}


@dataclass
class Codes:
    """Codes that arrive in a list; the right one is always the same."""

    sent: list[str] = field(default_factory=list)

    async def send(
        self, caller: Caller, to: MemberKey, *, purpose: CodePurpose, link: str = ""
    ) -> CodeSent:
        """Note where it goes."""
        del caller, purpose
        assert not link
        self.sent.append(to.phone or to.email or "")
        return CodeSent("r", 60.0, 6)

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Know one code."""
        del caller, to, purpose, reference
        return code == "123456"


async def twice(house: House) -> tuple[str, str]:
    """Let the shop know one person twice; return both ids."""
    house.vendor("shop").change(customer={"1": FIRST, "2": SECOND})
    async with house.gateway() as running:
        await hint(running, "customer", "1")
        await hint(running, "customer", "2")
        links = await eventually(lambda: _links(running.foundation), lambda found: len(found) == 2)
        await eventually(lambda: _open(running.foundation), lambda found: not found)
    return links["1"], links["2"]


async def _links(foundation: Foundation) -> dict[str, str]:
    found = await foundation.store.read(lambda tx: tx.links("shop", Kind.CUSTOMER, ["1", "2"]))
    return {external_id: link.entity_id for external_id, link in found.items()}


async def _open(foundation: Foundation) -> dict[tuple[str, str], int]:
    return dict(await foundation.store.read(lambda tx: tx.count_deliveries()))


async def test_codes_go_to_both_and_the_last_one_merges(house: House) -> None:
    """A person would never learn that he was asked."""
    pair = await twice(house)
    async with house.foundation() as foundation:
        codes = Codes()
        merging = build_merging(foundation, lambda _: None)
        asking = Asking(foundation.store, foundation.clock, merging, codes, b"a secret of tests")
        desk = MergeDesk(foundation.store, foundation.clock, merging, lambda: asking)
        view = await desk.ask(Wanted(*pair, "order", "gateway"))
        assert view.state == "asked"
        assert codes.sent == [PHONE, EMAIL]
        assert not any(value in str(view) for value in PLANTED)
        with pytest.raises(Refused, match="wrong or too old"):
            await desk.confirm(view.id, 0, "000000", who="olga")
        with pytest.raises(Refused, match="nobody was asked"):
            await desk.confirm(view.id, 7, "123456", who="olga")
        assert (await desk.confirm(view.id, 0, "123456", who="olga")).state == "asked"
        assert (await desk.confirm(view.id, 1, "123456", who="ivan")).state == "asked"
        await desk.send_codes(view.id, who="olga")
        assert codes.sent == [PHONE, EMAIL, EMAIL]
        assert (await desk.confirm(view.id, 1, "123456", who="olga")).state == "done"


async def test_without_codes_somebody_must_vouch(house: House) -> None:
    """A merge would wait for codes that nobody sends."""
    pair = await twice(house)
    async with house.foundation() as foundation:
        desk = build_backstage(foundation).merges
        with pytest.raises(Refused, match="vouch"):
            await desk.ask(Wanted(*pair, "operator", "olga"))


def test_the_command_merges_shows_and_takes_back(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the console can do, a person without it must be able to do."""
    survivor, absorbed = asyncio.run(twice(house))
    no = gateway(capsys, "merge", survivor, absorbed, "--vouch")
    assert no.code == ExitCode.FOUND
    assert "say why" in no.err
    done = gateway(capsys, "merge", survivor, absorbed, "--vouch", "--reason", "паспорт", "--json")
    assert done.code == ExitCode.OK
    merge = done.json()
    assert merge["state"] == "done"
    listed = gateway(capsys, "merge", "--state", "done")
    assert merge["id"] in listed.out
    undone = gateway(capsys, "merge", "--undo", merge["id"], "--reason", "ошибка")
    assert "undone" in undone.out
    again = gateway(capsys, "merge", "--undo", merge["id"], "--reason", "ошибка")
    assert again.code == ExitCode.FOUND
    assert "nothing to take back" in again.err
    both = gateway(capsys, "merge", survivor, "--undo", merge["id"])
    assert both.code == ExitCode.CONFIG


async def test_api_and_console_do_the_same(house: House) -> None:
    """Three faces would be three opinions."""
    survivor, absorbed = await twice(house)
    employ(house)
    async with doors(house) as there:
        wish = {"survivor": survivor, "absorbed": absorbed, "reason": "паспорт", "vouch": True}
        async with there.api("vera") as viewer:
            assert (await viewer.post("/ops/v1/merges", json=wish)).status_code == 403
        async with there.api("olga") as operator:
            answer = await operator.post("/ops/v1/merges", json=wish)
            assert answer.status_code == 200, answer.text
            merge = answer.json()["result"]
            assert merge["state"] == "done"
            assert (await operator.post("/ops/v1/merges", json=wish)).status_code == 409
            found = (await operator.get("/ops/v1/merges", params={"state": "done"})).json()
            assert [one["id"] for one in found] == [merge["id"]]
        async with there.browser("boris", language="ru") as browser:
            page = await browser.get("/merges")
            assert absorbed in page.text
            page = await browser.get(f"/merges/{merge['id']}")
            assert "Отменить слияние" in page.text
            page = await browser.post(f"/merges/{merge['id']}/undo", reason="ошибка")
            assert page.status_code == 200, page.text
            assert "отменено" in page.text
            assert not any(value in page.text for value in PLANTED)
        async with there.browser("vera") as browser:
            page = await browser.get("/merges")
            assert "Ask for the merge" not in page.text
            answer = await browser.post(
                "/merges", survivor=survivor, absorbed=absorbed, reason="x y"
            )
            assert answer.status_code == 403


async def test_a_pair_that_a_person_takes_for_one_is_asked_to_merge(house: House) -> None:
    """The answer to the question would lead nowhere."""
    pair = sorted(await twice(house))
    employ(house)
    async with doors(house) as there:
        foundation = there.gateway.foundation
        row = PairRow(
            (pair[0], pair[1]), PairState.OPEN, "score", 800, {"supports": [], "against": []},
            foundation.clock.now(), foundation.clock.now(),
        )  # fmt: skip
        await foundation.store.run(lambda tx: tx.put_pairs([row]))
        async with there.browser("vera", language="ru") as browser:
            page = await browser.get("/reviews")
            assert pair[0] in page.text
            page = await browser.get(f"/reviews/{row.id}")
            assert "Обе записи" in page.text
            assert "Два человека" not in page.text
            assert not any(value in page.text for value in PLANTED)
        async with there.api("olga") as client:
            found = (await client.get("/ops/v1/reviews")).json()
            assert [one["id"] for one in found["lines"]] == [row.id]
            verdict = {"same": True, "reason": "тот же человек"}
            answer = await client.post(f"/ops/v1/reviews/{row.id}/decide", json=verdict)
            assert answer.status_code == 200, answer.text
            merges = (await client.get("/ops/v1/merges")).json()
            assert [{one["survivor"], one["absorbed"]} for one in merges] == [set(pair)]
