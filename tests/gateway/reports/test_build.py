"""Facts and sums are what the last state says, however it came about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

import pytest

from gateway.canonical import Kind
from gateway.ops.report_build import LEASE_S
from gateway.ops.report_facts import Zones
from gateway.ops.report_settling import forget
from gateway.ports import EntityRow, SaleProgress, SaleRow, Store, Tx
from gateway.store import SqlStore
from tests.gateway.reports.history import (
    DIGESTER,
    SHOPS,
    START,
    Truth,
    build,
    builder,
    customer,
    give_back,
    order,
    phone_of,
    put,
    sale,
    told,
)
from tests.store.rows import HeldClock, later

R = TypeVar("R")


async def live(store: SqlStore, truth: Truth, *rows: EntityRow | SaleRow) -> None:
    """Let something happen."""
    truth.learn(*rows)
    await store.run(lambda tx: put(tx, rows))


def a_year() -> list[EntityRow | SaleRow]:
    """Return people, orders and receipts of all shops, nine receipts of ten with a name."""
    rows: list[EntityRow | SaleRow] = [
        customer(n, **({f"emails/p{n}@example.ru": True} if n % 2 else {})) for n in range(40)
    ]
    rows += [order(n * 7, customer_id=f"c-{n % 40:04}") for n in range(60)]
    for n in range(200):
        named = {} if n % 10 == 0 else {"member": {"phone": phone_of(n % 50)}}
        rows.append(sale(n * 5, content=named))
    return rows


async def test_a_first_build_and_following_changes_tell_the_truth(
    store: SqlStore, clock: HeldClock
) -> None:
    """A report would differ from what was sold, and nobody would know why."""
    truth, made = Truth(), builder(store, clock)
    await live(store, truth, *a_year())
    await build(made)
    assert await told(store) == truth.sums()
    assert (await made.progress()).is_done
    changed = order(7, customer_id="c-0001", status="cancelled")
    shrunk = order(14, customer_id="c-0009")
    lost = replace(sale(5), progress=SaleProgress.CANCELLED, version=2)
    await live(store, truth, changed, shrunk, lost, customer(45))
    await build(made)
    assert await told(store) == truth.sums()


async def test_an_order_and_its_record_at_the_checkout_are_one_purchase(
    store: SqlStore, clock: HeldClock
) -> None:
    """Every order that spends points would be twice in the turnover."""
    truth, made = Truth(), builder(store, clock)
    online = sale(3, content={"number": " А-3", "is_online": True})
    await live(store, truth, online)
    await build(made)
    alone = await told(store)
    await live(store, truth, order(3))
    await build(made)
    assert await told(store) == truth.sums()
    assert sum(v for k, v in (await told(store)).items() if k[0] == "purchases") == 1
    await live(store, truth, order(3, status="cancelled"))
    await build(made)
    assert await told(store) == truth.sums() == alone


async def test_a_merge_brings_purchases_together(store: SqlStore, clock: HeldClock) -> None:
    """One person would be two buyers, and come back for ever for the first time."""
    truth, made = Truth(), builder(store, clock)
    rows = (
        customer(1), customer(2), order(1, customer_id="c-0001"), order(30, customer_id="c-0002"),
        sale(50, content={"member": {"phone": phone_of(2)}}),
    )  # fmt: skip
    await live(store, truth, *rows)
    await build(made)
    assert await told(store) == truth.sums()
    survivor = customer(1, version=2, **{f"phones/{phone_of(2)}": True})
    loser = replace(customer(2, version=2), deleted=True)
    await live(store, truth, survivor, loser, order(30, customer_id="c-0001"))
    await build(made)
    assert await told(store) == truth.sums()
    assert sum(v for k, v in (await told(store)).items() if k[0] == "first") == 1


async def test_returns_are_told_apart_from_sales(store: SqlStore, clock: HeldClock) -> None:
    """What came back would stay in the turnover, or go twice."""
    whole, part = sale(1), sale(2)
    lines = [{"id": "1", "quantity": "0.5"}]
    returns = (give_back(whole), give_back(part, lines=lines))
    await store.run(lambda tx: put(tx, [*returns, whole, part]))
    await build(builder(store, clock))
    facts = await store.read(lambda tx: tx.purchase_facts(of=[whole.id, part.id]))
    assert [(one.amount, one.earned, one.shop) for one in facts] == [
        (20100, -65000, SHOPS[1]), (10100, -65000, SHOPS[2]),
    ]  # fmt: skip


async def test_a_card_is_matched_since_somebody_carries_it(
    store: SqlStore, clock: HeldClock
) -> None:
    """The share of matched cards is what the matching was bought for."""
    made = builder(store, clock)
    number = "2000000000017"
    card = replace(order(1), id="k-1", kind=Kind.CARD, fields={"number": number, "state": "active"})
    drawer = replace(card, id="k-2", fields={"number": "2000000000018", "state": "issued"})
    await store.run(lambda tx: put(tx, [card, drawer]))
    await build(made)
    facts = await store.read(lambda tx: tx.card_facts(["k-1", "k-2"]))
    assert {key: one.matched_day for key, one in facts.items()} == {"k-1": None}
    await store.run(lambda tx: put(tx, [customer(9, **{f"cards/{number}": True})]))
    await build(made)
    facts = await store.read(lambda tx: tx.card_facts(["k-1"]))
    assert (str(facts["k-1"].matched_day), facts["k-1"].holder) == ("2026-01-10", "c-0009")
    await store.run(lambda tx: put(tx, [replace(customer(9, version=2), deleted=True)]))
    await build(made)
    assert (await store.read(lambda tx: tx.card_facts(["k-1"])))["k-1"].matched_day is None


async def test_a_nameless_holder_is_no_person(store: SqlStore, clock: HeldClock) -> None:
    """Cards that 1C issues to «Покупатель» would all be matched, since the day of their issue."""
    made = builder(store, clock)
    number = "2000000000017"
    said = {f"cards/{number}": True, "name/last": "Покупатель"}
    shell = replace(customer(9), fields=said)
    fields = {"number": number, "state": "active", "customer_id": shell.id}
    card = replace(order(1), id="k-1", kind=Kind.CARD, fields=fields)
    await store.run(lambda tx: put(tx, [card, shell]))
    await build(made)
    facts = await store.read(lambda tx: tx.card_facts(["k-1"]))
    assert (facts["k-1"].matched_day, facts["k-1"].holder) == (None, "")
    told = {"phones/+79161112233": ("shop", (START + timedelta(days=30)).isoformat())}
    known = replace(
        shell, version=2, fields={**said, "phones/+79161112233": True, "name/last": "Иванова"},
        origins={**shell.origins, **told, "name/last": told["phones/+79161112233"]},
    )  # fmt: skip
    await store.run(lambda tx: put(tx, [known]))
    await build(made)
    facts = await store.read(lambda tx: tx.card_facts(["k-1"]))
    assert (str(facts["k-1"].matched_day), facts["k-1"].holder) == ("2026-01-31", shell.id)


class Sleeper:
    """A store that lets something happen just before its process writes what it read."""

    def __init__(self, store: SqlStore, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._meanwhile = meanwhile
        self._writes = 0

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Write; before the second time, which follows the lease, something happens."""
        self._writes += 1
        if self._writes == 2:
            await self._meanwhile()
        return await self._store.run(work)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the store's own
        return getattr(self._store, name)


