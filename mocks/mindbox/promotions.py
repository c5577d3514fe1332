"""Promotions of the project and what they take off an order (sections 12 and 18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from mocks.mindbox.clock import read
from mocks.mindbox.parts import Part, give, rounded
from mocks.mindbox.reading import Json
from mocks.mindbox.spread import proportionally

Benefit = Literal[
    "percent", "amount", "cheapestFree", "delivery", "cashback", "issueCoupon", "hint", "external"
]


@dataclass(frozen=True)
class Promotion:
    """One promotion. ``value``: hundredths of a rouble or of a percent.

    ``products`` and ``places`` empty mean all; ``units`` of a ``bundle`` make one set; ``limit`` is
    a number of units per customer.
    """

    id: int | None
    external_id: str
    name: str
    benefit: Benefit
    value: int = 0
    products: tuple[str, ...] = ()
    bundle: tuple[tuple[str, int], ...] = ()
    pool: str = ""
    is_personal: bool = False
    limit: int | None = None
    places: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    spread: Literal["cheapest", "proportional"] = "cheapest"
    floor: int = 0
    is_floor_spread: bool = False
    message: str = ""
    possible: Json = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``external`` for a promotion that the caller computes itself."""
        return "external" if self.benefit == "external" else "mindbox"

    def short(self) -> Json:
        """Return the promotion as a block names it."""
        ids: Json = {}
        if self.id is not None and self.kind == "mindbox":
            ids["mindboxId"] = self.id
        if self.external_id:
            ids["externalId"] = self.external_id
        return {"ids": ids, "name": self.name, "type": self.kind}

    def is_running(self, now: datetime) -> bool:
        """Tell whether the promotion lasts at ``now``."""
        return (self.starts is None or self.starts <= now) and (
            self.ends is None or now < self.ends
        )

    def with_ids(self, number: int) -> Promotion:
        """Return the promotion with the id that the project gave it."""
        return self if self.id is not None else replace(self, id=number)


def from_json(row: Json) -> Promotion:
    """Build a promotion from the side door; roubles and percents are plain numbers there.

    Raises:
        ValueError: an unknown benefit.
    """
    if row["benefit"] not in get_args(Benefit):
        msg = f"benefit must be one of {', '.join(get_args(Benefit))}"
        raise ValueError(msg)
    values: dict[str, Any] = dict(row)
    values.setdefault("id", None)
    values.setdefault("external_id", "")
    for name in ("value", "floor"):
        values[name] = int(Decimal(str(row.get(name, 0))) * 100)
    values["products"] = tuple(row.get("products", ()))
    values["places"] = tuple(row.get("places", ()))
    values["bundle"] = tuple((str(sku), int(units)) for sku, units in row.get("bundle", ()))
    for name in ("starts", "ends"):
        values[name] = read(row[name]) if row.get(name) else None
    return Promotion(**values)


def take_off(
    parts: list[Part], promotion: Promotion, *, code: str = "", units: int | None = None
) -> list[Part]:
    """Apply a promotion with a line discount to at most ``units`` units and return the parts."""
    chosen = _chosen(promotion, units)
    if promotion.benefit == "percent":
        return _each(parts, chosen, lambda part: _percent(part, promotion, code))
    if promotion.benefit == "amount":
        return _amount(parts, chosen, promotion, code)
    return _cheapest(parts, promotion, code)


def units_of(parts: Sequence[Part], promotion: Promotion) -> int:
    """Return how many units got a discount of the promotion."""
    return sum(
        part.units
        for part in parts
        if any(one.promotion.external_id == promotion.external_id for one in part.discounts)
    )


def _chosen(promotion: Promotion, units: int | None) -> Callable[[list[Part]], list[int]]:
    """Return how many units of each part take part: in order of the lines, up to ``units``."""

    def _choose(parts: list[Part]) -> list[int]:
        left = [units if units is not None else sum(part.units for part in parts)]
        if promotion.bundle:
            return _of_bundles(parts, promotion)
        counts = []
        for part in parts:
            taken = min(part.units, left[0]) if _fits(part, promotion) else 0
            left[0] -= taken
            counts.append(taken)
        return counts

    return _choose


def _of_bundles(parts: list[Part], promotion: Promotion) -> list[int]:
    """Return the units of the complete sets that the order holds."""
    present = {
        sku: sum(part.units for part in parts if part.product == sku) // size
        for sku, size in promotion.bundle
    }
    sets = min(present.values())
    left = {sku: size * sets for sku, size in promotion.bundle}
    counts = []
    for part in parts:
        taken = min(part.units, left.get(part.product, 0))
        if taken:
            left[part.product] -= taken
        counts.append(taken)
    return counts


