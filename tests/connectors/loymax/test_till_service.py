"""A till of the XML protocol at the loyalty service itself, over a processor that fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.loymax.config import Tills
from connectors.loymax.till_xml import XmlTillDoor, till_door
from gateway.ports import SaleProgress
from tests.gateway.loyalty.entries import Fault
from tests.gateway.loyalty.world import ANNA, World

from .till_stage import TILLS, cheque, element, request, whole

PHONE = ANNA.phone or ""
START = Decimal(500)
BUYER = f'<Identifier Type="Auto" Value="{PHONE[1:]}"/>'
PURCHASES = ("a" * 32, "b" * 32, "c" * 32)
FAULTS = (Fault.AWAY, Fault.LIMITED, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE)


@dataclass
class Shop:
    """A till, its door and the service."""

    world: World = field(default_factory=World)
    count: int = 0
    opened: datetime = field(init=False)
    door: XmlTillDoor = field(init=False)

    def __post_init__(self) -> None:
        """Give the member points, and open."""
        self.world.ledger.balances[PHONE] = START
        self.opened = self.world.clock.now()
        self.door = self._door()

    def _door(self) -> XmlTillDoor:
        tills = Tills.model_validate(TILLS)
        return till_door("tills", tills, currency="RUB", clock=self.world.clock)

    async def restart(self) -> None:
        """Forget what is only in memory."""
        await self.world.restart()
        self.door = self._door()

    async def step(self, letter: str, purchase: str = PURCHASES[0], operation: str = "") -> str:
        """Send a step by its letter; return its code."""
        self.count += 1
        lines = cheque("100", at=self.opened.isoformat())
        name, children = {
            "C": ("Calculate", BUYER + lines),
            "A": ("AvailableAmount", lines + BUYER),
            "P": ("Payment", lines + BUYER),
            "D": ("Discount", BUYER + lines + '<Pays><Pay Type="Card" Amount="90"/></Pays>'),
            "K": ("ConfirmPurchase", ""),
            "U": ("CancelPurchase", ""),
        }[letter[0]]
        told: dict[str, Any] = {"purchase": purchase, "operation": operation or str(self.count)}
        told |= {"at": self.world.clock.now().isoformat()}
        told |= {"Amount": letter[1:]} if letter[1:] else {}
        document = element(name, children, **told)
        reply = await self.door.answer(request(whole(document)), self.world.service)
        return etree.fromstring(reply.body)[-1][0].get("ErrorCode") or ""

    def is_closed(self, purchase: str) -> bool:
        """Tell whether the service holds a purchase for closed."""
        row = self.world.disk.rows.get(f"tills.till-1:{purchase}")
        return row is not None and row.progress is SaleProgress.COMMITTED


@pytest.mark.parametrize(
    ("script", "codes", "left"),
    [
        ("C A P10 D K", "0 0 0 0 0", "499"),
        ("C D K", "0 0 0", "510"),
        ("D K", "0 0", "510"),
        ("C P10 U", "0 0 0", "500"),
        ("C P10 R P10 D K", "0 0 0 0 0", "499"),
        ("C P10 R D K", "0 0 0 0", "499"),
        ("C P10 R K", "0 0 218", "500"),
        ("C P10 D K R K", "0 0 0 0 209", "499"),
        ("C D R K D K", "0 0 216 0 0", "510"),
        ("C D K U", "0 0 0 218", "510"),
        ("C U K", "0 0 210", "500"),
    ],
)
async def test_points_are_those_of_the_till_s_story(script: str, codes: str, left: str) -> None:
    """A member's balance would not be what the receipts say."""
    shop = Shop()
    told = []
    for step in script.split():
        if step == "R":
            await shop.restart()
        else:
            told.append(await shop.step(step))
    await shop.world.settle()
    assert told == codes.split()
    assert shop.world.ledger.balances[PHONE] == Decimal(left)
    assert shop.world.ledger.blocked(PHONE) == 0
    assert shop.world.ledger.misled == []


moves = st.lists(
    st.tuples(
        st.sampled_from(PURCHASES),
        st.sampled_from(["C", "A", "P10", "P25", "D", "K", "U", "repeat", "restart"]),
        st.none() | st.sampled_from(FAULTS),
        st.sampled_from([0, 0, 0, 1, 5, 30]),
    ),
    max_size=20,
)


@given(moves)
@settings(deadline=None)
async def test_whatever_fails_a_closed_purchase_counts_once(
    script: list[tuple[str, str, Fault | None, int]],
) -> None:
    """Some order of calls, repeats, faults and restarts would lose a receipt, or count it twice."""
    shop = Shop()
    told: dict[str, set[str]] = {one: set() for one in PURCHASES}
    last: dict[str, tuple[str, str]] = {}
    for purchase, step, fault, seconds in script:
        if fault is not None:
            shop.world.ledger.script.append(fault)
        if seconds:
            await shop.world.pass_time(seconds)
        if step == "restart":
            await shop.restart()
            continue
        letter, operation = last.get(purchase, ("", "")) if step == "repeat" else (step, "")
        if not letter:
            continue
        code = await shop.step(letter, purchase, operation)
        last[purchase] = (letter, operation or str(shop.count))
        told[purchase].add(letter[0] + code)
    shop.world.ledger.script.clear()
    await shop.world.settle()
    for purchase in PURCHASES:
        assert shop.is_closed(purchase) == ("K0" in told[purchase]), told[purchase]
        assert not {"K0", "U0"} <= told[purchase]
    assert shop.world.ledger.blocked(PHONE) == 0
    assert shop.world.ledger.misled == []
