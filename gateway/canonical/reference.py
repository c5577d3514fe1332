"""Kinds of entities and references to their copies at vendors."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from gateway.canonical.model import Canonical


class Kind(StrEnum):
    """The kinds of canonical entities that travel between accounts as state.

    In the order in which they are merged: an order names its customer, and so may a card.
    """

    CUSTOMER = "customer"
    CARD = "card"
    PRODUCT = "product"
    ORDER = "order"


OF_CUSTOMER = frozenset({Kind.CARD, Kind.ORDER})
"""Kinds that name a customer: told to an account only after that customer is there."""


class ExternalRef(Canonical):
    """One copy of an entity at a vendor; ``account`` is the configured account name."""

    KEY: ClassVar[str] = "account"

    account: str
    external_id: str


class ProductRef(Canonical):
    """A product as the shop's systems name it; at least one of the fields is set."""

    sku: str | None = None
    external_id: str | None = None
    barcode: str | None = None
    name: str | None = None
