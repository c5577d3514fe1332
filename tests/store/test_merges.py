"""Merges of persons in the store: found from both sides, done once, and nobody absorbed twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from gateway.contract import StoreError
from gateway.ports import MergeRow, MergeState, OperationRow, Tx, VendorMergeRow
from gateway.ports.rows import DeliveryState
from gateway.store import SqlStore
from tests.store.rows import link

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = MergeRow(
    "m1", "c-1", "c-2", MergeState.ASKED, "olga", "operator", NOW, NOW + HOUR, NOW,
    record={"needs": ["sms:+79161234567"]},
)  # fmt: skip


async def test_a_merge_is_found_from_both_sides_and_moves_once(store: SqlStore) -> None:
    """Two processes would both do it."""
    await store.run(lambda tx: tx.put_merge(ASKED))
    assert await store.read(lambda tx: tx.person_merge("m1")) == ASKED
    assert await store.read(lambda tx: tx.person_merge("m2")) is None
    assert list(await store.read(lambda tx: tx.merges_of(["c-1"]))) == [ASKED]
    assert list(await store.read(lambda tx: tx.merges_of(["c-2"]))) == [ASKED]
    assert list(await store.read(lambda tx: tx.merges_of(["c-1", "c-2"]))) == [ASKED]
    done = replace(ASKED, state=MergeState.DONE, changed_at=NOW + HOUR)
    assert await store.run(lambda tx: tx.swap_merge(done, was=MergeState.ASKED))
    assert not await store.run(lambda tx: tx.swap_merge(done, was=MergeState.ASKED))
    assert list(await store.read(lambda tx: tx.merges(state=MergeState.DONE, limit=5))) == [done]
    assert list(await store.read(lambda tx: tx.merges(state=MergeState.ASKED, limit=5))) == []


async def test_who_was_absorbed_is_told_until_it_is_taken_back(store: SqlStore) -> None:
    """His orders would go to nobody, or to somebody who gave them back."""
    done = replace(ASKED, state=MergeState.DONE)
    await store.run(lambda tx: tx.put_merge(done))
    ids = ["c-1", "c-2", "c-3"]
    assert await store.read(lambda tx: tx.absorbed_into(ids)) == {"c-2": "c-1"}
    undone = replace(done, state=MergeState.UNDONE)
    assert await store.run(lambda tx: tx.swap_merge(undone, was=MergeState.DONE))
    assert await store.read(lambda tx: tx.absorbed_into(ids)) == {}


async def test_nobody_is_absorbed_twice(store: SqlStore) -> None:
    """One of the two survivors would get his orders, the other believes that he has them."""
    done = replace(ASKED, state=MergeState.DONE)
    await store.run(lambda tx: tx.put_merge(done))
    with pytest.raises(StoreError):
        await store.run(lambda tx: tx.put_merge(replace(done, id="m2", survivor="c-3")))


async def test_an_operation_is_withdrawn_before_it_was_tried_only(store: SqlStore) -> None:
    """Undo would promise what a vendor has done already."""
    rows = [
        OperationRow("k1", "customer.merge", "crm", DeliveryState.DUE, NOW, {}),
        OperationRow("k2", "customer.merge", "crm", DeliveryState.RETRY, NOW, {}, attempts=1),
    ]
    await store.run(lambda tx: tx.put_operations(rows))
    assert await store.run(lambda tx: tx.withdraw_operation("k1"))
    assert not await store.run(lambda tx: tx.withdraw_operation("k1"))
    assert not await store.run(lambda tx: tx.withdraw_operation("k2"))
    assert set(await store.read(lambda tx: tx.operations(["k1", "k2"]))) == {"k2"}


async def test_a_link_is_forgotten_alone(store: SqlStore) -> None:
    """The record of another account would be forgotten with it."""
    await store.run(lambda tx: tx.put_links([link("c-1", "shop"), link("c-1", "crm")]))
    await store.run(lambda tx: tx.drop_link("c-1", "shop"))
    found = await store.read(lambda tx: tx.links_of(["c-1"]))
    assert [row.account for row in found["c-1"]] == ["crm"]


async def test_what_a_vendor_joined_is_noted_once_and_looked_at_until_it_is_done(
    store: SqlStore,
) -> None:
    """A word that is told again would begin all over, or one that is done never end."""
    row = VendorMergeRow("crm", "2", "1", NOW, NOW)
    other = VendorMergeRow("shop", "2", "3", NOW, NOW + HOUR)
    for one in (row, other):
        await store.run(partial(_note, row=one))
    assert await store.read(lambda tx: tx.vendor_merges_due(now=NOW, limit=9)) == [row]
    assert await store.read(lambda tx: tx.vendor_merges("crm", ["1", "2"])) == {"2": "1"}
    done = replace(row, due_at=None)
    await store.run(lambda tx: tx.put_vendor_merge(done))
    await store.run(lambda tx: tx.note_vendor_merge(row))
    later = NOW + timedelta(days=1)
    assert await store.read(lambda tx: tx.vendor_merges_due(now=later, limit=9)) == [other]


def _note(tx: Tx, row: VendorMergeRow) -> None:
    tx.note_vendor_merge(row)
