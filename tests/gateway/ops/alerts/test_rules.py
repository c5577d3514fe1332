"""Each rule begins once and ends once, by what really stands in the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from gateway.canonical import Kind
from gateway.contract import ProbeReport, Services
from gateway.ops.alerts.facts import Looker
from gateway.ops.alerts.readings import Reading
from gateway.ports import (
    INCOMPLETE,
    AccountState,
    DeadLetter,
    DeliveryRow,
    DeliveryState,
    InboxRow,
    JournalRow,
    Tx,
)
from gateway.telemetry import build_log
from tests.gateway.ops.alerts.bench import Bench, Postman, Vendor, account
from tests.gateway.ops.alerts.conftest import MakeBench

Turn = Callable[[Bench], Awaitable[None]]


def _delivery(state: DeliveryState, at: datetime) -> DeliveryRow:
    return DeliveryRow("c-1", Kind.CUSTOMER, "crm", state, at)


async def _late(bench: Bench) -> None:
    row = _delivery(DeliveryState.DUE, bench.clock.now() - timedelta(minutes=31))
    await bench.store.run(lambda tx: tx.mark_due([row]))


async def _unread(bench: Bench) -> None:
    old = bench.clock.now() - timedelta(minutes=31)
    row = InboxRow("i1", "crm", Kind.ORDER, "7", "t", "changed", old, "")
    await bench.store.run(lambda tx: tx.receive([row]))


async def _read(bench: Bench) -> None:
    now = bench.clock.now()

    def work(tx: Tx) -> None:
        tx.take_inbox(["i1"], holder="h", until=now + timedelta(hours=9))

    await bench.store.run(work)


def _set(state: DeliveryState) -> Turn:
    async def turn(bench: Bench) -> None:
        now = bench.clock.now()
        await bench.store.run(lambda tx: tx.mark_due([_delivery(DeliveryState.DUE, now)]))
        await bench.store.run(lambda tx: tx.set_delivery("c-1", "crm", state, due_at=now))

    return turn


async def _letters(bench: Bench, cause_code: str = "BAD") -> None:
    now = bench.clock.now()
    made = [
        DeadLetter(
            f"l{number}", "delivery", f"c-{number}", Kind.CUSTOMER, "crm", "open", cause_code,
            "", "", 1, 1, now, now, "",
        )
        for number in range(10)
    ]  # fmt: skip
    await bench.store.run(lambda tx: tx.put_dead(made))


async def _nothing(_: Bench) -> None:
    """Time alone ends it."""


def _state(**values: object) -> Turn:
    async def turn(bench: Bench) -> None:
        now = bench.clock.now()
        state = replace(AccountState("crm", since=now), **values)  # type: ignore[arg-type]  # fields of it
        await bench.store.run(lambda tx: tx.put_account_state(state))

    return turn


async def _circuit(bench: Bench) -> None:
    await _state(open_until=bench.clock.now() + timedelta(seconds=60))(bench)


def _guessing(outcome: str) -> Turn:
    async def turn(bench: Bench) -> None:
        now = bench.clock.now()
        row = JournalRow(now, "", Kind.CARD, "", "cards.guessing", outcome, "", {"misses": 100})
        await bench.store.run(lambda tx: tx.write_journal([row]))

    return turn


def _money(*, low: bool) -> Turn:
    async def turn(bench: Bench) -> None:
        vendor = Vendor(
            Services(notifier=Postman()),
            report=ProbeReport(ok=True, facts={"balance": "12.50"}, runs_low=low),
        )
        bench.accounts["crm"] = account("crm", vendor, bench.clock)

    return turn


@dataclass(frozen=True)
class Case:
    """How a rule begins and ends, and how long each must last."""

    begin: Turn
    end: Turn
    lasts_s: float = 0.0
    subject: str = "crm"


CASES = {
    "lag": Case(_late, _set(DeliveryState.DONE), 121),
    "lag of what was received": Case(_unread, _read, 121),
    "held": Case(_set(DeliveryState.HELD), _set(DeliveryState.DONE), 1801),
    "dead": Case(_letters, _nothing),
    "auth": Case(_state(parked=True), _state(parked=False, since=None)),
    "circuit": Case(_circuit, _state(since=None), 601),
    "guessing": Case(_guessing("began"), _guessing("over"), subject="cards"),
    "balance": Case(_money(low=True), _money(low=False)),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_rule_begins_once_and_ends_once(name: str, make_bench: MakeBench) -> None:
    """Nobody would be told, or a hundred times."""
    case, bench = CASES[name], make_bench()
    duty = bench.duty()
    await duty.round()
    await case.begin(bench)
    for _ in range(3):
        bench.clock.move(max(case.lasts_s, 901) if name == "balance" else case.lasts_s + 1)
        await duty.round()
    rule = name.partition(" ")[0]
    (on,) = await bench.store.read(lambda tx: tx.alerts_open())
    assert (on.rule, on.subject, str(on.state)) == (rule, case.subject, "on")
    await bench.perform()
    await case.end(bench)
    for _ in range(4):
        bench.clock.move(1000)
        await duty.round()
        await bench.perform()
    assert [line.partition(": ")[0] for line in bench.lines()] == ["ALERT", "OVER"]
    assert not await bench.store.read(lambda tx: tx.alerts_open())


async def seen_by(_: Bench, looker: Looker, rule: str) -> list[Reading]:
    """Return what a rule sees."""
    look = await looker.look()
    return [one for one in look.readings if one.rule == rule]


def looker_of(bench: Bench) -> Looker:
    """Return the looker of another process."""
    return Looker(
        bench.store, bench.accounts, bench.section, clock=bench.clock, log=build_log(bench.log)
    )


async def test_an_account_that_rests_is_told_once(make_bench: MakeBench) -> None:
    """One refused key would be three alarms: access, backlog, silence."""
    bench = make_bench()
    await _late(bench)
    await bench.park("crm")
    look = await looker_of(bench).look()
    assert [one.rule for one in look.readings if one.is_bad] == ["auth"]


async def test_what_a_vendor_fetches_is_no_backlog(make_bench: MakeBench) -> None:
    """1C that comes once a night would be late all day."""
    bench = make_bench()
    await _late(bench)
    services = Services(exchange=object())  # type: ignore[arg-type]  # only that it is there
    bench.accounts["crm"] = account("crm", Vendor(services), bench.clock)
    assert await seen_by(bench, looker_of(bench), "lag") == []


async def test_a_feed_that_is_not_read_to_its_end_is_late(make_bench: MakeBench) -> None:
    """A vendor's paging fault would hide half of the orders."""
    bench = make_bench()
    reader = {Kind.ORDER: object()}
    bench.accounts["shop"] = account(
        "shop", Vendor(readers=reader), bench.clock, reads=frozenset({Kind.ORDER})
    )
    looker = looker_of(bench)
    now = bench.clock.now()
    await bench.store.run(
        lambda tx: tx.move_checkpoint("shop", "order:end", old=None, new="1", now=now)
    )
    bench.clock.move(7199)
    (well,) = await seen_by(bench, looker, "feed")
    bench.clock.move(2)
    (late,) = await seen_by(bench, looker, "feed")
    assert (well.is_bad, late.is_bad, late.subject) == (False, True, "shop order")


