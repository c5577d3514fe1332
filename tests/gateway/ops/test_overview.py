"""The overview: in order or not, red things first, each with where to look."""

from __future__ import annotations

from datetime import timedelta

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.canonical import Kind
from gateway.contract import RateLimit
from gateway.ops.figures import Figures, Span
from gateway.ops.overview import LAG_S, Finding, Overview, Running, Wrong
from gateway.ops.standing import Stand
from gateway.ops.tally import FAILED, RECEIVED, TOLD, Tally, minute_of
from gateway.ops.usage import Usage
from gateway.ports import (
    AccountState,
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    Grain,
    InboxRow,
    JournalRow,
    Pause,
    TallyRow,
)
from tests.gateway.contract.fakes import FakeLog
from tests.gateway.ops.house import House
from tests.store.rows import in_order


def overview(foundation: Foundation) -> Overview:
    """Return the service."""
    return Overview(foundation.store, foundation.accounts, foundation.clock)


async def test_a_gateway_without_troubles_is_in_order(house: House) -> None:
    """An operator would look for what is wrong where nothing is."""
    async with house.foundation() as foundation:
        view = await overview(foundation).show()
    assert (view.findings, view.is_red) == ((), False)
    assert [one.name for one in view.accounts] == ["crm", "shop"]
    assert {one.standing.stand for one in view.accounts} == {Stand.WORKS}


def letter(key: str, account: str, code: str, foundation: Foundation) -> DeadLetter:
    """Return an open letter of now."""
    now = foundation.clock.now()
    return DeadLetter(
        key,
        "delivery",
        key,
        Kind.CUSTOMER,
        account,
        "open",
        code,
        "цена",
        "fix",
        1,
        1,
        now,
        now,
        "",
    )


async def test_what_is_wrong_comes_with_its_cause_and_red_before_yellow(house: House) -> None:
    """The one thing that stops the shop would stand below a hundred that do not."""
    async with house.foundation() as foundation:
        store, now = foundation.store, foundation.clock.now()
        old = now - timedelta(seconds=2 * LAG_S)
        late = DeliveryRow("c-1", Kind.CUSTOMER, "crm", DeliveryState.DUE, old)
        hint = InboxRow("i-1", "crm", Kind.ORDER, "7", "t", "changed", old, "x")
        stray = DeliveryRow("c-1", Kind.CUSTOMER, "gone", DeliveryState.DUE, now)
        letters = [letter(f"l-{n}", "crm", "BAD_NAME", foundation) for n in range(3)]
        parked = AccountState("crm", parked=True, reason="the key is wrong", since=old)
        await store.run(
            in_order(
                lambda tx: tx.put_pause("shop", Pause(now, "anna", "переезд")),
                lambda tx: tx.mark_due([late, stray]),
                lambda tx: tx.receive([hint]),
                lambda tx: tx.put_dead(letters),
                lambda tx: tx.put_account_state(parked),
            )
        )  # fmt: skip
        view = await overview(foundation).show()
    found = [(one.red, one.wrong, one.account, one.count) for one in view.findings]
    assert found == [
        (True, Wrong.PARKED, "crm", 0),
        (True, Wrong.NOT_CONFIGURED, "gone", 0),
        (True, Wrong.LETTERS, "crm", 3),
        (True, Wrong.LATE, "crm", 1),
        (True, Wrong.INBOX_LATE, "crm", 1),
        (False, Wrong.PAUSED, "shop", 0),
    ]
    letters_found = view.findings[2]
    assert letters_found.cause == "BAD_NAME"
    crm = view.accounts[0]
    assert (crm.letters, crm.inbox, crm.counts) == (3, 1, {"due": 1})
    assert crm.lag_s >= 2 * LAG_S
    assert crm.last_error is not None
    assert (crm.last_error.cause_code, crm.last_error.is_letter) == ("BAD_NAME", True)
    assert view.is_red


async def test_what_a_paused_account_waits_for_is_not_late(house: House) -> None:
    """A pause of an hour would turn everything red, and hide what is wrong."""
    async with house.foundation() as foundation:
        store, now = foundation.store, foundation.clock.now()
        old = now - timedelta(seconds=2 * LAG_S)
        row = DeliveryRow("c-1", Kind.CUSTOMER, "crm", DeliveryState.DUE, old)
        await store.run(
            in_order(
                lambda tx: tx.put_pause("crm", Pause(now, "anna")),
                lambda tx: tx.mark_due([row]),
            )
        )
        view = await overview(foundation).show()
    assert [one.wrong for one in view.findings] == [Wrong.PAUSED]
    assert not view.is_red


async def test_a_circuit_whose_time_is_over_is_no_trouble(house: House) -> None:
    """An account that works would be red until its next failure."""
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        states = {
            "crm": AccountState("crm", reason="away", since=now, open_until=now),
            "shop": AccountState(
                "shop", reason="away", since=now, open_until=now + timedelta(hours=1)
            ),
        }
        await foundation.store.run(
            in_order(
                lambda tx: tx.put_account_state(states["crm"]),
                lambda tx: tx.put_account_state(states["shop"]),
            )
        )
        view = await overview(foundation).show()
    assert [(one.wrong, one.account) for one in view.findings] == [(Wrong.CIRCUIT_OPEN, "shop")]


