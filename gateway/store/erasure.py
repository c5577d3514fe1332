"""Erasures: their protocols, and how those who were erased could be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.ports.erasure import ErasureRow, ErasureState
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables_erasure import erased_name, erasure

GIVEN = shape(
    erasure, "id", "entity_id", "state", "asked_by", "asked_at", "ended_at", "due_at", "record",
    "sealed",
)  # fmt: skip
SHOWN = [erasure.c[name] for name in GIVEN]
NAMED = shape(erased_name, "name", "until")
CHANGED = ("state", "ended_at", "due_at", "record", "sealed")
SEALED = "erasure.sealed"
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@statement("erasure put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(erasure, GIVEN)
    changed = {name: insert.excluded[name] for name in CHANGED}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("erasure read")
def _read(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(erasure.c.id == param("id"))


@statement("erasure list")
def _list(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(erasure.c.asked_at >= param("since", MOMENT))
    return found.order_by(erasure.c.asked_at, erasure.c.id).limit(param("limit", COUNT))


@statement("erasure of")
def _of(d: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(d.among(erasure.c.entity_id, "ids"))
    return found.order_by(erasure.c.asked_at, erasure.c.id)


@statement("erasure due")
def _due(_: Dialect) -> Executable:
    found = sa.select(*SHOWN).where(erasure.c.due_at <= param("now", MOMENT))
    return found.order_by(erasure.c.due_at).limit(param("limit", COUNT))


@statement("erased name put")
def _remember(d: Dialect) -> Executable:
    insert = d.insert(erased_name, NAMED)
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"until": insert.excluded.until},
        where=erased_name.c.until < insert.excluded.until,
    )


@statement("erased name read")
def _remembered(d: Dialect) -> Executable:
    found = sa.select(erased_name.c.name, erased_name.c.until)
    return found.where(d.among(erased_name.c.name, "ids"))


@statement("erased name purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(erased_name.c.name)
        .where(erased_name.c.until < param("before", MOMENT))
        .order_by(erased_name.c.until)
        .limit(param("limit", COUNT))
    )
    return sa.delete(erased_name).where(erased_name.c.name.in_(old)).returning(erased_name.c.name)


class ErasurePart(Part):
    """The protocols and the names of ``gateway.ports.ErasureTx``."""

    def put_erasure(self, row: ErasureRow) -> None:
        """Insert or replace a protocol."""
        given = {name: getattr(row, name) for name in GIVEN if name not in {"record", "sealed"}}
        given |= {
            "state": str(row.state),
            "record": orjson.dumps(dict(row.record)).decode(),
            "sealed": self._sealer.seal(SEALED, dict(row.sought)),
        }
        self._session.each(_put, [given])

    def erasure(self, erasure_id: str) -> ErasureRow | None:
        """One protocol."""
        found = self._session.all(_read, id=erasure_id)
        return self._erasure(found[0]) if found else None

    def erasures(self, *, since: datetime | None, limit: int) -> Sequence[ErasureRow]:
        """Protocols since a moment."""
        found = self._session.all(_list, since=since or EVER, limit=limit)
        return [self._erasure(row) for row in found]

    def erasures_of(self, entity_ids: Sequence[str]) -> Sequence[ErasureRow]:
        """Protocols about any of these."""
        return [self._erasure(row) for row in self._about(_of, entity_ids)]

    def due_erasures(self, *, now: datetime, limit: int) -> Sequence[ErasureRow]:
        """Protocols that somebody must go on with."""
        return [self._erasure(row) for row in self._session.all(_due, now=now, limit=limit)]

    def remember_erased(self, names: Sequence[str], *, until: datetime) -> None:
        """Insert names, or move their moments on."""
        self._session.each(_remember, [{"name": n, "until": until} for n in sorted(set(names))])

    def erased_names(self, names: Sequence[str]) -> Mapping[str, datetime]:
        """Moments of the names that are known."""
        return dict(self._about(_remembered, names))

    def purge_erased_names(self, *, before: datetime, limit: int) -> int:
        """Delete old names; return how many."""
        return len(self._session.all(_purge, before=before, limit=limit))

    def _erasure(self, row: tuple[Any, ...]) -> ErasureRow:
        values = dict(zip(GIVEN, row, strict=True))
        sought = self._sealer.open(SEALED, values.pop("sealed"))
        values |= {"state": ErasureState(values["state"]), "record": orjson.loads(values["record"])}
        return ErasureRow(**values, sought=sought)
