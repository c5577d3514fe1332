"""Printer: a receipt as it comes out of a till: 32 columns of plain text. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gateway.demo.till.reference import ZERO, Line, total
from gateway.demo.till.words import Words

WIDTH = 32
_RULE = "-" * WIDTH


@dataclass(frozen=True, slots=True)
class Slip:
    """What a receipt says.

    Shape: ``texts`` are the processor's, printed as they are; ``earned`` and ``balance`` are
    ``None`` where nobody knows them. Units: ``spent`` points, of a rouble each.
    """

    shop: str
    number: str
    at: datetime
    lines: Sequence[Line]
    spent: Decimal = ZERO
    earned: Decimal | None = None
    balance: Decimal | None = None
    texts: Sequence[str] = ()
    is_return: bool = False


def printed(slip: Slip, words: Words) -> str:
    """Return the receipt, each line at most 32 characters wide."""
    rows = [
        *(_centred(row) for row in textwrap.wrap(slip.shop or words.shop, WIDTH)),
        _centred(words.returned if slip.is_return else words.receipt),
        spread(slip.number[:20], f"{slip.at:%d.%m %H:%M}"),
        _RULE,
    ]
    for line in slip.lines:
        rows += _sold(line, words)
    whole = total(slip.lines)
    rows += [_RULE, spread(words.total, _money(whole))]
    if slip.spent:
        rows.append(spread(words.points_paid, f"-{_money(slip.spent)}"))
    rows.append(spread(words.to_pay, _money(whole - slip.spent)))
    if slip.earned is not None or slip.balance is not None:
        rows.append(_RULE)
    if slip.earned is not None:
        rows.append(spread(words.earned, _plain(slip.earned)))
    if slip.balance is not None:
        rows.append(spread(words.balance, _plain(slip.balance)))
    if slip.texts:
        rows.append(_RULE)
        rows += [row for text in slip.texts for row in textwrap.wrap(text, WIDTH)]
    if not slip.is_return:
        rows += [_RULE, _centred(words.thanks)]
    return "\n".join(rows)


def spread(left: str, right: str) -> str:
    """Return a row with a text at either edge; the left one is cut where both do not fit."""
    room = WIDTH - len(right) - 1
    return f"{left[:room]:<{room}} {right}"


def texts_of(quote: Mapping[str, Any]) -> list[str]:
    """Return what the answer to a quote wants printed."""
    invitation = quote.get("invitation")
    return [*quote.get("receipt_texts", ()), *([invitation] if invitation else [])]


def _centred(text: str) -> str:
    return text.center(WIDTH).rstrip()


def _sold(line: Line, words: Words) -> list[str]:
    rows = textwrap.wrap(line.name, WIDTH)
    quantity = f"{_plain(line.quantity)} x {_money(line.base)}"
    full = (line.quantity * line.base).quantize(Decimal("0.01"))
    rows.append(spread(f"  {quantity}", _money(full)))
    if line.is_promo:
        rows.append(spread(f"  {words.discount}", f"-{_money(full - line.sum)}"))
    return rows


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
