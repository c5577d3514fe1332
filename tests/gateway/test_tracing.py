"""Tracing: one story is one tree, whoever writes it, and says nothing about people."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry import NO_SPANS, Metrics, Place, Subject, build_log
from gateway.telemetry.spans import is_sampled, span_id, trace_id
from gateway.telemetry.tracing import MOST_LINKS, Tracing
from tests.gateway.collector import Collector, collecting

PHONE = "+79161234567"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of this test."""
    with collecting() as made:
        yield made


class Process:
    """A process that traces."""

    def __init__(self, collector: Collector, *, name: str = "p", ratio: float = 1.0) -> None:
        self.metrics, self.log = Metrics(), io.StringIO()
        self.tracing = Tracing(
            collector.url, ratio=ratio, log=build_log(self.log), count=self.metrics.spans,
            facts={"service.instance.id": name},
        )  # fmt: skip

    def step(self, place: Place, *stories: str, calls: int = 0) -> None:
        """Write one step about stories, with calls to a vendor."""
        with self.tracing.step(place, "crm") as step:
            step.about([Subject(one, {"kind": "order"}) for one in stories])
            for _ in range(calls):
                self.call()

    def call(self, operation: str = "orders.edit", status: int | None = 200) -> None:
        """Note a call."""
        self.tracing.called(account="crm", operation=operation, status=status, seconds=0.01)

    def events(self) -> list[str]:
        """Return what was logged."""
        return [json.loads(line)["event"] for line in self.log.getvalue().splitlines()]


def test_a_story_is_one_tree_across_processes(collector: Collector) -> None:
    """What waits in the store is taken up elsewhere: its spans would belong to nothing."""
    serve, work = Process(collector, name="serve"), Process(collector, name="work")
    serve.step(Place.RECEIVE, "c-1")
    work.step(Place.ROUTE, "c-1", calls=1)
    work.step(Place.DELIVER, "c-1", calls=1)
    for one in (serve, work):
        one.tracing.close()
    spans = {(one.name, one.parent): one for one in collector.spans}
    root = spans["receive", ""]
    route = spans["route", root.id]
    deliver = spans["deliver", route.id]
    assert {("vendor.call", route.id), ("vendor.call", deliver.id)} <= set(spans)
    assert {one.trace for one in collector.spans} == {f"{trace_id('c-1'):032x}"}
    assert (root.process, route.process) == ("serve", "work")
    assert len({one.id for one in collector.spans}) == len(collector.spans) == 5
    assert deliver.facts == {
        "gateway.account": "crm", "gateway.correlation_id": "c-1", "gateway.kind": "order",
    }  # fmt: skip


def test_a_batch_shows_its_calls_in_one_story_and_links_them_from_the_others(
    collector: Collector,
) -> None:
    """Each story of fifty would show the calls of all, or none would."""
    process = Process(collector)
    process.step(Place.DELIVER, "c-1", "c-2", calls=MOST_LINKS + 5)
    process.tracing.close()
    first = next(one for one in collector.of(f"{trace_id('c-1'):032x}") if one.name == "deliver")
    calls = [one for one in collector.spans if one.name == "vendor.call"]
    assert len(calls) == MOST_LINKS + 5
    assert {one.parent for one in calls} == {first.id}
    (second,) = collector.of(f"{trace_id('c-2'):032x}")
    assert len(second.links) == MOST_LINKS
    assert set(second.links) <= {(one.trace, one.id) for one in calls}


def test_a_second_look_does_not_take_the_name_of_the_first(collector: Collector) -> None:
    """Two spans of one id are shown as one, and what follows hangs on either."""
    process = Process(collector)
    process.step(Place.ROUTE, "c-1")
    process.step(Place.ROUTE, "c-1")
    process.tracing.close()
    ids = [one.id for one in collector.spans]
    assert ids[0] == f"{span_id('c-1', Place.ROUTE):016x}"
    assert len(set(ids)) == 2
    assert {one.parent for one in collector.spans} == {f"{span_id('c-1', Place.RECEIVE):016x}"}


