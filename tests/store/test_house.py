"""The house's ledger: balanced, append-only, each key once, on both engines."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.config import HouseSection
from gateway.contract import Rejected
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import Programme
from gateway.ports import (
    EntryKind,
    HouseMemberRow,
    LedgerAccount,
    LedgerEntry,
    Lot,
    OrderKeyRow,
    Posting,
    Tx,
)
from gateway.store import SqlStore
from gateway.store import house as house_part
from gateway.sync.lookup import Digester
from tests.gateway.loyalty.house.shop import PLAIN, line, person, sale
from tests.store.conftest import OpenStore
from tests.store.rows import NOON, HeldClock
from tests.stores import upgrade

SALE = Lot("sale:1", NOON, NOON + timedelta(days=30))


def entry(key: str, points: str = "10", *, lot: Lot = SALE, member: str = "m-1") -> LedgerEntry:
    """An accrual."""
    amount = Decimal(points)
    sides = (
        Posting(LedgerAccount.ISSUED, lot, -amount),
        Posting(LedgerAccount.POINTS, lot, amount),
    )
    return LedgerEntry(key, EntryKind.ACCRUE, member, NOON, sides, sale_id="1", reason="ё")


async def test_an_entry_is_added_once(store: SqlStore) -> None:
    """A repeat would accrue twice."""
    first = await store.run(lambda tx: tx.post_entries([entry("a"), entry("b", "0.0001")]))
    again = await store.run(lambda tx: tx.post_entries([entry("b"), entry("c")]))
    assert (first, again) == ([True, True], [False, True])
    lots = await store.read(lambda tx: tx.house_lots("m-1"))
    assert lots == [Posting(LedgerAccount.POINTS, SALE, Decimal("20.0001"))]
    assert sum((await store.read(lambda tx: tx.house_sums())).values()) == 0
    assert await store.read(lambda tx: tx.house_lots("m-2")) == []


async def test_an_unbalanced_entry_is_refused(store: SqlStore) -> None:
    """Points would come from nowhere."""
    bad = LedgerEntry(
        "x", EntryKind.ACCRUE, "m-1", NOON, (Posting(LedgerAccount.POINTS, SALE, Decimal(1)),)
    )
    with pytest.raises(ValueError, match="not balanced"):
        await store.run(lambda tx: tx.post_entries([entry("a"), bad]))
    assert await store.read(lambda tx: tx.house_sums()) == {}


def test_no_statement_changes_or_deletes_what_is_booked() -> None:
    """A balance could be corrected in silence."""
    text = Path(house_part.__file__).with_name("house_ledger.py").read_text("utf-8")
    assert "sa.update" not in text
    assert "sa.delete" not in text
    assert "do_update" not in text


async def test_history_comes_newest_first_by_pages(store: SqlStore) -> None:
    """An account page would repeat movements or end too early."""
    await store.run(lambda tx: tx.post_entries([entry(str(n), str(n + 1)) for n in range(5)]))
    first = await store.read(lambda tx: tx.house_history("m-1", before=None, limit=3))
    rest = await store.read(lambda tx: tx.house_history("m-1", before=first[-1].id, limit=3))
    assert [one.points for one in (*first, *rest)] == [5, 4, 3, 2, 1]
    assert (first[0].active_from, first[0].expires_at) == (SALE.active_from, SALE.expires_at)
    assert (first[0].sale_id, first[0].reason, first[0].at) == ("1", "ё", NOON)


async def test_lots_that_die_are_found_by_member(store: SqlStore) -> None:
    """Dead points would stay in the books of those whom nobody touches."""
    later = Lot("sale:2", NOON, NOON + timedelta(days=60))
    rows = [entry(f"a{n}", member=f"m-{n}") for n in range(3)]
    await store.run(lambda tx: tx.post_entries([*rows, entry("b", lot=later, member="m-9")]))
    window = {"since": NOON, "until": NOON + timedelta(days=30)}
    found = await store.read(lambda tx: tx.house_dying(**window, after="", limit=2))
    assert found == ["m-0", "m-1"]
    assert await store.read(lambda tx: tx.house_dying(**window, after="m-1", limit=2)) == ["m-2"]


async def test_a_key_of_an_order_is_kept(store: SqlStore) -> None:
    """A use would not be counted, and a key would live for ever."""
    row = OrderKeyRow("d", "s", NOON, NOON + timedelta(days=7), "boss")
    used = OrderKeyRow("d", "s", NOON, NOON + timedelta(days=7), "boss", 1, NOON)
    await store.run(lambda tx: tx.put_order_key(row))
    await store.run(lambda tx: tx.put_order_key(used))
    assert await store.read(lambda tx: tx.order_key("d")) == used
    assert await store.read(lambda tx: tx.order_key("e")) is None


def ids(prefix: str) -> Iterator[str]:
    """Ids that no other process makes."""
    return (f"{prefix}{n}" for n in range(10**6))


@pytest.mark.services
async def test_two_processes_do_not_spend_the_same_points(
    postgres_schema: str, open_it: OpenStore, clock: HeldClock
) -> None:
    """Two tills on two gateways would pay twice with one balance."""
    upgrade(postgres_schema)
    form = HouseSection.model_validate(PLAIN)
    houses = []
    for name in ("a", "b"):
        made = functools.partial(next, ids(name))
        programme = Programme(form, Digester(b"k" * 32), made)
        houses.append(House(open_it(postgres_schema), programme, clock))
    member = (await houses[0].register(person(1), key="k")).external_id
    await houses[0].commit(sale("s", member, line(price="1000"), at=NOON), None, key="c")

    async def reserve(at: int) -> bool:
        made = sale(f"s{at}", member, line(price="100"), spends="50", at=NOON)
        try:
            await houses[at % 2].reserve(made, key=f"r{at}")
        except Rejected:
            return False
        return True

    done = await asyncio.gather(*(reserve(at) for at in range(12)))
    assert sum(done) == 2
    (account,) = await houses[1].balance(member)
    assert account.blocked is not None
    assert account.blocked.points == 100


async def test_members_are_found_by_customer_and_by_whom_they_were_joined_into(
    store: SqlStore,
) -> None:
    """A merge would miss a member, and the nightly pass note a tier for one who is no more."""
    rows = [
        HouseMemberRow("m-1", NOON, NOON, "Club", "c-1"),
        HouseMemberRow("m-2", NOON, NOON, "Club", "c-2", {}, "m-1"),
        HouseMemberRow("m-3", NOON, NOON, "Club"),
    ]

    def work(tx: Tx) -> None:
        for row in rows:
            tx.put_house_member(row, digests=())

    await store.run(work)
    assert await store.read(lambda tx: list(tx.house_members(["m-2"]).values())) == [rows[1]]
    assert await store.read(lambda tx: tx.house_members_of(["c-1", "c-2", ""])) == ["m-1", "m-2"]
    assert await store.read(lambda tx: tx.house_joined(["m-1", ""])) == ["m-2"]
    tiers = await store.read(lambda tx: tx.house_tiers(since=None, until=NOON, after="", limit=9))
    assert [member for member, _, _ in tiers] == ["m-1", "m-3"]


async def test_a_page_has_both_sides_of_a_member(store: SqlStore) -> None:
    """A member would be joined without what the programme gave him, and the ledger be askew."""
    await store.run(lambda tx: tx.post_entries([entry("a"), entry("b"), entry("c", member="m-2")]))
    page = await store.read(lambda tx: tx.house_page("m-1"))
    assert {one.account: one.points for one in page} == {
        LedgerAccount.POINTS: 20,
        LedgerAccount.ISSUED: -20,
    }
