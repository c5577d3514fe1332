"""Points that 1C keeps, as a processor of sales over a service in the shape of LoyaltyExchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.onec import CONNECTOR
from connectors.onec.config import OneCSettings
from connectors.onec.config_services import HttpServices
from gateway.canonical import (
    BonusOperationKind,
    BonusPoints,
    Customer,
    Money,
    OrderLine,
    PersonName,
    PhoneContact,
)
from gateway.contract import (
    ConnectorContext,
    ContractViolated,
    HttpClient,
    LoyaltyProcessing,
    MemberKey,
    Missing,
    OutcomeUnknown,
    Refund,
    Rejected,
    Sale,
    SaleState,
    Unavailable,
    Unsupported,
)
from gateway.contract.budget import UnlimitedBudget
from gateway.contract.http import build_client
from gateway.contract.operations import BONUS_POST
from mocks.onec import demo
from tests.connectors.bench import Bench, SystemClock
from tests.connectors.onec.services.conftest import BARCODE, CARDS, OpenBase, http, soap
from tests.gateway.contract.fakes import FakeLog

CLOCK = SystemClock()
NOON = "2026-02-03T12:00:00"
CODES = {"first": "2995000000000", "last": "2995999999999"}
each_way = pytest.mark.parametrize("sections", [soap(), http()], ids=["soap", "http"])
SALE = Sale(
    id="T-1",
    lines=[
        OrderLine(id="1", quantity=Decimal(2), price=Money.of(100)),
        OrderLine(id="2", quantity=Decimal(1), base_price=Money.of(100)),
    ],
    at=datetime(2026, 2, 3, 9, tzinfo=UTC),
    member=MemberKey(card=BARCODE),
    points=BonusPoints(points=Decimal(50)),
)
NEW = Customer(
    name=PersonName(last="Орлова", first="Нина"),
    phones=(PhoneContact(number="+79165550001"),),
)


async def till(open_base: OpenBase, sections: Mapping[str, Any]) -> tuple[Bench, LoyaltyProcessing]:
    """Open a base at noon, when its customer has 350 points."""
    base = await open_base(sections)
    await base.act("clock.freeze", at=NOON)
    loyalty = base.connector.services.loyalty
    assert loyalty is not None
    return base, loyalty


async def left(base: Bench) -> Decimal:
    """Return the points of the customer of the demonstration data, held ones among them."""
    told = await base.act("points.balance", partner=demo.PARTNER, at="2026-02-04T00:00:00")
    return Decimal(str(told["spendable"]))


@each_way
async def test_member_is_known_by_card_phone_and_id(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till would find nobody by what the customer says, or take a stranger for a member."""
    _, loyalty = await till(open_base, sections)
    by_card = await loyalty.identify(MemberKey(card=BARCODE))
    assert by_card is not None
    assert by_card.customer.name == PersonName(last="Лапина", first="Вера", patronymic="Олеговна")
    assert await loyalty.identify(MemberKey(phone="+79991234567")) == by_card
    by_id = await loyalty.identify(MemberKey(external_id=by_card.external_id))
    assert by_id is not None
    assert by_id.customer.bonuses == by_card.customer.bonuses
    (account,) = await loyalty.balance(by_card.external_id)
    assert (account.programme, account.available) == ("onec", BonusPoints(points=Decimal(350)))
    for nobody in (MemberKey(card="2990000000001"), MemberKey(email="v.lapina@example.ru")):
        assert await loyalty.identify(nobody) is None
    with pytest.raises(Missing):
        await loyalty.balance(demo.PARTNER)


