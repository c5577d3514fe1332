"""Pages of a first load that are read ahead: all of them, once each, and anew after a failure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from connectors.retailcrm.client import Listed
from connectors.retailcrm.read_ahead import AHEAD, PagesAhead
from connectors.retailcrm.wire import PaginationWire
from gateway.canonical import Kind
from gateway.contract import Unavailable
from tests.connectors.retailcrm.conftest import OpenBench

PAGES = 7


@dataclass
class Lists:
    """The one call of the client that is needed, answered in its own time."""

    asked: list[int] = field(default_factory=list)
    failing: set[int] = field(default_factory=set)

    async def page(self, kind: Kind, number: int) -> Listed:
        """Answer a page."""
        assert kind is Kind.CUSTOMER
        self.asked.append(number)
        await asyncio.sleep(0)
        if number in self.failing:
            msg = "away"
            raise Unavailable(msg, operation="customers")
        pages = {"currentPage": number, "totalPageCount": PAGES}
        return Listed([{"id": number}], PaginationWire.model_validate(pages))


@pytest.fixture
def lists() -> Lists:
    """A vendor with seven pages."""
    return Lists()


async def test_each_page_is_asked_for_once_and_none_beyond_the_last(lists: Lists) -> None:
    """A load would cost more calls than it has pages, out of the account's budget."""
    ahead = PagesAhead(lists, Kind.CUSTOMER)
    read = [(await ahead.page(number)).rows[0]["id"] for number in range(1, PAGES + 1)]
    assert read == sorted(lists.asked) == list(range(1, PAGES + 1))


async def test_pages_are_under_way_before_they_are_wanted(lists: Lists) -> None:
    """A far vendor would be read at one page a round trip."""
    ahead = PagesAhead(lists, Kind.CUSTOMER)
    await ahead.page(1)
    await ahead.page(2)
    assert sorted(lists.asked) == list(range(1, 2 + AHEAD + 1))


async def test_after_a_failure_all_is_asked_for_again(lists: Lists) -> None:
    """One lost answer would fail the next three pulls as well, and open the circuit."""
    ahead = PagesAhead(lists, Kind.CUSTOMER)
    await ahead.page(1)
    lists.failing = {2, 3, 4, 5}
    with pytest.raises(Unavailable):
        await ahead.page(2)
    lists.failing = set()
    read = [(await ahead.page(number)).rows[0]["id"] for number in range(2, PAGES + 1)]
    assert read == list(range(2, PAGES + 1))


async def test_a_load_over_many_pages_reads_everybody_once(open_bench: OpenBench) -> None:
    """Pages that overtake one another would leave out or repeat customers."""
    bench = await open_bench({"first_load": "all"})
    rows = [{"firstName": "Анна", "email": f"p{one}@example.ru"} for one in range(450)]
    await bench.seed(customers=rows)
    items, _, _ = await bench.walk(Kind.CUSTOMER, None)
    assert len(items) == len({one.external_id for one in items}) == 450
    assert [op for op, _ in await bench.calls()].count("customers") == 5
