"""The same-work benchmark: its work, its referee and its one conversion, without any peer."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson
import pytest

from benchmarks.w1.ledger import Ledger
from benchmarks.w1.peers import formats
from benchmarks.w1.place import Place
from benchmarks.w1.referee import judge, percentile
from benchmarks.w1.shape import FIELDS, to_sink
from benchmarks.w1.sink_client import SinkProcess
from benchmarks.w1.work import Message, Work, generate
from gateway.canonical import Money, Order

ORDERS = 1_000


@pytest.fixture(scope="module")
def work() -> Work:
    """A small stream."""
    return generate(ORDERS)


@pytest.fixture(scope="module")
def running_sink() -> Iterator[SinkProcess]:
    """One sink process for the module."""
    with SinkProcess() as sink:
        yield sink


@pytest.fixture
def sink(running_sink: SinkProcess) -> SinkProcess:
    """The sink, set to zero."""
    running_sink.reset()
    return running_sink


def _order(name: str, version: int) -> dict[str, Any]:
    return {**dict.fromkeys(FIELDS, ""), "externalId": name, "version": version, "items": []}


def _send(
    sink: SinkProcess, path: str, body: object, headers: Mapping[str, str] | None = None
) -> int:
    port = int(sink.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", path, json.dumps(body).encode(), {**(headers or {})})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _deliver(sink: SinkProcess, *keys: str) -> None:
    for key in keys:
        name, _, version = key.partition(":")
        order = _order(name, int(version))
        assert _send(sink, "/orders", order, {"Idempotency-Key": key}) == 200


def test_the_work_is_the_same_for_the_same_seed(work: Work) -> None:
    """Contestants of different runs would be compared on different work."""
    assert generate(ORDERS).messages == work.messages
    assert generate(ORDERS, seed=1).messages != work.messages


def test_the_work_has_the_promised_shares(work: Work) -> None:
    """A stream without duplicates or stale versions would not test what is promised."""
    newest: dict[str, int] = {}
    seen: set[str] = set()
    duplicates = stale = 0
    for message in work.messages:
        if message.version < newest.get(message.id, 0):
            stale += 1
        elif message.key in seen:
            duplicates += 1
        newest[message.id] = max(message.version, newest.get(message.id, 0))
        seen.add(message.key)
    assert (len(work.final), len(work.messages)) == (ORDERS, ORDERS * 125 // 100)
    assert (duplicates, stale) == (ORDERS // 10, ORDERS // 20)
    assert (work.duplicates, work.stale, work.newer) == (duplicates, stale, ORDERS // 10)
    assert newest == work.final


def test_a_duplicate_is_exact(work: Work) -> None:
    """Two bodies under one key would be two events, and one of them would count as lost."""
    bodies: dict[str, bytes] = {}
    assert all(bodies.setdefault(m.key, m.body) == m.body for m in work.messages)


def test_messages_have_the_promised_size_and_hot_customers(work: Work) -> None:
    """Small bodies or even keys would make the work easier than a shop's."""
    sizes = sorted(len(message.body) for message in work.messages)
    assert 1_300 < sizes[len(sizes) // 2] < 1_700
    phones = [orjson.loads(m.body)["entity"]["contact"]["phone"] for m in work.messages]
    assert phones.count(max(set(phones), key=phones.count)) > len(phones) // 20


def test_entities_are_the_canonical_model_s_own_dump(work: Work) -> None:
    """The gateway would have to convert what the peers take as it is, or refuse it."""
    for message in work.messages[:50]:
        event = orjson.loads(message.body)
        assert (event["kind"], event["id"], event["version"]) == (
            "order", message.id, message.version,
        )  # fmt: skip
        order = Order.model_validate(event["entity"])
        assert order.model_dump(mode="json", exclude_unset=True) == event["entity"]


def test_the_conversion_keeps_every_field_and_the_exact_total(work: Work) -> None:
    """Peers would deliver something else than the gateway does."""
    for message in work.messages[:50]:
        event = orjson.loads(message.body)
        order, converted = Order.model_validate(event["entity"]), to_sink(event)
        assert converted.keys() == FIELDS
        assert Money.of(Decimal(converted["total"])) == order.goods_total()
        assert [item["qty"] for item in converted["items"]] == [
            str(line.quantity) for line in order.lines
        ]
        assert order.contact is not None
        assert converted["phone"] == order.contact.phone


def test_the_sink_counts_what_is_wrong(sink: SinkProcess) -> None:
    """The referee would call a contestant clean that repeats or reorders."""
    sink.reset(["a:2", "b:1", "c:1"])
    _deliver(sink, "a:1", "a:2", "a:2", "a:1", "b:2", "b:1")
    seen = sink.ledger()
    assert (seen["orders"], seen["repeated"], seen["stale"], seen["out_of_order"]) == (6, 2, 2, 1)
    assert (seen["missing"], seen["malformed"]) == (1, 0)
    assert seen["keys"].keys() == {"a:1", "a:2", "b:1", "b:2"}
    assert seen["first_at"] <= seen["needed_at"] <= seen["last_at"]
    verdict = judge(seen, {"a": 2, "b": 1, "c": 1})
    assert (verdict.lost, verdict.repeated, verdict.stale, verdict.out_of_order) == (1, 2, 2, 1)
    assert not verdict.is_clean


def test_the_sink_takes_batches(sink: SinkProcess) -> None:
    """A contestant that sends many at a time could not be judged."""
    rows = [{"key": f"{name}:1", "order": _order(name, 1)} for name in "abc"]
    assert _send(sink, "/orders/batch", {"orders": rows}) == 200
    assert _send(sink, "/orders/batch", {"orders": rows * 17}) == 422
    seen = sink.counts()
    assert (seen["requests"], seen["orders"], seen["malformed"]) == (2, 3, 1)


@pytest.mark.parametrize(
    ("headers", "change"),
    [
        pytest.param({}, {}, id="no key"),
        pytest.param({"Idempotency-Key": "a:2"}, {}, id="key of another version"),
        pytest.param({"Idempotency-Key": "a:1"}, {"more": 1}, id="field of another shape"),
    ],
)
def test_the_sink_refuses_what_is_not_its_shape(
    sink: SinkProcess, headers: Mapping[str, str], change: Mapping[str, object]
) -> None:
    """A contestant that skips the conversion or the key would be the fastest."""
    assert _send(sink, "/orders", {**_order("a", 1), **change}, headers) == 422
    assert (sink.counts()["malformed"], sink.counts()["orders"]) == (1, 0)


def test_a_busy_sink_takes_nothing() -> None:
    """A contestant would be blamed for repeating what was refused."""
    with SinkProcess(faults="busy=1") as sink:
        assert _send(sink, "/orders", _order("a", 1), {"Idempotency-Key": "a:1"}) == 503
        assert (sink.counts()["busy"], sink.counts()["orders"]) == (1, 0)


def test_repeating_what_was_never_answered_is_no_fault() -> None:
    """A contestant would be blamed for what a time-out makes necessary."""
    ledger = Ledger()
    ledger.arrive("a", 1, 1.0)
    ledger.leave_unanswered(["a:1"])
    ledger.arrive("a", 1, 2.0)
    assert (ledger.retried, ledger.repeated) == (1, 0)
    ledger.arrive("a", 1, 3.0)
    assert (ledger.retried, ledger.repeated, ledger.keys) == (1, 1, {"a:1": 1.0})


def test_the_referee_measures_from_the_first_arrival_to_the_last_needed_one() -> None:
    """A duplicate after the end, or the start of a process, would count as work."""
    ledger = Ledger()
    for order, version, at in (("a", 1, 10.0), ("b", 1, 11.0), ("a", 2, 13.0), ("b", 1, 99.0)):
        ledger.arrive(order, version, at)
    verdict = judge({**ledger.counts(), "keys": ledger.keys}, {"a": 2, "b": 1})
    assert (verdict.lost, verdict.wall_s, verdict.after_ms[50]) == (0, 3.0, 1000.0)
    assert judge({**Ledger().counts(), "keys": {}}, {"a": 1}).lost == 1


def test_percentiles_take_the_nearest_rank() -> None:
    """Percentiles of few values could lie outside of them."""
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, share) for share in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile([7.0], 99) == 7.0


def test_every_format_carries_the_event_and_the_key() -> None:
    """A peer would be given other work than its neighbours."""
    event = {"id": "a", "version": 1, "entity": {"number": "З-1"}}
    message = Message("a", 1, orjson.dumps(event))
    made = {
        form.__name__: form(message, "q")
        for form in (formats.plain, formats.celery, formats.dramatiq)
    }
    assert {outgoing.key for outgoing in made.values()} == {"a"}
    assert orjson.loads(made["plain"].body) == event
    arguments, named, _ = orjson.loads(made["celery"].body)
    assert (arguments, named) == ([event], {})
    assert orjson.loads(made["dramatiq"].body)["args"] == [event]


def test_a_place_survives_the_environment() -> None:
    """A contestant's process would look for its work elsewhere."""
    place = Place("postgresql://db", "amqp://bus", "http://sink", "queue")
    assert Place.from_environment(place.environment()) == place
