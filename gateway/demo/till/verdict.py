"""Verdict: what a processor holds after the day against what the tills closed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.demo.till.api import Meter
from gateway.demo.till.ledger import DayLedger
from gateway.demo.till.reference import ZERO

USABLE = 0.9999
"""The share of calls that must be answered in a till's time while nobody kills the gateway."""

_SHOWN = 20
CLEAN = ("lost", "repeated", "differences", "differing", "refused", "unsettled")
"""What must be zero."""


@dataclass(frozen=True, slots=True)
class Held:
    """What the processor holds. Shape: balances by member; ``sales`` counted, ``None`` unknown."""

    balances: Mapping[int, Decimal]
    sales: int | None = None


@dataclass(slots=True)
class Verdict:
    """The end of a day: the object that ``--json`` prints, and findings for a person."""

    result: dict[str, Any]
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True when nothing is lost, repeated, differing or open, and the till was answered."""
        return self.result["answered_in_time"] and not any(self.result[name] for name in CLEAN)


def is_settled(ledger: DayLedger, held: Held) -> bool:
    """Tell whether nothing is under way any more, as far as one can see from outside."""
    same = held.balances == ledger.reference.balances()
    return same and not ledger.unsettled and held.sales in {None, len(ledger.reference.sales)}


def judge(ledger: DayLedger, held: Held, meter: Meter, *, killed: bool) -> Verdict:
    """Compare. ``killed``: calls to a dead gateway have no answer, and count as none."""
    counts, differing = ledger.counts, _differing(ledger, held)
    off = 0 if held.sales is None else held.sales - len(ledger.reference.sales)
    usable = 1 - meter.unanswered / meter.asked if meter.asked else 1.0
    names = (
        "receipts",
        "given_up",
        "anonymous",
        "spending",
        "without_points",
        "returns",
        "repeats",
    )
    result: dict[str, Any] = {
        **{name: counts[name] for name in names},
        "points": _points(ledger, held),
        "calls": meter.asked,
        "unanswered": meter.unanswered,
        "degraded": dict(meter.degraded),
        "usable": round(usable, 6),
        "answered_in_time": killed or usable >= USABLE,
        "p50_ms": round(meter.quantile(0.5) * 1000, 1),
        "p99_ms": round(meter.quantile(0.99) * 1000, 1),
        "lost": counts["lost"] + max(-off, 0),
        "repeated": max(off, 0),
        "differences": len(differing),
        "differing": counts["differing"],
        "refused": counts["refused"],
        "unsettled": len(ledger.unsettled),
    }
    return Verdict(result, [*ledger.findings, *differing][:_SHOWN])


def _differing(ledger: DayLedger, held: Held) -> list[str]:
    """Return who has other points than the reference says."""
    off = {
        member: held.balances.get(member, ZERO) - account.balance
        for member, account in ledger.reference.accounts.items()
    }
    return [
        f"differences: member {member} has {more:+} points against the reference"
        for member, more in off.items()
        if more
    ]


def _points(ledger: DayLedger, held: Held) -> dict[str, str]:
    """Return the sums that must conserve, as texts: what was moved, and what is there."""
    accounts = ledger.reference.accounts.values()
    moved = {
        name: str(sum((getattr(one, name) for one in accounts), ZERO))
        for name in ("opening", "earned", "spent", "earned_back", "spent_back")
    }
    return {**moved, "held": str(sum(held.balances.values(), ZERO))}
