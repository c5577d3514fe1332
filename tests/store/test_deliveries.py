"""Outbox: one row per entity and account, and every transition of its life."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.canonical import Kind
from gateway.ports import DeliveryRow, DeliveryState, Settlement
from gateway.store import SqlStore
from tests.store.rows import NOON, HeldClock, due, later, settled

S = DeliveryState


async def _row(store: SqlStore, entity_id: str = "c1") -> DeliveryRow:
    rows = (await store.read(lambda tx: tx.deliveries_of([entity_id])))[entity_id]
    assert len(rows) == 1
    return rows[0]


async def _claim(store: SqlStore, *ids: str, at: float = 0, holder: str = "w") -> list[DeliveryRow]:
    found = await store.run(
        lambda tx: tx.claim("loyalty", ids, now=later(at), holder=holder, until=later(at + 30))
    )
    return list(found)


async def _put(store: SqlStore, state: DeliveryState, **changes: object) -> None:
    """Bring c1 into a state by way of the port."""
    await store.run(lambda tx: tx.mark_due([due("c1")]))
    await _claim(store, "c1")
    if state is not S.SENDING:
        row = replace(settled("c1", state), **changes)  # type: ignore[arg-type]
        assert list(await store.run(lambda tx: tx.settle([row], holder="w"))) == ["c1"]


async def test_a_claimed_row_comes_back_as_it_was(store: SqlStore) -> None:
    """The deliverer would not see what the row was before, or see foreign rows."""
    await store.run(lambda tx: tx.mark_due([due("c2"), due("c1"), due("c1", "crm")]))
    assert await _claim(store, "c1", "c2", "c3") == [due("c1"), due("c2")]
    assert (await store.read(lambda tx: tx.deliveries_of(["c2"])))["c2"][0].state is S.SENDING
    assert await _claim(store, "c1", "c2") == []


async def test_a_row_is_not_claimed_before_its_time(store: SqlStore) -> None:
    """A pause that a vendor asked for would not be kept."""
    await store.run(lambda tx: tx.mark_due([due("c1", due_at=later(10))]))
    assert await _claim(store, "c1", at=9) == []
    assert len(await _claim(store, "c1", at=10)) == 1


@pytest.mark.parametrize("state", [S.RETRY, S.WAITING])
async def test_a_waiting_row_is_claimed_when_its_time_came(
    store: SqlStore, state: DeliveryState
) -> None:
    """A retry would never be sent."""
    await _put(store, state, due_at=later(60), attempts=2, unknown=True, cause="нет связи")
    assert await _claim(store, "c1", at=59) == []
    (row,) = await _claim(store, "c1", at=60)
    assert (row.state, row.attempts, row.unknown, row.cause) == (state, 2, True, "нет связи")


@pytest.mark.parametrize("state", [S.HELD, S.DEAD, S.DONE])
async def test_a_resting_row_is_not_claimed(store: SqlStore, state: DeliveryState) -> None:
    """What a human holds back would be sent anyway."""
    await _put(store, state)
    assert await _claim(store, "c1", at=999) == []


async def test_a_lost_lease_comes_back_unknown(store: SqlStore) -> None:
    """A sending that may have had its effect would be repeated blindly after a crash."""
    await _put(store, S.SENDING)
    assert await _claim(store, "c1", at=29, holder="v") == []
    (row,) = await _claim(store, "c1", at=30, holder="v")
    assert (row.unknown, row.state) == (True, S.SENDING)
    assert list(await store.run(lambda tx: tx.settle([settled("c1")], holder="w"))) == []
    assert (await _row(store)).state is S.SENDING
    assert list(await store.run(lambda tx: tx.settle([settled("c1")], holder="v"))) == ["c1"]
    assert (await _row(store)).unknown is False


@pytest.mark.parametrize("state", [S.DONE, S.DEAD])
async def test_what_ended_becomes_due_anew(store: SqlStore, state: DeliveryState) -> None:
    """A change after a delivery would never be told."""
    await _put(store, state, attempts=4, cause="x", cause_code="y", first_failed_at=NOON)
    await store.run(lambda tx: tx.mark_due([due("c1", due_at=later(5), correlation_id="c-2")]))
    row = await _row(store)
    # What failed goes on failing until it arrives: only then its letter is closed.
    since = NOON if state is S.DEAD else None
    anew = due("c1", due_at=later(5), correlation_id="c-2", first_failed_at=since)
    assert row == anew


@pytest.mark.parametrize("starts", [False, True])
@pytest.mark.parametrize("waits_for", ["c1", "c2"])
async def test_what_is_held_for_its_own_change_becomes_due_by_it(
    store: SqlStore, waits_for: str, *, starts: bool
) -> None:
    """Who waits for his e-mail waits for ever, or a change frees what a human holds."""
    await _put(store, S.HELD, waits_for=waits_for, cause="x", first_failed_at=NOON)
    if starts:
        await store.run(lambda tx: tx.start([due("c1")], holder="w", until=later(30)))
    else:
        await store.run(lambda tx: tx.mark_due([due("c1")]))
    row = await _row(store)
    freed = (S.SENDING if starts else S.DUE, None, "", NOON)
    kept = (S.HELD, waits_for, "x", NOON)
    expected = freed if waits_for == "c1" else kept
    assert (row.state, row.waits_for, row.cause, row.first_failed_at) == expected


@pytest.mark.parametrize("state", [S.RETRY, S.WAITING, S.HELD])
async def test_what_rests_keeps_state_and_time(store: SqlStore, state: DeliveryState) -> None:
    """Every change would hurry a retry, or free what a human holds."""
    await _put(store, state, due_at=later(60), attempts=3, cause="x")
    await store.run(lambda tx: tx.mark_due([due("c1", due_at=later(1))]))
    row = await _row(store)
    assert (row.state, row.due_at, row.attempts, row.cause) == (state, later(60), 3, "x")


@pytest.mark.parametrize("end", [S.DONE, S.DEAD])
async def test_a_change_while_sending_is_sent_afterwards(
    store: SqlStore, clock: HeldClock, end: DeliveryState
) -> None:
    """The change that came between reading and settling would be lost."""
    await _put(store, S.SENDING)
    await store.run(lambda tx: tx.mark_due([due("c1")]))
    assert (await _row(store)).again
    clock.move(7)
    await store.run(lambda tx: tx.settle([settled("c1", end, sent_version=5)], holder="w"))
    row = await _row(store)
    assert (row.state, row.due_at, row.attempts, row.again) == (S.DUE, later(7), 0, False)
    assert row.sent_version == 5


async def test_a_retry_with_a_newer_change_waits_its_time(store: SqlStore) -> None:
    """A vendor that is down would be called once per change."""
    await _put(store, S.SENDING)
    await store.run(lambda tx: tx.mark_due([due("c1")]))
    retry = settled("c1", S.RETRY, due_at=later(60))
    await store.run(lambda tx: tx.settle([retry], holder="w"))
    row = await _row(store)
    assert (row.state, row.due_at, row.again) == (S.RETRY, later(60), False)


async def test_a_settlement_is_stored_whole(store: SqlStore) -> None:
    """A human would not see why a delivery rests."""
    await store.run(lambda tx: tx.mark_due([due("c1"), due("c2")]))
    await _claim(store, "c1", "c2")
    end = Settlement(
        entity_id="c1",
        account="loyalty",
        state=S.WAITING,
        due_at=later(3600),
        attempts=3,
        unknown=True,
        waits_for="o9",
        cause_code="missing",
        cause="клиента ещё нет",
        remedy="подождите",
        first_failed_at=later(1),
        sent_version=4,
    )
    ended = await store.run(
        lambda tx: tx.settle([settled("c2", sent_version=2), end, settled("zz")], holder="w")
    )
    assert sorted(ended) == ["c1", "c2"]
    row = await _row(store)
    assert all(getattr(row, name) == getattr(end, name) for name in Settlement.__slots__)


async def test_a_failed_attempt_does_not_forget_the_version_sent(store: SqlStore) -> None:
    """A replay could not tell that a newer version was already sent."""
    await _put(store, S.DONE, sent_version=6)
    await store.run(lambda tx: tx.mark_due([due("c1")]))
    await _claim(store, "c1")
    await store.run(lambda tx: tx.settle([settled("c1", S.RETRY)], holder="w"))
    assert (await _row(store)).sent_version == 6


async def test_waiting_rows_are_woken_by_their_entity(store: SqlStore) -> None:
    """An order would stay behind although its customer was created."""
    await _put(store, S.WAITING, waits_for="c9", due_at=later(3600))
    assert not await store.run(lambda tx: tx.wake_waiting("crm", ["c9"], now=later(1)))
    assert not await store.run(lambda tx: tx.wake_waiting("loyalty", ["c8"], now=later(1)))
    woken = await store.run(lambda tx: tx.wake_waiting("loyalty", ["c8", "c9"], now=later(1)))
    assert list(woken) == [("c1", Kind.CUSTOMER)]
    row = await _row(store)
    assert (row.state, row.due_at, row.waits_for) == (S.DUE, later(1), None)


async def test_the_relay_finds_the_silent_and_the_lost(store: SqlStore) -> None:
    """A delivery whose wake-up was lost would never be sent."""
    await store.run(lambda tx: tx.mark_due([due("lost")]))
    await _claim(store, "lost")
    rows = [due("young", due_at=later(35)), due("old", due_at=later(20)), due("older")]
    await store.run(lambda tx: tx.mark_due(rows))

    async def found(limit: int, now: float) -> list[str]:
        due_rows = await store.read(
            lambda tx: tx.due_deliveries(now=later(now), silent_since=later(30), limit=limit)
        )
        return [row.entity_id for row in due_rows]

    assert await found(9, 29) == ["older", "old"]
    assert await found(9, 40) == ["older", "old", "lost"]
    assert await found(1, 40) == ["older"]


async def test_people_list_and_count(store: SqlStore) -> None:
    """The console would show wrong numbers."""
    await store.run(
        lambda tx: tx.mark_due([due("c1", due_at=later(5)), due("c2"), due("c2", "crm")])
    )
    await _claim(store, "c2", at=1)
    listed = await store.read(
        lambda tx: tx.list_deliveries(states=[S.DUE, S.SENDING], account=None, limit=9)
    )
    assert [(row.entity_id, row.account) for row in listed] == [
        ("c2", "crm"),
        ("c2", "loyalty"),
        ("c1", "loyalty"),
    ]
    own = await store.read(lambda tx: tx.list_deliveries(states=[S.DUE], account="crm", limit=9))
    assert len(own) == 1
    assert await store.read(lambda tx: tx.count_deliveries()) == {
        ("loyalty", "due"): 1,
        ("loyalty", "sending"): 1,
        ("crm", "due"): 1,
    }


async def test_an_operator_sets_what_is_not_being_sent(store: SqlStore) -> None:
    """A hand would pull a row from under its sender, or not reach a dead one."""
    await _put(store, S.DEAD, attempts=9)
    hurried = await store.run(lambda tx: tx.set_delivery("c1", "loyalty", S.DUE, due_at=later(2)))
    row = await _row(store)
    assert (hurried, row.state, row.due_at, row.attempts) == (True, S.DUE, later(2), 0)
    await _claim(store, "c1", at=2)
    assert not await store.run(lambda tx: tx.set_delivery("c1", "loyalty", S.HELD, due_at=NOON))
    assert not await store.run(lambda tx: tx.set_delivery("no", "loyalty", S.HELD, due_at=NOON))


async def test_what_is_started_is_its_holders_and_nobody_elses(store: SqlStore) -> None:
    """Two processes would send one change, or the one that merged it would have to ask again."""
    await store.run(lambda tx: tx.mark_due([due("c1"), due("c3")]))
    await _claim(store, "c1", holder="other")
    started = await store.run(
        lambda tx: tx.start([due(key) for key in ("c1", "c2", "c3")], holder="w", until=later(30))
    )
    assert [(row.entity_id, row.state) for row in started] == [("c2", S.SENDING), ("c3", S.SENDING)]
    assert (await _row(store)).again
    assert await _claim(store, "c1", "c2", "c3", holder="third") == []
    ended = await store.run(lambda tx: tx.settle([settled("c2"), settled("c3")], holder="w"))
    assert dict(ended) == {"c2": S.DONE, "c3": S.DONE}


async def _delay(store: SqlStore, key: str, cause: str, *, until: datetime) -> None:
    await store.run(lambda tx: tx.mark_due([due(key), due(key, "crm")]))
    await _claim(store, key)
    end = settled(key, S.RETRY, due_at=until, cause_code=cause)
    await store.run(lambda tx: tx.settle([end], holder="w"))


async def test_what_waits_for_a_first_reading_is_hastened(store: SqlStore) -> None:
    """A creation would rest for seconds after the reading that it waited for."""
    await store.run(lambda tx: tx.mark_due([due("c1")]))
    await _claim(store, "c1")
    end = settled("c1", S.WAITING, due_at=later(600), cause_code="first_reading")
    await store.run(lambda tx: tx.settle([end], holder="w"))
    hasten = ["first_reading"]
    assert await store.run(lambda tx: tx.hasten("loyalty", causes=hasten, now=later(5))) == 1
    assert (await _row(store)).due_at == later(5)


async def test_only_what_a_vendors_absence_delayed_is_hastened(store: SqlStore) -> None:
    """A vendor that asked for time would be called before it, or another account's rest broken."""
    far = later(600)
    for key, cause in (("c1", "Unavailable"), ("c2", "RateLimited"), ("c3", "OutcomeUnknown")):
        await _delay(store, key, cause, until=far)
    await store.run(lambda tx: tx.mark_due([due("c4", due_at=far)]))
    causes = ["Unavailable", "OutcomeUnknown"]
    assert await store.run(lambda tx: tx.hasten("loyalty", causes=causes, now=later(5))) == 2
    found = await store.read(lambda tx: tx.deliveries_of(["c1", "c2", "c3", "c4"]))
    due_at = {row.entity_id: row.due_at for rows in found.values() for row in rows
              if row.account == "loyalty"}  # fmt: skip
    assert due_at == {"c1": later(5), "c2": far, "c3": later(5), "c4": far}
