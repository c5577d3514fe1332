"""Rows: what the core stores, as frozen values.

``fields`` are flat maps of ``gateway.canonical.paths``; the store seals them, because they hold
personal data. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS, Fields, folded

INCOMPLETE = "incomplete"
"""The cause of a customer who waits until he has the contacts that the shop requires."""

MERGED_THERE = "merged_there"
"""The cause of a customer whose record an account joined into another customer's."""


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

    Shape: ``fields`` without empty values; ``origins`` maps a path to ``[account, ISO time]`` of
    the change that set it; the empty path stands for all others. ``version`` counts from 1.
    ``entity`` is the same as a model, made once.
    """

    id: str
    kind: Kind
    version: int
    fields: Fields = field(repr=False)
    origins: Mapping[str, tuple[str, str]] = field(repr=False)
    created_at: datetime
    changed_at: datetime
    deleted: bool = False
    _model: Canonical | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def entity(self) -> Canonical:
        """The snapshot as a model."""
        if self._model is None:
            self.remember(folded(MODELS[self.kind], self.fields))
        return cast("Canonical", self._model)

    def remember(self, model: Canonical) -> None:
        """Keep a model that is known to say the same as ``fields``."""
        object.__setattr__(self, "_model", model)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One entity at one account: its id there and what the account is known to hold.

    Shape: ``(account, kind, external_id)`` is unique, and so is ``(entity_id, account)``.
    ``external_id`` is ``None`` while a creation is under way. ``inflight`` holds, oldest first,
    what deliveries without a certain outcome may have changed there, ``None`` for what they
    removed. ``told_mark`` is the mark (``Tx.next_mark``) of the last telling or reading;
    ``sequence`` the newest state of a source that counts its states, 0 for none. ``copy`` is
    ``known`` as a model, made once, ``None`` when nothing is known.
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
    sequence: int = 0
    _model: Canonical | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def copy(self) -> Canonical | None:
        """What the account is known to hold, as a model."""
        if self._model is None and self.known:
            object.__setattr__(self, "_model", folded(MODELS[self.kind], self.known))
        return self._model


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What an account shall be told about an entity: one row each, so the backlog is bounded.

    Shape: ``unknown`` tells that an earlier attempt may have had its effect and must be probed.
    ``again``: a newer version came while the row was being sent. ``waits_for`` is the entity whose
    delivery to the same account must come first; a held row that waits for its own entity is due
    again when that changes.
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
    """The end of one claimed attempt; without effect when the holder lost the row."""

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

    Shape: ``source`` is ``delivery``, ``inbox``, ``conflict``, ``operation`` or ``sale``;
    ``request`` is the frozen request; ``state`` is ``open``, ``replayed`` or ``dropped``. One open
    letter per (source, subject, account). ``held``: nobody knows whether it happened.
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
    held: bool = False


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
class EventRow:
    """One version of a snapshot that listeners are still to be told of. ``id`` grows."""

    entity_id: str
    kind: Kind
    version: int
    at: datetime
    fields: Fields = field(repr=False)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a feed was read. ``at`` is when it was last moved."""

    account: str
    stream: str
    cursor: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OperationRow:
    """Something that must happen once: its key is stored before the first send.

    ``state`` uses ``DeliveryState``; ``unknown`` as in deliveries; ``result`` is the vendor's
    answer.
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
