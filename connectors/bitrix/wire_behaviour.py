"""Wire shapes of carts and availability subscriptions (reference 5, 10.11)."""

from __future__ import annotations

from pydantic import Field

from .wire import Id, Moment, Number, Text, Wire


class WireCartRow(Wire):
    """A row of a cart; ``delay`` Y is put aside, as a wish list."""

    id: Id = None
    product_id: Id = None
    product_xml_id: Text = None
    name: Text = None
    quantity: Number = None
    price: Number = None
    base_price: Number = None
    delay: Text = None


class WireCart(Wire):
    """A visitor's cart; emptied, or turned into an order, it has no rows."""

    fuser_id: str = Field(coerce_numbers_to_str=True, min_length=1)
    user_id: Id = None
    currency: Text = None
    sum: Number = None
    updated_at: Moment = None
    items: list[WireCartRow] = Field(default_factory=list)


class WireWish(Wire):
    """Somebody who waits for a product."""

    id: str = Field(coerce_numbers_to_str=True, min_length=1)
    user_id: Id = None
    product_id: Id = None
    product_xml_id: Text = None
    date_from: Moment = None
    state: Text = None