async def test_a_call_that_ends_after_its_step_is_still_in_its_story(collector: Collector) -> None:
    """A till goes away after its deadline; the processor's late answer is what explains it."""
    process, answered = Process(collector), asyncio.Event()

    async def late() -> None:
        await answered.wait()
        process.call("till.commit")

    with process.tracing.step(Place.TILL, "") as step:
        step.about([Subject("c-1", {"step": "commit"})])
        task = asyncio.create_task(late())
    answered.set()
    await task
    await asyncio.to_thread(process.tracing.close)
    till, call = sorted(collector.spans, key=lambda one: one.name)
    assert (till.name, call.name, call.parent) == ("till", "vendor.call", till.id)


def test_the_callers_own_trace_is_linked_once(collector: Collector) -> None:
    """The site's developers look for the call in their own trace."""
    process, theirs = Process(collector), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    process.tracing.came("c-1", theirs)
    process.tracing.came("c-2", "00-00000000000000000000000000000000-b7ad6b7169203331-01")
    process.tracing.came("c-3", "Иванов")
    for story in ("c-1", "c-2", "c-3", "c-1"):
        process.step(Place.RECEIVE, story)
    process.tracing.close()
    links = [one.links for one in collector.spans]
    assert links == [[("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")], [], [], []]


def test_a_vendor_is_told_the_span_of_its_call(collector: Collector) -> None:
    """A vendor's support asks for the id that they have logged."""
    process = Process(collector)
    with process.tracing.step(Place.DELIVER, "crm") as step:
        step.about([Subject("c-1")])
        header = process.tracing.traceparent()["traceparent"]
        process.call()
        process.call()
    assert process.tracing.traceparent() == {}
    process.tracing.close()
    calls = [f"00-{one.trace}-{one.id}-01" for one in collector.spans if one.name == "vendor.call"]
    assert len(set(calls)) == 2
    assert header == calls[0]


def test_nothing_tells_who_it_was(collector: Collector) -> None:
    """A connector's mistake must not carry a phone out of the house."""
    process = Process(collector)
    with process.tracing.step(Place.DELIVER, "crm") as step:
        step.about([Subject(f"order-{PHONE}", {"event": f"call {PHONE}", "error": "Rejected"})])
        process.call(f"find/{PHONE}", None)
    process.tracing.close()
    assert len(collector.spans) == 2
    assert PHONE not in repr(collector.spans)
    assert {one.trouble for one in collector.spans} == {"Rejected", "no answer"}


@given(st.text(min_size=1), st.floats(0, 1))
def test_every_process_decides_alike(story: str, ratio: float) -> None:
    """Half of a trace is worse than none."""
    assert is_sampled(story, ratio) == is_sampled(story, ratio)
    assert is_sampled(story, 1.0)
    assert not is_sampled(story, 0.0)
    assert 0 < trace_id(story) < 1 << 128
    assert 0 < span_id(story, Place.ROUTE) < 1 << 64


def test_the_asked_part_of_stories_is_traced(collector: Collector) -> None:
    """A collector sized for a tenth would be flooded."""
    process = Process(collector, ratio=0.1)
    for number in range(2000):
        process.step(Place.RECEIVE, f"c-{number}", calls=1)
    process.tracing.close()
    traces = {one.trace for one in collector.spans}
    assert 120 < len(traces) < 290
    assert len(collector.spans) == 2 * len(traces)


def test_a_collector_that_is_away_is_told_once_and_costs_only_its_spans() -> None:
    """A warning for each batch would hide all others; waiting would hold up the end."""
    with collecting() as collector:
        collector.status = HTTPStatus.BAD_REQUEST
        process = Process(collector)
        for number in range(1100):
            process.step(Place.RECEIVE, f"c-{number}")
        process.tracing.close()
    assert process.events() == ["traces.lost"]
    assert 'gateway_spans_total{result="lost"} 1100.0' in process.metrics.exposition().decode()


def test_without_traces_nothing_of_it_is_loaded_and_nothing_is_noted() -> None:
    """Each worker would be a third larger for nothing."""
    script = (
        "import sys, gateway.cli.processes, gateway.bootstrap\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert done.returncode == 0
    with NO_SPANS.step(Place.ROUTE, "crm") as step:
        step.about([Subject("c-1")])
    assert NO_SPANS.traceparent() == {}
