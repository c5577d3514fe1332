"""Letters port: dead letters by cause, page by page, and decisions about many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.ports.rows import DeadLetter


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters; ``None`` is any. ``until``: none that failed later than that."""

    state: str = "open"
    account: str | None = None
    cause_code: str | None = None
    kind: str | None = None
    source: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterCount:
    """Letters of one account with one cause.

    Shape: ``held`` of them are in doubt: nobody knows whether it happened. ``newest`` is the id of
    the one that was opened last, ``last_at`` when one of them failed last.
    """

    account: str
    cause_code: str
    letters: int
    held: int
    last_at: datetime
    newest: str


@dataclass(frozen=True, slots=True)
class Opened:
    """How many letters of a group were opened in a span, whatever became of them since."""

    account: str
    cause_code: str
    span: int
    letters: int


class ChoiceState(StrEnum):
    """What became of one letter of a batch."""

    WAITING = "waiting"
    DONE = "done"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """A decision about all letters that were there when a person looked.

    Shape: ``deed`` is ``replay`` or ``drop``; ``chosen`` letters, ``done`` and ``left`` of them so
    far. The filter's ``until`` is the moment of the look.
    """

    id: str
    deed: str
    who: str
    where: LetterFilter
    begun_at: datetime
    reason: str = field(default="", repr=False)
    ended_at: datetime | None = None
    chosen: int = 0
    done: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class LetterChoice:
    """One letter of a batch. ``last_at`` is when it had failed last as it was chosen."""

    letter_id: str
    last_at: datetime
    state: ChoiceState = ChoiceState.WAITING
    said: str = ""
    newer: int = 0


class LetterTx(Protocol):
    """Dead letters for people. What is sealed of them stays behind but for ``dead_letter``."""

    def letter_counts(self, where: LetterFilter, *, limit: int) -> Sequence[LetterCount]:
        """Groups by account and cause, the largest first."""

    def letters_opened(
        self, where: LetterFilter, *, since: datetime, span_s: int
    ) -> Sequence[Opened]:
        """Letters by group and span, counted from ``since``; their state is left out."""

    def letter_page(
        self, where: LetterFilter, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> Sequence[DeadLetter]:
        """Letters, the last failed first, after the one that failed at ``before`` and has its id.

        ``request``, ``answer`` and ``note`` are empty.
        """

    def letters(self, ids: Sequence[str]) -> Mapping[str, DeadLetter]:
        """Letters by id, as those of a page."""

    def put_batch(self, batch: LetterBatch) -> int:
        """Store a batch with the letters that its filter means now; return how many."""

    def letter_batch(self, batch_id: str, *, lock: bool = False) -> LetterBatch | None:
        """One batch; ``lock`` holds it against other transactions."""

    def letter_batches(
        self, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> Sequence[LetterBatch]:
        """Batches, the newest first."""

    def open_batches(self, *, limit: int) -> Sequence[LetterBatch]:
        """Batches that are not worked off, the oldest first."""

    def batch_waiting(self, batch_id: str, *, limit: int) -> Sequence[LetterChoice]:
        """Letters of a batch that are still to be decided, in the order of their ids."""

    def batch_choices(
        self, batch_id: str, *, limit: int, after: str = ""
    ) -> Sequence[LetterChoice]:
        """Letters of a batch, in the order of their ids, after that one."""

    def note_choices(self, batch_id: str, choices: Sequence[LetterChoice]) -> None:
        """Write down what became of letters that waited; the batch's counts grow."""

    def end_batch(self, batch_id: str, *, now: datetime) -> None:
        """Write down that a batch is worked off."""

    def purge_batches(self, *, before: datetime, limit: int) -> int:
        """Delete batches that ended before then, with their letters; return how many."""
