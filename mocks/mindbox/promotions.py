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
            fits = not promotion.products or part.product in promotion.products
            taken = min(part.units, left[0]) if fits else 0
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
    pieces = _pieces(parts, chosen(parts))
    weights = [part.total if takes_part else 0 for part, takes_part in pieces]
    shares = proportionally(min(promotion.value, sum(weights)), weights)
    found: list[Part] = []
    for (part, _), share in zip(pieces, shares, strict=True):
        found += give(part, promotion, share, code)
    return found


def _cheapest(parts: list[Part], promotion: Promotion, code: str) -> list[Part]:
    """Give the cheapest unit for nothing, or for the floor, in the four ways of section 12.3."""
    fitting = [p for p in parts if not promotion.products or p.product in promotion.products]
    if sum(part.units for part in fitting) <= 1:
        return parts
    cheapest = min(fitting, key=lambda part: part.total // part.units)
    worth = cheapest.total // cheapest.units
    if promotion.spread == "proportional":
        weights = [part.total if part in fitting else 0 for part in parts]
        shares = proportionally(worth, weights)
        return [
            one
            for part, share in zip(parts, shares, strict=True)
            for one in give(part, promotion, share, code)
        ]
    counts = [1 if part is cheapest else 0 for part in parts]
    pieces = _pieces(parts, counts)
    rest = promotion.floor if promotion.is_floor_spread else 0
    weights = [part.total if part in fitting and not hit else 0 for part, hit in pieces]
    shares = proportionally(rest, weights)
    found: list[Part] = []
    for (part, hit), share in zip(pieces, shares, strict=True):
        found += give(part, promotion, worth - promotion.floor if hit else share, code)
    return found


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


def percent_of(total: int, promotion: Promotion, tick: int) -> int:
    """Return the points that a cashback promotion accrues for a sum, rounded down."""
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


__all__ = [
    "Benefit",
    "Promotion",
    "delivery_discount",
    "from_json",
    "hint",
    "limits",
    "percent_of",
    "take_off",
    "units_of",
]
