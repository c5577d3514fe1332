"""A double with a club of one member, and the calls that the tests of bonuses repeat."""

from __future__ import annotations

from typing import Any

from mocks.retailcrm.programs import Event, Level, Program
from mocks.retailcrm.settings import Offer
from tests.mocks.retailcrm.conftest import Crm, Start

CLUB = Program(
    2,
    "Клуб",
    (Level(3, "Серебро", size=5, promo_size=1), Level(4, "Золото", sum=1500, size=10)),
    cap_percent=30,
    events=(Event(9, "birthday", discount=20),),
)
OFFERS = (Offer(311, "sku-1", "Кружка", 900, "sku-1"), Offer(312, "акция", "Чай", 200, promo=True))
MUG = {"offer": {"externalId": "sku-1"}, "initialPrice": 900, "quantity": 1}
TEA = {"offer": {"externalId": "акция"}, "initialPrice": 200, "quantity": 1}
ORDER = {
    "externalId": "o-1",
    "customer": {"externalId": "c-1"},
    "privilegeType": "loyalty_level",
    "items": [MUG],
}


async def open_club(
    start: Start, program: Program = CLUB, amount: int = 300, **changes: Any
) -> Crm:
    """Return a double with an active participation, 71, of ``amount`` bonuses."""
    crm = await start(programs=(program,), offers=OFFERS, **changes)
    seeded = {
        "customers": [{"externalId": "c-1", "firstName": "Алёна", "personalDiscount": 3}],
        "participations": [{"customer": {"externalId": "c-1"}, "amount": amount}],
    }
    answer = await crm.client.post("/__mock__/seed", json=seeded)
    assert answer.json()["participationIds"] == [71]
    return crm


async def make(crm: Crm, **changes: Any) -> Any:  # noqa: ANN401 - JSON
    """Create the order of one mug, with ``changes``, and return it."""
    answer = await crm.post("orders/create", order={**ORDER, **changes})
    assert answer.status_code == 201, answer.text
    return answer.json()["order"]


async def apply(crm: Crm, bonuses: str, name: str = "o-1") -> Any:  # noqa: ANN401 - JSON
    """Pay an order with bonuses and return the whole answer."""
    answer = await crm.post("orders/loyalty/apply", order={"externalId": name}, bonuses=bonuses)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def cancel(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    """Cancel the bonus operations of the order and return it."""
    form: dict[str, Any] = {"order": {"externalId": "o-1"}}
    return (await crm.post("orders/loyalty/cancel-bonus-operations", **form)).json()["order"]


async def member(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    """Return the participation."""
    return (await crm.get("loyalty/account/71")).json()["loyaltyAccount"]


async def ledger(crm: Crm) -> list[tuple[str, float]]:
    """Return types and amounts of all operations, oldest first."""
    rows = (await crm.get("loyalty/account/71/bonus/operations")).json()["bonusOperations"]
    return [(row["type"], row["amount"]) for row in reversed(rows)]


async def stored(crm: Crm) -> Any:  # noqa: ANN401 - JSON
    """Return the order as it is read."""
    return (await crm.get("orders/o-1")).json()["order"]
