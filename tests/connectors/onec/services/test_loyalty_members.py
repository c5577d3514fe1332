"""Members of a 1C that keeps the points: who joins, what was posted, who is served at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.onec import CONNECTOR
from connectors.onec.config import OneCSettings
from connectors.onec.config_services import HttpServices
from gateway.canonical import (
    BonusOperationKind,
    Customer,
    PersonName,
    PhoneContact,
)
from gateway.contract import (
    ConnectorContext,
    ContractViolated,
    HttpClient,
    MemberKey,
    Missing,
    Rejected,
    Unsupported,
)
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.http import build_client
from gateway.contract.operations import BONUS_POST
from mocks.onec import demo
from tests.connectors.bench import SystemClock
from tests.connectors.onec.services.conftest import BARCODE, CARDS, OpenBase, http, soap
from tests.connectors.onec.services.selling import each_way, till
from tests.gateway.contract.fakes import FakeLog

CLOCK = SystemClock()
NEW = Customer(
    name=PersonName(last="Орлова", first="Нина"),
    phones=(PhoneContact(number="+79165550001"),),
)


async def test_who_joins_gets_a_card_of_the_range(open_base: OpenBase) -> None:
    """Somebody who joins twice would have two cards, or the card of another."""
    cards = {"cards": {**CARDS, "new_codes": {"first": "2995000000", "last": "2995000001"}}}
    base, loyalty = await till(open_base, http(**cards))
    nina = await loyalty.register(NEW, key="j-1")
    assert await loyalty.register(NEW, key="j-1") == nina
    (number,) = (one.number for one in nina.customer.cards)
    assert number in {"2995000000", "2995000001"}
    other = NEW.model_copy(update={"phones": (PhoneContact(number="+79165550002"),)})
    boris = await loyalty.register(other, key="j-4")
    assert {one.number for one in (*nina.customer.cards, *boris.customer.cards)} == {
        "2995000000",
        "2995000001",
    }
    third = NEW.model_copy(update={"phones": (PhoneContact(number="+79165550003"),)})
    with pytest.raises(Rejected):
        await loyalty.register(third, key="j-5")
    with pytest.raises(Rejected):
        await loyalty.register(Customer(), key="j-6")
    rows = (await base.act("inspect", entity="Catalog_КартыЛояльности"))["rows"]
    assert sum(row["Штрихкод"].startswith("2995") for row in rows) == 2


async def test_nobody_joins_without_codes(open_base: OpenBase) -> None:
    """A card would be made up whose number belongs to nobody's range."""
    _, loyalty = await till(open_base, http())
    with pytest.raises(Unsupported):
        await loyalty.register(NEW, key="j-1")
    known = NEW.model_copy(update={"phones": (PhoneContact(number="+79991234567"),)})
    member = await loyalty.register(known, key="j-2")
    assert [one.number for one in member.customer.cards] == [BARCODE]


@each_way
async def test_history_is_read_backwards_while_it_grows(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A posting with an earlier date would push one out that was never shown, or show one twice."""
    base, loyalty = await till(open_base, sections)
    member = await loyalty.identify(MemberKey(card=BARCODE))
    assert member is not None
    for day in (1, 2, 3):
        date = f"2026-02-0{day}T10:00:00"
        await base.act("points.accrue", partner=demo.PARTNER, points=day, date=date)
    first = await loyalty.history(member.external_id, cursor=None, limit=3)
    await base.act("points.accrue", partner=demo.PARTNER, points=9, date="2026-01-15T10:00:00")
    seen, cursor = list(first.items), first.cursor
    while cursor is not None:
        page = await loyalty.history(member.external_id, cursor=cursor, limit=2)
        seen += page.items
        cursor = page.cursor
    assert [one.at for one in seen] == sorted((one.at for one in seen), reverse=True)
    assert len({one.id for one in seen}) == len(seen)
    points = [int(one.points.points) for one in seen if one.kind is BonusOperationKind.ACCRUE]
    assert points[-5:] == [3, 2, 1, 9, 400]
    assert BonusOperationKind.REDEEM in {one.kind for one in seen}
    with pytest.raises(ContractViolated):
        await loyalty.history(member.external_id, cursor="page 2", limit=2)
    with pytest.raises(Missing):
        await loyalty.history(demo.PARTNER, cursor=None, limit=2)


def _without(*names: str) -> dict[str, Any]:
    """Return the section of a service that lacks operations."""
    routes = HttpServices().model_dump()["routes"]
    return http(routes={name: it for name, it in routes.items() if name not in names})


@pytest.mark.parametrize(
    ("sections", "processes"),
    [
        (http(), True),
        (soap(), True),
        (_without("GetBalance"), False),
        (_without("CancelHold"), False),
        (soap(nodes={"customer": {"code": "GW", "peer": "УТ"}}), False),
        ({"odata": {}}, False),
    ],
    ids=["http", "soap", "no balance", "no cancel", "customers are persons", "odata"],
)
def test_only_what_can_do_all_of_it_processes_sales(
    sections: dict[str, Any], *, processes: bool
) -> None:
    """A till would be sent to a 1C that cannot say how many points there are."""
    login = {"url": "https://1c.invalid/ut", "username": "u", "password": "p"}
    settings = OneCSettings.model_validate({**login, **sections})

    def client(base_url: str, **more: object) -> HttpClient:
        del more
        return build_client(
            base_url, account="a", budget=UnlimitedBudget(CLOCK), clock=CLOCK, log=FakeLog()
        )

    built = CONNECTOR.build(ConnectorContext("a", settings, client, CLOCK, FakeLog()))
    assert (built.services.loyalty is not None) is processes
    assert BONUS_POST in built.operations
