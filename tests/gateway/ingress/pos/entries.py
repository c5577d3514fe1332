"""What the service in memory keeps, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from gateway.canonical import Money, OrderLine
from gateway.contract import Deal, Sale, SaleState, TillRefused


class Why(Enum):
    """Refusals. Shape: code, reason, field."""

    CLOSED = ("sale-committed", "the sale is closed: take it back", "id")
    DIFFERS = ("sale-differs", "this sale came with another content", "id")
    NOBODY = ("member-unknown", "nobody is known by this", "member_id")
    NO_PROOF = ("code-needed", "points are spent with a code only", "proof")
    NO_SALE = ("sale-unknown", "no such sale was closed", "sale_id")
    REUSED = ("key-reused", "this key came with another content", "key")
    TOO_FEW_POINTS = ("points-too-many", "more than may be spent", "points")


def refused(why: Why) -> TillRefused:
    """Make a refusal."""
    code, reason, at = why.value
    return TillRefused(code, reason, field=at)


@dataclass(frozen=True)
class Step:
    """A step of a sale: what it is called, what was told, where it leads."""

    name: str
    sale_id: str
    told: str
    state: SaleState
    key: str


@dataclass
class Entry:
    """A sale or return, with the digest of each step."""

    deal: Deal
    steps: dict[str, str] = field(default_factory=dict)


def total_of(sale: Sale) -> Money:
    """Sum up a sale."""
    return Money.total(
        [(one.price or Money.of(0), one.quantity or Decimal(1)) for one in sale.lines]
    )


def rounded(value: Decimal) -> Decimal:
    """Round to hundredths."""
    return value.quantize(Decimal("0.01"))


def line_text(line: OrderLine) -> str:
    """Spell a line."""
    return line.model_dump_json()


def told_of(sale: Sale) -> str:
    """Spell what a sale says."""
    return repr(
        (sale.at, sale.points and sale.points.points, [line_text(one) for one in sale.lines])
    )
