"""Dead letters: what a human must decide about, grouped by cause and shown with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contract import Clock
from gateway.ops.causes import Cause, cause_of
from gateway.ops.faults import NotFound, Refused
from gateway.ops.masked import shown_fields
from gateway.ops.trend import Trend
from gateway.ports import DeadLetter, LetterCount, LetterFilter, Opened, Store, Tx
from gateway.telemetry import redacted

MOST_GROUPS, MOST_LINES = 100, 100
DELIVERY, INBOX, CONFLICT, OPERATION = "delivery", "inbox", "conflict", "operation"
OF_ENTITIES = frozenset({DELIVERY, CONFLICT})
"""Sources of letters whose subject is an entity; the others name a vendor's record or a key."""
OPEN, REPLAYED, DROPPED = "open", "replayed", "dropped"
ALL_OPEN = LetterFilter()


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter in a list.

    Shape: ``subject`` is an entity's id, for letters of source ``inbox`` the vendor's own id, for
    ``operation`` the key, for ``sale`` the sale's id. ``held``: nobody knows whether it happened.
    ``newer`` is the snapshot's present version when it is newer than the letter's, else 0.
    """

    id: str
    source: str
    account: str
    kind: str
    subject: str
    cause_code: str
    attempts: int
    first_at: datetime
    last_at: datetime
    version: int
    newer: int
    state: str = OPEN
    held: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Letters of one account with one cause.

    Shape: ``held`` of the ``letters`` are in doubt. ``cause`` and ``remedy`` are those of the
    newest. ``opened`` is how many were opened in each span of the trend, the last one of now.
    ``last_at``, when one of them failed last, is the moment to decide about the group as it is.
    """

    account: str
    cause_code: str
    letters: int
    held: int
    last_at: datetime
    cause: str
    remedy: str
    why: Cause
    opened: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterGroups:
    """Groups, the largest first. ``more``: there are smaller ones; a filter shows them."""

    as_of: datetime
    groups: tuple[LetterGroup, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class LetterPage:
    """Letters, the last failed first. ``following`` is where the next page begins, if any."""

    as_of: datetime
    letters: tuple[LetterLine, ...]
    following: str | None = None


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter whole. ``request`` and ``answer`` are masked by default."""

    line: LetterLine
    state: str
    cause: str
    remedy: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    note: str
    correlation_id: str
    why: Cause


@dataclass(frozen=True, slots=True)
class Letters:
    """Reads letters."""

    store: Store
    clock: Clock

    async def groups(
        self,
        where: LetterFilter = ALL_OPEN,
        *,
        trend: Trend | None = None,
        limit: int = MOST_GROUPS,
    ) -> LetterGroups:
        """Return letters by account and cause, counted by the store."""
        as_of = self.clock.now()

        def look(tx: Tx) -> LetterGroups:
            counts = tx.letter_counts(where, limit=limit + 1)
            opened: Sequence[Opened] = ()
            if trend is not None:
                opened = tx.letters_opened(where, since=trend.since, span_s=trend.span_s)
            newest = tx.letters([one.newest for one in counts])
            groups = [
                _group(tx, one, newest[one.newest], _spread(one, trend, opened))
                for one in counts[:limit]
            ]
            return LetterGroups(as_of, tuple(groups), more=len(counts) > limit)

        return await self.store.read(look)

    async def page(
        self, where: LetterFilter = ALL_OPEN, *, limit: int = MOST_LINES, after: str = ""
    ) -> LetterPage:
        """Return a page of letters, from where another ended. Raises ``Refused`` for no place."""
        as_of, before = self.clock.now(), place_of(after)

        def look(tx: Tx) -> LetterPage:
            letters = tx.letter_page(where, limit=limit + 1, before=before)
            shown = letters[:limit]
            versions = _versions(tx, shown)
            following = None
            if len(letters) > limit:
                following = f"{shown[-1].last_at.isoformat()}~{shown[-1].id}"
            return LetterPage(as_of, tuple(_line(one, versions) for one in shown), following)

        return await self.store.read(look)

    async def show(self, letter_id: str, *, unmask: bool = False) -> LetterView:
        """Return one letter. Raises ``NotFound``."""
        return await self.store.read(
            lambda tx: view_of(tx, get_letter(tx, letter_id), unmask=unmask)
        )


def view_of(tx: Tx, letter: DeadLetter, *, unmask: bool) -> LetterView:
    """Return a letter as it is shown; whoever unmasks it writes that down."""
    return LetterView(
        line=_line(letter, _versions(tx, [letter])),
        state=letter.state,
        cause=letter.cause if unmask else str(redacted(letter.cause)),
        remedy=letter.remedy,
        request=shown_fields(letter.kind, letter.request, unmask=unmask),
        answer={key: redacted(value) for key, value in letter.answer.items()},
        note=letter.note if unmask else str(redacted(letter.note)),
        correlation_id=letter.correlation_id,
        why=cause_of(letter),
    )


def place_of(after: str) -> tuple[datetime, str] | None:
    """Read where a page ended. Raises ``Refused``."""
    if not after:
        return None
    at, _, letter_id = after.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not letter_id:
        msg = "after: not a place that a page gave out: begin with the first page"
        raise Refused(msg)
    return moment, letter_id


def get_letter(tx: Tx, letter_id: str) -> DeadLetter:
    """Return a letter. Raises ``NotFound``."""
    letter = tx.dead_letter(letter_id)
    if letter is None:
        msg = f"no letter {letter_id}: `gateway dead list` shows their ids"
        raise NotFound(msg)
    return letter


def newer_version(letter: DeadLetter, versions: Mapping[str, int]) -> int:
    """Return the snapshot's version when it is newer than what the letter froze, else 0."""
    version = versions.get(letter.subject, 0)
    return version if version > letter.version else 0


def _versions(tx: Tx, letters: Iterable[DeadLetter]) -> dict[str, int]:
    ids = sorted({letter.subject for letter in letters if letter.source in OF_ENTITIES})
    return {entity_id: row.version for entity_id, row in tx.entities(ids).items()}


def _line(letter: DeadLetter, versions: Mapping[str, int]) -> LetterLine:
    return LetterLine(
        id=letter.id,
        source=letter.source,
        account=letter.account,
        kind=str(letter.kind),
        subject=letter.subject,
        cause_code=letter.cause_code,
        attempts=letter.attempts,
        first_at=letter.first_at,
        last_at=letter.last_at,
        version=letter.version,
        newer=newer_version(letter, versions),
        state=letter.state,
        held=letter.held,
        cause=str(redacted(letter.cause)),
    )


def _group(tx: Tx, count: LetterCount, newest: DeadLetter, opened: tuple[int, ...]) -> LetterGroup:
    why = cause_of(newest)
    if not why.is_certain:
        # The vendor's own code: what to do is told by the error's class, which is sealed.
        why = cause_of(tx.dead_letter(newest.id) or newest)
    return LetterGroup(
        account=count.account,
        cause_code=count.cause_code,
        letters=count.letters,
        held=count.held,
        last_at=count.last_at,
        cause=str(redacted(newest.cause)),
        remedy=newest.remedy,
        why=why,
        opened=opened,
    )


def _spread(count: LetterCount, trend: Trend | None, opened: Sequence[Opened]) -> tuple[int, ...]:
    if trend is None:
        return ()
    mine = [
        one for one in opened if (one.account, one.cause_code) == (count.account, count.cause_code)
    ]
    return trend.spread({one.span: one.letters for one in mine})
