"""Past orders as rows of a file: nothing is torn, and what comes back is recognised."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from connectors.mindbox.config import MindboxSettings
from connectors.mindbox.tables import table
from connectors.mindbox.translator_order import OrderTranslator
from connectors.mindbox.translator_past import PastTranslator
from connectors.mindbox.wire_order import OrderWire
from gateway.canonical import Money, Order, OrderLine, OrderStatus, Payment, ProductRef
from gateway.contract import Change, TranslationFailed
from tests.connectors.mindbox.conftest import own_settings
from tests.connectors.retailcrm.strategies import orders

SETTINGS = MindboxSettings.model_validate(own_settings("http://vendor.test"))
ORDERS = OrderTranslator(SETTINGS)
EVER = PastTranslator(SETTINGS, ORDERS, datetime(2031, 1, 1, tzinfo=UTC))
NEVER = PastTranslator(SETTINGS, ORDERS, datetime(2014, 1, 1, tzinfo=UTC))
HEAD = "A-1400;70014;2025-11-09 07:30;2025-11-09 07:30;S-07;card"
GOLDEN = (
    "OrderIdswebsiteOrder;CustomerIdswebsiteId;OrderCreationDateTimeUtc;OrderLastUpdateDateTimeUtc;"
    "PointOfContact;OrderPaymentType;OrderLineProductIdswebsite;OrderLineQuantity;"
    "OrderLinePriceOfLine;OrderTotalPrice;OrderLineStatus\r\n"
    f"{HEAD};SKU-9001;1;1500.00;3100.00;Delivered\r\n{HEAD};SKU-9002;2;1600.00;3100.00;Delivered\r\n"
)
cells = st.text('ёЁйабвXyz09 ;;""\n\r\t,\'№\u2028\ufeff😀', max_size=12)
"""Texts of what a file could break at."""


def rows_of(past: PastTranslator, order: Order) -> list[tuple[str, ...]]:
    """Return an order's rows."""
    return past.rows(Change("A-1400", order, frozenset(), customer_key="70014"))


def line(number: str, sku: str, quantity: int, price: int) -> OrderLine:
    """Return a line of goods."""
    return OrderLine(
        id=number,
        product=ProductRef(external_id=sku),
        quantity=Decimal(quantity),
        base_price=Money.of(price),
    )


def test_file_is_the_vendors_own_sample() -> None:
    """A column has another name, and no order is imported (31.7)."""
    order = Order(
        placed_at=datetime(2025, 11, 9, 7, 30, tzinfo=UTC),
        shop="S-07",
        status=OrderStatus.COMPLETE,
        lines=(line("1", "SKU-9001", 1, 1500), line("2", "SKU-9002", 2, 800)),
        payments=(Payment(id="p", method="card", amount=Money.of(3100)),),
    )
    assert table(EVER.header, rows_of(EVER, EVER.held(order, None))).decode() == GOLDEN


@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=4))
def test_any_text_is_one_cell(rows: list[list[str]]) -> None:
    """A name with a semicolon or a line's end shifts the columns of its row, or of all below."""
    text = io.StringIO(table(["A", "B", "C"], rows).decode(), newline="")
    assert list(csv.reader(text, delimiter=";", quotechar='"')) == [["A", "B", "C"], *rows]


@given(orders, st.none() | orders)
def test_reduced_order_stays_as_it_is(order: Order, other: Order | None) -> None:
    """The order differs from what was told for ever, and is told again and again."""
    for past in (EVER, NEVER):
        known = past.held(other, None) if other is not None else None
        held = past.held(order, known)
        assert past.held(held, known) == held
    whole = ORDERS.held(order, None)
    if whole.promo_codes or whole.contact:
        assert EVER.held(order, whole) == whole


@given(orders, st.data())
def test_imported_order_is_recognised_and_an_edited_one_is_not(
    order: Order, data: st.DataObject
) -> None:
    """An order of the past is written over by a call that starts letters, or an edit is lost."""
    held = EVER.held(order, None)
    try:
        rows = rows_of(EVER, held)
    except TranslationFailed:
        return
    told = [dict(zip(EVER.header, row, strict=True)) for row in rows]
    lines = [
        {
            "product": {"ids": {"website": one["OrderLineProductIdswebsite"], "mindboxId": 1}},
            "quantity": one["OrderLineQuantity"],
            "priceOfLine": one["OrderLinePriceOfLine"],
            "status": {"ids": {"externalId": one["OrderLineStatus"]}},
        }
        for one in told
    ]
    shuffled = data.draw(st.permutations(lines))
    assert EVER.is_shown(held, OrderWire.model_validate({"lines": shuffled}))
    bare = [{key: one[key] for key in ("quantity", "status")} for one in lines]
    assert EVER.is_shown(held, OrderWire.model_validate({"lines": bare}))
    assert EVER.is_shown(held, OrderWire())

    word = EVER.orders.status(held)
    later = held.model_copy(update={"status": OrderStatus.RETURNED})
    assume(word != "Returned")
    assert not EVER.is_shown(later, OrderWire.model_validate({"lines": lines}))
