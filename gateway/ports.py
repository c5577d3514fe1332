"""Ports: what the core asks of its infrastructure, in the core's own words.

The store is the truth: what is in no committed row did not happen, what is in one is not lost. All
work on it is a plain function of a transaction (``Tx``), so that many of them can share one commit
(group commit) and be run again after a conflict. Such a function must do no I/O and must not keep
the transaction. The bus only wakes and distributes work: a lost envelope costs time, never data.

Rows are frozen values. ``fields`` are flat maps of ``gateway.canonical.paths``; the store seals them
(they hold personal data). Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from gateway.canonical import Kind
from gateway.canonical.paths import Fields
from gateway.contract import Clock as Clock

R = TypeVar("R")


class InboxState(StrEnum):
    """Life of something received: seen, being worked on, finished, or unreadable."""

    NEW = "new"
    WORKING = "working"
    DONE = "done"
    INVALID = "invalid"


class DeliveryState(StrEnum):
    """Life of what an account shall be told about an entity."""

    DUE = "due"
    SENDING = "sending"
    DONE = "done"
    RETRY = "retry"
    WAITING = "waiting"
    HELD = "held"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A hint or message received from outside. ``(account, token)`` is unique."""

    id: str
    account: str
    kind: Kind
    external_id: str
    token: str
    event: str
    received_at: datetime
    correlation_id: str
    attempts: int = 0
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A canonical snapshot.

    Shape: ``fields`` without empty values; ``origins`` maps a path to ``[account, ISO time]`` of the
    change that set it. ``version`` counts from 1.
    """

    id: str
    kind: Kind
    version: int
    fields: Fields = field(repr=False)
    origins: Mapping[str, tuple[str, str]] = field(repr=False)
    created_at: datetime
    changed_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One entity at one account: its id there and what the account is known to hold.

    Shape: ``(account, kind, external_id)`` is unique, and so is ``(entity_id, account)``.
    ``external_id`` is ``None`` while a creation is under way. ``inflight`` holds, oldest first, what
    deliveries that have no certain outcome may have made the account hold. ``told_mark`` is the mark
    (see ``Tx.next_mark``) of the last completed telling.
    """

    entity_id: str
    kind: Kind
    account: str
    external_id: str | None
    known: Fields = field(repr=False)
    inflight: tuple[Fields, ...] = field(default=(), repr=False)
    version: str | None = None
    told_mark: int = 0
    told_at: datetime | None = None
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What an account shall be told about an entity: one row each, so the backlog is bounded.

    Shape: ``unknown`` tells that an earlier attempt may have had its effect and must be probed.
    ``again``: a newer version came while the row was being sent. ``waits_for`` is the entity whose
    delivery to the same account must come first.
    """

    entity_id: str
    kind: Kind
    account: str
    state: DeliveryState
    due_at: datetime
    attempts: int = 0
    unknown: bool = False
    again: bool = False
    waits_for: str | None = None
    cause_code: str = ""
    cause: str = ""
    remedy: str = ""
    correlation_id: str = ""
    first_failed_at: datetime | None = None
    sent_version: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of one claimed attempt. ``holder`` must still own the row, else nothing is changed."""

    entity_id: str
    account: str
    state: DeliveryState
    due_at: datetime
    attempts: int
    unknown: bool = False
    waits_for: str | None = None
    cause_code: str = ""
    cause: str = ""
    remedy: str = ""
    first_failed_at: datetime | None = None
    sent_version: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Something that a human must decide about.

    Shape: ``source`` is ``delivery`` or ``inbox``; ``request`` is the frozen request; ``state`` is
    ``open``, ``replayed`` or ``dropped``. One open letter per (source, subject, account).
    """

    id: str
    source: str
    subject: str
    kind: Kind
    account: str
    state: str
    cause_code: str
    cause: str
    remedy: str
    attempts: int
    version: int
    first_at: datetime
    last_at: datetime
    correlation_id: str
    request: Fields = field(default_factory=dict, repr=False)
    answer: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One sentence of an entity's story. ``detail`` holds no personal data.

    Shape: ``entity_id`` is empty for what concerns an account and no entity yet; ``count`` is the
    number of happenings that the sentence stands for.
    """

    at: datetime
    entity_id: str
    kind: Kind
    account: str
    event: str
    outcome: str
    correlation_id: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    count: int = 1
    id: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a feed was read. ``at`` is when it was last moved."""

    account: str
    stream: str
    cursor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountState:
    """What operators and all processes must know of an account.

    ``parked`` stops all calls until a probe succeeds or an operator resumes; ``open_until`` is the
    circuit's pause.
    """

    account: str
    parked: bool = False
    reason: str = ""
    since: datetime | None = None
    open_until: datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True)
class OperationRow:
    """Something that must happen once: its key is stored before the first send.

    ``state`` uses ``DeliveryState``; ``unknown`` as in deliveries; ``result`` is the vendor's answer.
    """

    key: str
    name: str
    account: str
    state: DeliveryState
    due_at: datetime
    payload: Fields = field(repr=False)
    entity_id: str = ""
    attempts: int = 0
    unknown: bool = False
    cause_code: str = ""
    cause: str = ""
    remedy: str = ""
    correlation_id: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)


class InboxTx(Protocol):
    """Inbox part of a transaction (idempotent receiver)."""

    def receive(self, rows: Sequence[InboxRow]) -> Sequence[bool]:
        """Store received rows; one flag per row: True when it must be worked on.

        A known token whose row is ``new`` is a duplicate (False). One that is ``working`` is noted
        and worked on again afterwards (False). One that is ``done`` becomes ``new`` again (True,
        ``repeats`` grows): a hint is only "look again", and dropping it could hide a change.
        """

    def take_inbox(self, ids: Sequence[str], *, holder: str, until: datetime) -> Sequence[InboxRow]:
        """Move ``new`` rows (and ``working`` ones whose lease ended) to ``working`` and return them."""

    def finish_inbox(self, ids: Sequence[str], *, state: InboxState, now: datetime) -> None:
        """Finish rows; those that were noted meanwhile go back to ``new``, due at once."""

    def release_inbox(self, ids: Sequence[str], *, due_at: datetime) -> None:
        """Give rows back as ``new``, not before ``due_at``; ``attempts`` grows."""

    def due_inbox(self, *, now: datetime, limit: int) -> Sequence[InboxRow]:
        """Rows that are ``new`` and due, or ``working`` with an ended lease, oldest first (the relay)."""


class EntityTx(Protocol):
    """Snapshots, links and look-up keys."""

    def lock_keys(self, keys: Sequence[str]) -> None:
        """Serialise with other transactions that lock any of these keys, until the end."""

    def links(self, account: str, kind: Kind, external_ids: Sequence[str]) -> Mapping[str, LinkRow]:
        """Links by external id."""

    def links_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[LinkRow]]:
        """All links of entities."""

    def put_links(self, rows: Sequence[LinkRow]) -> None:
        """Insert or replace links by (entity_id, account)."""

    def entities(self, ids: Sequence[str], *, lock: bool = False) -> Mapping[str, EntityRow]:
        """Snapshots by id; ``lock`` holds them against other transactions, in id order."""

    def put_entities(self, rows: Sequence[EntityRow]) -> None:
        """Insert or replace snapshots."""

    def match(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Look-up digest (phone, e-mail, number …, made by the core) → entity ids."""

    def put_matches(self, entity_id: str, digests: Sequence[str]) -> None:
        """Replace the look-up digests of an entity."""

    def next_mark(self) -> int:
        """A number larger than every mark given before, by any process."""

    def current_mark(self) -> int:
        """The largest mark given so far."""