@pytest.mark.parametrize("is_gone", [False, True])
async def test_a_process_that_slept_through_its_lease_writes_nothing(
    store: SqlStore, clock: HeldClock, *, is_gone: bool
) -> None:
    """What was deleted meanwhile would be sold again, for ever."""
    truth = Truth()
    await live(store, truth, order(1, customer_id="c-0001"))

    async def meanwhile() -> None:
        clock.move(LEASE_S + 1)
        await live(store, truth, replace(order(1), deleted=True))
        awake = builder(store, clock, "awake")
        await build(awake)
        if is_gone:
            await awake.release()

    asleep = builder(cast("Store", Sleeper(store, meanwhile)), clock, "asleep")
    assert not await asleep.step()
    assert await told(store) == truth.sums()
    assert not await store.read(lambda tx: tx.purchase_facts(ids=["o-0001"]))


async def test_facts_are_made_anew_when_a_zone_changes(store: SqlStore, clock: HeldClock) -> None:
    """Receipts of the evening would stay in the wrong month, those of purged sales too."""
    row = sale(3, at=datetime(2026, 1, 31, 22, 30, tzinfo=UTC), shop=SHOPS[3])
    await store.run(lambda tx: put(tx, [row]))
    made = builder(store, clock)
    await build(made)
    assert {k[1].isoformat() for k in await told(store)} == {"2026-02-01"}
    old = later(86_400 * 999)
    assert await store.run(lambda tx: tx.purge_sales(before=old, limit=9)) == 1
    elsewhere = replace(made.reader, zones=Zones(ZoneInfo("UTC")))
    await build(replace(made, reader=elsewhere))
    assert {k[1].isoformat() for k in await told(store)} == {"2026-01-31"}


async def test_an_erased_customer_leaves_purchases_and_no_name(
    store: SqlStore, clock: HeldClock
) -> None:
    """A digest of a phone can be asked for by whoever has the key and the phone."""
    made, person = builder(store, clock), customer(1)
    row = sale(1, content={"member": {"phone": phone_of(1)}})
    await store.run(lambda tx: put(tx, [person, row, sale(2)]))
    await build(made)
    await store.run(lambda tx: tx.purge_sales(before=later(86_400 * 999), limit=9))
    names = DIGESTER.of_entity(Kind.CUSTOMER, person.fields)
    assert await store.run(lambda tx: forget(tx, person.id, names)) == 1
    await store.run(lambda tx: put(tx, [replace(person, fields={}, deleted=True)]))
    await made.restart()
    await build(made)
    (left,) = await store.read(lambda tx: tx.purchase_facts(ids=[row.id]))
    assert (left.buyer, left.named) == (person.id, "")
    assert sum(v for k, v in (await told(store)).items() if k[0] == "identified") == 1
