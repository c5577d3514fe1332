"""Computing an order: promotions, split lines, points, accruals (section 12)."""

from __future__ import annotations

from mocks.mindbox import coupons
from mocks.mindbox.calculation import Calculation, CouponUse, Wish, suits, usage_of
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order_lines import read_parts
from mocks.mindbox.order_points import accrue, spend
from mocks.mindbox.parts import Part, give
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import Promotion, delivery_discount, take_off, units_of
from mocks.mindbox.reading import Json, hundredths, node, rows, text
from mocks.mindbox.spread import proportionally

LINE_BENEFITS = frozenset({"percent", "amount", "cheapestFree"})


def calculate(wish: Wish) -> Calculation:
    """Compute an order without any effect.

    Raises:
        ProtocolRefused: it cannot be computed. ValidationRefused: more points than there are.
    """
    project, sent = wish.project, wish.sent
    degraded = project.settings.degraded
    found = Calculation(wish, read_parts(project, sent, needs_numbers=wish.is_save))
    found.delivery = hundredths(sent.get("deliveryCost"), "/order/deliveryCost")
    _read_coupons(found)
    _requested(found)
    for promotion in wish.promotions if degraded != "all" else ():
        if promotion.benefit in LINE_BENEFITS:
            _apply(found, promotion)
        elif promotion.benefit == "delivery" and suits(wish, promotion):
            _deliver(found, promotion, delivery_discount(promotion, found.delivery))
    for use in found.coupons:
        if use.status == "CanBeUsed" and not use.discount:
            use.status = "CanNotBeUsedForCurrentOrder"
    _renumber(found.parts)
    if wish.customer is not None and degraded == "off":
        spend(found, wish.customer)
        accrue(found)
    return found


def _apply(found: Calculation, promotion: Promotion) -> None:
    wish = found.wish
    if not suits(wish, promotion):
        return
    use = None
    if promotion.pool:
        use = next(
            (
                one
                for one in found.coupons
                if one.status == "CanBeUsed"
                and one.found is not None
                and one.found.pool.external_id == promotion.pool
            ),
            None,
        )
        if use is None:
            return
    units = None
    if promotion.limit is not None:
        units = promotion.limit - usage_of(wish, promotion)
        if units <= 0:
            return
    code = use.code if use is not None else ""
    before = found.goods
    found.parts = take_off(found.parts, promotion, code=code, units=units)
    if use is not None:
        use.discount += before - found.goods


def _read_coupons(found: Calculation) -> None:
    wish = found.wish
    for code in coupons.sent_codes(wish.sent):
        status, promo_code = coupons.state(
            wish.project, code, customer=wish.customer, order=wish.order
        )
        if wish.project.settings.degraded in {"personal", "all"}:
            status = "Unavailable"
        found.coupons.append(CouponUse(code, status, promo_code))


def _requested(found: Calculation) -> None:
    """Apply what the caller computed itself; the promotion must exist (12.1, 18)."""
    parts: list[Part] = []
    for part in found.parts:
        pieces = [part]
        where = f"/order/lines/{part.index}/requestedPromotions"
        for row in rows(part.line, "requestedPromotions"):
            if text(row.get("type")) == "discount":
                promotion = _external(found.wish.project, row, where)
                sum_off = hundredths(row.get("amount"), f"{where}/amount")
                shares = proportionally(sum_off, [piece.total for piece in pieces])
                pieces = [
                    one
                    for piece, share in zip(pieces, shares, strict=True)
                    for one in give(piece, promotion, share)
                ]
        parts += pieces
    found.parts = parts
    for row in rows(found.wish.sent, "requestedPromotions"):
        if text(row.get("type")) == "deliveryDiscount":
            where = "/order/requestedPromotions"
            sum_off = hundredths(row.get("amount"), f"{where}/amount")
            _deliver(found, _external(found.wish.project, row, where), sum_off)


def _external(project: Project, row: Json, where: str) -> Promotion:
    external_id = text(node(row, "promotion", "ids").get("externalId"))
    found = project.promotions.get(external_id)
    if found is None or found.benefit != "external":
        msg = f"{where}/promotion/ids/externalId: промоакция {external_id} не найдена"
        raise ProtocolRefused(msg)
    return found


def _deliver(found: Calculation, promotion: Promotion, sum_off: int) -> None:
    sum_off = min(sum_off, found.delivery)
    if sum_off > 0:
        found.delivery -= sum_off
        found.delivery_discounts.append((promotion, sum_off))


def _renumber(parts: list[Part]) -> None:
    """Number the parts in ascending order; a split moves the following lines on (12.3)."""
    last = 0
    for part in parts:
        part.number = max(part.number, last + 1)
        last = part.number


def used_units(found: Calculation) -> dict[str, int]:
    """Return the units that each limited promotion gave in this order."""
    limited = [one for one in found.wish.promotions if one.limit is not None]
    counts = {one.external_id: units_of(found.parts, one) for one in limited}
    return {external_id: units for external_id, units in counts.items() if units}
