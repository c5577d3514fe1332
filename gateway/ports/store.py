"""Store port: the truth. What is in no committed row did not happen; what is in one is not lost.

All work on it is a plain function of a transaction (``Tx``), so that many of them can share one
commit (group commit) and be run again after a conflict. Such a function must do no I/O and must not
keep the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.canonical import Kind
from gateway.ports.alerts import AlertFactsTx, AlertTx
from gateway.ports.buyers import BuyerTx
from gateway.ports.codes import CodeTx
from gateway.ports.control import ControlTx, EventTx
from gateway.ports.erasure import ErasureTx
from gateway.ports.forms import FormTx
from gateway.ports.gauged import GaugeTx
from gateway.ports.house import HouseTx
from gateway.ports.identity import IdentityTx
from gateway.ports.journal import JournalTx
from gateway.ports.letters import LetterBatchTx, LetterTx
from gateway.ports.merge_asks import MergeAskTx
from gateway.ports.merges import MergeTx
from gateway.ports.operators import OperatorTx
from gateway.ports.overview import BacklogTx, SteerTx, TallyTx
from gateway.ports.reports import ReportTx
from gateway.ports.rows import (
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    EntityRow,
    InboxRow,
    InboxState,
    JournalRow,
    LinkRow,
    OperationRow,
    Settlement,
)
from gateway.ports.sales import SaleTx, SwitchTx

R = TypeVar("R")


class InboxTx(Protocol):
    """Inbox part of a transaction (idempotent receiver)."""

    def receive(self, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Store received rows; one flag per row: True when it must be worked on.

        A known token whose row is ``new`` is a duplicate (False). One that is ``working`` is noted
        and worked on again afterwards (False). One that is ``done`` becomes ``new`` again (True,
        ``repeats`` grows): a hint is only "look again", and dropping it could hide a change.
        """

    def note_messages(self, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Store messages whose records are merged in this transaction; False: it came before.

        One that came before is merged all the same: it may be a change back to what was.
        """

    def take_inbox(self, ids: Sequence[str], *, holder: str, until: datetime) -> Sequence[InboxRow]:
        """Move ``new`` rows, and ``working`` ones with an ended lease, to ``working``."""

    def finish_inbox(self, ids: Sequence[str], *, state: InboxState, now: datetime) -> None:
        """Finish rows; those that were noted meanwhile go back to ``new``, due at once."""

    def release_inbox(self, ids: Sequence[str], *, due_at: datetime) -> None:
        """Give rows back as ``new``, not before ``due_at``; ``attempts`` grows."""

    def due_inbox(self, *, now: datetime, limit: int) -> Sequence[InboxRow]:
        """Rows that are ``new`` and due, or ``working`` with an ended lease, oldest first."""


class EntityTx(Protocol):
    """Snapshots, links and look-up keys."""

    def lock_keys(self, keys: Sequence[str]) -> None:
        """Serialise with other transactions that lock any of these keys, until the end."""

    def links(self, account: str, kind: Kind, external_ids: Sequence[str]) -> Mapping[str, LinkRow]:
        """Links by external id."""

    def links_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[LinkRow]]:
        """All links of entities."""

    def links_at(self, account: str, entity_ids: Sequence[str]) -> Mapping[str, LinkRow]:
        """Links of entities to one account, by entity id."""

    def put_links(self, rows: Sequence[LinkRow]) -> None:
        """Insert or replace links by (entity_id, account)."""

    def entities(self, ids: Sequence[str], *, lock: bool = False) -> Mapping[str, EntityRow]:
        """Snapshots by id; ``lock`` holds them against other transactions, in id order."""

    def lock_entities(self, ids: Sequence[str]) -> None:
        """Hold snapshots as ``entities`` with ``lock`` does, without reading them."""

    def put_entities(self, rows: Sequence[EntityRow]) -> None:
        """Insert or replace snapshots."""

    def match(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Look-up digest (phone, e-mail, number …, made by the core) → entity ids."""

    def put_matches(self, digests: Mapping[str, Sequence[str]]) -> None:
        """Replace the look-up digests of entities. Shape: entity id → its digests."""

    def next_mark(self) -> int:
        """A number larger than every mark given before, by any process."""


class DeliveryTx(Protocol):
    """Deliveries: the outbox, one row per entity and account."""

    def mark_due(self, rows: Sequence[DeliveryRow]) -> None:
        """Make deliveries due.

        A row that is ``sending`` gets ``again``; ``retry``, ``waiting`` and ``held`` keep their
        state and time (the newer snapshot will be read anyway); ``done`` and ``dead`` become
        ``due`` with attempts 0.
        """

    def claim(
        self,
        account: str,
        entity_ids: Sequence[str],
        *,
        now: datetime,
        holder: str,
        until: datetime,
    ) -> Sequence[DeliveryRow]:
        """Move due rows to ``sending`` for ``holder`` and return them as they were before.

        Due are ``due``, ``retry`` and ``waiting`` whose time came, and ``sending`` with an ended
        lease; the latter come back with ``unknown``. Rows locked by another transaction are
        skipped.
        """

    def start(
        self, rows: Sequence[DeliveryRow], *, holder: str, until: datetime
    ) -> Sequence[DeliveryRow]:
        """Make deliveries due now, claim those that are due by it, and return what was claimed.

        As ``mark_due``, but what that would leave ``due`` is ``sending`` for ``holder`` at once.
        """

    def settle(self, rows: Sequence[Settlement], *, holder: str) -> Mapping[str, DeliveryState]:
        """End attempts. Shape: entity id → state after, for rows that were still the holder's.

        ``done`` or ``dead`` with ``again`` becomes ``due`` at once; ``again`` is cleared.
        """

    def wake_waiting(
        self, account: str, entity_ids: Sequence[str], *, now: datetime
    ) -> Sequence[tuple[str, Kind]]:
        """Make ``due`` what waits for these entities; return (entity id, kind) pairs."""

    def due_deliveries(
        self, *, now: datetime, silent_since: datetime, limit: int
    ) -> Sequence[DeliveryRow]:
        """Rows that the relay must wake, oldest first.

        Those are ``due``, ``retry`` and ``waiting`` since before ``silent_since``, and ``sending``
        with an ended lease.
        """

    def deliveries_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[DeliveryRow]]:
        """All deliveries of entities."""

    def list_deliveries(
        self, *, states: Sequence[DeliveryState], account: str | None, limit: int
    ) -> Sequence[DeliveryRow]:
        """Deliveries for people that are not done, oldest due first."""

    def set_delivery(
        self, entity_id: str, account: str, state: DeliveryState, *, due_at: datetime
    ) -> bool:
        """Operator's hand: set state and time, attempts 0; not while ``sending``."""

    def count_deliveries(self) -> Mapping[tuple[str, str], int]:
        """(account, state) → rows, of what is not done."""