class DeliveryTx(Protocol):
    """Deliveries: the outbox, one row per entity and account."""

    def mark_due(self, rows: Sequence[DeliveryRow]) -> None:
        """Make deliveries due.

        A row that is ``sending`` gets ``again``; ``retry``, ``waiting`` and ``held`` keep their state
        and time (the newer snapshot will be read anyway); ``done`` and ``dead`` become ``due`` with
        attempts 0.
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
        """Move due rows (``due``/``retry``/``waiting`` whose time came; ``sending`` with an ended lease) to
        ``sending`` for ``holder``; rows taken over from an ended lease come back with ``unknown``.
        Rows locked by another transaction are skipped.
        """

    def settle(self, rows: Sequence[Settlement], *, holder: str) -> Sequence[str]:
        """End attempts; return the entity ids whose row was still the holder's. ``done`` or ``dead``
        with ``again`` becomes ``due`` at once; ``again`` is cleared.
        """

    def wake_waiting(self, account: str, entity_ids: Sequence[str], *, now: datetime) -> Sequence[tuple[str, Kind]]:
        """Make ``due`` what waits for these entities; return (entity id, kind) pairs."""

    def due_deliveries(self, *, now: datetime, silent_since: datetime, limit: int) -> Sequence[DeliveryRow]:
        """Rows (``due``/``retry``/``waiting``) that are due since before ``silent_since``, and
        ``sending`` ones whose lease ended (the relay).
        """

    def deliveries_of(self, entity_ids: Sequence[str]) -> Mapping[str, Sequence[DeliveryRow]]:
        """All deliveries of entities."""

    def list_deliveries(self, *, states: Sequence[DeliveryState], account: str | None, limit: int) -> Sequence[DeliveryRow]:
        """Deliveries for people, oldest due first."""

    def set_delivery(self, entity_id: str, account: str, state: DeliveryState, *, due_at: datetime) -> bool:
        """Operator's hand: set state and time, attempts 0; not while ``sending``."""

    def count_deliveries(self) -> Mapping[tuple[str, str], int]:
        """(account, state) → rows."""


