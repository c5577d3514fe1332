"""Wire shapes of orders: as calculated, as saved and as read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .wire import BalanceWire, CustomerWire, IdsWire, NamedWire, Text, Wire


class AppliedWire(Wire):
    """A discount or points on a line or an order."""

    type: str = ""
    amount: Decimal | None = None
    promotion: NamedWire | None = None
    coupon: NamedWire | None = None


class LineWire(Wire):
    """A line as calculated or stored."""

    line_id: Text | None = None
    line_number: int | None = None
    product: NamedWire | None = None
    quantity: Decimal = Decimal(1)
    base_price_per_item: Decimal | None = None
    discounted_price_of_line: Decimal | None = None
    price_of_line: Decimal | None = None
    status: Mapping[str, Any] | str | None = None
    applied_promotions: tuple[AppliedWire, ...] = ()


class ContentWire(Wire):
    """One content of a placeholder."""

    type: str = ""
    message: str | None = None


class PlaceholderWire(Wire):
    """Texts for a place of the receipt or the till."""

    ids: IdsWire = IdsWire()
    content: tuple[ContentWire, ...] = ()


class PointsInfoWire(Wire):
    """What may be spent on this order."""

    status: str | None = None
    balance_type: NamedWire | None = None
    available_amount_for_current_order: Decimal | None = None
    spent_amount_for_current_order: Decimal | None = None
    balance: BalanceWire | None = None


class CouponWire(Wire):
    """A promo code of an order."""

    ids: IdsWire = IdsWire()
    status: str | None = None


class CouponInfoWire(Wire):
    """What the vendor says of a promo code."""

    coupon: CouponWire = CouponWire()


class PointsChangeWire(Wire):
    """Points earned and spent by an order."""

    earned_amount: Decimal | None = None
    spent_amount: Decimal | None = None


class OrderWire(Wire):
    """An order as calculated, saved or read."""

    processing_status: str | None = None
    ids: IdsWire = IdsWire()
    total_price: Decimal | None = None
    lines: tuple[LineWire, ...] = ()
    placeholders: tuple[PlaceholderWire, ...] = ()
    bonus_points_info: tuple[PointsInfoWire, ...] = ()
    coupons_info: tuple[CouponInfoWire, ...] = ()
    bonus_points_changes: tuple[PointsChangeWire, ...] = ()
    bonus_points_info_per_balance_type: tuple[PointsChangeWire, ...] = ()


class OrderAnswer(Wire):
    """Answer about one order."""

    status: str | None = None
    customer: CustomerWire | None = None
    order: OrderWire | None = None


def status_id(status: Mapping[str, Any] | str | None) -> str:
    """Return the id of a line's status: an object in processing, a text elsewhere (27.7)."""
    if isinstance(status, Mapping):
        ids = status.get("ids")
        return str(ids.get("externalId", "")) if isinstance(ids, Mapping) else ""
    return status or ""
