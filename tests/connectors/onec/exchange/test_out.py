"""Where payments and shipments stand in what 1C fetches."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from connectors.onec.config_exchange import Exchange
from connectors.onec.exchange_out import HandingOut
from gateway.canonical import Delivery, Money, Order, OrderStatus, Payment, PaymentState
from gateway.commerceml import Attached, CommerceMlReader, Sender
from gateway.contract import Observed

NOON = datetime(2026, 2, 3, 9, tzinfo=UTC)
PAID = Payment(id="pay-1", amount=Money.of(5), state=PaymentState.PAID, paid_at=NOON)
ORDER = Order(
    number="17",
    placed_at=NOON,
    status=OrderStatus.COMPLETE,
    delivery=Delivery(tracking_number="RA1"),
    payments=(PAID,),
)


@pytest.mark.parametrize("attached", ["beside", "below"])
def test_payments_and_shipments_are_read_wherever_they_stand(attached: str) -> None:
    """A 1C that takes the schema at its word would not see that the order was paid."""
    told = {"username": "u", "password": "p", "version": "2.10", "attached": attached}
    settings = Exchange.model_validate(told)
    mapping = settings.mapping(ZoneInfo("Europe/Moscow"), "RUB")
    pieces = HandingOut(settings, mapping).pieces([Observed("17", ORDER)], "2.10", NOON)
    data = b"".join(pieces)
    inside = "<ПодчиненныйДокумент>".encode(settings.encoding)
    assert (inside in data) == (attached == "below")
    read = list(CommerceMlReader(mapping).orders(io.BytesIO(data), sender=Sender.SITE))
    papers = [one for one in read if isinstance(one, Attached)]
    orders = [one.entity for one in read if isinstance(one, Observed)]
    assert [one.order for one in papers] == ["17"] * len(papers)
    paid = [one.payment for one in papers if one.payment is not None]
    paid += [one for order in orders for one in order.payments]
    assert paid == [PAID]
    assert [one.shipped for one in papers if one.delivery is not None] == [True]
