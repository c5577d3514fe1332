"""1C over OData: what is read, what is written, and what a crash in between leaves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    BonusPoints,
    Canonical,
    Card,
    CardState,
    Customer,
    EmailContact,
    Gender,
    Kind,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.contract import Exists, Rejected, StaleWrite
from mocks.onec import demo
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.onec.conftest import OpenBase

KEY = "c-01hzx0000000000000000001"
ANNA = Customer(
    name=PersonName(last="Ёлкина", first="Анна", patronymic="Сергеевна"),
    gender=Gender.FEMALE,
    birth_date=date(1990, 5, 17),
    phones=(PhoneContact(number="+79161234567", rank=0),),
    emails=(EmailContact(address="anna@example.ru", rank=0),),
)
ORDER = Order(
    number="SITE-1",
    placed_at=datetime(2026, 2, 3, 15, 4, 55, tzinfo=UTC),
    status=OrderStatus.ASSEMBLING,
    lines=(
        OrderLine(
            id="b-17",
            product=ProductRef(external_id=demo.PRODUCT),
            quantity=Decimal(2),
            price=Money.of("990.50"),
            vat_rate=Decimal(20),
        ),
    ),
)


async def told(base: Bench, kind: Kind, snapshot: Canonical, **more: Any) -> Copy:
    """Write a snapshot and return what the core remembers."""
    copy = Copy(KEY)
    await base.tell(kind, copy, snapshot, **more)
    return copy


async def inspected(base: Bench, entity: str, key: str | None) -> dict[str, Any]:
    """Return an object as the base has it."""
    (found,) = (await base.act("inspect", entity=entity, key=key))["rows"]
    row: dict[str, Any] = found
    return row


async def test_partner_is_made_and_reads_back_as_written(base: Bench) -> None:
    """The site's customer reaches 1C with another name, phone or birthday."""
    copy = await told(base, Kind.CUSTOMER, ANNA)

    assert await base.news(Kind.CUSTOMER, copy) == {}
    seen = await base.look(Kind.CUSTOMER, copy.external_id)
    assert seen.entity.name == ANNA.name
    assert seen.entity.birth_date == date(1990, 5, 17)


async def test_creating_twice_leaves_one_partner(base: Bench) -> None:
    """A lost answer doubles the customer in 1C, which has no look-up of doubles."""
    copy = await told(base, Kind.CUSTOMER, ANNA)
    again = base.change(Kind.CUSTOMER, Copy(KEY), ANNA)
    (outcome,) = await base.write(Kind.CUSTOMER, again)

    assert outcome == Exists(copy.external_id or "")
    assert await base.connector.writers[Kind.CUSTOMER].find([KEY, "c-none"]) == {
        KEY: copy.external_id
    }


@pytest.mark.parametrize("spelling", ["79161234567", "89161234567", "9161234567"])
async def test_partner_with_the_same_phone_is_met_not_doubled(base: Bench, spelling: str) -> None:
    """The till made her a partner last year with 8 instead of +7, and now there are two."""
    contact = {
        "Тип": "Телефон", "Вид_Key": demo.PHONE_KIND, "Представление": spelling,
        "НомерТелефона": spelling,
    }  # fmt: skip
    made = await base.act(
        "object.create",
        entity="Catalog_Партнеры",
        values={"Description": "Елкина А.", "Клиент": True, "КонтактнаяИнформация": [contact]},
    )
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert isinstance(outcome, Exists)
    assert outcome.external_id in str(made)


async def test_edit_keeps_contacts_of_other_kinds(base: Bench) -> None:
    """A new phone takes the address away, because 1C replaces the whole section."""
    copy = await told(base, Kind.CUSTOMER, ANNA)
    row = await inspected(base, "Catalog_Партнеры", copy.external_id)
    address = {"Тип": "Адрес", "Представление": "Москва, Лесная, 5", "LineNumber": 3}
    await base.act(
        "object.change",
        entity="Catalog_Партнеры",
        key=copy.external_id,
        values={"КонтактнаяИнформация": [*row["КонтактнаяИнформация"], address]},
    )
    copy.version = None
    more = ANNA.model_copy(update={"phones": (PhoneContact(number="+79997654321", rank=0),)})
    await base.tell(Kind.CUSTOMER, copy, more)
    row = await inspected(base, "Catalog_Партнеры", copy.external_id)
    shown = {one["Тип"]: one["Представление"] for one in row["КонтактнаяИнформация"]}

    assert shown == {
        "Адрес": "Москва, Лесная, 5",
        "Телефон": "+7 (999) 765-43-21",
        "АдресЭлектроннойПочты": "anna@example.ru",
    }


async def test_edit_of_an_object_that_changed_meanwhile_is_stale(base: Bench) -> None:
    """What a clerk has just typed is overwritten, because 1C ignores If-Match."""
    copy = await told(base, Kind.CUSTOMER, ANNA)
    copy.version = (await base.look(Kind.CUSTOMER, copy.external_id)).version
    await base.act("partner.edit", partner=copy.external_id, values={"Комментарий": "VIP"})
    change = base.change(Kind.CUSTOMER, copy, ANNA.model_copy(update={"gender": Gender.MALE}))
    (outcome,) = await base.write(Kind.CUSTOMER, change)

    assert isinstance(outcome.error, StaleWrite)


async def test_points_come_with_the_partner_as_they_may_be_spent(base: Bench) -> None:
    """Points that burn tomorrow are promised twice, or those of next month today."""
    copy = await told(base, Kind.CUSTOMER, ANNA)
    await base.act(
        "points.accrue", partner=copy.external_id, points=400, date="2026-01-10T00:00:00"
    )
    await base.act("points.spend", partner=copy.external_id, points=50, date="2026-01-20T00:00:00")
    await base.act("points.accrue", partner=copy.external_id, points=70, date="2099-01-01T00:00:00")
    (account,) = (await base.look(Kind.CUSTOMER, copy.external_id)).entity.bonuses

    assert account.available == BonusPoints(points=Decimal(350))


