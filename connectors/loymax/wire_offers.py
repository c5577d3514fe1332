"""Wire shapes of coupons and offers, by the vendor's names."""

from __future__ import annotations

from .wire import Wire


class CouponWire(Wire):
    """A coupon of a member (6.4)."""

    code: str | None = None
    activation_date: str | None = None
    expiry_date: str | None = None
    coupon_state: str | None = None
    emission_title: str | None = None
    short_description: str | None = None


class ContentWire(Wire):
    """An offer as members are shown it; without ``end`` it does not end (6.5)."""

    id: int
    title: str | None = None
    begin: str | None = None
    end: str | None = None
