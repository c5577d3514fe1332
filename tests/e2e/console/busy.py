"""A busy day: something of everything that pages can show, so that none is looked at empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.reports import build_builder
from gateway.ops.actions import Action, ActionKind
from gateway.ops.rights import Face, Operator, Role
from gateway.ops.tally import CALLS, FAILED, RECEIVED, RETRIED, TOLD, minute_of
from gateway.ports import Grain, TallyRow
from tests.e2e.console.desk import Desk
from tests.gateway.ops.house import (
    CUSTOMER,
    FIRST,
    ORDER,
    PHONE,
    House,
    eventually,
    hint,
    letters,
)  # fmt: skip
from tests.gateway.ops.letter_shelf import shelve

OLGA = Operator("olga", Role.OPERATOR, Face.CONSOLE)
ANNA = Operator("anna", Role.ADMIN, Face.CONSOLE)
REASON = "покупатель отказался от карты, звонил 12 ноября"


@dataclass(frozen=True, slots=True)
class Busy:
    """Ids of what there is."""

    customer: str
    order: str
    letter: str


async def arrive(
    desk: Desk, house: House, *, fields: Mapping[str, object] | None = None
) -> tuple[str, str]:
    """Let a customer with an order come from the shop; return both ids when the CRM has them."""
    house.vendor("shop").change(
        customer={"7": {**CUSTOMER, **(fields or {})}}, order={"12": dict(ORDER)}
    )
    await hint(desk.gateway, "customer", "7")
    await hint(desk.gateway, "order", "12")

    async def there() -> bool:
        held = house.vendor("crm").read()
        return bool(held["customer"] and held["order"])

    await eventually(there, bool)
    search = desk.stage.search
    (customer,) = (await search.look(PHONE)).lines
    (order,) = (await search.look(str(ORDER["number"]))).lines
    return customer.id, order.id


async def refuse(desk: Desk, house: House) -> str:
    """Let the CRM refuse a second customer; return the letter's id."""
    bad = {
        "name/first": f"{FIRST}7", "name/last": "Кузнецова-Преображенская",
        "phones/+79035550011": True,
    }  # fmt: skip
    state = house.vendor("shop").read()
    house.vendor("shop").change(customer={**state["customer"], "8": bad})
    await hint(desk.gateway, "customer", "8")
    found = await eventually(lambda: letters(desk.gateway.foundation), bool)
    return str(found[0].id)


async def busy_day(desk: Desk, house: House) -> Busy:
    """Make all of it."""
    customer, order = await arrive(desk, house)
    letter = await refuse(desk, house)
    foundation, stage = desk.gateway.foundation, desk.stage
    await shelve(foundation, range(9), account="crm", code="PHONE_TAKEN")
    await shelve(foundation, range(100, 103), account="crm", code="TIMEOUT", held=True)
    for number, reason in ((0, REASON), (1, "дубль")):
        await stage.actions.perform(
            OLGA, Action(ActionKind.LETTER_DROP, (f"l{number:04}",), {"reason": reason})
        )
    await stage.actions.perform(
        OLGA, Action(ActionKind.UNMASK, (customer,), {"reason": "звонок клиента"})
    )
    merge = Action(ActionKind.MERGE_VOUCH, (customer, "c-0000"), {"reason": "одна и та же карта"})
    await stage.actions.perform(OLGA, merge)
    await stage.account_desk.pause("shop", who="anna", reason="переезд на новый сервер")
    await _figures(foundation)
    return Busy(customer, order, letter)


async def _figures(foundation: Foundation) -> None:
    """Let the last two hours have had some traffic, and the reports be made."""
    now = minute_of(foundation.clock.now())
    waves = {RECEIVED: 17, TOLD: 13, RETRIED: 5, FAILED: 2, CALLS: 29}
    rows = [
        TallyRow(
            now - timedelta(minutes=back), Grain.MINUTE, account, what, 1 + back // step % most
        )
        for back in range(1, 120)
        for account, step in (("shop", 3), ("crm", 4))
        for what, most in waves.items()
    ]  # fmt: skip
    await foundation.store.run(lambda tx: tx.add_tally(rows))
    await build_builder(foundation, "test", hurries=True).catch_up()
