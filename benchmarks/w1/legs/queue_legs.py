"""F1 to F6: the queue's work while workers, services, the sink or messages fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from benchmarks.w1.database import Database
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.legs.setting import Setting, said, say
from benchmarks.w1.legs.trial import Arena, Ended, Row, Task
from benchmarks.w1.legs.troubles import Absence, Calm, Kills, Trouble
from benchmarks.w1.legs.verdict import Wanted, greatest_burst
from benchmarks.w1.referee import PERCENTILES
from benchmarks.w1.work import Message, Work
from tests.services.private import PrivatePostgres, PrivateRabbit

ORDERS = 1_200
FAULTY_ORDERS = 400
PACED_ORDERS = 200
DATABASE_AWAY_S = 5.0
_RETRIES_PASSED_S = 4.0
"""Some put off what failed for seconds; what was not needed may still be waiting for its turn."""
FAULTS = "busy=0.1,silent=0.03"
_TIME_OUT_PASSED_S = 7.0
"""All contestants wait five seconds for an answer; what was not needed may still be waiting."""
CALLS_PER_S = 10
WORKERS = 4
USED = 0.95
POISON_SHARE = 0.001
_LEAST_POISON = 3


def task_of(work: Work) -> Task:
    """The whole stream as a task."""
    return Task(work.messages, Wanted.of(work))


def _all(
    leg: str, setting: Setting, arena: Arena, task: Task, trouble: Callable[[], Trouble]
) -> list[Row]:
    return [said(arena.run(leg, one, task, trouble()).row) for one in setting.contestants]


def _arena(setting: Setting, *, postgres: str = "", broker: str = "") -> Arena:
    database = Database(postgres or setting.postgres)
    return Arena(database, broker or setting.broker, setting.deadline_s)


def killed(setting: Setting) -> Sequence[Row]:
    """F1: the worker is killed every three seconds."""
    return _all("F1", setting, _arena(setting), task_of(setting.work(ORDERS)), Kills)


def without_broker(setting: Setting) -> Sequence[Row]:
    """F2: a broker of our own is killed and started again in the middle."""
    with PrivateRabbit() as rabbit:
        say("F2: starting a RabbitMQ of our own")
        rabbit.start()
        # This version writes a new queue's name to its disk a second later; the queues are made
        # anew for each run, and every run is longer than that before its half.
        arena = _arena(setting, broker=rabbit.url)
        task = task_of(setting.work(ORDERS))
        return _all("F2", setting, arena, task, lambda: Absence(rabbit, by_kill=True))


def without_database(setting: Setting) -> Sequence[Row]:
    """F3: a database of our own is away for a while."""
    with PrivatePostgres() as postgres:
        say("F3: starting a PostgreSQL of our own")
        postgres.start()
        arena = _arena(setting, postgres=postgres.dsn)
        task = replace(task_of(setting.work(ORDERS)), settle_s=_RETRIES_PASSED_S)
        return _all("F3", setting, arena, task, lambda: Absence(postgres, away_s=DATABASE_AWAY_S))


def faulty_sink(setting: Setting) -> Sequence[Row]:
    """F4: the vendor is busy or does not answer what it took."""
    task = replace(task_of(setting.work(FAULTY_ORDERS)), faults=FAULTS, settle_s=_TIME_OUT_PASSED_S)
    return _all("F4", setting, _arena(setting), task, Calm)


def shared_budget(setting: Setting) -> Sequence[Row]:
    """F5: several workers share what the vendor allows."""
    if not setting.has_gateway:
        return ()
    # Few in hand at once, so that all workers get a share of a short queue.
    gateway = GatewayContestant(
        f"gateway x {WORKERS}", workers=WORKERS, prefetch=20, calls_per_s=CALLS_PER_S
    )
    task = replace(task_of(setting.work(PACED_ORDERS)), limit=CALLS_PER_S)
    return [said(_budgeted(_arena(setting).run("F5", gateway, task, Calm())))]


def _budgeted(ended: Ended) -> Row:
    calls = ended.ledger["calls_at"]
    span_s = calls[-1] - calls[0] if calls else 0.0
    used = (len(calls) - 1) / (CALLS_PER_S * span_s) if span_s else 0.0
    refused = ended.ledger["refused"]
    figures = {
        "calls": len(calls),
        "refused": refused,
        "most in 1 s": greatest_burst(calls),
        "budget used %": round(used * 100, 1),
        "aim": "met" if not refused and used >= USED else "MISSED",
    }
    return replace(ended.row, figures=figures)


def poisoned(setting: Setting) -> Sequence[Row]:
    """F6: a few messages cannot be read; each contestant runs without and with them."""
    work = setting.work(ORDERS)
    clean = task_of(work)
    bad = _poison(work.messages)
    dirty = replace(clean, messages=bad, poison=len(bad) - len(work.messages))
    rows = []
    for one in setting.contestants:
        arena = _arena(setting)
        before = arena.run("F6", one, clean, Calm())
        rows.append(said(_delayed(before, arena.run("F6", one, dirty, Calm()), dirty.poison)))
    return rows


def _delayed(before: Ended, after: Ended, poison: int) -> Row:
    figures: dict[str, float | str] = {}
    for share in PERCENTILES:
        past, now = (ended.row.seen.after_ms.get(share, 0.0) for ended in (before, after))
        figures[f"p{share} s"] = f"{past / 1000:.2f}>{now / 1000:.2f}"
    figures["set aside"] = f"{after.set_aside}/{poison}"
    return replace(after.row, figures=figures, is_kept=after.set_aside == poison)


def _poison(messages: Sequence[Message]) -> Sequence[Message]:
    """Put bodies that are no JSON evenly between the others."""
    count = max(_LEAST_POISON, round(len(messages) * POISON_SHARE))
    mixed = [*messages]
    for number in range(count):
        body = b'{"kind":"order","id":"poison-%d",' % number
        place = (number + 1) * len(mixed) // (count + 1)
        mixed.insert(place, Message(f"poison-{number}", 0, body))
    return mixed
