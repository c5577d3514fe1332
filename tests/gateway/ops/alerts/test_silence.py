"""Silence that is not normal: by the same hour of earlier weeks, or by hours that are written."""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.ports import JournalRow
from tests.gateway.ops.alerts.bench import Bench, Vendor, account
from tests.gateway.ops.alerts.conftest import MakeBench
from tests.gateway.ops.alerts.test_rules import looker_of, seen_by

WEEK_S = 7 * 24 * 3600


async def _receive(bench: Bench, count: int = 1) -> None:
    row = JournalRow(bench.clock.now(), "", Kind.ORDER, "shop", "received", "merged", "", {}, count)
    await bench.store.run(lambda tx: tx.write_journal([row]))


def _listening(bench: Bench) -> None:
    bench.accounts["shop"] = account("shop", Vendor(), bench.clock, reads=frozenset({Kind.ORDER}))


async def test_silence_is_judged_by_the_same_hour_of_earlier_weeks(make_bench: MakeBench) -> None:
    """A shop that is closed at night would wake somebody, or a broken webhook nobody at noon."""
    bench = make_bench()
    _listening(bench)
    await _receive(bench)
    bench.clock.move(3600)
    for week in range(3):
        await _receive(bench, 40 + week)
        bench.clock.move(WEEK_S)
    bench.clock.move(1800)
    looker = looker_of(bench)
    (young,) = await seen_by(bench, looker, "silence")
    assert not young.is_bad, "a process that began this moment knows of no silence"
    bench.clock.move(700)
    (seen,) = await seen_by(bench, looker, "silence")
    assert seen.is_bad
    assert (seen.value["usual"], seen.value["weeks"]) == (41, 3)
    await _receive(bench)
    (heard,) = await seen_by(bench, looker, "silence")
    assert not heard.is_bad
    bench.clock.move(12 * 3600)
    (night,) = await seen_by(bench, looker, "silence")
    assert not night.is_bad, "nothing came at this hour of earlier weeks either"


async def test_a_new_installation_is_not_called_silent(make_bench: MakeBench) -> None:
    """The first week would be one long alarm; where hours are configured, they hold at once."""
    for always, is_bad in ((None, False), ("10:00-18:00", True)):
        bench = make_bench(silence={"always": always})
        _listening(bench)
        looker = looker_of(bench)
        bench.clock.move(3700)
        (seen,) = await seen_by(bench, looker, "silence")
        assert seen.is_bad is is_bad


async def test_one_quiet_week_makes_silence_normal(make_bench: MakeBench) -> None:
    """After a holiday people would be told that it is over."""
    bench = make_bench()
    _listening(bench)
    await _receive(bench)
    bench.clock.move(3600)
    for count in (50, 1, 50):
        await _receive(bench, count)
        bench.clock.move(WEEK_S)
    looker = looker_of(bench)
    bench.clock.move(1200)
    (seen,) = await seen_by(bench, looker, "silence")
    assert not seen.is_bad
