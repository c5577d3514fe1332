"""Screen: what the cashier sees of a sale under way. Pure text, as wide as a small display."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.demo.till.reference import ZERO, Line, total
from gateway.demo.till.words import Words

WIDTH = 64
_NAME = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """A sale under way. Shape: ``quote`` is the gateway's last answer, empty for none."""

    lines: Sequence[Line]
    name: str = ""
    spend: Decimal = ZERO
    quote: Mapping[str, Any] = field(default_factory=dict)


def shown(sale: Shown, words: Words) -> str:
    """Return the cashier's screen."""
    quote = sale.quote
    who = f"{words.member}: {sale.name}" if sale.name else words.anonymous
    rows = ["=" * WIDTH, _edges(who, _balance(quote, words))]
    if not sale.lines:
        return "\n".join([*rows, words.empty])
    earned = {str(one["id"]): one.get("points_earned") for one in quote.get("lines", ())}
    for line in sale.lines:
        left = f"{line.id:>2} {line.name[:_NAME]:<{_NAME}} {line.quantity.normalize():f}"
        points = f"+{earned[line.id]}" if earned.get(line.id) else ""
        rows.append(_edges(left, f"{line.sum:.2f} {points:>8}"))
    rows.append("-" * WIDTH)
    rows.append(_edges(words.total, f"{total(sale.lines):.2f}"))
    if sale.spend:
        rows.append(_edges(words.spending, f"-{sale.spend:f}"))
    rows.append(_edges(words.to_pay, _to_pay(sale)))
    for name, text in (("points_earned", words.will_earn), ("spendable", words.spendable)):
        if quote.get(name) is not None:
            rows.append(_edges(text, str(quote[name])))
    return "\n".join([*rows, *_notes(quote, words)])


def _to_pay(sale: Shown) -> str:
    told = sale.quote.get("total")
    return str(told) if told is not None else f"{total(sale.lines):.2f}"


def _balance(quote: Mapping[str, Any], words: Words) -> str:
    available = quote.get("available")
    return "" if available is None else f"{available} {words.available}"


def _notes(quote: Mapping[str, Any], words: Words) -> list[str]:
    notes = [f"> {hint}" for hint in quote.get("cashier_hints", ())]
    notes += [f"* {offer.get('title')}" for offer in quote.get("offers", ())]
    degraded = quote.get("degraded")
    if degraded:
        notes.append(f"! {words.degraded}: {degraded.get('reason')}")
    allowed = quote.get("allowed") or {}
    if allowed.get("spending") is False:
        notes.append(f"! {words.no_spending}")
    return notes


def _edges(left: str, right: str) -> str:
    room = WIDTH - len(right) - 1
    return f"{left[:room]:<{room}} {right}".rstrip()
