"""Sales port: what tills began and closed, and what keeps it from being lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class SaleKind(StrEnum):
    """What a row is about."""

    SALE = "sale"
    REFUND = "refund"


class SaleProgress(StrEnum):
    """How far a sale or return has come.

    ``…ING`` is written before the first byte leaves: whoever finds it later does not know whether
    the processor did it. ``DEAD`` waits for a person.
    """

    RESERVING = "reserving"
    RESERVED = "reserved"
    COMMITTING = "committing"
    COMMITTED = "committed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    DEAD = "dead"


COUNTED_PROGRESS = frozenset({SaleProgress.COMMITTED, SaleProgress.CANCELLED})
"""What reports look at: the rest is still under way, or waits for a person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step was asked for: the digest of its content, and the caller's key, if it had one."""

    digest: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class SaleRow:
    """A sale or a return of one caller at one processor.

    Shape: ``id`` is ``caller:id of the caller``; ``of`` the row of the sale that a return gives
    back, empty when it is not known here. ``version`` counts from 1 and grows with each change.
    ``place`` is the caller's own order: what it handed in earlier has a smaller one. ``due_at`` is
    when the settler looks at it, ``None`` for never again. ``unknown``: the step under way may have
    had its effect. ``content`` is the ``Sale`` or ``Refund``, ``kept`` the processor's last answer,
    both as JSON; ``asked`` by step. Units: ``at`` the moment at the till.
    """

    id: str
    kind: SaleKind
    caller: str
    shop: str
    brand: str
    processor: str
    progress: SaleProgress
    version: int
    place: int
    at: datetime
    changed_at: datetime
    due_at: datetime | None = None
    of: str = ""
    attempts: int = 0
    unknown: bool = False
    cause_code: str = ""
    cause: str = ""
    remedy: str = ""
    correlation_id: str = ""
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False)
    asked: Mapping[str, Asked] = field(default_factory=dict, repr=False)


class SaleTx(Protocol):
    """Sales in a transaction of the store."""

    def put_sales(self, rows: Sequence[SaleRow]) -> None:
        """Store rows, each unless a later version of it is there; ids may repeat in one call."""

    def swap_sales(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Store rows whose stored version is exactly one less (none, for version 1); else False."""

    def sales(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Rows by id."""

    def sale_versions(self, ids: Sequence[str]) -> Mapping[str, int]:
        """Stored versions by id."""

    def open_sales(self, *, limit: int, after: str = "") -> Sequence[SaleRow]:
        """Rows that the settler still looks at, in the order of their ids, after that one."""

    def due_sales(self, *, now: datetime, limit: int) -> Sequence[SaleRow]:
        """Rows whose ``due_at`` came, in the order of caller and place."""

    def last_place(self, caller: str) -> int:
        """The largest place of a caller, 0 for none."""

    def list_sales(
        self, *, progress: SaleProgress | None, processor: str | None, limit: int
    ) -> Sequence[SaleRow]:
        """Rows for people, the last changed first."""

    def count_sales(self) -> Mapping[tuple[str, str], int]:
        """(processor, progress) → rows that the settler still looks at, and dead ones."""

    def purge_sales(self, *, before: datetime, limit: int) -> int:
        """Delete finished rows that changed last before then; return how many."""


class SaleLog(Protocol):
    """Where a row is on disk before anything is sent: a local file, or the store itself.

    Safe for concurrent use on one event loop; rows that come together share one commit.
    """

    @property
    def is_alone(self) -> bool:
        """True when nobody else writes sales: what memory does not know, the log need not say."""

    async def write(self, rows: Sequence[SaleRow]) -> Sequence[bool]:
        """Put the next versions of rows on disk; False where another process was first.

        Raises ``StoreError`` when nothing can be written; then nothing was.
        """

    async def find(self, ids: Sequence[str]) -> Mapping[str, SaleRow]:
        """Return the last versions of rows, wherever they are. Raises ``StoreError``."""

    async def close(self) -> None:
        """Finish what was begun; may be called twice."""


@dataclass(frozen=True, slots=True)
class SwitchRow:
    """One turn of a switch; the last one that holds wins, a shop's over a brand's over all.

    Shape: ``feature`` is ``earning`` or ``spending``; ``scope`` is ``all``, ``brand`` or ``shop``,
    ``name`` its name, empty for all. It holds from ``since``, which may lie ahead. ``who`` turned
    it, and ``reason`` why. ``id`` grows.
    """

    feature: str
    scope: str
    name: str
    on: bool
    since: datetime
    at: datetime
    who: str
    reason: str = ""
    id: int = 0


class SwitchTx(Protocol):
    """Switches: never changed, only turned again, so that the table is its own history."""

    def turn(self, row: SwitchRow) -> int:
        """Append a turn; return its id."""

    def turns(self, *, after: int = 0) -> Sequence[SwitchRow]:
        """All turns after that id, in order."""
