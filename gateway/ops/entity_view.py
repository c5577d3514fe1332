"""Entity view: the shapes in which faces are given an entity and all that stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.ops.search import FoundLine
from gateway.ops.story import Step


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Where the telling of an account stands.

    Shape: ``sent_version`` is the snapshot's version that was told last, 0 for none; ``waits_for``
    is the entity whose telling must come first.
    """

    state: str
    due_at: datetime
    attempts: int
    sent_version: int
    waits_for: str | None
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CopyView:
    """What one account is known to hold of the entity.

    Shape: ``differs`` are the fields in which the copy is not what it shall be, ``None`` when the
    account is not told this kind or is not configured any more. ``in_doubt`` counts tellings
    without a certain outcome. ``delivery`` is ``None`` when nothing was ever due. ``url`` leads to
    the record in the vendor's own interface, ``None`` where the configuration names none.
    """

    account: str
    external_id: str | None
    told_at: datetime | None
    differs: tuple[str, ...] | None
    in_doubt: int
    delivery: DeliveryView | None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class OriginView:
    """Where a field's value comes from; ``disputed`` waits for a person's decision."""

    account: str
    at: str
    disputed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One field at one account, both values masked.

    Shape: ``told`` is false where the account is told nothing of this field's kind; then ``shall``
    says nothing. ``differs`` compares what stands behind the mask.
    """

    account: str
    holds: object
    shall: object
    told: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class FieldAcross:
    """One field side by side: the snapshot's value and what each account holds and shall hold."""

    path: str
    here: object
    cells: tuple[Cell, ...]
    differs: bool


@dataclass(frozen=True, slots=True)
class LetterBrief:
    """An open letter about the entity."""

    id: str
    source: str
    account: str
    cause_code: str
    cause: str
    remedy: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Related:
    """What belongs to the entity, or what it belongs to; ``before`` is where the list goes on."""

    kind: str
    lines: tuple[FoundLine, ...]
    before: str | None = None


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity with its snapshot, its copies and its story. ``fields`` are masked by default.

    Shape: ``origins`` by the paths of ``fields``; ``across`` holds every field of the snapshot and
    of any copy; ``story`` is the newest part in order, ``story_before`` the id to read on before,
    ``None`` when that is all.
    """

    id: str
    kind: str
    version: int
    created_at: datetime
    changed_at: datetime
    fields: Mapping[str, Any]
    copies: tuple[CopyView, ...]
    story: tuple[Step, ...]
    title: str = ""
    marks: tuple[str, ...] = ()
    origins: Mapping[str, OriginView] = field(default_factory=dict)
    across: tuple[FieldAcross, ...] = ()
    letters: tuple[LetterBrief, ...] = ()
    related: tuple[Related, ...] = ()
    story_before: int | None = None
    unmasked: bool = False