class OperationTx(Protocol):
    """Keyed operations, each once in effect."""

    def put_operations(self, rows: Sequence[OperationRow]) -> Sequence[bool]:
        """Store new operations; False for a key that exists already (nothing is changed)."""

    def claim_operations(
        self, account: str, *, now: datetime, holder: str, until: datetime, limit: int
    ) -> Sequence[OperationRow]:
        """As ``DeliveryTx.claim``, oldest first."""

    def settle_operation(self, row: OperationRow, *, holder: str) -> bool:
        """End an attempt with the row's state; False when the holder lost it."""

    def retry_operation(self, key: str, *, due_at: datetime) -> bool:
        """Operator's hand: make an operation due, attempts 0; not while ``sending``.

        What may have happened is still looked up before it is repeated, but for ``held`` ones:
        there the vendor cannot be asked, and the operator says that it did not happen.
        """

    def operations(self, keys: Sequence[str]) -> Mapping[str, OperationRow]:
        """Operations by key."""


class PeopleTx(Protocol):
    """What people look at: the journal and the dead letters."""

    def write_journal(self, rows: Sequence[JournalRow]) -> None:
        """Append sentences."""

    def story(self, entity_id: str, *, limit: int) -> Sequence[JournalRow]:
        """The newest ``limit`` sentences of an entity, in order; ``""`` for those of none."""

    def count_journal(self) -> Mapping[tuple[str, str, str], int]:
        """(account, event, outcome) → sum of ``count`` over the whole journal."""

    def put_dead(self, rows: Sequence[DeadLetter]) -> None:
        """Open letters; an open one of the same subject keeps its id and first time."""

    def dead_letters(self, *, state: str, account: str | None, limit: int) -> Sequence[DeadLetter]:
        """Letters, newest first."""

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """One letter."""

    def close_dead(
        self, source: str, subject: str, account: str, *, state: str, note: str = ""
    ) -> int:
        """Close the open letters of a source about a subject."""

    def count_dead(self) -> Mapping[tuple[str, str], int]:
        """(account, cause code) → open letters."""


class Tx(
    InboxTx,
    EntityTx,
    DeliveryTx,
    OperationTx,
    PeopleTx,
    JournalTx,
    ControlTx,
    EventTx,
    SaleTx,
    SwitchTx,
    HouseTx,
    CodeTx,
    FormTx,
    GaugeTx,
    AlertTx,
    AlertFactsTx,
    LetterTx,
    LetterBatchTx,
    ReportTx,
    OperatorTx,
    IdentityTx,
    TallyTx,
    SteerTx,
    BacklogTx,
    MergeTx,
    MergeAskTx,
    ErasureTx,
    BuyerTx,
    Protocol,
):
    """One transaction of the store."""


class Store(Protocol):
    """The truth. Safe for concurrent use on one event loop."""

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run ``work`` in a transaction that may be shared with other callers; return after commit.

        An exception of ``work`` undoes its effects and is raised here; other works of the same
        group are not harmed. ``work`` may be run more than once. Raises ``StoreError`` when the
        store cannot commit (away, full disk); nothing happened then.
        """

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run a reading ``work`` beside the writer; sees committed data."""

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take ``calls`` slots of a shared budget, ``interval_s`` apart; return seconds to wait."""

    async def close(self) -> None:
        """Finish what was begun and release connections; may be called twice."""