async def test_card_goes_to_its_holder_and_is_annulled(base: Bench) -> None:
    """A card that the site sold works at no till, or one that was lost still does."""
    partner = await told(base, Kind.CUSTOMER, ANNA)
    copy = Copy("k-01hzx0000000000000000001")
    card = Card(number="2990000000523", state=CardState.ACTIVE, customer_id=KEY)
    await base.tell(Kind.CARD, copy, card, customer_external_id=partner.external_id)
    seen = await base.look(Kind.CARD, copy.external_id)

    assert seen.customer_external_id == partner.external_id
    assert (seen.entity.type, seen.entity.discount_percent) == ("club", Decimal(5))
    copy.version = seen.version
    blocked = card.model_copy(update={"state": CardState.BLOCKED})
    await base.tell(Kind.CARD, copy, blocked, customer_external_id=partner.external_id)
    assert (await base.look(Kind.CARD, copy.external_id)).entity.state is CardState.BLOCKED


async def test_card_of_the_same_code_is_met_not_doubled(base: Bench) -> None:
    """Two cards with one barcode: the till asks the cashier to choose, for ever."""
    issued = await base.act("card.issue", barcode="2990000000417", kind=demo.CARD_KIND)
    card = Card(number="2990000000417", state=CardState.ACTIVE)
    (outcome,) = await base.write(Kind.CARD, base.change(Kind.CARD, Copy("k-2"), card))

    assert isinstance(outcome, Exists)
    assert outcome.external_id in str(issued)


async def test_order_is_made_whole_and_posted(base: Bench) -> None:
    """1C reckons nothing of what comes from outside: an order with sums of zero is shipped."""
    partner = await told(base, Kind.CUSTOMER, ANNA)
    copy = Copy("o-01hzx0000000000000000001")
    await base.tell(Kind.ORDER, copy, ORDER, customer_external_id=partner.external_id)
    row = await inspected(base, "Document_ЗаказКлиента", copy.external_id)
    (line,) = row["Товары"]

    assert row["Posted"] is True
    assert row["Date"] == "2026-02-03T18:04:55"
    assert (row["НомерПоДаннымКлиента"], row["Статус"]) == ("SITE-1", "КОбеспечению")
    assert (row["СуммаДокумента"], line["СуммаСНДС"], line["СуммаНДС"]) == (1981, 1981, 330.17)
    assert row["Партнер_Key"] == partner.external_id
    assert await base.news(Kind.ORDER, copy) == {}


async def test_status_of_an_order_comes_back(base: Bench) -> None:
    """The warehouse ships, and the site shows "being packed"."""
    partner = await told(base, Kind.CUSTOMER, ANNA)
    copy = Copy("o-01hzx0000000000000000001")
    await base.tell(Kind.ORDER, copy, ORDER, customer_external_id=partner.external_id)
    _, cursor = await base.walk(Kind.ORDER, None)
    _, cursor = await base.walk(Kind.ORDER, cursor)
    await base.act("order.status", order=copy.external_id, status="КОтгрузке")
    items, _ = await base.walk(Kind.ORDER, cursor)

    assert [one.external_id for one in items] == [copy.external_id]
    assert items[0].entity.status is OrderStatus.DELIVERY
    assert "lines" not in items[0].entity.model_fields_set


async def test_refusal_to_post_is_told_and_not_repeated_blindly(base: Bench) -> None:
    """A closed period is retried every minute, for ever."""
    partner = await told(base, Kind.CUSTOMER, ANNA)
    await base.act("posting.refuse", text="Период закрыт для Ивановой", times=1)
    change = base.change(Kind.ORDER, Copy("o-1"), ORDER, customer_external_id=partner.external_id)
    (outcome,) = await base.write(Kind.ORDER, change)

    assert isinstance(outcome.error, Rejected)
    assert "Иванов" not in str(outcome.error)
    (again,) = await base.write(Kind.ORDER, change)
    assert isinstance(again, Exists)


async def test_order_of_goods_that_1c_does_not_know_names_the_line(base: Bench) -> None:
    """An order with a foreign id of goods fails without a word on which."""
    foreign = OrderLine(id="1", product=ProductRef(external_id="88"), price=Money.of(1))
    change = base.change(Kind.ORDER, Copy("o-1"), ORDER.model_copy(update={"lines": (foreign,)}))
    (outcome,) = await base.write(Kind.ORDER, change)

    assert "lines/1/product" in str(outcome.error)


@pytest.mark.parametrize(
    ("switches", "wanted"),
    [
        pytest.param({"locked": "Ведутся технические работы"}, "RateLimited", id="locked"),
        pytest.param({"answer_html": True}, "Unavailable", id="a page with 200"),
    ],
)
async def test_troubles_of_the_publication_are_waited_out(
    base: Bench, switches: dict[str, Any], wanted: str
) -> None:
    """A nightly update of 1C fills the dead letters."""
    await base.switch(**switches)
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert failures([outcome]) == [wanted]


async def test_wrong_password_stops_the_account(open_base: OpenBase) -> None:
    """A changed password is tried until the user is locked."""
    base = await open_base(users=())
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert failures([outcome]) == ["AuthRejected"]


async def test_probe_tells_what_is_not_published(base: Bench) -> None:
    """A base whose composition lacks the cards is found out at the first card."""
    assert (await base.connector.probe()).ok
    await base.act("composition", entities=["Catalog_КартыЛояльности"], published=False)
    report = await base.connector.probe()

    assert not report.ok
    assert any("КартыЛояльности" in note for note in report.notes)
