"""History feeds: foreign changes once, own ones never, nothing lost behind hidden pages."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Kind, OrderStatus
from gateway.contract import ContractViolated
from mocks.retailcrm.settings import ApiKey, Shop
from tests.gateway.identity.merging.feeds import followed

from .conftest import Bench, Copy, OpenBench
from .samples import CUSTOMER_KEY, ORDER_KEY, customer, order


async def _made(bench: Bench, name: str, **fields: Any) -> str:
    made = await bench.act("customer.create", customer={"firstName": name, **fields})
    return str(made["id"])


async def _begun(bench: Bench, kind: Kind) -> str:
    """Return a cursor behind everything that happened so far."""
    await _made(bench, "Первый")
    await bench.act("order.create", order={"firstName": "Первый", "items": []})
    _, start, _ = await bench.walk(kind, None)
    _, cursor, _ = await bench.walk(kind, start)
    return cursor


async def test_the_first_start_is_from_now_on(bench: Bench) -> None:
    """A first start from zero would replay years of history on a live account."""
    await bench.seed(customers=[{"firstName": "Давний"}])
    page = await bench.connector.readers[Kind.CUSTOMER].pull(None, limit=100)
    assert (page.items, page.has_more) == ([], False)
    fresh = await _made(bench, "Новый")
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, page.cursor)
    assert [item.external_id for item in items] == [fresh]
    assert "sinceId" in cursor
    assert items[0].changed_at is not None


async def test_a_full_first_load_reads_all_and_then_the_changes(open_bench: OpenBench) -> None:
    """A gateway put into a running business would not know the customers that exist."""
    bench = await open_bench({"first_load": "all"})
    rows = [{"firstName": f"Клиент {n}", "externalId": str(n)} for n in range(230)]
    loaded = await bench.seed(customers=rows)
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    assert sorted(int(item.external_id) for item in items) == loaded["customerIds"]
    fresh = await _made(bench, "Новый")
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [fresh]


async def test_own_changes_are_counted_and_left_out(bench: Bench) -> None:
    """Each write of ours would come back as news and be read for nothing."""
    cursor = await _begun(bench, Kind.CUSTOMER)
    copy = Copy(CUSTOMER_KEY)
    await bench.tell(Kind.CUSTOMER, copy, customer())
    foreign = await _made(bench, "Чужой")
    items, cursor, echoes = await bench.walk(Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [foreign]
    assert echoes == 3
    await bench.act("customer.edit", externalId=CUSTOMER_KEY, customer={"lastName": "Ёлкина"})
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [(item.key, item.entity.name.last) for item in items] == [(CUSTOMER_KEY, "Ёлкина")]


async def test_a_key_given_by_us_is_heard_of(bench: Bench) -> None:
    """The vendor's advice: an own change of the external id is the one that must be heard."""
    born = await _made(bench, "Анна")
    cursor = await _begun(bench, Kind.CUSTOMER)
    change = bench.change(Kind.CUSTOMER, Copy(CUSTOMER_KEY, born), customer(), assign_key=True)
    await bench.connector.writers[Kind.CUSTOMER].write([change])
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [(item.external_id, item.key) for item in items] == [(born, CUSTOMER_KEY)]


async def test_many_changes_of_one_order_are_one_reading(bench: Bench) -> None:
    """An evening's edits of an order would be read and merged dozens of times."""
    cursor = await _begun(bench, Kind.ORDER)
    await bench.tell(Kind.ORDER, Copy(ORDER_KEY), order())
    for status in ("client-confirmed", "assembling", "send-to-delivery"):
        await bench.act("order.status", externalId=ORDER_KEY, status=status)
    before = len(await bench.calls())
    items, _, _ = await bench.walk(Kind.ORDER, cursor)
    assert [item.entity.status for item in items] == [OrderStatus.DELIVERY]
    assert len(await bench.calls()) - before == 2