@each_way
async def test_quote_offers_what_the_programme_lets_a_sale_take(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till would offer more points than 1C takes, and be refused at the end."""
    _, loyalty = await till(open_base, sections)
    quote = await loyalty.quote(SALE)
    assert (quote.total, quote.points_earned.points) == (Money.of(300), Decimal(0))
    assert quote.available == BonusPoints(points=Decimal(350))
    assert quote.spendable == BonusPoints(points=Decimal(90))
    anonymous = await loyalty.quote(replace(SALE, member=None))
    assert (anonymous.available, anonymous.spendable) == (None, None)


@each_way
async def test_lost_answers_move_points_once(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till that tries again would hold twice, pay twice, and give back twice."""
    base, loyalty = await till(open_base, sections)
    lost = {"kind": "cut_after", "method": "POST", "times": 1}
    is_soap = "soap" in sections
    await loyalty.identify(MemberKey(card=BARCODE))
    member = await loyalty.identify(MemberKey(phone="+79991234567"))
    assert member is not None
    sale = replace(SALE, member=MemberKey(external_id=member.external_id))

    async def twice(path: str, call: Any) -> Any:  # noqa: ANN401 - a call of the processor
        await base.faults({**lost, "path": "1cws$" if is_soap else path})
        with pytest.raises((Unavailable, OutcomeUnknown)):
            await call()
        await base.faults()
        return await call()

    kept = await twice("/holds$", lambda: loyalty.reserve(sale, key="r-1"))
    assert kept.expires_at == datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
    (account,) = await loyalty.balance(member.external_id)
    assert account.available == BonusPoints(points=Decimal(300))
    assert account.blocked == BonusPoints(points=Decimal(50))
    done = await twice("/commit$", lambda: loyalty.commit(sale, kept, key="c-1"))
    assert (done.state, await left(base)) == (SaleState.COMMITTED, Decimal(300))
    part = Refund("R-1", sale.id, done.reference, sale.at, lines=sale.lines[1:])
    back = await twice("/accruals$", lambda: loyalty.refund(part, key="b-1"))
    assert back.points_spent == BonusPoints(points=Decimal("-16.66"))
    assert await left(base) == Decimal("316.66")
    with pytest.raises(Unsupported):
        await loyalty.find(sale.id)


@each_way
async def test_sale_that_was_closed_already_takes_its_points(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A receipt of an offline till would never be counted, or be counted at each try."""
    base, loyalty = await till(open_base, sections)
    first, again = [await loyalty.commit(SALE, None, key="c-1") for _ in range(2)]
    assert first == again
    assert await left(base) == Decimal(300)
    free = await loyalty.commit(replace(SALE, points=None), None, key="c-2")
    whole = Refund("R-2", SALE.id, free.reference, SALE.at)
    await loyalty.refund(whole, key="b-2")
    assert await left(base) == Decimal(300)
    await loyalty.refund(replace(whole, reference=first.reference), key="b-1")
    assert await left(base) == Decimal(350)


async def test_hold_ends_by_itself_or_by_a_cancel(open_base: OpenBase) -> None:
    """Points of a sale that never was would stay held, or be taken without a hold."""
    base, loyalty = await till(open_base, http())
    kept = await loyalty.reserve(SALE, key="r-1")
    for _ in range(2):
        await loyalty.cancel(kept, key="x-1")
    with pytest.raises(Rejected) as refused:
        await loyalty.commit(SALE, kept, key="c-1")
    assert refused.value.vendor_code == "HOLD_CLOSED"
    late = await loyalty.reserve(SALE, key="r-2")
    await base.act("clock.freeze", at="2026-02-03T12:31:00")
    with pytest.raises(Rejected) as refused:
        await loyalty.commit(SALE, late, key="c-2")
    assert refused.value.vendor_code == "HOLD_EXPIRED"
    assert await left(base) == Decimal(350)
    with pytest.raises(Missing):
        await loyalty.refund(Refund("R", "T", "not ours", SALE.at), key="b")
    with pytest.raises(Missing):
        await loyalty.reserve(replace(SALE, member=MemberKey(email="a@example.ru")), key="r-3")
    too_many = replace(SALE, points=BonusPoints(points=Decimal(1000)))
    with pytest.raises(Rejected) as refused:
        await loyalty.reserve(too_many, key="r-4")
    assert refused.value.vendor_code == "NOT_ENOUGH"


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
