"""Shapes of calls about members: the bodies that a till sends. What is not named is refused."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from gateway.canonical import Gender
from gateway.contract import CodePurpose
from gateway.ingress.pos.values import (
    Amount,
    CardNumber,
    Code,
    Day,
    Email,
    Moment,
    Opaque,
    Phone,
    Quantity,
    Scan,
    Text,
)
from gateway.ingress.pos.wrong import Why, Wrong

MOST_PRODUCTS = 20


class Shape(BaseModel):
    """The base of all bodies: unknown fields are refused, and no error shows a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr__(self) -> str:
        """Tell the name only: a body holds personal data."""
        return type(self).__name__

    __str__ = __repr__


class MemberBody(Shape):
    """Who buys. Shape: exactly one field is set.

    ``barcode`` and ``wallet`` are cards as a scanner reads them from plastic and from a screen;
    ``member_id`` is what an earlier answer named.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    phone: Phone | None = None
    card: CardNumber | None = None
    barcode: Scan | None = None
    wallet: Scan | None = None
    email: Email | None = None
    member_id: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> MemberBody:
        named = (
            self.phone, self.card, self.barcode, self.wallet, self.email, self.member_id
        )  # fmt: skip
        if sum(one is not None for one in named) != 1:
            raise Wrong(Why.MEMBER_ONE)
        return self


class NameBody(Shape):
    """A person's name in its Russian parts."""

    last: Text | None = None
    first: Text | None = None
    patronymic: Text | None = None


class ConsentBody(Shape):
    """A consent or its withdrawal. ``id`` is ``personal_data``, ``mailing`` or ``mailing:sms``."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}(:[a-z_]{1,32})?$")]
    granted: StrictBool
    at: Moment | None = None
    text_version: Code | None = None


class RegisterBody(Shape):
    """A new member. Shape: a phone or an e-mail is needed; ``source`` is where it was won."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}
    )

    phone: Phone | None = None
    email: Email | None = None
    name: NameBody | None = None
    birth_date: Day | None = None
    gender: Gender | None = None
    card: CardNumber | None = None
    consents: Annotated[list[ConsentBody], Field(default_factory=list, max_length=20)]
    source: Code | None = None

    @model_validator(mode="after")
    def _reachable(self) -> RegisterBody:
        if self.phone is None and self.email is None:
            raise Wrong(Why.CONTACT_MISSING, "phone")
        ids = [consent.id for consent in self.consents]
        if len(ids) != len(set(ids)):
            raise Wrong(Why.CONSENT_TWICE, "consents")
        return self


class SendCodeBody(Shape):
    """A one-time code for somebody. ``client`` is the visitor's address, as a site knows it."""

    to: MemberBody
    purpose: CodePurpose
    client: Code | None = None


class ConfirmCodeBody(Shape):
    """A code that somebody told. ``reference`` is what the sending answered."""

    to: MemberBody
    purpose: CodePurpose
    client: Code | None = None
    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{3,12}$")]
    reference: Opaque = ""


class WantedProduct(Shape):
    """A product on a page. Shape: one of ``sku``, ``product_id``, ``barcode`` at least."""

    sku: Code | None = None
    product_id: Code | None = None
    barcode: Code | None = None
    price: Amount
    base_price: Amount | None = None
    quantity: Quantity | None = None

    @model_validator(mode="after")
    def _named(self) -> WantedProduct:
        if self.sku is None and self.product_id is None and self.barcode is None:
            raise Wrong(Why.PRODUCT_UNNAMED, "sku")
        if self.base_price is not None and self.base_price < self.price:
            raise Wrong(Why.BASE_BELOW_PRICE, "base_price")
        return self


class ProductsBody(Shape):
    """Products whose points somebody wants to know. ``member`` absent: of an anonymous one."""

    member: MemberBody | None = None
    products: Annotated[list[WantedProduct], Field(min_length=1, max_length=MOST_PRODUCTS)]


class CardCheckBody(Shape):
    """A card number that somebody typed into a basket.

    ``session`` and ``client`` are how the site tells its visitors apart (a session's name, the
    visitor's address): tries are counted for each.
    """

    number: CardNumber
    session: Code | None = None
    client: Code | None = None
