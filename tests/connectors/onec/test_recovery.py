"""What 1C and the connector hold after something broke in the middle."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.onec.config import OData, OneCSettings
from connectors.onec.translator_order import OrderTranslator
from connectors.onec.translator_partner import PartnerTranslator
from connectors.onec.values import own_reference
from gateway.canonical import (
    Card,
    CardState,
    Kind,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    ProductRef,
)
from gateway.contract import Exists, TranslationFailed, Written
from mocks.onec import demo
from tests.connectors.bench import Bench, Copy
from tests.connectors.onec.conftest import OpenBase

KEY = "o-01hzx0000000000000000009"
ORDER = Order(
    number="SITE-9",
    placed_at=datetime(2026, 2, 3, 15, 4, 55, tzinfo=UTC),
    status=OrderStatus.NEW,
    lines=(
        OrderLine(
            id="b-17",
            product=ProductRef(external_id=demo.PRODUCT),
            quantity=Decimal(1),
            price=Money.of("990.50"),
        ),
    ),
)


async def issued(base: Bench, number: str) -> str:
    """Let a till register a card; return its reference."""
    row = await base.act("card.issue", barcode=number, kind=demo.CARD_KIND)
    return str(row["Ref_Key"])


async def is_posted(base: Bench) -> bool:
    """Tell whether the order of our key is posted."""
    key = own_reference(KEY)
    (row,) = (await base.act("inspect", entity="Document_ЗаказКлиента", key=key))["rows"]
    posted: bool = row["Posted"]
    return posted


async def test_what_changed_during_a_message_is_not_skipped_after_a_crash(base: Bench) -> None:
    """Selected anew, a message has more in it, and a count of what was read skips the new ones."""
    reader = base.connector.readers[Kind.CARD]
    _, cursor = await base.walk(Kind.CARD, None)
    _, cursor = await base.walk(Kind.CARD, cursor)
    first = "f0000001-2222-11ee-8c3a-00155d010203"
    await base.seed(next={"guids": [first, first.replace("f", "e", 1)]})
    await issued(base, "2990000000501")
    await issued(base, "2990000000502")
    page = await reader.pull(cursor, limit=1)
    await base.seed(next={"guids": [first.replace("f", "1", 1)]})
    late = await issued(base, "2990000000503")
    reader._packet = None  # type: ignore[attr-defined]  # noqa: SLF001 - a new process has none
    items, _ = await base.walk(Kind.CARD, page.cursor)

    assert late in {one.external_id for one in items}


async def test_first_load_reads_customers_and_no_groups(open_base: OpenBase) -> None:
    """The first load of customers is refused by 1C for a condition that begins with 'and'."""
    base = await open_base({"first_load": "all"})
    await base.act(
        "object.create",
        entity="Catalog_Партнеры",
        values={"Description": "Группа", "IsFolder": True},
    )
    items, _ = await base.walk(Kind.CUSTOMER, None)

    assert demo.PARTNER in {one.external_id for one in items}
    assert all(one.entity.name.last != "Группа" for one in items if one.entity.name)


async def test_order_cut_off_before_its_posting_is_posted_when_it_is_found(base: Bench) -> None:
    """An order that is not posted reserves nothing, and its goods are sold to somebody else."""
    await base.faults({"kind": "cut_before", "path": "/Post$", "times": 1})
    (failed,) = await base.write(Kind.ORDER, base.change(Kind.ORDER, Copy(KEY), ORDER))
    before = await is_posted(base)
    found = await base.connector.writers[Kind.ORDER].find([KEY])

    assert not isinstance(failed, Written)
    assert not before
    assert found == {KEY: own_reference(KEY)}
    assert await is_posted(base)


async def test_order_created_again_is_posted_if_it_was_not(base: Bench) -> None:
    """A posting that was refused once is never tried again."""
    await base.act("posting.refuse", text="Блокировка", times=1)
    await base.write(Kind.ORDER, base.change(Kind.ORDER, Copy(KEY), ORDER))
    (again,) = await base.write(Kind.ORDER, base.change(Kind.ORDER, Copy(KEY), ORDER))

    assert isinstance(again, Exists)
    assert await is_posted(base)


async def test_card_is_made_of_the_kind_of_its_type(open_base: OpenBase) -> None:
    """Every card from the site becomes a club card, whatever was bought."""
    gold = "cc000002-2222-11ee-8c3a-00155d010203"
    kinds = {
        demo.CARD_KIND: {"type": "club", "discount_percent": "5"},
        gold: {"type": "gold", "discount_percent": "10"},
    }
    base = await open_base({"card_kinds": kinds})
    copy = Copy("k-01hzx0000000000000000001")
    card = Card(number="2990000000999", type="gold", state=CardState.ACTIVE)
    await base.tell(Kind.CARD, copy, card)
    seen = await base.look(Kind.CARD, copy.external_id)

    assert (seen.entity.type, seen.entity.discount_percent) == ("gold", Decimal(10))
    assert await base.news(Kind.CARD, copy) == {}


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"ДатаРождения": "вчера"}, "ДатаРождения"),
        ({"НаименованиеПолное": 17}, "НаименованиеПолное"),
        ({"КонтактнаяИнформация": "нет"}, "КонтактнаяИнформация"),
    ],
    ids=["date", "text", "section"],
)
def test_partner_of_a_wrong_form_is_refused_by_its_field(row: dict[str, object], path: str) -> None:
    """A birthday that cannot be read is taken for none, and wiped out everywhere else."""
    translator = PartnerTranslator(OneCSettings(url="http://1c.example/ut"), OData())
    with pytest.raises(TranslationFailed) as refused:
        translator.observed({"Ref_Key": demo.PARTNER, "Description": "Лапина", **row})
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("row", "path"),
    [
        ({"Date": "вчера"}, "Date"),
        ({"Товары": [{"Номенклатура_Key": demo.PRODUCT, "Количество": "две"}]}, "Количество"),
    ],
    ids=["date", "quantity"],
)
def test_order_of_a_wrong_form_is_refused_by_its_field(row: dict[str, object], path: str) -> None:
    """A quantity that cannot be read is taken for one."""
    translator = OrderTranslator(OneCSettings(url="http://1c.example/ut"), OData())
    whole = {"Ref_Key": demo.PARTNER, "Date": "2026-02-03T15:04:05", **row}
    with pytest.raises(TranslationFailed) as refused:
        translator.order(whole)
    assert refused.value.path == path
