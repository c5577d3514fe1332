"""Store port, the part of erasures: their protocols, and the search of all that is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class ErasureState(StrEnum):
    """Life of an erasure: the snapshot is gone, all else is searched, vendors answer, all is done.

    There is no way back from any of them.
    """

    SEARCHING = "searching"
    ASKING = "asking"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """The protocol of one erasure.

    Shape: ``record`` holds counts, names of accounts and words, and nothing personal; ``sought`` is
    what tells who the person was: it is kept until all is searched, but for the ``reason``.
    ``due_at`` is when somebody must go on with it, ``None`` for never again.
    """

    id: str
    entity_id: str
    state: ErasureState
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None = None
    due_at: datetime | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    sought: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """One row of a table with sealed columns.

    Shape: ``key`` is its primary key as text; ``texts`` are its open text columns, ``values`` what
    its sealed columns hold.
    """

    key: str
    texts: Mapping[str, str]
    values: Mapping[str, Any] = field(repr=False)


class ErasingTx(Protocol):
    """What is done to rows when a person is erased."""

    def sealed_places(self) -> Sequence[str]:
        """Tables whose sealed columns ``sealed_page`` reads: all that erase nobody by his id."""

    def sealed_page(self, place: str, *, after: str, limit: int) -> Sequence[SealedRow]:
        """Rows of a table in the order of their keys, after that one; ``""`` from the start."""

    def put_sealed(self, place: str, rows: Sequence[SealedRow]) -> None:
        """Write ``values`` of rows back; nothing else of them changes."""

    def silence_rows(self, entity_ids: Sequence[str]) -> None:
        """Delete events, deliveries, pairs and proofs of entities; empty their stories.

        What operators did stays as it is.
        """

    def empty_letters(self, ids: Sequence[str]) -> None:
        """Close letters that are open, and take the vendors' words out of all of these."""

    def end_operations(self, keys: Sequence[str]) -> None:
        """Let operations that are not being sent be done with, without their cause."""

    def forget_members(self, ids: Sequence[str]) -> None:
        """Empty house members and drop what they are found by."""

    def forget_codes(self, recipients: Sequence[str]) -> None:
        """Delete one-time codes that were sent to these digests."""


class ErasureTx(ErasingTx, Protocol):
    """Erasures."""

    def put_erasure(self, row: ErasureRow) -> None:
        """Insert or replace a protocol."""

    def erasure(self, erasure_id: str) -> ErasureRow | None:
        """One protocol."""

    def erasures(self, *, since: datetime | None, limit: int) -> Sequence[ErasureRow]:
        """Protocols asked for at or after a moment, the oldest first."""

    def erasures_of(self, entity_ids: Sequence[str]) -> Sequence[ErasureRow]:
        """Protocols about any of these, the oldest first."""

    def due_erasures(self, *, now: datetime, limit: int) -> Sequence[ErasureRow]:
        """Protocols whose ``due_at`` came."""

    def remember_erased(self, names: Sequence[str], *, until: datetime) -> None:
        """Note digests that named somebody until he was erased; a later moment stays."""

    def erased_names(self, names: Sequence[str]) -> Mapping[str, datetime]:
        """Of these digests, those that named somebody who was erased, and until when."""

    def purge_erased_names(self, *, before: datetime, limit: int) -> int:
        """Delete digests that named somebody until before then; return how many."""