class OperationTx(Protocol):
    """Keyed operations, each once in effect."""

    def put_operations(self, rows: Sequence[OperationRow]) -> Sequence[bool]:
        """Store new operations; False for a key that exists already (nothing is changed)."""

    def claim_operations(self, account: str, *, now: datetime, holder: str, until: datetime, limit: int) -> Sequence[OperationRow]:
        """As ``DeliveryTx.claim``, oldest first."""

    def settle_operation(self, row: OperationRow, *, holder: str) -> bool:
        """End an attempt with the row's state; False when the holder lost it."""

    def operations(self, keys: Sequence[str]) -> Mapping[str, OperationRow]:
        """Operations by key."""


class PeopleTx(Protocol):
    """What people look at: journal, dead letters, account states, checkpoints."""

    def write_journal(self, rows: Sequence[JournalRow]) -> None:
        """Append sentences."""

    def story(self, entity_id: str, *, limit: int) -> Sequence[JournalRow]:
        """The newest ``limit`` sentences of an entity, in order."""

    def count_journal(self) -> Mapping[tuple[str, str, str], int]:
        """(account, event, outcome) → sum of ``count`` over the whole journal."""

    def put_dead(self, rows: Sequence[DeadLetter]) -> None:
        """Open letters; an open one of the same subject and account is replaced, keeping id and first time."""

    def dead_letters(self, *, state: str, account: str | None, limit: int) -> Sequence[DeadLetter]:
        """Letters, newest first."""

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """One letter."""

    def close_dead(self, *, subject: str, account: str, state: str, note: str = "") -> int:
        """Close open letters of a subject."""

    def checkpoint(self, account: str, stream: str) -> Checkpoint | None:
        """How far a feed was read."""

    def move_checkpoint(self, account: str, stream: str, *, old: str | None, new: str, now: datetime) -> bool:
        """Move a cursor if it still is ``old``; False when another process moved it."""

    def lease(self, name: str, *, holder: str, now: datetime, until: datetime) -> bool:
        """Take or prolong a named lease; False while another holder has it."""

    def renew_leases(self, *, holder: str, until: datetime) -> None:
        """Prolong all inbox and delivery and operation rows that ``holder`` is working on."""

    def end_leases(self, *, now: datetime) -> None:
        """End all leases at ``now``: only for a process that has the store to itself, at its start."""

    def account_states(self) -> Mapping[str, AccountState]:
        """States of all accounts that have one."""

    def put_account_state(self, state: AccountState) -> None:
        """Store an account's state."""

    def count_dead(self) -> Mapping[tuple[str, str], int]:
        """(account, cause code) → open letters."""

    def purge(self, *, inbox_before: datetime, journal_before: datetime, letters_before: datetime, limit: int) -> Mapping[str, int]:
        """Retention: delete finished inbox rows, journal rows and closed letters; return counts."""


class Tx(InboxTx, EntityTx, DeliveryTx, OperationTx, PeopleTx, Protocol):
    """One transaction of the store."""


class Store(Protocol):
    """The truth. Safe for concurrent use on one event loop."""

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run ``work`` in a transaction that may be shared with other callers; return after commit.

        An exception of ``work`` undoes its effects and is raised here; other works of the same group
        are not harmed. ``work`` may be run more than once. Raises ``StoreError`` when the store
        cannot commit (away, full disk); nothing happened then.
        """

    async def read(self, work: Callable[[Tx], R]) -> R:
        """Run a reading ``work`` beside the writer; sees committed data."""

    async def reserve(self, account: str, *, calls: int, interval_s: float) -> float:
        """Take ``calls`` slots of a shared budget, one every ``interval_s``; return seconds to wait."""

    async def close(self) -> None:
        """Finish what was begun and release connections; may be called twice."""


@dataclass(frozen=True, slots=True)
class Wake:
    """An envelope: wakes work on one entity key. Holds ids only, never personal data.

    ``task`` is ``route`` (``ref`` is an inbox id) or ``deliver`` (``ref`` is an entity id, ``account``
    the destination). ``key`` is what order is kept by.
    """

    task: str
    ref: str
    account: str
    key: str
    correlation_id: str = ""


class Bus(Protocol):
    """Distribution of wake-ups: order per shard, at least once while the store relays again."""

    async def publish(self, wakes: Sequence[Wake]) -> None:
        """Publish to the shards of their keys; returns after the broker confirmed all.

        Raises ``ConnectionError`` when it cannot; the relay repeats later.
        """

    async def consume(self, handler: Callable[[Sequence[Wake]], Awaitable[None]]) -> None:
        """Start handing batches of wake-ups to ``handler``; acknowledged when it returns. An exception
        gives the batch back. Returns at once; ``close`` ends it.
        """

    async def close(self) -> None:
        """Stop consuming, finish publishing, release connections; may be called twice."""
