"""Recipes: how the columns of a report are reckoned from sums. Pure.

A share of nothing is no number, and is told as none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from gateway.ops.report_figures import AGAIN, Figure
from gateway.ops.report_periods import Period
from gateway.ops.report_texts import ReportName

Value: TypeAlias = int | float | Decimal | None
Values: TypeAlias = tuple[Value, ...]
_KOPECKS, _POINT_UNITS = Decimal(100), Decimal(10_000)
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """The sums of one row. ``of_period`` are those of all tags of its period and shop."""

    sums: Mapping[str, int]
    of_period: Mapping[str, int]
    period: Period
    today: date

    def __getitem__(self, figure: Figure) -> int:
        return self.sums.get(figure.value, 0)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which sums a report needs, and its row of values.

    ``from_start``: sums of all time until the end of the period.
    """

    figures: Sequence[Figure]
    values: Callable[[Cell], Values]
    from_start: bool = False


def share(part: int, whole: int) -> float | None:
    """Return percent with one decimal."""
    return round(_PERCENT * part / whole, 1) if whole else None


def _identified(cell: Cell) -> Values:
    receipts, identified = cell[Figure.RECEIPTS], cell[Figure.IDENTIFIED]
    return receipts, identified, share(identified, receipts)


def _repeat(cell: Cell) -> Values:
    last = cell.period.until
    shares = (
        share(cell[figure], cell[Figure.FIRST]) if (cell.today - last).days >= days else None
        for days, figure in AGAIN.items()
    )
    return cell[Figure.FIRST], *shares


def _returning(cell: Cell) -> Values:
    known = cell[Figure.KNOWN]
    returning = known - cell[Figure.FIRST]
    return known, returning, share(returning, known)


def _contacts(cell: Cell) -> Values:
    people, email, phone = cell[Figure.PEOPLE], cell[Figure.WITH_EMAIL], cell[Figure.WITH_PHONE]
    card = share(cell[Figure.WITH_CARD], people)
    return people, email, share(email, people), phone, share(phone, people), card


def _sources(cell: Cell) -> Values:
    new = cell[Figure.PEOPLE]
    return new, share(new, cell.of_period.get(Figure.PEOPLE.value, 0))


def _cards(cell: Cell) -> Values:
    cards, matched = cell[Figure.CARDS], cell[Figure.MATCHED]
    return cards, matched, share(matched, cards)


def _turnover(cell: Cell) -> Values:
    purchases, turnover, returned = (
        cell[Figure.PURCHASES], cell[Figure.TURNOVER], cell[Figure.RETURNED],
    )  # fmt: skip
    average = round(Decimal(turnover) / purchases) / _KOPECKS if purchases else None
    return (
        purchases, turnover / _KOPECKS, average, cell[Figure.RETURNS], returned / _KOPECKS,
        (turnover - returned) / _KOPECKS, cell[Figure.EARNED] / _POINT_UNITS,
        cell[Figure.SPENT] / _POINT_UNITS,
    )  # fmt: skip


RECIPES: Mapping[ReportName, Recipe] = {
    ReportName.IDENTIFIED: Recipe((Figure.RECEIPTS, Figure.IDENTIFIED), _identified),
    ReportName.REPEAT: Recipe((Figure.FIRST, *AGAIN.values()), _repeat),
    ReportName.RETURNING: Recipe((Figure.KNOWN, Figure.FIRST), _returning),
    ReportName.CONTACTS: Recipe(
        (Figure.PEOPLE, Figure.WITH_EMAIL, Figure.WITH_PHONE, Figure.WITH_CARD),
        _contacts,
        from_start=True,
    ),
    ReportName.SOURCES: Recipe((Figure.PEOPLE,), _sources),
    ReportName.CARDS: Recipe((Figure.CARDS, Figure.MATCHED), _cards, from_start=True),
    ReportName.TURNOVER: Recipe(
        (
            Figure.PURCHASES, Figure.TURNOVER, Figure.RETURNS, Figure.RETURNED, Figure.EARNED,
            Figure.SPENT,
        ),
        _turnover,
    ),
}  # fmt: skip
