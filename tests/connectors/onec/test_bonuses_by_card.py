"""Points of Розница 2.x, which are kept by card and not by customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.onec import CONNECTOR
from gateway.contract import Operation, Rejected
from gateway.contract.operations import BONUS_POST
from mocks.onec.app import OneCSettings, build_app
from tests.connectors.bench import Bench, bench
from tests.connectors.onec.conformance_retail import retail_settings

PARTNERS = "Catalog_Контрагенты"
CODES = ("2990000000601", "2990000000602")


@pytest.fixture
async def base() -> AsyncIterator[Bench]:
    """Serve a base of Розница."""
    app = build_app(OneCSettings(configuration="retail"))
    async with bench(app, CONNECTOR, retail_settings) as made:
        yield made


async def buyer(base: Bench, *codes: str) -> tuple[str, dict[str, str]]:
    """Make a buyer with cards; return the buyer, and cards by their codes."""
    who = (await base.act("object.create", entity=PARTNERS, values={"Description": "Ёлкина"}))[
        "Ref_Key"
    ]
    cards = {
        code: (await base.act("card.issue", barcode=code, owner=who, owner_type=PARTNERS))[
            "Ref_Key"
        ]
        for code in codes
    }
    return str(who), cards


async def accrued(base: Bench, who: str, **more: Any) -> None:
    """Post points to a buyer."""
    payload = {"customer_external_id": who, "kind": "accrue", "points": "56", **more}
    await base.connector.operations[BONUS_POST].perform(Operation("w-1", BONUS_POST, payload))


async def balance(base: Bench, card: str) -> float:
    """Return the points of a card."""
    points: float = (await base.act("points.balance", card=card))["spendable"]
    return points


async def test_points_go_to_the_only_card(base: Bench) -> None:
    """The id of a customer is written in the place of a card, and the points are nobody's."""
    who, cards = await buyer(base, CODES[0])
    await accrued(base, who)
    assert await balance(base, cards[CODES[0]]) == 56


async def test_points_go_to_the_card_that_is_named(base: Bench) -> None:
    """Points for a purchase with one card lie on the other one."""
    who, cards = await buyer(base, *CODES)
    await accrued(base, who, options={"card": CODES[1]})
    assert [await balance(base, cards[code]) for code in CODES] == [0, 56]


@pytest.mark.parametrize("codes", [(), CODES], ids=["none", "two"])
async def test_a_card_is_not_guessed(base: Bench, codes: tuple[str, ...]) -> None:
    """Points are given to a card that lies in a drawer."""
    who, _ = await buyer(base, *codes)
    with pytest.raises(Rejected) as refused:
        await accrued(base, who)
    assert refused.value.vendor_code == "ambiguous"
