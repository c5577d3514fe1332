"""The benchmark of the vendors' limits: it measures the real connectors, and sees refusals."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.vendors.__main__ import arguments, measure
from benchmarks.vendors.doubles import HEADINGS, Pace
from benchmarks.vendors.doubles import arguments as doubles_of
from benchmarks.vendors.doubles import measure as paced
from benchmarks.vendors.meter import MachineClock, Meter
from benchmarks.vendors.phases import Done
from benchmarks.vendors.report import Row, is_kept, row
from benchmarks.vendors.stand import stand
from benchmarks.vendors.vendors import VENDORS
from gateway.canonical import Kind
from gateway.contract import ConnectorError, RateLimit
from gateway.contract.budget import UnlimitedBudget

BY_NAME = {one.name: one for one in VENDORS}


@pytest.mark.parametrize("name", list(BY_NAME))
async def test_every_vendor_is_pulled_edited_and_filled(name: str) -> None:
    """A change of a connector or a double would leave a vendor out of the table."""
    rows: list[Row] = []

    await measure(arguments(["--only", name, "--records", "4", "--seconds", "5"]), rows)

    more = [f"pull {kind}s" for kind in BY_NAME[name].more]
    assert [done.phase for _, done in rows] == ["pull", *more, "edit", "create"]
    for _, done in rows:
        assert done.records >= 4
        assert not done.failed
        assert done.calls > 0
    assert is_kept(rows)


async def test_what_a_vendor_refuses_is_counted_by_its_double() -> None:
    """A connector that breaks a limit would be called clean."""
    async with stand(BY_NAME["retailcrm"]) as running:
        await running.told("settings", {"rate_limit": 1})
        reader = running.connector.readers[Kind.CUSTOMER]
        outcomes: Sequence[object] = [await _tried(reader.get, ["1"]) for _ in range(3)]
        refused = await running.refused()
    done = Done("pull", 1, refused=refused)
    assert refused == sum(1 for one in outcomes if isinstance(one, ConnectorError)) > 0
    assert not is_kept([(BY_NAME["retailcrm"], done)])


async def test_every_double_is_paced_by_what_its_connector_says() -> None:
    """A double that refuses, or a connector that says nothing, would stand there as quick."""
    rows: list[Pace] = []
    await paced(doubles_of(["--only", "retailcrm", "onec", "--requests", "40"]), rows)
    assert [(one.double, one.what) for one in rows] == [
        ("retailcrm", "read"), ("retailcrm", "edit"), ("onec", "read"), ("onec", "edit"),
    ]  # fmt: skip
    assert all(one.requests >= 40 and not one.refused for one in rows)
    assert all(len(one.cells()) == len(HEADINGS) for one in rows)


async def _tried(get: object, ids: Sequence[str]) -> object:
    assert callable(get)
    try:
        return await get(ids)
    except ConnectorError as error:
        return error


def _metered(*calls: tuple[float, str]) -> Meter:
    meter = Meter(UnlimitedBudget(MachineClock()))
    for at, operation in calls:
        meter.departed.append(at)
        meter.called(account="a", operation=operation, status=200, seconds=0.5)
    return meter


@pytest.mark.parametrize(
    ("by_operation", "share"),
    [pytest.param(False, 0.75, id="all"), pytest.param(True, 0.5, id="each")],
)
def test_the_share_is_of_the_time_between_first_and_last(
    by_operation: bool,  # noqa: FBT001 - a case
    share: float,
) -> None:
    """One call more than intervals would make every short run look fuller than it is."""
    meter = _metered((0.0, "look"), (1.0, "look"), (1.5, "make"), (2.0, "look"))
    assert meter.share(RateLimit(calls=2), by_operation=by_operation) == share
    assert meter.seats(2) == 0.5


def test_a_moment_says_nothing_of_a_limit() -> None:
    """Two calls within a millisecond would count as a thousand times the limit."""
    limit = RateLimit(calls=10)
    assert _metered((0.0, "a"), (0.001, "a")).share(limit, by_operation=False) is None
    assert _metered().share(limit, by_operation=False) is None


def test_the_table_tells_how_far_a_bounded_run_came() -> None:
    """A run that was cut short would pass for the whole work."""
    done = Done("edit", 100, records=30, calls=30, seconds=3.0, share=0.97)
    done.failed["Rejected"] = 1
    cells = row(BY_NAME["retailcrm"], done)
    assert cells[2:] == [
        "30 of 100, 1 Rejected", "30", "0", "10 in 1 s", "97.0%", "10", "1.00", "none",
    ]  # fmt: skip


def test_bulk_calls_are_named_by_phase() -> None:
    """A read of one record would pass for a page of them."""
    done = Done("pull", 1)
    done.operations["Catalog_Партнеры"] = 2
    assert row(BY_NAME["onec"], done)[-1] == "Catalog_Партнеры 2"
    done.phase = "edit"
    assert row(BY_NAME["onec"], done)[-1] == "none"
