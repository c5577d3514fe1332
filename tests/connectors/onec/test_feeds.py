"""Feeds of 1C: what is read when, and what a crash between reading and storing leaves."""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import (
    BonusPoints,
    Kind,
    Money,
    OrderStatus,
)
from mocks.onec import demo
from tests.connectors.bench import Bench
from tests.connectors.onec.conftest import OpenBase


async def test_receipt_is_read_as_a_complete_order(base: Bench) -> None:
    """What is bought in a shop is in no history of the customer."""
    await base.act("card.issue", barcode="2990000000417", partner=demo.PARTNER)
    _, cursor = await base.walk(Kind.ORDER, None)
    _, cursor = await base.walk(Kind.ORDER, cursor)
    await base.act(
        "receipt.close",
        rows=[{"product": demo.PRODUCT, "quantity": 2, "price": 990.5}],
        barcode="2990000000417",
        spend=100,
    )
    items, _ = await base.walk(Kind.ORDER, cursor)
    (receipt,) = items

    assert receipt.external_id.startswith("receipt:")
    assert receipt.entity.status is OrderStatus.COMPLETE
    assert receipt.entity.channel == "pos"
    assert receipt.entity.card_number == "2990000000417"
    assert receipt.customer_external_id == demo.PARTNER
    assert receipt.entity.points_spent == BonusPoints(points=Decimal(100))
    assert (await base.look(Kind.ORDER, receipt.external_id)).entity == receipt.entity


async def test_product_has_its_price_barcode_and_what_may_be_sold(base: Bench) -> None:
    """Stock that is reserved is sold a second time on the site."""
    product = await base.look(Kind.PRODUCT, demo.PRODUCT)
    (price,) = product.entity.prices
    (stock,) = product.entity.stock

    assert (product.entity.code, product.entity.sku) == (demo.PRODUCT, "VEGA-1")
    assert product.entity.barcodes == ("4600000000017",)
    assert (price.type, price.amount) == ("retail", Money.of("990.50"))
    assert (stock.store, stock.quantity) == ("main", Decimal(10))


async def test_new_price_is_a_change_of_the_product(base: Bench) -> None:
    """A price that changed in 1C reaches the site with the next full exchange, at night."""
    _, cursor = await base.walk(Kind.PRODUCT, None)
    _, cursor = await base.walk(Kind.PRODUCT, cursor)
    await base.act("price.set", product=demo.PRODUCT, price=1100)
    items, _ = await base.walk(Kind.PRODUCT, cursor)

    assert [one.external_id for one in items] == [demo.PRODUCT]
    assert items[0].entity.prices[0].amount == Money.of(1100)


async def test_message_is_confirmed_only_after_its_cursor_was_stored(base: Bench) -> None:
    """A crash between reading and storing loses what 1C has been told was received."""
    reader = base.connector.readers[Kind.CARD]
    _, cursor = await base.walk(Kind.CARD, None)
    _, cursor = await base.walk(Kind.CARD, cursor)
    await base.act("card.issue", barcode="2990000000777", kind=demo.CARD_KIND)
    first = await reader.pull(cursor, limit=10)
    again = await reader.pull(cursor, limit=10)

    assert [one.entity.number for one in first.items] == ["2990000000777"]
    assert [one.entity for one in again.items] == [one.entity for one in first.items]
    after = await reader.pull(again.cursor, limit=10)
    assert after.items == []
    rest, _ = await base.walk(Kind.CARD, after.cursor)
    assert rest == []


async def test_message_is_read_in_parts_and_none_is_lost(base: Bench) -> None:
    """A packet of a thousand cards is cut at the page, and the rest is confirmed unread."""
    reader = base.connector.readers[Kind.CARD]
    _, cursor = await base.walk(Kind.CARD, None)
    _, cursor = await base.walk(Kind.CARD, cursor)
    numbers = [f"29900000009{place:02d}" for place in range(7)]
    for number in numbers:
        await base.act("card.issue", barcode=number, kind=demo.CARD_KIND)
    seen: list[str] = []
    for _ in range(10):
        page = await reader.pull(cursor, limit=3)
        seen += [one.entity.number for one in page.items]
        cursor = page.cursor
        if not page.has_more:
            break

    assert sorted(seen) == numbers


async def test_everything_is_read_at_first_when_asked(open_base: OpenBase) -> None:
    """A new account starts empty, and nobody notices the cards of ten years."""
    base = await open_base({"first_load": "all", "page": 2})
    for number in ("2990000000417", "2990000000418", "2990000000419"):
        await base.act("card.issue", barcode=number, kind=demo.CARD_KIND)
    items, _ = await base.walk(Kind.CARD, None)
    products, _ = await base.walk(Kind.PRODUCT, None)

    assert {one.entity.number for one in items} == {
        "2990000000417", "2990000000418", "2990000000419",
    }  # fmt: skip
    assert demo.PRODUCT in {one.external_id for one in products}
