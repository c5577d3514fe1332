"""Events: every change of a snapshot, told to whoever listens (publish-subscribe channel).

The outbox row is written with the snapshot and dropped after the broker's confirm, so an event
comes at least once. One process at a time tells them, oldest first; after a failure some come
again, so a listener keeps the greatest version of each record and drops what is not greater.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from pydantic import ValidationError

from gateway.bus import Announcement
from gateway.canonical import Kind
from gateway.canonical.paths import MODELS, Fields, folded
from gateway.contract import Clock, Log, StoreError
from gateway.ops.masked import is_impersonal
from gateway.ports import EventRow, Store

SCHEMA_VERSION = 1
_LEASE = "events"
_MOST = 500
_SECRETS = frozenset({"edit_mark"})


def told(row: EventRow, *, personal: bool) -> Announcement:
    """Return an event for listeners; without ``personal`` nothing that tells who somebody is."""
    kind = str(row.kind)
    schema = f"gateway.{kind}/{SCHEMA_VERSION}"
    entity = folded(MODELS[row.kind], spoken_of(row.kind, row.fields, personal=personal))
    body = {
        "schema": schema,
        "id": row.entity_id,
        "version": row.version,
        "at": row.at.isoformat(),
        "entity": entity.model_dump(mode="json", exclude_unset=True),
    }
    headers = {
        "x-event-id": f"{row.entity_id}:{row.version}",
        "x-entity-key": row.entity_id,
        "x-entity-version": str(row.version),
        "x-schema": schema,
    }
    return Announcement(f"{kind}.changed", orjson.dumps(body), headers)


def spoken_of(kind: Kind, fields: Fields, *, personal: bool) -> Fields:
    """Return the fields that listeners are told of; secrets are never among them."""
    return {
        path: value
        for path, value in fields.items()
        if path not in _SECRETS and (personal or is_impersonal(kind, path))
    }


def event_schema(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema of a kind's events."""
    entity = MODELS[kind].model_json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = entity.pop("$defs", {})
    schema = f"gateway.{kind}/{SCHEMA_VERSION}"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema,
        "type": "object",
        "required": ["schema", "id", "version", "at", "entity"],
        "properties": {
            "schema": {"const": schema},
            "id": {"type": "string", "description": "Canonical id; orders the versions."},
            "version": {"type": "integer", "minimum": 1},
            "at": {"type": "string", "format": "date-time"},
            "entity": entity,
        },
        "$defs": definitions,
    }


@dataclass(frozen=True, slots=True)
class Announcing:
    """Tells what is in the outbox. Units: ``lease_s`` and ``pause_s`` seconds."""

    store: Store
    publish: Callable[[Sequence[Announcement]], Awaitable[None]]
    clock: Clock
    log: Log
    holder: str
    lease_s: float
    pause_s: float
    personal: bool

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            told_all = True
            try:
                told_all = await self.round()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="events", cause=str(error))
            except ConnectionError as error:
                self.log.warning("events.postponed", cause=str(error))
            except Exception as error:  # noqa: BLE001 - nobody else would tell them
                self.log.warning("events.failed", error=type(error).__name__)
            if told_all:
                await asyncio.sleep(self.pause_s)

    async def round(self) -> bool:
        """Tell the oldest events; return False when more are waiting.

        Raises ``StoreError``, ``ConnectionError``: they are told again.
        """
        now = self.clock.now()
        until = now + timedelta(seconds=self.lease_s)
        if not await self.store.run(
            lambda tx: tx.lease(_LEASE, holder=self.holder, now=now, until=until)
        ):
            return True
        rows = await self.store.read(lambda tx: tx.next_events(limit=_MOST))
        if not rows:
            return True
        await self.publish(list(self._readable(rows)))
        await self.store.run(lambda tx: tx.drop_events([row.id for row in rows]))
        return len(rows) < _MOST

    def _readable(self, rows: Sequence[EventRow]) -> Iterator[Announcement]:
        """Leave out what does not fit the model any more: it would hold up all that follows."""
        for row in rows:
            try:
                yield told(row, personal=self.personal)
            except ValidationError:
                self.log.warning("events.unreadable", entity_id=row.entity_id, version=row.version)
