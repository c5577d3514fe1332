"""Orders of the past: by imports, each once, and told only when the vendor shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.canonical import Kind, Order, OrderStatus
from gateway.contract import (
    Change,
    Deferred,
    Exists,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Written,
)
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.mindbox.conftest import OpenProject, drained, inspected, journal
from tests.connectors.mindbox.test_orders import ORDER
from tests.gateway.sync.stepping import HeldClock

OLGA = {"customer_external_id": "500123", "customer_key": "70014"}
OLD, OLDER, NEW = "o-old", "o-older", "o-new"
PRESENT = ORDER.model_copy(update={"placed_at": datetime(2026, 2, 28, 21, 0, tzinfo=UTC)})
PACE_S, LOOK_S, PATIENCE_S = 72.0, 900.0, 21_600.0


@pytest.fixture
def clock() -> HeldClock:
    """Our own clock."""
    return HeldClock()


@pytest.fixture
async def past(open_project: OpenProject, clock: HeldClock) -> Bench:
    """A project whose imports are processed when a test says so."""
    settings = {"history_before": "2026-03-01T00:00:00+03:00"}
    return await open_project(settings, clock=clock, async_delay_s=3600.0)


def change(past: Bench, key: str = OLD, order: Order = ORDER, **more: Any) -> Change[Any]:
    """Make the change that creates an order of Olga's."""
    return past.change(Kind.ORDER, Copy(key), order, **{**OLGA, **more})


async def write(past: Bench, *wanted: Change[Any]) -> list[Any]:
    """Write and return the outcomes, failures as their errors."""
    outcomes = await past.write(Kind.ORDER, *wanted)
    return [getattr(one, "error", one) for one in outcomes]


async def orders(past: Bench) -> dict[str, Any]:
    """Return the double's orders by our key."""
    return {one["ids"]["websiteOrder"]: one for one in await inspected(past, "orders")}


async def calls(past: Bench) -> list[str]:
    """Return the operations that changed something."""
    rows = await journal(past)
    return [one["op"] for one in rows if one["effect"] in {"created", "changed", "accepted"}]


async def test_past_orders_share_a_file_and_a_present_one_goes_at_once(
    past: Bench, clock: HeldClock
) -> None:
    """Who bought a year ago gets a letter of thanks; or each order takes one of sixty imports."""
    wanted = [change(past), change(past, NEW, PRESENT), change(past, OLDER)]
    old, new, older = await write(past, *wanted)
    assert (type(old), new, type(older)) == (Deferred, Written(NEW, created=True), Deferred)
    assert old.retry_after_s == LOOK_S
    assert sorted(await calls(past)) == ["RetailOrder.Import", "Website.CreateOrder"]
    assert set(await orders(past)) == {NEW}
    clock.move(LOOK_S)
    assert failures(await past.write(Kind.ORDER, change(past))) == ["Deferred"]

    await drained(past)
    assert await write(past, wanted[0], wanted[2]) == [
        Written(OLD, created=True),
        Written(OLDER, created=True),
    ]
    assert len(await calls(past)) == 2
    row = (await orders(past))[OLD]
    assert (row["totalPrice"], row["customerId"]) == (3200, 500123)
    assert row["created"] == "2026-02-28 15:04:00.000"
    assert [(one["quantity"], one["priceOfLine"]) for one in row["lines"]] == [(2, 2700), (1, 300)]
    (olga,) = await inspected(past, "customers", ids={"mindboxId": 500123})
    assert olga["actions"].count("OformlenieZakaza") == 1


@pytest.mark.parametrize("kind", ["cut_after", "status"])
async def test_lost_answer_or_killed_process_leaves_one_order(
    past: Bench, clock: HeldClock, kind: str
) -> None:
    """The file is sent again while the first one waits, and orders are told twice or never."""
    await past.faults({"kind": kind, "path": "bulk", "times": 1, "status": 503})
    (lost,) = await write(past, change(past))
    assert type(lost) is OutcomeUnknown
    assert lost.retry_after_s == LOOK_S
    assert failures(await past.write(Kind.ORDER, change(past))) == ["Deferred"]
    clock.move(LOOK_S)
    await write(past, change(past))  # what was not found after a while is sent again

    await past.restart()
    (again,) = await write(past, change(past))
    assert type(again) is Deferred
    await drained(past)
    assert await write(past, change(past)) == [Written(OLD, created=True)]
    assert len(await inspected(past, "orders")) == 1
    jobs = await inspected(past, "jobs")
    # The file of the new process has the code of the one before: the vendor took it once.
    assert len(jobs) == (2 if kind == "cut_after" else 1)


