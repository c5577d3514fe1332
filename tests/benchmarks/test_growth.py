"""The growth benchmark: its history, its filled store, and a tiny run of it as people start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import psycopg
import pytest
from sqlalchemy.engine import make_url

from benchmarks.w1 import broker
from benchmarks.w1.database import Database
from benchmarks.w1.filling import Sizes, fill, make_sample, measured
from benchmarks.w1.growth_report import Store, memory_at, memory_table, slope, table
from benchmarks.w1.history import FIRST, History, work_on
from benchmarks.w1.measure import Driver, Run
from benchmarks.w1.moulds import Left, Maker, moulds
from benchmarks.w1.referee import Verdict
from benchmarks.w1.work import generate, order_number, source_id
from gateway.canonical import Order

KEY = bytes(32)
ENTITIES, SAMPLE = 50, 20
HOME = Path(__file__).parents[2]


@pytest.fixture
def server(postgres_url: str) -> str:
    """A libpq URL of the server, for those who make databases of their own."""
    return make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def filled(server: str, rabbitmq_url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection to a small filled store, made from what a real run left."""
    sampled = Database(server, role="sample")
    database = Database(server, role="filled", template=sampled)
    history = History.of(ENTITIES, sample=SAMPLE)
    try:
        driver = Driver(Database(server), rabbitmq_url, 60.0)
        sample = make_sample(sampled, driver, history, KEY)
        fill(database, sample, history, Sizes(ENTITIES, 5 * ENTITIES))
        assert measured(database).entities == ENTITIES
        with psycopg.connect(database.url, autocommit=True) as connection:
            yield connection
    finally:
        database.drop()
        sampled.drop()


def _values(connection: psycopg.Connection[tuple[object, ...]], question: str) -> list[object]:
    return [row[0] for row in connection.execute(question.encode()).fetchall()]


def test_half_of_the_work_is_about_old_orders() -> None:
    """The large store would be measured by what lies in nobody's way."""
    work = work_on(History.of(500, sample=100), 200, old_share=0.5)
    old = {name for name in work.final if int(name.rpartition("-")[2]) >= FIRST}
    assert (len(work.final), len(old)) == (200, 100)
    assert len(work.messages) == len(generate(200).messages)
    assert all(work.final[name] >= 3 for name in old)
    assert {message.version for message in work.messages if message.id in old} == {1, 3, 4}


def test_a_small_history_limits_the_old_orders() -> None:
    """The stream could not be made for a store smaller than it."""
    work = work_on(History.of(10), 100, old_share=0.5)
    assert sum(int(name.rpartition("-")[2]) >= FIRST for name in work.final) == 10


def test_news_of_an_old_order_is_its_own_next_state() -> None:
    """A merge that finds everything changed would be another work than a real one."""
    history = History.of(500, sample=100)
    number = 312
    first, news = history.repeated(number), history.newer(number, 1)
    name = source_id(FIRST + number)
    for message in (first, news):
        event = orjson.loads(message.body)
        order = Order.model_validate(event["entity"])
        assert (event["id"], order.number) == (name, order_number(FIRST + number))
        assert (order.attributes["source_id"], event["version"]) == (name, message.version)
        assert [line.id for line in order.lines] == [f"{FIRST + number}-{n}" for n in range(1, 6)]
    was, now = (orjson.loads(message.body)["entity"] for message in (first, news))
    assert was["contact"] == now["contact"]
    assert was["lines"][1:] == now["lines"][1:]
    assert was["status"] != now["status"]


def test_a_mould_renames_an_order_and_seals_it_again() -> None:
    """Old entities could be counted, but neither found nor opened."""
    maker = Maker(KEY)
    content = {"number": order_number(7), "lines/7-1": True, "note": "7-1 at 100 %"}
    sealed = maker.sealer.seal("entity", content).hex()
    link = Left("link", ("id", "name", "x"), [["o-01m8nkk24h06ms4hwyy5x0", source_id(7), "7"]])
    row = ["o-01m8nkk24h06ms4hwyy5x0", "2026-11-30 06:52:00.5+00", rf"\\x{sealed}", "100 %"]
    entity = Left("entity", ("id", "at", "sealed", "text"), [row])
    (mould,) = moulds([link, entity, Left("lease", ("name",), [["retention"]])], maker)
    names = {"01m8nkk24h": "01aaaaaaaa", "2026-11-30 06:52:00.5+00": "earlier"}
    poured = mould.poured(1_000_007, names, maker)
    assert poured["link"] == "o-01aaaaaaaa06ms4hwyy5x0\tshop-1000007\t7\n"
    identity, moment, cell, text = poured["entity"].removesuffix("\n").split("\t")
    assert (identity, moment, text) == ("o-01aaaaaaaa06ms4hwyy5x0", "earlier", "100 %")
    assert maker.sealer.open("entity", bytes.fromhex(cell.removeprefix(r"\\x"))) == {
        "number": order_number(1_000_007), "lines/1000007-1": True, "note": "7-1 at 100 %",
    }  # fmt: skip


