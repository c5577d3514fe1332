"""Computing an order: promotions, split lines, points, accruals (section 12)."""

from __future__ import annotations

from dataclasses import dataclass, field

from mocks.mindbox import coupons
from mocks.mindbox.customer import Customer
from mocks.mindbox.errors import ProtocolRefused, ValidationRefused
from mocks.mindbox.order import Order
from mocks.mindbox.order_lines import read_parts
from mocks.mindbox.parts import Part, give
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import (
    Promotion,
    delivery_discount,
    percent_of,
    take_off,
    units_of,
)
from mocks.mindbox.reading import Json, hundredths, node, rows, text
from mocks.mindbox.spread import points as spread_points
from mocks.mindbox.stock import PromoCode

LINE_BENEFITS = frozenset({"percent", "amount", "cheapestFree"})


@dataclass
class CouponUse:
    """What became of one sent code."""

    code: str
    status: str
    found: PromoCode | None
    discount: int = 0


@dataclass
class Wish:
    """What is to be computed, for whom; ``order`` is the stored one when it exists.

    Only a proven customer gets personal promotions and spends points (section 7).
    """

    project: Project
    sent: Json
    place: str
    customer: Customer | None
    order: Order | None = None
    is_proven: bool = True
    is_save: bool = False

    @property
    def promotions(self) -> tuple[Promotion, ...]:
        """The promotions of the order's first save, or those that run now."""
        if self.order is not None and self.order.promotions is not None:
            return self.order.promotions
        now = self.project.now()
        return tuple(one for one in self.project.promotions.values() if one.is_running(now))


@dataclass
class Calculation:
    """A computed order; sums in kopecks and hundredths of points."""

    wish: Wish
    parts: list[Part]
    delivery: int = 0
    delivery_discounts: list[tuple[Promotion, int]] = field(default_factory=list)
    coupons: list[CouponUse] = field(default_factory=list)
    available: int = 0
    accrual: Promotion | None = None

    @property
    def goods(self) -> int:
        """The price of all lines."""
        return sum(part.total for part in self.parts)

    @property
    def total(self) -> int:
        """The final price with delivery."""
        return self.goods + self.delivery

    @property
    def spent(self) -> int:
        """The points written off."""
        return sum(part.spent for part in self.parts)

    @property
    def earned(self) -> int:
        """The points to be accrued."""
        return sum(part.earned for part in self.parts)


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
        elif promotion.benefit == "delivery" and _suits(wish, promotion):
            _deliver(found, promotion, delivery_discount(promotion, found.delivery))
    for use in found.coupons:
        if use.status == "CanBeUsed" and not use.discount:
            use.status = "CanNotBeUsedForCurrentOrder"
    _renumber(found.parts)
    if wish.customer is not None and degraded == "off":
        _points(found, wish.customer)
        accrue(found)
    return found


def usage_of(wish: Wish, promotion: Promotion) -> int:
    """Return how many units the customer's other orders took of a promotion."""
    if wish.customer is None:
        return 0
    own = wish.order.id if wish.order is not None else -1
    used = wish.project.usage[promotion.external_id, wish.customer.id]
    return sum(units for order_id, units in used.items() if order_id != own)


def _suits(wish: Wish, promotion: Promotion) -> bool:
    """Tell whether a promotion is for this customer and place."""
    is_personal = promotion.is_personal or promotion.limit is not None
    has_person = wish.customer is not None and wish.is_proven
    if is_personal and (not has_person or wish.project.settings.degraded == "personal"):
        return False
    return not promotion.places or wish.place in promotion.places


def _apply(found: Calculation, promotion: Promotion) -> None:
    wish = found.wish
    if not _suits(wish, promotion):
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
                if len(pieces) == 1:
                    pieces = give(pieces[0], promotion, sum_off)
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


def _points(found: Calculation, customer: Customer) -> None:
    """Spread the wanted points, lowered to what there is and what the lines bear."""
    wish, project = found.wish, found.wish.project
    kind = project.balance_type
    project.settle(customer)
    balance = customer.ledger(kind.system_name).balance(project.now()).available
    if wish.order is not None and wish.order.promotions is not None:
        balance = wish.order.available
    share = found.goods * project.settings.points_percent_limit // 100
    tick = 100 if kind.is_integer else 1
    rooms = [part.room for part in found.parts]
    found.available = max(min(balance, share, sum(rooms)) // tick * tick, 0)
    if not wish.is_proven:
        return
    wanted = sum(
        hundredths(row.get("amount"), "/order/bonusPoints/amount")
        for row in rows(wish.sent, "bonusPoints")
    )
    if wanted > balance and project.settings.spend_over_balance == "validationError":
        msg = "Недостаточно баллов для списания"
        raise ValidationRefused(msg, "/order/bonusPoints")
    shares = spread_points(
        max(min(wanted, found.available), 0) // tick * tick,
        [part.total for part in found.parts],
        units=[part.units for part in found.parts],
        rooms=rooms,
        tick=tick,
    )
    for part, points in zip(found.parts, shares, strict=True):
        part.spent = points


def accrue(found: Calculation) -> None:
    """Compute the accrual of each line after points, rounded down (12.2)."""
    wish = found.wish
    tick = 100 if wish.project.balance_type.is_integer else 1
    for promotion in wish.promotions:
        if promotion.benefit == "cashback" and _suits(wish, promotion):
            found.accrual = promotion
            for part in found.parts:
                part.earned = percent_of(part.total, promotion, tick)
            return


def used_units(found: Calculation) -> dict[str, int]:
    """Return the units that each limited promotion gave in this order."""
    limited = [one for one in found.wish.promotions if one.limit is not None]
    counts = {one.external_id: units_of(found.parts, one) for one in limited}
    return {external_id: units for external_id, units in counts.items() if units}
