"""Gauges: where things stand is seen from outside, whatever connectors and vendors make up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from gateway.canonical import Kind
from gateway.ops.gauges import REFRESH_S, Facts, Gauges
from gateway.ops.health import Finding, HealthReport
from gateway.ops.scrape import scraped
from gateway.ports import AccountState, DeadLetter, InboxRow, Tx
from gateway.telemetry.state_metrics import MOST_CAUSES
from tests.gateway.contract.fakes import FakeClock
from tests.gateway.ops.house import House

PHONE = "79161234567"
SAMPLES = (
    'gateway_inbox{account="shop",state="new"} 1.0',
    'gateway_oldest_inbox_seconds{account="shop"} 30.0',
    'gateway_oldest_inbox_seconds{account="crm"} 0.0',
    'gateway_account_parked{account="crm"} 1.0',
    'gateway_circuit_open{account="crm"} 1.0',
    'gateway_circuit_open{account="shop"} 0.0',
    'gateway_dead_letters{account="crm",cause="BAD_NAME"} 1.0',
    'gateway_bus_connected{link="events"} 0.0',
    'gateway_build_info{role="serve",version="1.2"} 1.0',
    "gateway_events_outbox 0.0",
)


def letter(number: int, code: str, clock: FakeClock) -> DeadLetter:
    """Return an open letter of a cause."""
    now = clock.now()
    return DeadLetter(
        f"l-{number}", "delivery", f"s-{number}", Kind.ORDER, "crm", "open", code, "cause",
        "remedy", 1, 1, now, now, "c",
    )  # fmt: skip


async def test_all_that_waits_is_shown(house: House) -> None:
    """What is not shown is not seen before customers call."""
    async with house.foundation() as foundation:
        store, clock = foundation.store, FakeClock()
        facts = Facts(
            role="serve", version="1.2", links={"wakes": lambda: True, "events": lambda: False},
        )  # fmt: skip
        gauges = Gauges(
            store, foundation.metrics, accounts=foundation.accounts, clock=clock,
            log=foundation.log, facts=facts,
        )  # fmt: skip
        early = clock.now() - timedelta(seconds=30)
        row = InboxRow("i-1", "shop", Kind.ORDER, "17", "t-1", "changed", early, "c-1")
        states = [
            AccountState("crm", parked=True), AccountState("shop", open_until=clock.now()),
        ]  # fmt: skip
        await store.run(lambda tx: tx.receive([row]))
        for state in states:
            await store.run(partial(_put, state))
        await store.run(
            lambda tx: tx.move_checkpoint("shop", "order", old=None, new="p", now=early)
        )
        await store.run(lambda tx: tx.put_dead([letter(1, "BAD_NAME", clock)]))
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
    assert [sample for sample in SAMPLES if sample not in text] == []
    moved = 'gateway_feed_moved_timestamp_seconds{account="shop",feed="order"} '
    line = next(line for line in text.splitlines() if line.startswith(moved))
    assert float(line.removeprefix(moved)) == early.timestamp()
    assert "process_resident_memory_bytes" in text
    assert "gateway_store_commit_seconds_count 5.0" in text


async def test_causes_cannot_grow_without_end_nor_tell_of_people(house: House) -> None:
    """A vendor that puts ids or phones into its codes would fill the metrics with them."""
    async with house.foundation() as foundation:
        store, clock = foundation.store, FakeClock()
        gauges = Gauges(
            store, foundation.metrics, accounts=foundation.accounts, clock=clock,
            log=foundation.log,
        )  # fmt: skip
        codes = [f"E{number}" for number in range(2 * MOST_CAUSES)]
        codes += [PHONE, f"bad phone {PHONE}", "Ошибка", "x" * 500, "", "E0"]
        letters = [letter(n, code, clock) for n, code in enumerate(codes)]
        await store.run(lambda tx: tx.put_dead(letters))
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
        assert text.count("gateway_dead_letters{") == MOST_CAUSES + 1
        assert 'cause="E0"} 2.0' in text, "the most frequent is among the named"
        assert f'cause="other"}} {MOST_CAUSES + 5}.0' in text
        assert PHONE not in text
        await store.run(
            lambda tx: [tx.close_dead("delivery", f"s-{n}", "crm", state="dropped")
                        for n in range(len(codes))]
        )  # fmt: skip
        clock.seconds += REFRESH_S
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
    assert text.count("gateway_dead_letters{") == MOST_CAUSES + 1
    assert 'cause="other"} 0.0' in text


async def test_a_worker_leaves_the_counting_to_others(house: House) -> None:
    """A dozen workers would ask the database the same a dozen times."""
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        row = InboxRow("i-1", "shop", Kind.ORDER, "17", "t-1", "changed", now, "c-1")
        await foundation.store.run(lambda tx: tx.receive([row]))
        gauges = Gauges(
            foundation.store, foundation.metrics, accounts=foundation.accounts,
            clock=FakeClock(), log=foundation.log, facts=replace(Facts(), counts=False),
        )  # fmt: skip
        await gauges.refresh()
        text = foundation.metrics.exposition().decode()
    assert "gateway_inbox{" not in text
    assert 'gateway_circuit_open{account="shop"} 0.0' in text


def _put(state: AccountState, tx: Tx) -> None:
    tx.put_account_state(state)


class StuckHealth:
    """Probes that find the store silent."""

    async def ready(self) -> HealthReport:
        """Say so."""
        return HealthReport({"store": Finding(ok=False, text="no answer"), "bus": Finding(ok=True)})


async def test_a_silent_store_does_not_silence_the_metrics(house: House) -> None:
    """Just when the database hangs everybody looks at the metrics."""
    async with house.foundation() as foundation:
        gauges = Gauges(
            foundation.store, foundation.metrics, accounts=foundation.accounts,
            clock=FakeClock(), log=foundation.log,
        )  # fmt: skip
        commits = foundation.metrics.exposition().decode().count("gateway_due{")
        text = (await scraped(StuckHealth(), gauges, foundation.metrics)).decode()
    assert commits == text.count("gateway_due{") == 0
    assert 'gateway_ready{part="store"} 0.0' in text
    assert 'gateway_ready{part="bus"} 1.0' in text