async def test_edit_waits_for_the_file_and_is_an_ordinary_one_then(
    past: Bench, clock: HeldClock
) -> None:
    """The file is processed after the edit, and the order stands as it was before."""
    await write(past, change(past))
    later = ORDER.model_copy(update={"status": OrderStatus.RETURNED})
    assert failures(await past.write(Kind.ORDER, change(past, order=later))) == ["Deferred"]
    await drained(past)
    clock.move(LOOK_S)
    assert await write(past, change(past, order=later)) == [Exists(OLD)]
    copy = Copy(OLD, external_id=OLD)
    found = past.change(Kind.ORDER, copy, later, **OLGA)
    assert await write(past, found) == [Written(OLD)]
    row = (await orders(past))[OLD]
    assert {one["status"]["ids"]["externalId"] for one in row["lines"]} == {"Returned"}
    assert (await calls(past)).count("RetailOrder.Import") == 1

    # An order that was found after a kill is not written over by itself.
    before = len(await calls(past))
    assert await write(past, found) == [Written(OLD)]
    assert len(await calls(past)) == before
    copy.known = {}
    await past.tell(Kind.ORDER, copy, later, **OLGA)
    await past.tell(Kind.ORDER, copy, ORDER.model_copy(update={"status": OrderStatus.CANCELLED}))
    assert (await calls(past))[before:] == ["Website.UpdateOrder"]


async def test_row_that_was_refused_comes_to_people_and_can_be_sent_again(
    past: Bench, clock: HeldClock
) -> None:
    """The vendor tells row errors in its admin only; the order passes for told and is lost."""
    nobody: dict[str, Any] = {"customer_external_id": "7", "customer_key": "c-late"}
    await write(past, change(past, **nobody))
    await drained(past)
    (job,) = await inspected(past, "jobs")
    assert job["state"] == "DoneWithErrors"
    clock.move(PATIENCE_S - 1)
    assert failures(await past.write(Kind.ORDER, change(past, **nobody))) == ["Deferred"]
    clock.move(1)
    (refused,) = await write(past, change(past, **nobody))
    assert isinstance(refused, Rejected)
    assert refused.vendor_code == "not_imported"

    row = {"ids": {"websiteId": "c-late"}, "mobilePhone": "79990000001"}
    await past.seed(customers=[row])
    await write(past, change(past, **nobody))  # the letter's replay: another wish, another code
    await drained(past)
    assert await write(past, change(past, **nobody)) == [Written(OLD, created=True)]


async def test_orders_wait_for_the_next_file_and_the_present_does_not(
    past: Bench, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sixty-first file of an hour is refused, and then everything rests a minute."""
    monkeypatch.setattr("connectors.mindbox.imports.MOST_WAITING", 3)
    await write(past, change(past))
    first, told = await write(past, change(past, OLDER), change(past, NEW, PRESENT))
    assert (type(first), told) == (Deferred, Written(NEW, created=True))
    others = await write(past, change(past, "o-3"), change(past, "o-4"))
    (more,) = await write(past, change(past, "o-5"))
    assert [one.retry_after_s for one in (first, *others)] == [PACE_S, *[PACE_S + LOOK_S] * 2]
    assert (type(more), more.retry_after_s) == (RateLimited, PACE_S)
    cancelled = ORDER.model_copy(update={"status": OrderStatus.CANCELLED})
    await write(past, change(past, "o-3", cancelled))
    assert (await calls(past)).count("RetailOrder.Import") == 1

    clock.move(PACE_S)
    await write(past, change(past, OLDER))
    await drained(past)
    found = {key: one["totalPrice"] for key, one in (await orders(past)).items()}
    assert found == {OLD: 3200, OLDER: 3200, NEW: 3200, "o-3": 0, "o-4": 3200}
    assert [one["rows"] for one in await inspected(past, "jobs")] == [2, 6]


async def test_file_that_was_surely_not_taken_waits_or_comes_to_people(
    past: Bench, clock: HeldClock
) -> None:
    """A file beyond the limit is forgotten with its orders, or one refused is sent for ever."""
    limit = {"kind": "status", "path": "bulk", "times": 1, "status": 429, "retry_after": "0"}
    await past.faults(limit)
    assert failures(await past.write(Kind.ORDER, change(past))) == ["RateLimited"]
    assert failures(await past.write(Kind.ORDER, change(past, OLDER))) == ["Deferred"]
    await past.faults({"kind": "status", "path": "bulk", "times": 1, "status": 400})
    clock.move(PACE_S)
    assert failures(await past.write(Kind.ORDER, change(past))) == ["Rejected"]
    assert failures(await past.write(Kind.ORDER, change(past, OLDER))) == ["Rejected"]
    clock.move(PACE_S)
    assert failures(await past.write(Kind.ORDER, change(past))) == ["Deferred"]
    assert len(await inspected(past, "jobs")) == 1


async def test_order_of_nobody_goes_at_once_and_of_an_unkeyed_buyer_waits(past: Bench) -> None:
    """An import cannot say whose an order is without our key; the row would be refused."""
    nobody = change(past, customer_external_id=None, customer_key=None)
    unkeyed = change(past, OLDER, customer_key=None)
    told, waits = await write(past, nobody, unkeyed)
    assert told == Written(OLD, created=True)
    assert waits.retry_after_s == 60
    assert await calls(past) == ["Website.CreateOrder"]
