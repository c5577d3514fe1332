"""Vendors' merges: what follows when a vendor joins two of its records of customers.

The word comes with a feed, a webhook or a refusal, in any order with other words, and is noted in
the transaction that takes it in. Looking at it is a step of its own: both records must be known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.matching.record import VENDOR_MERGED
from gateway.identity.merging.dead_records import hold
from gateway.identity.merging.join import (
    MergeBusy,
    MergeRefused,
    alive,
    make_due,
    refuse_busy,
    swap_links,
)
from gateway.identity.merging.pairs import are_two, pair_of
from gateway.identity.merging.service import Merging, Wanted
from gateway.ports import LinkRow, MergeState, PairRow, PairState, Store, Tx, VendorMergeRow, Wake
from gateway.sync.absorbed import survivors
from gateway.sync.apply import Applier

FOLLOW, ASK = "follow", "ask"
_MOST = 200
_SOON = timedelta(seconds=5)
_LATER = timedelta(hours=1)
_PATIENCE = timedelta(days=7)
"""How long a record that the vendor named may take to come; then nothing follows any more."""


@dataclass(frozen=True, slots=True)
class VendorMerges:
    """Looks at what vendors joined.

    Shape: ``mode`` is ``merge.vendors`` of the configuration; ``wake`` tells the engine what became
    due.
    """

    store: Store
    clock: Clock
    applier: Applier
    merging: Merging
    mode: str
    wake: Callable[[Sequence[Wake]], None]

    async def work_off(self) -> int:
        """Look at what is due, each in a transaction of its own; return how many were done with."""
        now = self.clock.now()
        rows = await self.store.read(lambda tx: tx.vendor_merges_due(now=now, limit=_MOST))
        done = 0
        for row in rows:
            is_done, wakes = await self.store.run(partial(self._look, row=row))
            self.wake(wakes)
            done += is_done
        return done

    def _look(self, tx: Tx, row: VendorMergeRow) -> tuple[bool, list[Wake]]:
        """Do what follows; what cannot be yet is put off, the longer the older it is."""
        into_id = alive(tx, row.account, row.gone)
        links = tx.links(row.account, Kind.CUSTOMER, [row.gone, into_id])
        age, wakes = self.clock.now() - row.seen_at, list[Wake]()
        is_done = age > _PATIENCE
        if row.gone in links:
            gone, kept = links[row.gone], links.get(into_id)
            try:
                if kept is not None:
                    wakes, is_done = self._follow(tx, row, gone, kept), True
                if kept is None or not self._are_one(tx, gone, kept):
                    letter_id = self.merging.new_id()
                    hold(tx, self.applier, replace(row, into_id=into_id), gone, letter_id)
            except MergeBusy:
                is_done = False
        due_at = None if is_done else self.clock.now() + min(max(_SOON, age), _LATER)
        tx.put_vendor_merge(replace(row, due_at=due_at))
        return is_done, wakes

    def _are_one(self, tx: Tx, gone: LinkRow, kept: LinkRow) -> bool:
        now = survivors(tx, [gone.entity_id, kept.entity_id])
        return len({now.get(one.entity_id, one.entity_id) for one in (gone, kept)}) == 1

    def _follow(self, tx: Tx, row: VendorMergeRow, gone: LinkRow, kept: LinkRow) -> list[Wake]:
        """Let the living one have the living record, or say that two customers are one."""
        ids = [kept.entity_id, gone.entity_id]
        now = survivors(tx, ids)
        people = [now.get(one, one) for one in ids]
        if people[0] == people[1]:
            return self._moved(tx, people[0], gone, kept)
        if self.mode == FOLLOW and self._merge(tx, row, people):
            return []
        if self.mode in {FOLLOW, ASK}:
            self._review(tx, row, people)
        return []

    def _moved(self, tx: Tx, person: str, gone: LinkRow, kept: LinkRow) -> list[Wake]:
        """Give the person the record that lives; the dead one stays with who is no more."""
        if gone.entity_id != person:
            return []
        work = self.applier.working_set(tx)
        work.load([gone.entity_id, kept.entity_id])
        refuse_busy(tx, work, [gone.entity_id, kept.entity_id])
        name = gone.account
        swap_links(work, work.links[gone.entity_id, name], work.links[kept.entity_id, name])
        make_due(self.applier, work, person, "")
        return work.flush(self.applier.digester)

    def _merge(self, tx: Tx, row: VendorMergeRow, people: list[str]) -> bool:
        """Ask for our own merge, with the vendor's as its proof; the older customer stays.

        False where somebody said that they are two, where they cannot be one as they are, and where
        the person is being asked already.
        """
        rows = tx.entities(people)
        there = sorted(
            (one for one in rows.values() if not one.deleted),
            key=lambda one: (one.created_at, one.id),
        )
        if len(there) < len(people):
            return True
        if are_two(tx, people[0], people[1]):
            return False
        ids = [one.id for one in there]
        wish = Wanted(ids[0], ids[1], VENDOR_MERGED, row.account, despite=True, vouched=True)
        try:
            made = self.merging.propose_in(tx, wish)
        except MergeRefused:
            return False
        return made.state is MergeState.CONFIRMED

    def _review(self, tx: Tx, row: VendorMergeRow, people: list[str]) -> None:
        """Ask an operator, unless this very evidence was decided about before."""
        pair = pair_of(people[0], people[1])
        tx.lock_keys([f"pair:{pair[0]}.{pair[1]}"])
        now = self.clock.now()
        known = tx.pairs([pair]).get(pair) or PairRow(
            pair, PairState.APART, VENDOR_MERGED, 0, {}, now, now
        )
        word = [
            VENDOR_MERGED,
            0,
            {"account": row.account, "gone": row.gone, "into": row.into_id},
            "",
        ]
        supports = [list(one) for one in known.findings.get("supports", ())]
        if word in supports or known.state in {PairState.SAME, PairState.MERGED}:
            return
        found = {**known.findings, "supports": [*supports, word]}
        found.setdefault("against", [])
        told = replace(known, findings=found)
        if known.state is not PairState.DENIED:
            told = replace(
                told, state=PairState.OPEN, rule=VENDOR_MERGED, decided_at=now,
                decided_by=row.account,
            )  # fmt: skip
        tx.put_pairs([told])
