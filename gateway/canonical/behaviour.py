"""Behaviour: what a visitor does on the site before and between orders."""

from __future__ import annotations

from enum import StrEnum

from gateway.canonical.model import Canonical, Moment
from gateway.canonical.money import Money
from gateway.canonical.order import OrderLine
from gateway.canonical.reference import ProductRef


class BasketEventKind(StrEnum):
    """What happened to the basket or the page."""

    VIEW_PRODUCT = "view_product"
    VIEW_CATEGORY = "view_category"
    BASKET_CHANGED = "basket_changed"
    BASKET_CLEARED = "basket_cleared"
    AVAILABILITY_WANTED = "availability_wanted"


class BasketEvent(Canonical):
    """One event of a visitor; ``lines`` is the whole basket after it."""

    id: str
    kind: BasketEventKind
    at: Moment
    visitor_id: str
    customer_id: str | None = None
    product: ProductRef | None = None
    category: str | None = None
    lines: tuple[OrderLine, ...] = ()
    total: Money | None = None
