"""Promo codes inside orders: their state for this order, use and release (12.2, 13)."""

from __future__ import annotations

from mocks.mindbox.clock import write
from mocks.mindbox.customer import Customer
from mocks.mindbox.order import Order
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, amount, node, rows, text
from mocks.mindbox.stock import PromoCode


def sent_codes(order: Json) -> list[str]:
    """Return the codes of ``order.coupons``."""
    codes = [text(node(row, "ids").get("code")) for row in rows(order, "coupons")]
    return [code for code in dict.fromkeys(codes) if code]


def state(  # noqa: PLR0911 - one return per status
    project: Project, code: str, *, customer: Customer | None, order: Order | None
) -> tuple[str, PromoCode | None]:
    """Return ``coupon.status`` before the order is looked at, and the code itself."""
    found = project.promo_codes.get(code)
    if found is None:
        return "NotFound", None
    is_own_use = order is not None and found.used_order == order.id
    if found.used is not None and not is_own_use:
        return "Used", found
    if order is not None and code in order.coupons and order.promotions is not None:
        # What was available at the first save stays so for this order (12.1).
        return ("Blocked" if found.blocked is not None else "CanBeUsed"), found
    shown = found.status(project.now())
    if shown not in {"Active", "Used"}:
        return shown, found
    if found.pool.is_personal and found.customer_id is None:
        return "NotIssued", found
    owner = found.customer_id
    is_foreign = owner is not None and (customer is None or customer.id != owner)
    if (found.pool.is_personal and is_foreign) or (found.pool.is_referral and customer is None):
        return "CanNotBeUsedForCurrentOrder", found
    return "CanBeUsed", found


def block(code: str, status: str, found: PromoCode | None, discount: int) -> Json:
    """Return the element of ``couponsInfo``."""
    coupon: Json = {"ids": {"code": code}, "status": status}
    if found is not None:
        coupon["pool"] = found.pool.as_json(with_id=True)
        if found.available_from is not None:
            coupon["availableFromDateTimeUtc"] = write(found.available_from)
        if found.available_till is not None:
            coupon["availableTillDateTimeUtc"] = write(found.available_till)
        if found.used is not None:
            coupon["usedDateTimeUtc"] = write(found.used)
    return {"discountAmountForCurrentOrder": amount(discount), "coupon": coupon}


def use(project: Project, order: Order, codes: list[str]) -> None:
    """Mark codes as used by an order; codes that it no longer carries become free."""
    release(project, order, keep=codes)
    for code in codes:
        found = project.promo_codes[code]
        if found.used is None:
            found.used, found.used_order = project.now(), order.id
            found.used_place = order.place
    order.coupons = codes


def release(project: Project, order: Order, keep: list[str] | None = None) -> None:
    """Free the codes of an order, as a rollback did (13)."""
    for code in order.coupons:
        found = project.promo_codes.get(code)
        if found is not None and found.used_order == order.id and code not in (keep or []):
            found.used, found.used_order, found.used_place = None, None, ""
