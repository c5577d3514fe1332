"""Store port, the part of asking people about merges: whom we wrote to, and by which link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MergePoint:
    """A place at which the person is asked; ``place`` counts the needs of the merge from 0.

    Shape: ``token`` is the digest of what stands in the link.
    """

    merge_id: str
    place: int
    token: str = field(default="", repr=False)


class MergeAskTx(Protocol):
    """Asking people about merges, in a transaction of the store."""

    def begin_merge(self, merge_id: str, *, at: datetime, until: datetime) -> bool:
        """Note that its person is being written to; False when he was, or it is not asked for."""

    def merges_begun(self, *, since: datetime) -> int:
        """How many persons were written to since then."""

    def merges_untold(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Ids of merges asked for before then whose person was never written to, oldest first."""

    def merges_lapsed(self, *, now: datetime, limit: int) -> Sequence[str]:
        """Ids of merges whose person was written to and did not answer in time."""

    def put_merge_points(self, points: Sequence[MergePoint]) -> None:
        """Store the places of a merge."""

    def claim_merge_point(self, merge_id: str, place: int, *, at: datetime) -> bool:
        """Note that a message goes there now; False when one went before."""

    def release_merge_point(self, merge_id: str, place: int) -> None:
        """Note that it surely did not go."""

    def untold_merge_points(self, *, now: datetime, limit: int) -> Sequence[MergePoint]:
        """Places of begun merges that are still open to which no message went."""

    def merge_by_token(self, token: str, *, now: datetime) -> MergePoint | None:
        """The place of a link, while its merge is asked for and the time is not over."""