def test_a_filled_store_holds_a_history_that_can_be_read(
    filled: psycopg.Connection[tuple[object, ...]],
) -> None:
    """The measured run would find rows that no gateway could have left."""
    names = [source_id(FIRST + number) for number in range(ENTITIES)]
    told = _values(filled, "select external_id from link where account = 'source' order by 1")
    assert told == names
    seen = _values(filled, "select distinct external_id from inbox where state = 'done' order by 1")
    assert seen == names
    assert _values(filled, "select count(*) from delivery where state = 'done'") == [ENTITIES]
    assert _values(filled, "select count(*) from entity where changed_at > now()") == [0]
    (journal,) = _values(filled, "select count(*) from journal")
    assert abs(int(str(journal)) - 5 * ENTITIES) < 10
    sealer = Maker(KEY).sealer
    opened = [sealer.open("entity", bytes(value)) for value in _sealed(filled)]
    numbers = sorted(fields["number"] for fields, _ in opened)
    assert numbers == [order_number(FIRST + number) for number in range(ENTITIES)]


def _sealed(connection: psycopg.Connection[tuple[object, ...]]) -> list[bytes]:
    return [bytes(row[0]) for row in connection.execute("select sealed from entity")]  # type: ignore[call-overload]


def _start(server: str, rabbitmq_url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.w1.growth", *arguments],
        cwd=HOME,
        env={**os.environ, "GATEWAY_BENCH_POSTGRES": server, "GATEWAY_TEST_RABBITMQ": rabbitmq_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _nothing_left(server: str, rabbitmq_url: str, pid: int) -> bool:
    """Tell whether a process of the benchmark has removed its databases and its queue."""
    question = "select count(*) from pg_database where datname like %s"
    with psycopg.connect(server) as connection:
        row = connection.execute(question, [f"gateway_bench_w1_{pid}%"]).fetchone()
    with pytest.raises(Exception, match="NOT_FOUND"):
        broker.waiting(rabbitmq_url, f"gateway_bench_w1_{pid}")
    return row == (0,)


@pytest.mark.timeout(240)  # two lives of a gateway, on a machine that may do other things
def test_a_tiny_run_on_a_filled_store_is_clean(
    server: str, rabbitmq_url: str, tmp_path: Path
) -> None:
    """News of old orders would be lost, or told out of order, on a store that was filled."""
    result = tmp_path / "growth.json"
    sizes = ("--entities", "60", "--journal", "300", "--sample", "20", "--long", "50")
    process = _start(server, rabbitmq_url, *sizes, "--json", str(result))
    output, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert "50 messages about 40 orders" in output
    assert "slope after the first third" in output
    (run,) = orjson.loads(result.read_bytes())["runs"]
    assert (run["entities"], run["is_complete"], run["verdict"]["lost"]) == (60, True, 0)
    assert run["blocks"] > 0
    assert _nothing_left(server, rabbitmq_url, process.pid)


@pytest.mark.timeout(240)
def test_told_to_end_it_removes_what_it_made(server: str, rabbitmq_url: str) -> None:
    """A database of gigabytes would stay behind whenever somebody loses patience."""
    process = _start(server, rabbitmq_url, "--small", "10000000", "--sample", "20")
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("filling 10000000"):
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=200)
    assert process.returncode == 128 + signal.SIGTERM
    assert _nothing_left(server, rabbitmq_url, process.pid)


def test_a_ratio_is_to_the_small_store_in_the_same_round() -> None:
    """A machine that was busy in one round would decide over the target."""
    small = [_run(events, 1.0) for events in (100, 400, 200)]
    large = [_run(events, 1.0) for events in (95, 200, 190)]
    lines = table({Store(10, 50, 1.0): small, Store(1000, 5000, 9.0): large}).splitlines()
    assert [line.split()[3:5] for line in lines[1:]] == [["200", "1.00"], ["190", "0.95"]]


def _run(events: int, wall_s: float, memory: Sequence[tuple[float, float]] = ()) -> Run:
    return Run(
        "gateway", 0.0, events, Verdict(0, 0, 0, 0, 0, wall_s, {}), unacknowledged=0,
        is_complete=True, cpu_s=1.0, pss_mib=1.0, commits=0, memory=memory,
    )  # fmt: skip


def test_growth_of_memory_is_told_per_ten_thousand_messages() -> None:
    """A leak would hide behind the warm-up, or the warm-up would pass for one."""
    memory = [(0.0, 50.0), (3_000.0, 100.0), (6_000.0, 101.0), (9_000.0, 102.0)]
    run = _run(9_000, 1.0, memory)
    assert slope(run) == pytest.approx(10 / 3)
    assert (memory_at(run, 0.0), memory_at(run, 1.0)) == (50.0, 102.0)
    assert memory_table(run, 5_000).splitlines()[1:3] == [
        "         0      50.0", "      6000     101.0",
    ]  # fmt: skip
