"""What passes between the core and a connector: observations, changes, outcomes, pages, hints.

All of these are frozen values. Times are aware. External ids are strings as the vendor spells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from gateway.canonical import Canonical, Kind
from gateway.contract.errors import ConnectorError, TranslationFailed

E = TypeVar("E", bound=Canonical)
E_co = TypeVar("E_co", bound=Canonical, covariant=True)

Cursor: TypeAlias = str
"""Opaque position in a vendor's feed; made and read by the connector only. Never compared."""


@dataclass(frozen=True, slots=True)
class Observed(Generic[E_co]):
    """One record of a vendor as it was read.

    Shape: ``entity`` has exactly the fields set that this vendor can speak about. ``key`` is our
    own idempotency key if the record carries one back (it was created by the gateway or was given
    the key later). ``customer_external_id`` names the buyer of an order at the same account.
    ``changed_at`` is the vendor's own time of the record's last change. ``remarks`` tells what
    could not be mapped, without any personal data. ``sequence`` grows with each state of the record
    at a source that counts them: of two states the one with the smaller number is the older.
    """

    external_id: str
    entity: E_co
    key: str | None = None
    changed_at: datetime | None = None
    version: str | None = None
    customer_external_id: str | None = None
    deleted: bool = False
    merged_into: str | None = None
    remarks: tuple[str, ...] = ()
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that could not be translated; it never hides its neighbours."""

    external_id: str
    error: TranslationFailed


@dataclass(frozen=True, slots=True)
class Page(Generic[E_co]):
    """A page of a change feed.

    Shape: ``cursor`` is the position that is safe to store once the page is applied; a later pull
    from it may repeat records, and never misses one. ``echoes`` counts own changes that the
    connector recognised and left out. ``unread`` are ids of records that may have changed and
    could not be read now: each is read by its id later, so that one call of a page that fails does
    not take the others with it.
    """

    items: Sequence[Observed[E_co]]
    cursor: Cursor
    has_more: bool
    rejected: Sequence[RejectedRecord] = ()
    unread: Sequence[str] = ()
    echoes: int = 0


@dataclass(frozen=True, slots=True)
class Reading(Generic[E_co]):
    """Answer to reading records by id: found ones in any order, and the ids that do not exist."""

    items: Sequence[Observed[E_co]]
    missing: Sequence[str] = ()
    rejected: Sequence[RejectedRecord] = ()


@dataclass(frozen=True, slots=True)
class Change(Generic[E_co]):
    """An entity that a vendor shall hold.

    Shape: ``entity`` is the whole desired state, already reduced by the writer's ``held``;
    ``known`` is what the vendor holds as far as we know, ``None`` before creation; ``changed`` are
    the field paths (``gateway.canonical.paths``) in which they differ. ``key`` is the canonical id:
    stable, unique, at most 36 characters of ``[a-z0-9-]``, to be stored at the vendor as its
    external id.
    ``external_id`` is ``None`` for a creation. ``customer_external_id`` is the buyer's id at this
    account. ``assign_key``: the vendor's record does not carry ``key`` yet and shall.
    ``attempt`` counts from 1.
    """

    key: str
    entity: E_co
    changed: frozenset[str]
    external_id: str | None = None
    known: E_co | None = None
    version: str | None = None
    customer_external_id: str | None = None
    customer_key: str | None = None
    assign_key: bool = False
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Written(Generic[E_co]):
    """The vendor holds the change now.

    Shape: ``held`` is what the vendor answered that it holds, when it answers that; ``None`` means
    exactly what was sent. ``created`` tells a creation from an edit. ``touched`` names other
    records that the vendor changed by this (a member's points by an order): they are read again.
    """

    external_id: str
    held: E_co | None = None
    version: str | None = None
    created: bool = False
    touched: tuple[tuple[Kind, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Exists:
    """A creation met a record that carries our key already; nothing was changed there.

    An earlier attempt had its effect, and people may have worked on the record since. The core
    reads it, merges, and tells only what is still missing.
    """

    external_id: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The vendor does not hold the change; ``error`` says what to do next."""

    error: ConnectorError


@dataclass(frozen=True, slots=True)
class Hint:
    """A source's word that a record may have changed; it is read afterwards.

    Shape: ``token`` tells one happening from a repeat of the same call (an event's id or sequence
    number, else a digest of the body). ``happened_at`` as the source says. ``carried`` is the whole
    record where the call brings it (event-carried state transfer): nothing is read then.
    """

    kind: Kind
    external_id: str
    token: str
    event: str = ""
    happened_at: datetime | None = None
    carried: Observed[Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that must happen once at a vendor: issuing promo codes, later points and receipts.

    Shape: ``key`` is the idempotency key, stored before the first send, at most 64 characters of
    ``[A-Za-z0-9._:-]``; ``payload`` is JSON as the operation's name prescribes.
    """

    key: str
    name: str
    payload: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Result of a connector's check of an account. ``notes`` are for people, without secrets.

    ``runs_low``: what is paid for there is about to end; ``facts`` then hold the ``balance``.
    """

    ok: bool
    notes: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    runs_low: bool = False


Outcome: TypeAlias = "Written[E_co] | Exists | Failed"
