"""Wire: RetailCRM's shapes in its own spelling, lenient on reading; no behaviour.

PHP writes empty maps as lists and numeric maps as lists, so every map accepts both. Unknown fields
are ignored: the vendor adds some with every release.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel


def as_map(value: object) -> object:
    """Return a map; PHP writes an empty one as a list."""
    return {} if value is None or value == [] else value


def as_rows(value: object) -> object:
    """Return the rows of a list, or of a map by id as GET answers payments."""
    if value is None:
        return []
    return list(value.values()) if isinstance(value, Mapping) else value


def as_text(value: object) -> object:
    """Return a stripped text; an empty one is no value; numbers count as their digits."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    return str(value).strip() or None


Text = Annotated[str | None, BeforeValidator(as_text)]
Amount = Annotated[Decimal | None, BeforeValidator(lambda value: None if value == "" else value)]
CustomValues = Annotated[dict[str, Any], BeforeValidator(as_map)]


class Wire(BaseModel):
    """A shape of the vendor: camel case outside, unknown fields ignored, values never printed."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__


class AddressWire(Wire):
    """An address of a customer or delivery; ``building`` is the house number."""

    index: Text = None
    country_iso: Text = None
    region: Text = None
    city: Text = None
    street: Text = None
    building: Text = None
    flat: Text = None
    text: Text = None


class PhoneWire(Wire):
    """A phone as somebody typed it."""

    number: Text = None


class SubscriptionKindWire(Wire):
    """Which mailing a subscription is about."""

    channel: Text = None


class SubscriptionWire(Wire):
    """A customer's yes or no to one mailing."""

    subscription: SubscriptionKindWire = SubscriptionKindWire()
    subscribed: bool | None = None


class CustomerWire(Wire):
    """A customer as the list answers it."""

    id: int
    type: Text = None
    external_id: Text = None
    site: Text = None
    created_at: Text = None
    first_name: Text = None
    last_name: Text = None
    patronymic: Text = None
    sex: Text = None
    email: Text = None
    birthday: Text = None
    phones: Annotated[list[PhoneWire], BeforeValidator(as_rows)] = []
    address: Annotated[AddressWire, BeforeValidator(as_map)] = AddressWire()
    discount_card_number: Text = None
    email_marketing_unsubscribed_at: Text = None
    customer_subscriptions: Annotated[list[SubscriptionWire], BeforeValidator(as_rows)] = []
    custom_fields: CustomValues = {}


class ExternalIdWire(Wire):
    """An order line's id in some other system."""

    code: Text = None
    value: Text = None


class OfferWire(Wire):
    """The offer of a line; one without ``id`` is no offer of the catalogue."""

    id: int | None = None
    external_id: Text = None
    xml_id: Text = None
    name: Text = None
    display_name: Text = None


class DiscountWire(Wire):
    """One discount of a line. Units: ``amount`` for the whole line."""

    type: Text = None
    amount: Amount = None


class ItemWire(Wire):
    """A line of an order. Units: ``discount_total`` per unit, all kinds of discount together."""

    id: int
    external_ids: Annotated[list[ExternalIdWire], BeforeValidator(as_rows)] = []
    offer: Annotated[OfferWire, BeforeValidator(as_map)] = OfferWire()
    initial_price: Amount = None
    discount_total: Amount = None
    discounts: Annotated[list[DiscountWire], BeforeValidator(as_rows)] = []
    quantity: Amount = None
    vat_rate: Text = None
    is_canceled: bool | None = None


class PaymentWire(Wire):
    """A payment of an order."""

    id: int
    external_id: Text = None
    type: Text = None
    status: Text = None
    amount: Amount = None
    paid_at: Text = None


class DeliveryWire(Wire):
    """The delivery of an order; ``data`` belongs to a delivery integration."""

    code: Text = None
    cost: Amount = None
    address: Annotated[AddressWire, BeforeValidator(as_map)] = AddressWire()
    data: CustomValues = {}


class PartyWire(Wire):
    """The customer that an order names."""

    id: int | None = None
    type: Text = None


class OrderWire(Wire):
    """An order as list, edit and upload answer it."""

    id: int
    external_id: Text = None
    number: Text = None
    site: Text = None
    currency: Text = None
    created_at: Text = None
    status: Text = None
    status_comment: Text = None
    bonuses_charge_total: Amount = None
    bonuses_credit_total: Amount = None
    order_method: Text = None
    first_name: Text = None
    last_name: Text = None
    patronymic: Text = None
    phone: Text = None
    email: Text = None
    customer: Annotated[PartyWire, BeforeValidator(as_map)] = PartyWire()
    customer_comment: Text = None
    manager_comment: Text = None
    items: Annotated[list[ItemWire], BeforeValidator(as_rows)] = []
    payments: Annotated[list[PaymentWire], BeforeValidator(as_rows)] = []
    delivery: Annotated[DeliveryWire, BeforeValidator(as_map)] = DeliveryWire()
    custom_fields: CustomValues = {}


class StubWire(Wire):
    """What a history record tells of its entity."""

    id: int
    external_id: Text = None
    site: Text = None


class KeyWire(Wire):
    """Whose key made a change: ``current`` is the key that asks."""

    current: bool = False


class HistoryWire(Wire):
    """One record of a history feed."""

    id: int
    created_at: Text = None
    source: Text = None
    field: Text = None
    deleted: bool = False
    api_key: KeyWire | None = None
    customer: StubWire | None = None
    order: StubWire | None = None
    combined_to: StubWire | None = None

    @property
    def entity(self) -> StubWire | None:
        """The entity that the record is about."""
        return self.order or self.customer


class PaginationWire(Wire):
    """Counters of a paged answer."""

    current_page: int = 1
    total_page_count: int = 0
    total_count: int = 0


class HistoryPageWire(Wire):
    """A page of a history feed; its records are read one by one, so that one bad hides no other."""

    history: Annotated[list[dict[str, Any]], BeforeValidator(as_rows)] = []
    pagination: PaginationWire = PaginationWire()


class IdPairWire(Wire):
    """A saved row of an upload, or the answer of a creation."""

    id: int
    external_id: Text = None


class UploadWire(Wire):
    """Answer of an upload, whole or partial. Shape: ``orders`` are whole orders, unread."""

    saved: Annotated[list[IdPairWire], BeforeValidator(as_rows)] = []
    orders: Annotated[list[dict[str, Any]], BeforeValidator(as_rows)] = []
