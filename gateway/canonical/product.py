"""Products: what a shop sells, at which prices, and how much of it lies where."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import Field, field_validator

from gateway.canonical.model import Canonical
from gateway.canonical.money import Money, exact
from gateway.canonical.reference import ExternalRef


class Price(Canonical):
    """One price of a product; ``type`` is a canonical code of the configuration (``retail``)."""

    KEY: ClassVar[str] = "type"

    type: str
    amount: Money | None = None


class Stock(Canonical):
    """How much of a product one store holds; ``store`` is a canonical code of the configuration."""

    KEY: ClassVar[str] = "store"

    store: str
    quantity: Decimal | None = None

    @field_validator("quantity")
    @classmethod
    def _plain(cls, value: Decimal | None) -> Decimal | None:
        return None if value is None else exact(value)


class Product(Canonical):
    """One thing that is sold: a product, or one variant (offer) of it.

    Shape: ``code`` is the id by which the shop's systems name it in common (the id of 1C in most
    shops); it is unique, and by it alone a product is recognised at another account. ``parent`` is
    the code of the product of which this is a variant. Barcodes in the order of the source.
    """

    code: str | None = None
    parent: str | None = None
    sku: str | None = None
    name: str | None = None
    barcodes: tuple[str, ...] = ()
    unit: str | None = None
    vat_rate: Decimal | None = None
    category: str | None = None
    description: str | None = None
    active: bool | None = None
    prices: tuple[Price, ...] = ()
    stock: tuple[Stock, ...] = ()
    references: tuple[ExternalRef, ...] = ()
    attributes: dict[str, str | None] = Field(default_factory=dict)

    @field_validator("vat_rate")
    @classmethod
    def _plain(cls, value: Decimal | None) -> Decimal | None:
        return None if value is None else exact(value)
