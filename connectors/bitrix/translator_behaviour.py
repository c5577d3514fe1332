"""Message translator for carts and availability subscriptions. Pure functions (reference 5)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.canonical import BasketEvent, BasketEventKind, Money, OrderLine, ProductRef
from gateway.contract import Happening, TranslationFailed

from .config import BitrixSettings
from .values import clean, quantity, utc
from .wire_behaviour import WireCart, WireCartRow, WireWish

_VISITORS = uuid.UUID("6f1d7f0e-8a54-5c0b-9d0e-2f5a1c3b7e90")
"""Name space of visitors: the site knows them by numbers, those who follow them by UUIDs."""


def visitor(number: str, account: str) -> str:
    """Return the one id of a visitor of an account."""
    return str(uuid.uuid5(_VISITORS, f"{account}/{number}"))


def cart_from_wire(
    cart: WireCart, row: Mapping[str, Any], account: str, settings: BitrixSettings
) -> Happening:
    """Translate a cart as it is now; ``row`` is the line of the log that points at it."""
    lines = tuple(_line(item, cart, settings) for item in cart.items if item.delay != "Y")
    said: dict[str, Any] = {"lines": lines}
    if lines and cart.sum is not None:
        said["total"] = Money(amount=cart.sum, currency=cart.currency or settings.currency)
    event = BasketEvent(
        id=f"basket-{cart.fuser_id}-{row['seq']}",
        kind=BasketEventKind.BASKET_CHANGED if lines else BasketEventKind.BASKET_CLEARED,
        at=_at(cart.updated_at or _moment(row), settings, "updatedAt"),
        visitor_id=visitor(cart.fuser_id, account),
        **said,
    )
    return Happening(event, cart.user_id)


def wish_from_wire(wish: WireWish, account: str, settings: BitrixSettings) -> Happening | None:
    """Translate a subscription; a guest's is ``None``: it names an address and no visitor."""
    if wish.user_id is None:
        return None
    event = BasketEvent(
        id=f"wish-{wish.id}",
        kind=BasketEventKind.AVAILABILITY_WANTED,
        at=_at(wish.date_from, settings, "dateFrom"),
        visitor_id=visitor(f"user-{wish.user_id}", account),
        product=_product(wish.product_id, wish.product_xml_id, None, settings),
    )
    return Happening(event, wish.user_id)


def _line(item: WireCartRow, cart: WireCart, settings: BitrixSettings) -> OrderLine:
    currency = cart.currency or settings.currency
    said: dict[str, Any] = {}
    if item.quantity is not None:
        said["quantity"] = quantity(item.quantity)
    for name, amount in (("price", item.price), ("base_price", item.base_price)):
        if amount is not None:
            said[name] = Money(amount=amount, currency=currency)
    product = _product(item.product_id, item.product_xml_id, item.name, settings)
    return OrderLine(id=str(item.id), product=product, **said)


def _product(
    by_id: str | None, by_guid: str | None, name: str | None, settings: BitrixSettings
) -> ProductRef:
    return ProductRef(external_id=settings.product_id(by_id, by_guid), name=clean(name))


def _moment(row: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(row.get("at")))
    except ValueError:
        return None


def _at(moment: datetime | None, settings: BitrixSettings, path: str) -> datetime:
    told = utc(moment, settings.zone())
    if told is None:
        msg = "has no time"
        raise TranslationFailed(msg, path=path, operation="gateway.change.list")
    return told