def _pieces(parts: list[Part], counts: list[int]) -> list[tuple[Part, bool]]:
    """Split the parts so that each takes part as a whole or not at all."""
    pieces: list[tuple[Part, bool]] = []
    for part, count in zip(parts, counts, strict=True):
        if 0 < count < part.units:
            inside, outside = part.split(count)
            pieces += [(inside, True), (outside, False)]
        else:
            pieces.append((part, count > 0))
    return pieces


def _each(
    parts: list[Part],
    chosen: Callable[[list[Part]], list[int]],
    apply: Callable[[Part], list[Part]],
) -> list[Part]:
    found: list[Part] = []
    for part, takes_part in _pieces(parts, chosen(parts)):
        found += apply(part) if takes_part else [part]
    return found


def _percent(part: Part, promotion: Promotion, code: str) -> list[Part]:
    """Take a percentage off every unit, rounded per unit, so that it never splits a part."""
    per_unit = rounded(Decimal(part.total) / part.units * promotion.value / 10000)
    room_per_unit = part.room // part.units
    return give(part, promotion, min(per_unit, room_per_unit) * part.units, code)


def _amount(
    parts: list[Part],
    chosen: Callable[[list[Part]], list[int]],
    promotion: Promotion,
    code: str,
) -> list[Part]:
    """Spread a sum over the units that take part in proportion to their cost."""
    return _spread(_pieces(parts, chosen(parts)), promotion.value, promotion, code)


def _spread(
    pieces: list[tuple[Part, bool]], amount: int, promotion: Promotion, code: str
) -> list[Part]:
    """Spread a sum over pieces; the odd kopecks go to the first units of each product.

    So a line that came back split is not split again when it is sent the next time.
    """
    groups: dict[tuple[str, int, int], list[int]] = {}
    for at, (part, takes_part) in enumerate(pieces):
        if takes_part:
            groups.setdefault((part.product, part.price, part.floor), []).append(at)
    weights = [sum(pieces[at][0].total for at in group) for group in groups.values()]
    shares = proportionally(min(amount, sum(weights)), weights)
    found = {at: [part] for at, (part, _) in enumerate(pieces)}
    for group, share in zip(groups.values(), shares, strict=True):
        each, odd = divmod(share, sum(pieces[at][0].units for at in group))
        for at in group:
            part = pieces[at][0]
            more = min(odd, part.units)
            odd -= more
            found[at] = give(part, promotion, each * part.units + more, code)
    return [part for at in sorted(found) for part in found[at]]


def _cheapest(parts: list[Part], promotion: Promotion, code: str) -> list[Part]:
    """Give the cheapest unit for nothing, or for the floor, in the four ways of section 12.3."""
    fitting = [part for part in parts if _fits(part, promotion)]
    if sum(part.units for part in fitting) <= 1:
        return parts
    cheapest = min(fitting, key=lambda part: part.total // part.units)
    worth = cheapest.total // cheapest.units
    if promotion.spread == "proportional":
        return _spread([(part, _fits(part, promotion)) for part in parts], worth, promotion, code)
    pieces = _pieces(parts, [1 if part is cheapest else 0 for part in parts])
    found: list[Part] = []
    others: list[tuple[Part, bool]] = []
    for part, hit in pieces:
        # One unit is never split.
        found += give(part, promotion, worth - promotion.floor, code) if hit else [part]
        others.append((part, not hit and _fits(part, promotion)))
    return _spread(others, promotion.floor, promotion, code) if promotion.is_floor_spread else found


def _fits(part: Part, promotion: Promotion) -> bool:
    return not promotion.products or part.product in promotion.products


def limits(promotion: Promotion, used: int) -> list[Json]:
    """Return ``promotion.limits`` (12.2)."""
    if promotion.limit is None:
        return []
    row: Json = {
        "type": "personalLimit",
        "amount": {"type": "quantity", "value": promotion.limit},
        "used": {"usageServiceStatus": "available", "amount": used},
    }
    if promotion.ends is not None:
        row["untilDateTimeUtc"] = f"{promotion.ends:%Y-%m-%d %H:%M:%S}.000"
    return [row]


def accrued(total: int, product: str, promotion: Promotion, tick: int) -> int:
    """Return the points of a cashback promotion for a sum, rounded down; none for other goods."""
    if promotion.products and product not in promotion.products:
        return 0
    return total * promotion.value // 10000 // tick * tick


def hint(promotion: Promotion) -> list[Json]:
    """Return what a hint says to the cashier (12.2)."""
    content: list[Json] = [
        {"type": "text", "message": promotion.message, "promotion": promotion.short()}
    ]
    if promotion.possible:
        content.append(
            {
                "type": "possibleDiscounts",
                "possibleDiscounts": promotion.possible,
                "promotion": promotion.short(),
            }
        )
    return content


def delivery_discount(promotion: Promotion, cost: int) -> int:
    """Return what a delivery promotion takes off the delivery's cost."""
    return min(promotion.value, cost)