async def test_deletion_and_merge_are_told(open_bench: OpenBench) -> None:
    """A customer merged in the CRM would live on everywhere else as a second person."""
    bench = await open_bench(combine_delay_ms=0)
    cursor = await _begun(bench, Kind.CUSTOMER)
    kept, merged, dropped = [await _made(bench, name) for name in ("Анна", "Аня", "Спам")]
    await bench.act("customer.combine", customers=[int(merged)], resultCustomer=int(kept))
    await bench.act("customer.delete", id=int(dropped))
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    told = {item.external_id: (item.deleted, item.merged_into) for item in items}
    assert told == {kept: (False, None), merged: (True, kept), dropped: (True, None)}


async def test_a_merge_of_the_vendor_is_followed(open_bench: OpenBench) -> None:
    """Two customers would stay here whom an operator of the CRM has made one."""
    bench = await open_bench(combine_delay_ms=0)
    start = await _begun(bench, Kind.CUSTOMER)
    kept, merged = [await _made(bench, name) for name in ("Анна", "Аня")]
    before, cursor, _ = await bench.walk(Kind.CUSTOMER, start)
    assert len(set(followed(before).values())) == 2
    await bench.act("customer.combine", customers=[int(merged)], resultCustomer=int(kept))
    after, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    people = followed(before, after)
    assert people[kept] == people[merged]


@pytest.mark.parametrize("history_pagination", ["remaining", "whole_feed"])
@pytest.mark.parametrize("strict_history", ["on", "allow_page_1", "off"])
async def test_a_hidden_page_is_no_end(
    open_bench: OpenBench, history_pagination: str, strict_history: str
) -> None:
    """A page of changes that our key may not see would stop the feed for good."""
    bench = await open_bench(history_pagination=history_pagination, strict_history=strict_history)
    cursor = await _begun(bench, Kind.CUSTOMER)
    await bench.switch(history_hidden="first_page_empty")
    await bench.switch(history_hidden="first_page_empty")
    after = await _made(bench, "После")
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [after]
    items, same, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert (items, same) == ([], cursor)


@pytest.mark.parametrize("history_pagination", ["remaining", "whole_feed"])
async def test_hidden_changes_at_the_end_lose_nothing_that_comes_later(
    open_bench: OpenBench, history_pagination: str
) -> None:
    """Stepping too far over hidden records would skip ids that are not given yet."""
    bench = await open_bench(history_pagination=history_pagination)
    cursor = await _begun(bench, Kind.ORDER)
    await bench.switch(history_hidden="first_page_empty")
    for _ in range(3):
        items, cursor, _ = await bench.walk(Kind.ORDER, cursor)
        assert items == []
    made = await bench.act("order.create", order={"firstName": "Пётр", "items": []})
    items, _, _ = await bench.walk(Kind.ORDER, cursor)
    assert [item.external_id for item in items] == [str(made["id"])]


async def test_a_hidden_page_before_the_first_record_is_passed(open_bench: OpenBench) -> None:
    """An account whose feed begins with hidden changes would never be read."""
    bench = await open_bench(history_hidden="first_page_empty")
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    await bench.switch(history_hidden="first_page_empty")
    after = await _made(bench, "После")
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [after]


async def test_other_shops_are_none_of_ours(open_bench: OpenBench) -> None:
    """The customers of a sister shop would be mixed into this one's."""
    bench = await open_bench(
        shops=(Shop("shop-ru", 3, "Shop"), Shop("outlet", 4, "Outlet")),
        keys=(
            ApiKey("gateway", "retailcrm-gateway-key", sites=()),
            ApiKey("auditor", "retailcrm-auditor-key", sites=()),
        ),
    )
    cursor = await _begun(bench, Kind.CUSTOMER)
    theirs = await bench.act("customer.create", site="outlet", customer={"firstName": "Ольга"})
    ours = await _made(bench, "Ольга")
    nobodys = await bench.act("customer.create", site=None, customer={"firstName": "Ольга"})
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert [item.external_id for item in items] == [ours, str(nobodys["id"])]
    reading = await bench.connector.readers[Kind.CUSTOMER].get([str(theirs["id"]), ours])
    assert reading.missing == [str(theirs["id"])]


async def test_a_foreign_cursor_is_refused(bench: Bench) -> None:
    """A cursor of another connector would be read as a place that means something else."""
    with pytest.raises(ContractViolated):
        await bench.connector.readers[Kind.ORDER].pull("p:17", limit=100)
