"""Identifiers and time."""

from __future__ import annotations

import re
import threading
from datetime import UTC

from gateway.canonical import Kind
from gateway.ids import Jitter, SystemClock, entity_id, sortable_id


def test_entity_ids_fit_into_every_vendors_external_id() -> None:
    """A vendor refuses our key, or changes its letters so that it is never found again."""
    ids = {kind: entity_id(kind) for kind in Kind}

    for made in ids.values():
        assert re.fullmatch(r"[a-z]-[0-9a-z]{22}", made)
        assert len(made) <= 36
    assert len({made[0] for made in ids.values()}) == len(Kind)


def test_ids_are_unique_over_threads() -> None:
    """Two customers get one id."""
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend(sortable_id() for _ in range(2000)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == len(made) == 8000


def test_ids_sort_by_the_time_of_their_making() -> None:
    """New rows are scattered over an index instead of growing at its end."""
    clock = SystemClock()
    first, start = sortable_id(), clock.monotonic()
    while clock.monotonic() - start < 0.005:
        last = sortable_id()

    assert first < last
    assert first[:3] == last[:3]


def test_clock_tells_utc_and_never_goes_back() -> None:
    """Stored times depend on the machine's zone, or a pause becomes negative."""
    clock = SystemClock()
    ticks = [clock.monotonic() for _ in range(100)]

    assert clock.now().tzinfo is UTC
    assert ticks == sorted(ticks)


def test_jitter_stays_below_one_and_varies() -> None:
    """All processes come back to a vendor in the same moment."""
    draws = [Jitter().draw() for _ in range(1000)]

    assert all(0 <= draw < 1 for draw in draws)
    assert len(set(draws)) > 900
