"""Live log: the whole journal by pages, as it grows, and as a file; the audit log is a part of it.

Nothing here counts, and nothing reads without a bound: a filter that no index serves looks through
so many rows and says how far it came.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import orjson

from gateway.contract import Clock
from gateway.ops.cursor import Cursor, Gap, unfilled
from gateway.ops.faults import Refused
from gateway.ops.story import Step, step_of
from gateway.ops.words import ENGLISH
from gateway.ports import JournalFilter, JournalRow, Span, Store, Tx

MOST = 100
MOST_LINES = 400
"""The most lines that one poll brings and that a page keeps."""
SCAN = 20_000
EXPORT_IDS = 200_000
"""How many ids one export looks through; the answer says where to go on."""
_BATCH = 1_000
_RECENT_IDS = 500
_MOST_GAPS = 50
_TEXTS = ("account", "kind", "event", "outcome", "entity_id", "correlation_id", "text")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class LogPage:
    """Sentences, the newest first.

    Shape: ``older`` and ``newer`` are the ids to go on ``before`` and ``after``, ``None`` at the
    end; ``looked_to`` is the time that a filter came to that found less than a page, ``None`` when
    it looked through all.
    """

    steps: tuple[Step, ...]
    older: int | None
    newer: int | None
    looked_to: datetime | None


@dataclass(frozen=True, slots=True)
class Tail:
    """What came since the last look, in the order of the numbers; ``cursor`` is for the next."""

    steps: tuple[Step, ...]
    cursor: str


class Form(StrEnum):
    """Forms of an export."""

    NDJSON = "ndjson"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Export:
    """A part of the journal to be written out, the newest first.

    Shape: it covers ids between ``after`` and ``before``, both left out; ``goes_on`` is the
    ``before`` of the next part, ``None`` when there is none.
    """

    wanted: JournalFilter
    form: Form
    after: int
    before: int
    goes_on: int | None


@dataclass(frozen=True, slots=True)
class LiveLog:
    """Reads the journal. ``scan`` is how many rows one page looks through at most."""

    store: Store
    clock: Clock
    scan: int = SCAN

    async def page(
        self,
        wanted: JournalFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = MOST,
    ) -> LogPage:
        """Return a page: the newest, or the one next to an id."""
        most = max(1, min(limit, MOST_LINES))
        forward = after is not None
        span = Span(after or 0, before, newest_first=not forward, most=most, scan=self.scan)

        def look(tx: Tx) -> LogPage:
            found = tx.journal_page(wanted, span)
            steps = tuple(map(step_of, found.rows))
            looked_to = None
            if found.reached is not None and len(steps) < most:
                looked_to = next((r.at for r in tx.journal_ids([(found.reached,) * 2])), None)
            if forward:
                oldest = steps[0].id if steps else after
                return LogPage(steps[::-1], oldest, found.reached, looked_to)
            newest = steps[0].id if steps else None
            return LogPage(steps, found.reached, newest if before else None, looked_to)

        return await self.store.read(look)

    async def tail(
        self, wanted: JournalFilter, *, cursor: str = "", limit: int = MOST_LINES
    ) -> Tail:
        """Return what came since a cursor; without one the newest sentences.

        None is left out whose transaction ended late, and none comes twice. Raises ``Refused`` for
        a cursor that is none.
        """
        most, now = max(1, min(limit, MOST_LINES)), self.clock.now()
        if not cursor:
            return await self.store.read(lambda tx: self._begin(tx, wanted, most, now))
        place = Cursor.read(cursor)
        return await self.store.read(lambda tx: self._follow(tx, wanted, place, most, now))

    def _begin(self, tx: Tx, wanted: JournalFilter, most: int, now: datetime) -> Tail:
        head = tx.journal_head()
        gaps = _gaps(tx, max(0, head - _RECENT_IDS), head, now)
        found = tx.journal_page(wanted, Span(before=head + 1, most=most, scan=self.scan))
        steps = tuple(map(step_of, found.rows))[::-1]
        return Tail(steps, str(Cursor(head, unfilled(gaps, [one.id for one in steps], now))))

    def _follow(
        self, tx: Tx, wanted: JournalFilter, place: Cursor, most: int, now: datetime
    ) -> Tail:
        """Read first what is missing and then what is there: a commit in between comes later."""
        head = max(tx.journal_head(), place.last)
        late = tx.journal_ids([(gap.low, gap.high) for gap in place.gaps])
        gaps = unfilled(place.gaps, [row.id for row in late], now)
        fresh = _gaps(tx, place.last, head, now)
        span = Span(place.last, head + 1, newest_first=False, most=most, scan=self.scan)
        found = tx.journal_page(wanted, span)
        last = head if found.reached is None else found.reached
        rows = sorted(
            [*(row for row in late if fits(row, wanted)), *found.rows], key=lambda row: row.id
        )
        ids = [row.id for row in rows]
        kept = [gap for gap in unfilled(fresh, ids, now) if gap.high <= last]
        return Tail(tuple(map(step_of, rows)), str(Cursor(last, (*gaps, *kept)[-_MOST_GAPS:])))

    async def export(
        self, wanted: JournalFilter, form: Form, *, before: int | None = None
    ) -> Export:
        """Return what one export covers, and where the next one goes on."""

        def look(tx: Tx) -> Export:
            found = tx.journal_page(wanted, Span(before=before, most=1, scan=self.scan))
            start = found.rows[0].id + 1 if found.rows else found.reached
            if start is None:
                return Export(wanted, form, 0, 0, None)
            is_narrow = bool(wanted.entity_id or wanted.correlation_id)
            after = 0 if is_narrow else max(0, start - 1 - EXPORT_IDS)
            rest = tx.journal_page(replace(wanted, text=""), Span(before=after + 1, most=1))
            is_all = not rest.rows and rest.reached is None
            return Export(wanted, form, after, start, None if is_all else after + 1)

        return await self.store.read(look)

    async def written(self, export: Export, *, language: str = ENGLISH) -> AsyncIterator[bytes]:
        """Yield an export in batches, the newest sentence first."""
        if export.form is Form.CSV:
            yield _csv([_HEADINGS])
        before: int | None = export.before
        while before is not None and before > export.after + 1:
            span = Span(export.after, before, most=_BATCH, scan=self.scan)
            found = await self.store.read(
                lambda tx, span=span: tx.journal_page(export.wanted, span)  # type: ignore[misc]  # bound now
            )
            steps = list(map(step_of, found.rows))
            if steps:
                yield (_csv_of if export.form is Form.CSV else _ndjson_of)(steps, language)
            before = found.reached


def filter_of(values: Mapping[str, str]) -> JournalFilter:
    """Read a filter from arguments: texts by their names, ``since`` and ``until`` as ISO times.

    A time without a zone is UTC. Raises ``Refused`` for what is no time.
    """
    texts = {name: values.get(name, "").strip()[:200] for name in _TEXTS}
    return JournalFilter(
        **texts,
        since=_time("since", values.get("since")),
        until=_time("until", values.get("until")),
    )


def arguments_of(wanted: JournalFilter) -> dict[str, str]:
    """Return the arguments that ``filter_of`` reads as this filter, without the empty ones."""
    told = {name: getattr(wanted, name) for name in _TEXTS}
    for name in ("since", "until"):
        at = getattr(wanted, name)
        told[name] = at.isoformat() if at is not None else ""
    return {name: value for name, value in told.items() if value}


def fits(row: JournalRow, wanted: JournalFilter) -> bool:
    """Tell whether a sentence is asked for, as the store would."""
    for name in _TEXTS[:-1]:
        asked = getattr(wanted, name)
        if asked and str(getattr(row, name)) != asked:
            return False
    if wanted.since is not None and row.at < wanted.since:
        return False
    if wanted.until is not None and row.at >= wanted.until:
        return False
    text = orjson.dumps(wanted.text.lower()).decode()[1:-1]
    return text in orjson.dumps(row.detail).decode().lower()


def _time(name: str, text: str | None) -> datetime | None:
    if not text or not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        msg = f"{name}: write a time as 2026-11-30T12:00 or 2026-11-30T12:00+03:00"
        raise Refused(msg) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _gaps(tx: Tx, after: int, until: int, now: datetime) -> tuple[Gap, ...]:
    found = tx.journal_gaps(after, until, most=_MOST_GAPS)
    return tuple(Gap(low, high, int(now.timestamp())) for low, high in sorted(found))


_HEADINGS = (
    "id", "at", "account", "kind", "entity_id", "event", "outcome", "count", "correlation_id",
    "text", "detail",
)  # fmt: skip


def _cells(step: Step, language: str) -> Sequence[object]:
    return (
        step.id, step.at.isoformat(), step.account, step.kind, step.entity_id, step.event,
        step.outcome, step.count, step.correlation_id, step.said(language),
        orjson.dumps(step.detail, option=orjson.OPT_NON_STR_KEYS).decode(),
    )  # fmt: skip


def _csv_of(steps: Sequence[Step], language: str) -> bytes:
    return _csv([[_harmless(cell) for cell in _cells(step, language)] for step in steps])


def _ndjson_of(steps: Sequence[Step], language: str) -> bytes:
    lines = (
        orjson.dumps(
            {**dict(zip(_HEADINGS, _cells(one, language), strict=True)), "detail": one.detail}
        )
        for one in steps
    )
    return b"".join(line + b"\n" for line in lines)


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _harmless(cell: object) -> object:
    """Keep a spreadsheet from taking a vendor's text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
