"""``gateway switch`` and ``gateway sale``: what operators see and decide."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.cli.tills import Progress
from gateway.ports import SaleKind, SaleProgress, SaleRow
from tests.gateway.cli.run import gateway
from tests.gateway.ops.house import PHONE, House

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALE = SaleRow(
    "till-1:s1", SaleKind.SALE, "till-1", "north", "", "crm", SaleProgress.DEAD, 3, 1, NOON, NOON,
    cause_code="Rejected", cause="too few points", remedy="Agree with the customer.",
    content={"id": "s1", "member": {"phone": PHONE}, "lines": [{"id": "1"}]},
)  # fmt: skip


def kept(house: House) -> None:
    """Put a refused sale into the store."""

    async def put() -> None:
        async with house.foundation() as foundation:
            await foundation.store.run(lambda tx: tx.put_sales([SALE]))

    asyncio.run(put())


def test_a_switch_is_turned_and_its_history_shown(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody could launch spending at one moment, or see who did."""
    kept(house)
    config = ("--config", str(house.config))
    launch = "2026-06-01T09:00:00+0300"
    off = gateway(
        capsys, "switch", "set", "spending", "off", "--reason", "soft launch", "--who", "olga",
        *config,
    )  # fmt: skip
    on = gateway(
        capsys, "switch", "set", "spending", "on", "--reason", "launch", "--shop", "north",
        "--since", launch, "--who", "olga", *config,
    )  # fmt: skip
    assert (off.code, on.code) == (0, 0)
    assert "spending is on for shop north from 2026-06-01 06:00:00Z on" in on.out
    turns = gateway(capsys, "switch", "list", "--json", *config).json()["turns"]
    assert [(one["on"], one["scope"], one["who"]) for one in turns] == [
        (True, "shop", "olga"),
        (False, "all", "olga"),
    ]
    assert "soft launch" in gateway(capsys, "switch", "list", *config).out
    both = gateway(
        capsys, "switch", "set", "spending", "on", "--reason", "x", "--shop", "a", "--brand", "b",
        *config,
    )  # fmt: skip
    assert both.code == 2


def test_a_refused_sale_is_shown_masked_and_given_up(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused receipt would stay unseen, or show who bought to everybody."""
    kept(house)
    config = ("--config", str(house.config))
    listed = gateway(capsys, "sale", "list", "--progress", "dead", "--json", *config).json()
    assert [one["id"] for one in listed["sales"]] == ["till-1:s1"]
    shown = gateway(capsys, "sale", "show", "till-1:s1", *config)
    assert "too few points" in shown.out
    assert "Agree with the customer." in shown.out
    assert PHONE not in shown.out
    bare = gateway(capsys, "sale", "show", "till-1:s1", "--unmask", "--json", *config).json()
    assert bare["content"]["member"]["phone"] == PHONE
    dropped = gateway(
        capsys, "sale", "drop", "till-1:s1", "--reason", "agreed", "--who", "olga", *config
    )
    again = gateway(capsys, "sale", "retry", "till-1:s1", *config)
    assert (dropped.code, again.code) == (0, 1)
    assert "cancelling" in gateway(capsys, "sale", "list", *config).out


def test_the_command_line_knows_how_far_a_sale_can_come() -> None:
    """The words stand twice, for `--help` loads no model: one that is missing finds no sale."""
    assert [one.value for one in Progress] == [one.value for one in SaleProgress]