async def test_running_alerts_stand_on_the_overview(house: House) -> None:
    """An alert that was mailed would be nowhere on the page that everybody looks at."""
    async with house.foundation() as foundation:
        since = foundation.clock.now() - timedelta(minutes=5)

        async def alerts() -> list[Running]:
            return [Running("lag", "crm", "the oldest waits 7 min", since)]

        service = Overview(foundation.store, foundation.accounts, foundation.clock, alerts=alerts)
        [found] = (await service.show()).findings
    assert (found.wrong, found.account, found.cause) == (
        Wrong.ALERT, "crm", "the oldest waits 7 min",
    )  # fmt: skip
    assert found.oldest_s >= 300


async def test_the_share_of_the_limit_counts_full_minutes_of_all_processes(house: House) -> None:
    """Half a minute would look like half the load, or two processes like one."""
    crm = '[accounts.crm]\nconnector = "fake"\n'
    house.edit_config(crm, f"{crm}rate = {{ calls = 2 }}\n")
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        minute = minute_of(now)

        def calls(back: int, count: int) -> TallyRow:
            at = minute - timedelta(minutes=back)
            return TallyRow(at, Grain.MINUTE, "crm", "calls", count)

        rows = [calls(0, 999), calls(1, 60), calls(1, 59), calls(30, 61), calls(61, 999)]
        await foundation.store.run(lambda tx: tx.add_tally(rows))
        view = await overview(foundation).show()
        spent = view.accounts[0].spending
    assert (spent.calls_minute, spent.calls_hour) == (119, 180)
    assert (spent.share_minute, spent.share_hour) == (0.9917, 0.025)
    assert [one.wrong for one in view.findings] == [Wrong.AT_LIMIT]


async def test_calls_are_written_down_and_none_twice(house: House) -> None:
    """Each round would add what was added before."""
    async with house.foundation() as foundation:
        budget = foundation.accounts["crm"].budget
        assert budget is not None
        usage = Usage(
            foundation.store, foundation.accounts, foundation.clock, FakeLog(), foundation.metrics
        )
        for calls in (3, 4):
            await budget.acquire(calls)
            await usage.write()
        await usage.write()
        now = foundation.clock.now()
        rows = await foundation.store.read(
            lambda tx: tx.tally(
                grain=Grain.MINUTE, since=now - timedelta(minutes=5),
                until=now + timedelta(minutes=5), whats=("calls",),
            )
        )  # fmt: skip
        text = foundation.metrics.exposition().decode()
    assert sum(row.count for row in rows) == 7
    assert 'gateway_budget_used_total{account="crm"} 7.0' in text


async def test_the_pace_of_an_operator_is_shown_as_slowed(house: House) -> None:
    """A slow account would look broken."""
    async with house.foundation() as foundation:
        desk = build_backstage(foundation).account_desk
        await desk.slow("crm", calls=1, seconds=2, who="anna")
        await foundation.parking.refresh(foundation.accounts)
        budget = foundation.accounts["crm"].budget
        assert budget is not None
        assert budget.slowed == RateLimit(1, 2)
        [found] = (await overview(foundation).show()).findings
    assert found == Finding(Wrong.SLOWED, "crm", cause="anna")


async def test_charts_know_what_is_counted_and_what_is_not_yet(house: House) -> None:
    """A minute that is not counted yet would look like an outage."""
    async with house.foundation() as foundation:
        store, clock = foundation.store, foundation.clock
        figures = Figures(store, clock)
        empty = await figures.show(Span.HOUR)
        assert set(empty.of(TOLD)) == {None}
        at = minute_of(clock.now()) - timedelta(minutes=10)
        rows = [
            JournalRow(at, "c-1", Kind.CUSTOMER, account, event, outcome, "")
            for account in ("crm", "shop")
            for event, outcome in (("delivered", "sent"), ("received", "merged"))
        ]
        await store.run(lambda tx: tx.write_journal(rows))
        await Tally(store, foundation.config.retention, clock, FakeLog(), "me").count()
        all_of_it = await figures.show(Span.HOUR)
        crm = await figures.show(Span.DAY, account="crm")
    where = all_of_it.times.index(at)
    assert all_of_it.of(TOLD)[where] == all_of_it.of(RECEIVED)[where] == 2
    assert all_of_it.of(FAILED)[where] == 0
    assert (all_of_it.grain_s, len(all_of_it.times)) == (60, 60)
    assert (crm.grain_s, len(crm.times)) == (3600, 24)
    assert sum(value or 0 for value in crm.of(TOLD)) == 1


async def test_one_reading_serves_all_who_look(house: House) -> None:
    """Twenty open consoles would read the counts twenty times every few seconds."""
    async with house.foundation() as foundation:
        service = overview(foundation)
        assert await service.show() is await service.show()
        assert await service.show() is not await overview(foundation).show()
