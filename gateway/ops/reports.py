"""Reports: figures by period and shop, read from sums, with what they count beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from statistics import median

from gateway.contract import Clock
from gateway.ops.faults import NotFound
from gateway.ops.report_build import Builder, Progress
from gateway.ops.report_facts import Zones
from gateway.ops.report_periods import By, Period, periods, start_of
from gateway.ops.report_recipes import RECIPES, Cell, Recipe, Values, share
from gateway.ops.report_texts import OTHER_TEXTS, REPORTS, ReportInfo, ReportName, Text
from gateway.ports import Store, Tx
from gateway.ports.reports import SumRow

MOST_LETTERS = 100_000
_HOUR_S, _DAY_S = 3600.0, 86_400.0
_UNTAGGED = ""
_INFO = {info.name: info for info in REPORTS}
Sums = Mapping[str, int]
Place = tuple[date, str, str]
"""Whose sums: (first day of the period, shop, tag)."""


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What is asked for.

    ``since`` and ``until`` (the last day) are widened to whole periods; without them the last
    months, weeks or days are told. ``each_shop``: a row for each shop.
    """

    since: date | None = None
    until: date | None = None
    by: By = By.MONTH
    shop: str | None = None
    each_shop: bool = False


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A period's figures, in the order of the report's columns.

    Shape: ``until`` is the day after the period; ``shop`` is empty for all shops together and for
    what belongs to none; ``is_open``: the period has not ended.
    """

    since: date
    until: date
    shop: str
    tag: str
    values: Values
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as it is shown. ``notes`` say what the figures do not hold yet."""

    info: ReportInfo
    query: ReportQuery
    rows: tuple[ReportRow, ...]
    shops: tuple[str, ...]
    progress: Progress
    notes: tuple[Text, ...]

    @property
    def is_empty(self) -> bool:
        """True when no figure is above nothing."""
        return not any(value for row in self.rows for value in row.values)


@dataclass(frozen=True, slots=True)
class Reports:
    """Tells reports. ``builder`` is asked how whole the facts are; it builds nothing here."""

    store: Store
    clock: Clock
    builder: Builder
    zones: Zones

    def list(self) -> tuple[ReportInfo, ...]:
        """Return what reports there are."""
        return REPORTS

    async def show(self, name: str, query: ReportQuery | None = None) -> ReportView:
        """Return a report. Raises ``NotFound``, ``Refused``."""
        if name not in _INFO:
            known = ", ".join(ReportName)
            msg = f"no report {name}: there are {known}"
            raise NotFound(msg)
        info, query = _INFO[ReportName(name)], query or ReportQuery()
        today = self.zones.day(self.clock.now())
        spans = periods(query.since, query.until, query.by, today=today)
        progress = await self.builder.progress()
        shops = tuple(await self.store.read(lambda tx: tx.fact_shops())) if info.has_shops else ()
        if info.name is ReportName.LETTERS:
            rows, is_cut = await self._letters(spans, query.by, today)
        else:
            recipe, is_cut = RECIPES[info.name], False
            sums = await self.store.read(lambda tx: _read(tx, recipe, spans, query, info))
            rows = tuple(_rows(recipe, spans, sums, today))
        notes = tuple(self._notes(progress, is_cut=is_cut))
        return ReportView(info, query, rows, shops, progress, notes)

    async def _letters(
        self, spans: Sequence[Period], by: By, today: date
    ) -> tuple[tuple[ReportRow, ...], bool]:
        since, until = (self._begins(day) for day in (spans[0].since, spans[-1].until))
        found = await self.store.read(
            lambda tx: tx.decided_letters(since=since, until=until, limit=MOST_LETTERS)
        )
        grouped: defaultdict[date, list[tuple[float, bool]]] = defaultdict(list)
        for opened, closed, state in found:
            took = max(0.0, (closed - opened).total_seconds())
            grouped[start_of(self.zones.day(closed), by)].append((took, state == "replayed"))
        rows = (
            ReportRow(
                one.since, one.until, "", _UNTAGGED, _decided(grouped[one.since]), today < one.until
            )
            for one in spans
        )
        return tuple(rows), len(found) == MOST_LETTERS

    def _begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zones.common).astimezone(UTC)

    def _notes(self, progress: Progress, *, is_cut: bool) -> Iterator[Text]:
        yield _told("zone", zone=self.zones.common.key)
        if not progress.whole:
            yield _told("building", seen=progress.seen)
        elif progress.waiting:
            yield _told("waiting", waiting=progress.waiting)
        if is_cut:
            yield _told("cut", n=MOST_LETTERS)


