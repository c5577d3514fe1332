"""Journal port: pages of the journal for people, and what stands around one entity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.ports.rows import DeadLetter, EntityRow, JournalRow


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which sentences. An empty text and ``None`` ask for all.

    Shape: ``text`` stands in the detail as it is typed, in small letters or with a capital;
    ``since`` is included, ``until`` is not.
    """

    account: str = ""
    kind: str = ""
    event: str = ""
    outcome: str = ""
    entity_id: str = ""
    correlation_id: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Which ids are looked through: those between, both ends left out, and from which end.

    Shape: ``most`` sentences at most are found and ``scan`` rows at most looked through.
    """

    after: int = 0
    before: int | None = None
    newest_first: bool = True
    most: int = 100
    scan: int = 20_000


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Sentences in the order asked for. ``reached`` is the id to go on behind, ``None`` at the end.

    A page may be short or empty and not be the last: nothing fitting was found that far.
    """

    rows: Sequence[JournalRow]
    reached: int | None


class JournalTx(Protocol):
    """Journal part of a transaction, as people read it; all of it only reads."""

    def journal_page(self, wanted: JournalFilter, span: Span) -> JournalPage:
        """Look through a bounded number of rows; an index serves entity, correlation, account."""

    def journal_head(self) -> int:
        """The largest id that can be seen, 0 for an empty journal."""

    def journal_gaps(self, after: int, until: int, *, most: int) -> Sequence[tuple[int, int]]:
        """Ranges of ids that are not there, both ends included, the newest first.

        Numbers are given when a sentence is written and seen when it is committed: what is missing
        may still come. ``until`` is an id that can be seen.
        """

    def journal_ids(self, ranges: Sequence[tuple[int, int]]) -> Sequence[JournalRow]:
        """Sentences whose ids lie in ranges, in order."""

    def belongings(
        self, customer_id: str, *, kind: str, before: str | None, most: int
    ) -> Sequence[EntityRow]:
        """Entities of a kind that belong to a customer, the newest first; ``before`` is an id."""

    def letters_about(self, subjects: Sequence[str]) -> Sequence[DeadLetter]:
        """Open letters about subjects, the newest first."""
