"""Wire shapes: what the shop's REST and its site extension say, in their own spelling.

Lenient on the way in: ids come as numbers or strings, flags as Y/N, empty texts mean nothing, and
unknown fields are passed over. No behaviour beyond reading values.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _text(value: object) -> object:
    """Return a trimmed text; nothing for an empty one and for what is no scalar."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    return str(value).strip() or None


def _id(value: object) -> object:
    text = _text(value)
    return None if text == "0" else text


def _number(value: object) -> object:
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        msg = "must be a number"
        raise ValueError(msg) from error


def _moment(value: object) -> object:
    return value or None


def _rows(value: object) -> object:
    return [] if value is None or value == {} else value


def _map(value: object) -> object:
    # PHP encodes an empty map as a list (reference 1.3).
    return {} if value is None or value == [] else value


Text: TypeAlias = Annotated[str | None, BeforeValidator(_text)]
Id: TypeAlias = Annotated[str | None, BeforeValidator(_id)]
Number: TypeAlias = Annotated[Decimal | None, BeforeValidator(_number)]
Moment: TypeAlias = Annotated[datetime | None, BeforeValidator(_moment)]
Day: TypeAlias = Annotated[date | None, BeforeValidator(_moment)]


class Wire(BaseModel):
    """A record of the vendor: camelCase names, unknown ones ignored, values never shown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )


class WireConsent(Wire):
    """A consent of a user."""

    type: Text = None
    granted: Text = None
    at: Moment = None
    text_version: Text = None
    source: Text = None


class WireUser(Wire):
    """A user of the site, as the extension shows it (reference 10.11)."""

    id: str = Field(coerce_numbers_to_str=True)
    active: Text = "Y"
    xml_id: Text = None
    last_name: Text = None
    name: Text = None
    second_name: Text = None
    gender: Text = None
    birthday: Day = None
    email: Text = None
    email_confirmed: Text = None
    phone: Text = None
    phone_confirmed: Text = None
    consents: Annotated[list[WireConsent], BeforeValidator(_rows)] = []
    source: Text = None
    fields: Annotated[dict[str, Any], BeforeValidator(_map)] = {}
    merged_into: Id = None
    date_register: Moment = None
    updated_at: Moment = None
    version: Id = None


class WireItem(Wire):
    """A basket row of an order (reference 2.2)."""

    id: str = Field(coerce_numbers_to_str=True)
    xml_id: Text = None
    product_id: Id = None
    product_xml_id: Text = None
    name: Text = None
    quantity: Number = None
    price: Number = None
    base_price: Number = None
    currency: Text = None
    vat_rate: Number = None
    discount_name: Text = None
    discount_coupon: Text = None


class WireProperty(Wire):
    """The value of an order property (reference 2.5); ``value`` keeps whatever form it has."""

    order_props_id: Id = None
    code: Text = None
    value: Any = None


class WirePayment(Wire):
    """A payment of an order (reference 2.3)."""

    id: str = Field(coerce_numbers_to_str=True)
    xml_id: Text = None
    pay_system_id: Id = None
    sum: Number = None
    currency: Text = None
    paid: Text = None
    date_paid: Moment = None
    is_return: Text = None


class WireShipment(Wire):
    """A shipment of an order (reference 2.4)."""

    id: str = Field(coerce_numbers_to_str=True)
    xml_id: Text = None
    system: Text = None
    delivery_id: Id = None
    price_delivery: Number = None
    currency: Text = None
    tracking_number: Text = None
    canceled: Text = None


class WireClient(Wire):
    """A client of an order, which only a portal has (reference 2.1)."""

    entity_id: Id = None
    entity_type_id: Id = None
    is_primary: Text = None


class WireOrder(Wire):
    """An order with its collections, absent when empty (reference 10.3)."""

    id: str = Field(coerce_numbers_to_str=True)
    account_number: Text = None
    xml_id: Text = None
    lid: Text = None
    person_type_id: Id = None
    currency: Text = None
    user_id: Id = None
    status_id: Text = None
    canceled: Text = None
    reason_canceled: Text = None
    date_insert: Moment = None
    date_update: Moment = None
    user_description: Text = None
    comments: Text = None
    version: Id = None
    basket_items: Annotated[list[WireItem], BeforeValidator(_rows)] = []
    property_values: Annotated[list[WireProperty], BeforeValidator(_rows)] = []
    payments: Annotated[list[WirePayment], BeforeValidator(_rows)] = []
    shipments: Annotated[list[WireShipment], BeforeValidator(_rows)] = []
    clients: Annotated[list[WireClient], BeforeValidator(_rows)] = []


class WireOrderRow(Wire):
    """A row of the order list: what the feed needs to know of an order."""

    id: str = Field(coerce_numbers_to_str=True)
    date_update: str
    version: Id = None
    xml_id: Text = None


class WirePropertyDefinition(Wire):
    """A property that a payer type has (reference 2.5)."""

    id: str = Field(coerce_numbers_to_str=True)
    person_type_id: Id = None
    code: Text = None
    active: Text = "Y"


class WireCard(Wire):
    """A card of the shop, as the extension shows it (reference 10.11)."""

    number: str = Field(coerce_numbers_to_str=True, min_length=1)
    type: Text = None
    discount_percent: Number = None
    state: Text = None
    user_id: Id = None
    activated_at: Moment = None
    xml_id: Text = None
    updated_at: Moment = None
    version: Id = None


class WireCardOutcome(Wire):
    """What became of one card of a write (reference 10.11)."""

    number: str = Field(coerce_numbers_to_str=True)
    status: Literal["created", "updated", "unchanged", "error"]
    version: Id = None
    error: Text = None