def _told(key: str, **values: object) -> Text:
    text = OTHER_TEXTS[key]
    return Text(text.en.format_map(values), text.ru.format_map(values))


def _decided(letters: Sequence[tuple[float, bool]]) -> Values:
    times = [took for took, _ in letters]
    count = len(times)
    return (
        count,
        sum(replayed for _, replayed in letters),
        round(median(times) / _HOUR_S, 1) if times else None,
        share(sum(took <= _HOUR_S for took in times), count),
        share(sum(took <= _DAY_S for took in times), count),
    )


def _read(
    tx: Tx, recipe: Recipe, spans: Sequence[Period], query: ReportQuery, info: ReportInfo
) -> Mapping[Place, Sums]:
    """Return the sums of each row; those from the start on are running totals."""
    figures = [figure.value for figure in recipe.figures]
    shop, by_month = query.shop if info.has_shops else None, query.by is By.MONTH
    split = (query.each_shop and info.has_shops, info.tag is not None)
    first, last = spans[0].since, spans[-1].until
    found = tx.fact_sums(figures, since=first, until=last, shop=shop, by_month=by_month)
    grouped = _grouped(found, query.by, split)
    if not recipe.from_start:
        return grouped
    before = tx.fact_sums(figures, since=None, until=first, shop=shop, by_month=False)
    return _running(spans, grouped, _grouped(before, query.by, split))


def _grouped(
    rows: Sequence[SumRow], by: By, split: tuple[bool, bool]
) -> dict[Place, dict[str, int]]:
    """Add up by period, and by shop and tag where they are told apart."""
    each_shop, each_tag = split
    grouped: defaultdict[Place, dict[str, int]] = defaultdict(dict)
    for row in rows:
        start = date.min if not row.period else start_of(_first_day(row.period), by)
        place = start, row.shop if each_shop else "", row.tag if each_tag else _UNTAGGED
        sums = grouped[place]
        sums[row.figure] = sums.get(row.figure, 0) + row.value
    return dict(grouped)


def _first_day(period: str) -> date:
    return date.fromisoformat(period if len(period) > len("2026-01") else f"{period}-01")


def _running(
    spans: Sequence[Period],
    grouped: Mapping[Place, Mapping[str, int]],
    before: Mapping[Place, Mapping[str, int]],
) -> Mapping[Place, Sums]:
    """Return totals of all time at the end of each period."""
    total = {(shop, tag): dict(sums) for (_, shop, tag), sums in before.items()}
    for _, shop, tag in grouped:
        total.setdefault((shop, tag), {})
    found: dict[Place, Sums] = {}
    for span in spans:
        for (shop, tag), sums in total.items():
            for figure, value in grouped.get((span.since, shop, tag), {}).items():
                sums[figure] = sums.get(figure, 0) + value
            found[span.since, shop, tag] = dict(sums)
    return found


def _rows(
    recipe: Recipe, spans: Sequence[Period], sums: Mapping[Place, Sums], today: date
) -> Iterator[ReportRow]:
    """Make a row for each period, and for each shop and tag that occurs."""
    rows = sorted({(shop, tag) for _, shop, tag in sums}) or [("", _UNTAGGED)]
    whole: defaultdict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    for (start, shop, _), values in sums.items():
        period = whole[start, shop]
        for figure, value in values.items():
            period[figure] = period.get(figure, 0) + value
    for span in spans:
        for shop, tag in rows:
            own = sums.get((span.since, shop, tag), {})
            cell = Cell(own, whole[span.since, shop], span, today)
            yield ReportRow(
                span.since, span.until, shop, tag, recipe.values(cell), today < span.until
            )