async def test_guessing_whose_end_nobody_told_ends(make_bench: MakeBench) -> None:
    """A process that was killed while it watched would leave the alarm on for ever."""
    bench = make_bench()
    looker = looker_of(bench)
    await _guessing("began")(bench)
    (on,) = await seen_by(bench, looker, "guessing")
    bench.clock.move(6 * 3600 + 1)
    (over,) = await seen_by(bench, looker, "guessing")
    assert (on.is_bad, over.is_bad) == (True, False)


async def test_a_balance_that_nobody_told_changes_nothing(make_bench: MakeBench) -> None:
    """An account that is away would count as paid."""
    bench = make_bench()
    await _money(low=True)(bench)
    duty = bench.duty()
    await duty.round()

    class Away(Vendor):
        async def probe(self) -> ProbeReport:
            raise TimeoutError

    bench.accounts["crm"] = account("crm", Away(Services(notifier=Postman())), bench.clock)
    for _ in range(3):
        bench.clock.move(1000)
        await duty.round()
    (on,) = await bench.store.read(lambda tx: tx.alerts_open())
    assert (on.rule, str(on.state), on.clear_at) == ("balance", "on", None)


@pytest.mark.parametrize(("cause_code", "is_bad"), [("BAD", True), (INCOMPLETE, False)])
async def test_who_waits_for_a_contact_was_refused_by_nobody(
    make_bench: MakeBench, cause_code: str, *, is_bad: bool
) -> None:
    """A shop that requires an e-mail is alarmed by every first load."""
    bench = make_bench()
    await _letters(bench, cause_code)
    found = await seen_by(bench, looker_of(bench), "dead")
    assert any(one.is_bad for one in found) is is_bad


async def test_rules_that_are_off_see_nothing(make_bench: MakeBench) -> None:
    """What was switched off would be told all the same."""
    bench = make_bench(auth={"on": False})
    await bench.park("crm")
    assert await seen_by(bench, looker_of(bench), "auth") == []
