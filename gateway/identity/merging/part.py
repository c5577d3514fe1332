"""Part: a merge is taken back from its record, as far as vendors allow.

What was changed since the merge stays where it was changed; everything else is as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, items_of, known
from gateway.identity.merging.dead_records import hold
from gateway.identity.merging.estate import NOTHING, Estate, GivenBack
from gateway.identity.merging.join import (
    IDENTITY,
    MergeRefused,
    give,
    living,
    make_due,
    move_link,
    refuse_busy,
)
from gateway.identity.merging.record import MergeRecord, origins_of
from gateway.ports import EntityRow, MergeRow, MergeState, Tx, VendorMergeRow, Wake
from gateway.sync.absorbed import living_records
from gateway.sync.apply import Applier
from gateway.sync.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Left:
    """What stays merged at an account, and what becomes of the person there.

    ``remade``: a record of his own is made there anew; without it people must make one.
    """

    account: str
    remade: bool


@dataclass(frozen=True, slots=True)
class Parted:
    """What taking apart did: what could not be undone, and wake-ups of what became due.

    ``back`` is what came of the points, ``None`` where there were none to be parted.
    """

    left: tuple[Left, ...]
    wakes: list[Wake]
    back: GivenBack | None


@dataclass(frozen=True, slots=True)
class Parter:
    """Takes merges back. Pure but for the transaction that it is given; safe to run again."""

    applier: Applier
    estate: Estate = NOTHING

    def part(self, tx: Tx, row: MergeRow, record: MergeRecord, *, who: str) -> Parted:
        """Give the absorbed person back what was his.

        Raises ``MergeBusy``, and ``MergeRefused`` when the survivor was absorbed himself since.
        """
        work = self.applier.working_set(tx)
        work.load([row.survivor, row.absorbed, *record.belongings])
        survivor = living(work, row.survivor)
        absorbed = work.entities.get(row.absorbed)
        if absorbed is None:
            msg = "the absorbed record was erased: nothing is left to be given back"
            raise MergeRefused(msg)
        refuse_busy(tx, work, [survivor.id, absorbed.id, *record.belongings])
        work.put_entity(_restored(survivor, record, work))
        work.put_entity(_risen(absorbed, record.absorbed, work))
        self._links_back(work, row, record)
        left = self._vendors(work, row, record)
        back = self.estate.part(tx, row, record.estate, work.now)
        theirs = [one for one in record.belongings if _is_of(work, one, survivor.id)]
        for one in theirs:
            give(work, work.entities[one], absorbed.id)
        told = {"who": who, "left": [one.account for one in left]}
        for entity_id in (survivor.id, absorbed.id):
            work.tell((entity_id, Kind.CUSTOMER), IDENTITY, "person", "parted", row.id, **told)
        for entity_id in [survivor.id, absorbed.id, *theirs]:
            make_due(self.applier, work, entity_id, row.id)
        wakes = work.flush(self.applier.digester)
        self._hold_dead(tx, work, [survivor.id, absorbed.id])
        return Parted(left, wakes, back)

    def _hold_dead(self, tx: Tx, work: WorkingSet, ids: list[str]) -> None:
        """Tell nobody's record that a vendor joined into another, as it was before the merge."""
        for link in [one for key, one in sorted(work.links.items()) if key[0] in ids]:
            record = link.external_id
            into = living_records(tx, link.account, [record]).get(record) if record else None
            if record is not None and into is not None:
                word = VendorMergeRow(link.account, record, into, work.now, None)
                hold(tx, self.applier, word, link, self.applier.new_letter_id())

    def _links_back(self, work: WorkingSet, row: MergeRow, record: MergeRecord) -> None:
        for name, external_id in record.moved.items():
            link = work.links.get((row.survivor, name))
            if link is not None and link.external_id == external_id:
                move_link(work, link, row.absorbed)

    def _vendors(self, work: WorkingSet, row: MergeRow, record: MergeRecord) -> tuple[Left, ...]:
        """Take back what vendors were asked, where they have not begun; tell where they have."""
        left = []
        for name in sorted({*record.asked, *record.gone}):
            key = record.asked.get(name)
            if key is not None and work.tx.withdraw_operation(key):
                continue
            work.tx.drop_link(row.absorbed, name)
            work.links.pop((row.absorbed, name), None)
            account = self.applier.accounts.get(name)
            remade = account is not None and Kind.CUSTOMER in account.flow.creates
            left.append(Left(name, remade))
        return tuple(left)


def may_part(tx: Tx, row: MergeRow) -> None:
    """Raise ``MergeRefused`` unless it is the last merge of these two that is done."""
    if row.state is not MergeState.DONE:
        msg = f"this merge is {row.state}: there is nothing to take back"
        raise MergeRefused(msg)
    for other in tx.merges_of([row.survivor]):
        if other.state is MergeState.DONE and other.absorbed == row.survivor:
            msg = f"the survivor was merged himself since: take the merge {other.id} back first"
            raise MergeRefused(msg)


def _is_of(work: WorkingSet, entity_id: str, customer_id: str) -> bool:
    one = work.entities.get(entity_id)
    return one is not None and one.fields.get("customer_id") == customer_id


def _restored(now: EntityRow, record: MergeRecord, work: WorkingSet) -> EntityRow:
    """Return the survivor as he was, but for what was changed since."""
    before, after = record.survivor, record.after
    fields: Fields = {}
    for path in {*now.fields, *before["fields"]}:
        is_as_merged = now.fields.get(path) == after["fields"].get(path)
        fields[path] = before["fields"].get(path) if is_as_merged else now.fields.get(path)
    was, then = origins_of(before), origins_of(after)
    origins = {}
    for path in {*now.origins, *was}:
        is_as_merged = now.origins.get(path) == then.get(path)
        origin = was.get(path) if is_as_merged else now.origins.get(path)
        if origin is not None:
            origins[path] = (origin[0], origin[1])
    restored = known(fields)
    restored |= _emptied(restored, after["fields"])
    return EntityRow(now.id, now.kind, now.version + 1, restored, origins, now.created_at, work.now)


def _emptied(restored: Fields, merged: Mapping[str, Any]) -> Fields:
    """Say of what the merge had brought that it is not there: silence would leave it everywhere."""
    told: Fields = {}
    for path in merged:
        items = items_of(path, Kind.CUSTOMER)
        if path in restored or (items and items[0] in restored):
            continue
        if not items:
            told[path] = None
            continue
        collection = items[0].partition("/")[0]
        if not any(one.startswith(f"{collection}/") for one in restored):
            told[collection] = []
    return told


def _risen(now: EntityRow, side: Mapping[str, Any], work: WorkingSet) -> EntityRow:
    return EntityRow(
        now.id, now.kind, now.version + 1, dict(side["fields"]), origins_of(side), now.created_at,
        work.now,
    )  # fmt: skip
