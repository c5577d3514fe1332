"""What is due and since when, what is deleted when it is old, and the backlog as metrics."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.bootstrap.foundation import Foundation
from gateway.canonical import Kind
from gateway.config import RetentionSection
from gateway.ops.due import AccountDue, Due
from gateway.ops.gauges import REFRESH_S, Gauges
from gateway.ops.retention import BATCH, Retention
from gateway.ports import (
    DeliveryRow,
    DeliveryState,
    Grain,
    JournalRow,
    SaleProgress,
    SaleRow,
    TallyRow,
)
from gateway.telemetry.vocabulary import EVENTS
from tests.gateway.contract.fakes import FakeClock
from tests.gateway.ops.house import CUSTOMER, House, eventually, hint
from tests.store.rows import sale


def due_of(foundation: Foundation) -> Due:
    """Return the service."""
    return Due(foundation.store, foundation.accounts, foundation.clock)


async def test_a_vendor_that_is_away_shows_what_waits_and_why(house: House) -> None:
    """An operator could not tell a quiet day from an outage."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        store = gateway.foundation.store

        async def was_read() -> bool:
            return await store.read(lambda tx: tx.checkpoint("crm", "customer:end")) is not None

        await eventually(was_read, bool)
        house.vendor("crm").change(mood="away")
        await hint(gateway, "customer", "7")

        async def crm() -> AccountDue:
            return (await due_of(gateway.foundation).show(account="crm"))[0]

        found = await eventually(
            crm, lambda one: one.backlogs and one.backlogs[0].state == "retry" and one.rests
        )
    assert (found.backlogs[0].count, found.backlogs[0].cause) == (1, "the vendor does not answer")
    assert found.rests == "circuit open: the vendor does not answer"


async def test_a_parked_account_says_so(house: House) -> None:
    """A refused key stops an account; a silent stop would be found by its customers."""
    house.vendor("crm").change(mood="refuses")
    async with house.gateway() as gateway:

        async def rests() -> str:
            return (await due_of(gateway.foundation).show(account="crm"))[0].rests

        assert await eventually(rests, bool) == "parked: the vendor refuses the token"


async def test_all_accounts_are_listed_even_without_backlog(house: House) -> None:
    """An account that is missing in the list looks forgotten."""
    async with house.foundation() as foundation:
        found = await due_of(foundation).show()
    assert [(one.account, one.backlogs, one.inbox) for one in found] == [
        ("crm", (), 0), ("shop", (), 0),
    ]  # fmt: skip


def row(entity_id: str, account: str, due_at: datetime) -> DeliveryRow:
    """Return a delivery that is due."""
    return DeliveryRow(entity_id, Kind.CUSTOMER, account, DeliveryState.DUE, due_at)


async def test_gauges_follow_the_store_and_fall_back_to_zero(house: House) -> None:
    """A gauge that keeps its last value after the backlog is gone wakes people at night."""
    async with house.foundation() as foundation:
        store, clock = foundation.store, FakeClock()
        gauges = Gauges(
            store, foundation.metrics, accounts=foundation.accounts, clock=clock,
            log=foundation.log,
        )  # fmt: skip
        due_at = clock.now() - timedelta(seconds=90)
        await store.run(lambda tx: tx.mark_due([row("c-1", "crm", due_at)]))
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
        assert 'gateway_due{account="crm",state="due"} 1.0' in text
        assert 'gateway_oldest_due_seconds{account="crm"} 90.0' in text
        await store.run(
            lambda tx: tx.set_delivery("c-1", "crm", DeliveryState.DONE, due_at=clock.now())
        )
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
        assert 'gateway_due{account="crm",state="due"} 1.0' in text, "read again too early"
        clock.seconds += REFRESH_S
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
    assert 'gateway_due{account="crm",state="due"} 0.0' in text
    assert 'gateway_oldest_due_seconds{account="crm"} 0.0' in text


async def test_old_rows_go_in_batches_and_young_ones_stay(house: House) -> None:
    """The database would grow for ever, or lose the story of last week."""
    async with house.foundation() as foundation:
        store, now = foundation.store, foundation.clock.now()

        def sentence(age_days: int) -> JournalRow:
            at = now - timedelta(days=age_days)
            return JournalRow(at, "c-1", Kind.CUSTOMER, "shop", "received", "unchanged", "x")

        await store.run(
            lambda tx: tx.write_journal([sentence(40) for _ in range(BATCH + 7)] + [sentence(5)])
        )
        retention = Retention(
            store, RetentionSection(journal_days=30), clock=foundation.clock, holder="me"
        )
        assert await retention.purge_when_due() == {"journal": BATCH + 7}
        assert len(await store.read(lambda tx: tx.story("c-1", limit=1000))) == 1
        other = Retention(
            store, RetentionSection(journal_days=1), clock=foundation.clock, holder="another"
        )
        assert await other.purge_when_due() == {}, "two processes purge within one period"


async def test_figures_go_by_minutes_and_by_hours(house: House) -> None:
    """The charts would fill the disk, or lose last week."""
    async with house.foundation() as foundation:
        store, now = foundation.store, foundation.clock.now()

        def figure(grain: Grain, age_days: int) -> TallyRow:
            at = (now - timedelta(days=age_days)).replace(minute=0, second=0, microsecond=0)
            return TallyRow(at, grain, "crm", "told", 1)

        ages = {Grain.MINUTE: (2, 4), Grain.HOUR: (4, 399, 402)}
        rows = [figure(grain, age) for grain, days in ages.items() for age in days]
        await store.run(lambda tx: tx.add_tally(rows))
        retention = Retention(store, RetentionSection(), clock=foundation.clock, holder="me")
        assert await retention.purge() == {"tally": 2}


async def test_finished_sales_go_by_their_own_days(house: House) -> None:
    """Goods that come back after a year would find no sale, or the table would grow for ever."""
    async with house.foundation() as foundation:
        store, now = foundation.store, foundation.clock.now()

        def ended(key: str, age_days: int) -> SaleRow:
            at = now - timedelta(days=age_days)
            progress = SaleProgress.COMMITTED
            return sale(key, progress=progress, at=at, changed_at=at, due_at=None)

        await store.run(lambda tx: tx.put_sales([ended("old", 401), ended("young", 399)]))
        retention = Retention(store, RetentionSection(), clock=foundation.clock, holder="me")
        assert await retention.purge() == {"sale": 1}
        ids = ["till-1:old", "till-1:young"]
        assert list(await store.read(lambda tx: tx.sales(ids))) == ["till-1:young"]


async def test_what_was_deleted_is_told_under_known_names(house: House) -> None:
    """The log's vocabulary could not be checked: these keys are made when they are logged."""
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        counts = await foundation.store.run(
            lambda tx: tx.purge(inbox_before=now, journal_before=now, letters_before=now, limit=1)
        )
    assert {*counts, "sale"} <= EVENTS["retention.purged"].keys
