"""Store port, the part of merges of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class MergeState(StrEnum):
    """Life of a merge: asked for, confirmed, done, and perhaps undone; or it never comes to be."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DONE = "done"
    UNDONE = "undone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MergeRow:
    """Two entities that are one person.

    Shape: ``absorbed`` goes into ``survivor``; ``cause`` is the rule or the deed that found them;
    ``record`` is all that is needed to confirm, to tell and to undo it, and is personal.
    ``told_at`` is when the person was written to (``Tx.begin_merge``); ``until`` counts from there.
    """

    id: str
    survivor: str
    absorbed: str
    state: MergeState
    asked_by: str
    cause: str
    asked_at: datetime
    until: datetime
    changed_at: datetime | None = None
    note: str = ""
    record: Mapping[str, Any] = field(default_factory=dict, repr=False)
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VendorMergeRow:
    """A record of a customer that a vendor joined into another.

    Shape: ``gone`` and ``into_id`` are ids there; ``due_at`` is when it is looked at next, ``None``
    when everything that follows from it was done.
    """

    account: str
    gone: str
    into_id: str
    seen_at: datetime
    due_at: datetime | None


class MergeTx(Protocol):
    """Merges of persons."""

    def note_vendor_merge(self, row: VendorMergeRow) -> None:
        """Note what a vendor says; what is known already stays as it is."""

    def put_vendor_merge(self, row: VendorMergeRow) -> None:
        """Store what became of it."""

    def vendor_merges(self, account: str, gone: Sequence[str]) -> Mapping[str, str]:
        """Id at an account → the id into which the vendor joined it."""

    def vendor_merges_due(self, *, now: datetime, limit: int) -> Sequence[VendorMergeRow]:
        """Those that are to be looked at, the longest due first."""

    def put_merge(self, row: MergeRow) -> None:
        """Store a merge that was asked for."""

    def swap_merge(self, row: MergeRow, *, was: MergeState) -> bool:
        """Store a merge's next state; False when it is not in the state that it was in."""

    def person_merge(self, merge_id: str) -> MergeRow | None:
        """One merge."""

    def merges(self, *, state: MergeState, limit: int) -> Sequence[MergeRow]:
        """Merges in a state, the oldest first."""

    def merges_of(self, entity_ids: Sequence[str]) -> Sequence[MergeRow]:
        """Merges in which any of these took part, on either side, the oldest first."""

    def absorbed_into(self, entity_ids: Sequence[str]) -> Mapping[str, str]:
        """Absorbed entity → its survivor, for those of the given that were absorbed."""

    def drop_link(self, entity_id: str, account: str) -> None:
        """Forget that an entity has a record at an account."""

    def withdraw_operation(self, key: str) -> bool:
        """Take an operation back that nobody has begun; False when it may have had its effect."""
