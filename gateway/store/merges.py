"""Merges of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports import DeliveryState
from gateway.ports.merges import MergeRow, MergeState, VendorMergeRow
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables import link, operation
from gateway.store.tables_merges import person_merge, vendor_merge

GIVEN = shape(
    person_merge, "id", "survivor", "absorbed", "state", "asked_by", "cause", "asked_at", "until",
    "changed_at", "note", "sealed",
)  # fmt: skip
READ = (*GIVEN, "told_at")
SHOWN = [person_merge.c[name] for name in READ]
CHANGED = ("state", "changed_at", "note", "sealed")
SEALED = "person_merge.sealed"
THERE = shape(vendor_merge, "account", "gone", "into_id", "seen_at", "due_at")


@statement("vendor merge note")
def _note(d: Dialect) -> Executable:
    return d.insert(vendor_merge, THERE).on_conflict_do_nothing()


@statement("vendor merge put")
def _put_there(d: Dialect) -> Executable:
    insert = d.insert(vendor_merge, THERE)
    changed = {name: insert.excluded[name] for name in ("into_id", "due_at")}
    return insert.on_conflict_do_update(index_elements=["account", "gone"], set_=changed)


@statement("vendor merge read")
def _there(d: Dialect) -> Executable:
    mine = (vendor_merge.c.account == param("account"), d.among(vendor_merge.c.gone, "ids"))
    return sa.select(vendor_merge.c.gone, vendor_merge.c.into_id).where(*mine)


@statement("vendor merges due")
def _there_due(_: Dialect) -> Executable:
    return (
        sa.select(*(vendor_merge.c[name] for name in THERE))
        .where(vendor_merge.c.due_at <= param("now", MOMENT))
        .order_by(vendor_merge.c.due_at, vendor_merge.c.account, vendor_merge.c.gone)
        .limit(param("limit", COUNT))
    )


@statement("person merge put")
def _put(d: Dialect) -> Executable:
    return d.insert(person_merge, GIVEN)


@statement("person merge swap")
def _swap(_: Dialect) -> Executable:
    values = {name: param(f"new_{name}", GIVEN[name]) for name in CHANGED}
    return (
        sa.update(person_merge)
        .where(person_merge.c.id == param("of_id"), person_merge.c.state == param("was"))
        .values(values)
        .returning(person_merge.c.id)
    )


@statement("person merge read")
def _read(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(person_merge.c.id == param("id"))


@statement("person merge list")
def _list(_: Dialect) -> Executable:
    return (
        sa.select(*SHOWN)
        .where(person_merge.c.state == param("state"))
        .order_by(person_merge.c.asked_at, person_merge.c.id)
        .limit(param("limit", COUNT))
    )


@statement("person merge of")
def _of(d: Dialect) -> Executable:
    # Each side has an index of its own; an OR over both would use neither.
    as_survivor = sa.select(*SHOWN).where(d.among(person_merge.c.survivor, "ids"))
    as_absorbed = sa.select(*SHOWN).where(d.among(person_merge.c.absorbed, "ids"))
    return as_survivor.union_all(as_absorbed)


@statement("person merge absorbed into")
def _absorbed(d: Dialect) -> Executable:
    found = sa.select(person_merge.c.absorbed, person_merge.c.survivor)
    return found.where(
        d.among(person_merge.c.absorbed, "ids"), person_merge.c.state == const(MergeState.DONE)
    )


@statement("link drop")
def _drop_link(_: Dialect) -> Executable:
    return sa.delete(link).where(
        link.c.entity_id == param("entity_id"), link.c.account == param("account")
    )


@statement("operation withdraw")
def _withdraw(_: Dialect) -> Executable:
    """Only what was never tried: a retry has been sent, whatever became of it."""
    return (
        sa.delete(operation)
        .where(
            operation.c.key == param("key"),
            operation.c.state == const(DeliveryState.DUE),
            operation.c.attempts == sa.literal_column("0"),
        )
        .returning(operation.c.key)
    )


class MergePart(Part):
    """See ``gateway.ports.MergeTx``."""

    def put_merge(self, row: MergeRow) -> None:
        """Store a merge."""
        self._session.each(_put, [self._merge_record(row)])

    def swap_merge(self, row: MergeRow, *, was: MergeState) -> bool:
        """Store its next state, if it is still in the one that it was in."""
        record = self._merge_record(row)
        changed = {f"new_{name}": record[name] for name in CHANGED}
        return bool(self._session.all(_swap, of_id=row.id, was=str(was), **changed))

    def person_merge(self, merge_id: str) -> MergeRow | None:
        """One merge."""
        found = self._session.all(_read, id=merge_id)
        return self._merge_row(found[0]) if found else None

    def merges(self, *, state: MergeState, limit: int) -> Sequence[MergeRow]:
        """Merges in a state, the oldest first."""
        found = self._session.all(_list, state=str(state), limit=limit)
        return [self._merge_row(row) for row in found]

    def merges_of(self, entity_ids: Sequence[str]) -> Sequence[MergeRow]:
        """Merges in which any of these took part."""
        found = {row[0]: row for row in self._about(_of, entity_ids)}
        return sorted(map(self._merge_row, found.values()), key=lambda one: (one.asked_at, one.id))

    def absorbed_into(self, entity_ids: Sequence[str]) -> Mapping[str, str]:
        """Absorbed → survivor."""
        return {row[0]: row[1] for row in self._about(_absorbed, entity_ids)}

    def drop_link(self, entity_id: str, account: str) -> None:
        """Forget a record at an account."""
        self._session.all(_drop_link, entity_id=entity_id, account=account)

    def withdraw_operation(self, key: str) -> bool:
        """Take an operation back that nobody has begun."""
        return bool(self._session.all(_withdraw, key=key))

    def note_vendor_merge(self, row: VendorMergeRow) -> None:
        """Note what a vendor says."""
        self._session.each(_note, [{name: getattr(row, name) for name in THERE}])

    def put_vendor_merge(self, row: VendorMergeRow) -> None:
        """Store what became of it."""
        self._session.each(_put_there, [{name: getattr(row, name) for name in THERE}])

    def vendor_merges(self, account: str, gone: Sequence[str]) -> Mapping[str, str]:
        """What was joined, and into what."""
        return dict(self._about(_there, gone, account=account))

    def vendor_merges_due(self, *, now: datetime, limit: int) -> Sequence[VendorMergeRow]:
        """Those to be looked at."""
        found = self._session.all(_there_due, now=now, limit=limit)
        return [VendorMergeRow(*row) for row in found]

    def _merge_record(self, row: MergeRow) -> dict[str, Any]:
        made: dict[str, Any] = {name: getattr(row, name) for name in GIVEN if name != "sealed"}
        made["state"] = str(row.state)
        made["sealed"] = self._sealer.seal(SEALED, dict(row.record))
        return made

    def _merge_row(self, row: tuple[Any, ...]) -> MergeRow:
        values = dict(zip(READ, row, strict=True))
        record = self._sealer.open(SEALED, values.pop("sealed"))
        values["state"] = MergeState(values["state"])
        return MergeRow(**values, record=record)
