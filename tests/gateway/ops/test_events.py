"""Events on their way out: what is told, when it is forgotten, and what may not be told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from gateway.bus import Announcement
from gateway.canonical import Kind
from gateway.ops.events import Announcing, told
from gateway.ports import EventRow
from tests.gateway.ops.house import CUSTOMER, ORDER, PLANTED
from tests.gateway.sync.stepping import HeldClock, SilentLog, StepStore, at_once


class Listeners:
    """Take what is published, or are away."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.away = False

    async def publish(self, events: Sequence[Announcement]) -> None:
        """Hear events."""
        if self.away:
            msg = "away"
            raise ConnectionError(msg)
        self.heard += [event.headers["x-event-id"] for event in events]


@pytest.fixture
def store() -> Iterator[StepStore]:
    """A store with three versions to tell; the second fits no model any more."""
    made = StepStore(HeldClock())
    now = HeldClock().now()
    fields: list[dict[str, Any]] = [{"number": "1"}, {"status": "no such stage"}, {"number": "2"}]
    rows = [EventRow("o-1", Kind.ORDER, n, now, one) for n, one in enumerate(fields, start=1)]
    made.now(lambda tx: tx.put_events(rows))
    yield made
    made.end()


def telling(store: StepStore, listeners: Listeners, holder: str = "one") -> Announcing:
    """Return a teller."""
    return Announcing(
        store, listeners.publish, HeldClock(), SilentLog(),
        holder=holder, lease_s=30, pause_s=1, personal=False,
    )  # fmt: skip


def left(store: StepStore) -> list[int]:
    """Versions that are still to be told."""
    return [row.version for row in store.now(lambda tx: tx.next_events(limit=10))]


def test_what_was_told_is_forgotten_and_what_cannot_be_read_holds_nobody_up(
    store: StepStore,
) -> None:
    """One old row would keep all that follow from ever being told."""
    listeners = Listeners()
    assert at_once(telling(store, listeners).round())
    assert listeners.heard == ["o-1:1", "o-1:3"]
    assert left(store) == []


def test_what_was_not_confirmed_is_told_again(store: StepStore) -> None:
    """A broker that is away would lose events."""
    listeners = Listeners()
    listeners.away = True
    with pytest.raises(ConnectionError):
        at_once(telling(store, listeners).round())
    assert left(store) == [1, 2, 3]
    listeners.away = False
    at_once(telling(store, listeners).round())
    assert listeners.heard == ["o-1:1", "o-1:3"]


def test_one_process_tells_at_a_time(store: StepStore) -> None:
    """Two tellers would mix the order of one record's versions."""
    first, second = Listeners(), Listeners()
    first.away = True
    with pytest.raises(ConnectionError):
        at_once(telling(store, first).round())
    at_once(telling(store, second, "two").round())
    assert second.heard == []


@pytest.mark.parametrize(
    ("kind", "fields"), [(Kind.CUSTOMER, CUSTOMER), (Kind.ORDER, {**ORDER, "edit_mark": "s3cret"})]
)
def test_events_name_nobody_and_no_secret(kind: Kind, fields: dict[str, Any]) -> None:
    """Whoever may read the exchange would hold everybody's phone, and the keys of their orders."""
    row = EventRow("e-1", kind, 1, HeldClock().now(), fields)
    body = told(row, personal=False).body.decode()
    assert not [secret for secret in PLANTED if secret in body]
    assert "s3cret" not in told(row, personal=True).body.decode()
    assert json.loads(body)["schema"] == f"gateway.{kind}/1"
