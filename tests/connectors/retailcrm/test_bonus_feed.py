"""Bonuses in customers: balances that move are heard of once, whoever moved them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.canonical import Customer, Kind
from gateway.canonical.paths import spoken
from gateway.contract import ContractViolated, Observed
from mocks.retailcrm.settings import ApiKey, Shop

from .conftest import KEY, Bench, Copy, OpenBench
from .members import LOYALTY, join, programme
from .samples import CUSTOMER_KEY, customer


async def _club(open_bench: OpenBench, own: dict[str, Any] | None = None, **more: Any) -> Bench:
    first_load = more.pop("first_load", "from_now")
    bench = await open_bench(
        {"loyalty": {**LOYALTY, **(own or {})}, "first_load": first_load, "overlap_s": 0}, **more
    )
    await bench.seed(programs=[programme()])
    return bench


def _balances(items: list[Observed[Customer]]) -> dict[str, str]:
    told = {}
    for item in items:
        for account in item.entity.bonuses:
            assert account.available is not None
            told[item.external_id] = str(account.available.points)
    return told


@pytest.mark.parametrize("cursor_end", ["no_key", "empty_string", "same_cursor"])
async def test_a_moved_balance_is_told_once(open_bench: OpenBench, cursor_end: str) -> None:
    """A balance in the app would stay as it was a year ago, or be read at every poll."""
    bench = await _club(open_bench, cursor_end=cursor_end)
    external_id, account = await join(bench, 100)
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, cursor)
    await bench.act("loyalty.credit", account=account, amount=30)
    await bench.act("loyalty.charge", account=account, amount=5)
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert _balances(items) == {external_id: "125"}
    (item,) = items
    assert set(spoken(item.entity)) == {
        "bonuses/club",
        "bonuses/club/available",
        "bonuses/club/tier",
        "tier",
    }
    assert item.changed_at is not None
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert items == []


async def test_a_customer_in_both_feeds_is_told_once(open_bench: OpenBench) -> None:
    """One page would hold two states of one customer."""
    bench = await _club(open_bench)
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    external_id, _ = await join(bench, 100)
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    (item,) = items
    assert (item.external_id, _balances(items)) == (external_id, {external_id: "100"})
    assert item.entity.name is not None
    assert item.entity.tier == "Silver"


async def test_old_postings_are_passed_over(open_bench: OpenBench) -> None:
    """A first start would tell all members of the last ten years."""
    bench = await _club(open_bench)
    _, account = await join(bench)
    for _ in range(120):
        await bench.act("loyalty.credit", account=account, amount=1)
    page = await bench.connector.readers[Kind.CUSTOMER].pull(None, limit=20)
    old = json.loads(page.cursor)
    old["since"] = "2099-01-01 00:00:00"
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, json.dumps(old))
    assert _balances(items) == {}
    assert "since" not in json.loads(cursor)
    await bench.act("loyalty.credit", account=account, amount=1)
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert list(_balances(items).values()) == ["121"]


async def test_a_first_load_tells_all_balances(open_bench: OpenBench) -> None:
    """A gateway put into a running business would not know what people have."""
    bench = await _club(open_bench, first_load="all")
    made = [(await join(bench, 10 + n, phone=f"+7916000{n:04}", card=None))[0] for n in range(3)]
    items, _, _ = await bench.walk(Kind.CUSTOMER, None)
    assert _balances(items) == {one: str(10 + n) for n, one in enumerate(made)}


async def test_a_cursor_of_before_loyalty_goes_on(open_bench: OpenBench) -> None:
    """An account that gets loyalty would be read from its beginning, or not at all."""
    plain = await open_bench()
    _, cursor, _ = await plain.walk(Kind.CUSTOMER, None)
    _, cursor, _ = await plain.walk(Kind.CUSTOMER, cursor)
    bench = await _club(open_bench)
    _, account = await join(bench, 5)
    items, cursor, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert len(items) == 1
    await bench.act("loyalty.credit", account=account, amount=1)
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert list(_balances(items).values()) == ["6"]


async def test_a_cursor_of_loyalty_serves_without_it_being_followed(open_bench: OpenBench) -> None:
    """An account whose bonuses are no longer followed would stop."""
    bench = await _club(open_bench)
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    quiet = await _club(open_bench, {"follow_bonuses": False})
    await join(quiet, 5)
    items, cursor, _ = await quiet.walk(Kind.CUSTOMER, cursor)
    assert len(items) == 1
    assert _balances(items) == {}
    assert "bonus" not in cursor


@pytest.mark.parametrize("cursor", ["no json", '{"feed": "{}", "seen": "x"}', "7", "[]"])
async def test_a_foreign_cursor_is_refused(open_bench: OpenBench, cursor: str) -> None:
    """A feed would go on from somewhere."""
    bench = await _club(open_bench)
    with pytest.raises(ContractViolated):
        await bench.connector.readers[Kind.CUSTOMER].pull(cursor, limit=100)


async def test_reading_by_id_adds_bonuses_in_few_calls(open_bench: OpenBench) -> None:
    """A hundred members would cost a hundred calls each time."""
    bench = await _club(open_bench, {"bonuses_on_read": True})
    made = [(await join(bench, 10 + n, phone=f"+7916000{n:04}", card=None))[0] for n in range(12)]
    stranger = str((await bench.act("customer.create", customer={"firstName": "Пётр"}))["id"])
    reader = bench.connector.readers[Kind.CUSTOMER]
    reading = await reader.get([*made, stranger, "999999"])
    assert _balances(list(reading.items)) == {one: str(10 + n) for n, one in enumerate(made)}
    assert list(reading.missing) == ["999999"]
    (other,) = [item for item in reading.items if item.external_id == stranger]
    assert spoken(other.entity)["bonuses"] == []
    before = len(await bench.calls())
    assert len((await reader.get(made)).items) == 12
    assert len(await bench.calls()) - before == 2


async def test_bonuses_stay_when_a_customer_is_written(open_bench: OpenBench) -> None:
    """A write would take the balance for something that it clears."""
    bench = await _club(open_bench, {"bonuses_on_read": True})
    external_id, _ = await join(bench, 100)
    copy = Copy(CUSTOMER_KEY, external_id)
    seen = await bench.look(Kind.CUSTOMER, copy)
    copy.known = dict(spoken(seen.entity))
    await bench.tell(Kind.CUSTOMER, copy, customer(phones=seen.entity.phones))
    assert copy.known["bonuses/club/available"] == {"points": "100"}
    assert await bench.news(Kind.CUSTOMER, copy) == {}


@pytest.mark.parametrize(("shop", "told"), [(None, True), ("shop-kz", False)])
async def test_members_of_other_shops_are_none_of_ours(
    open_bench: OpenBench, shop: str | None, *, told: bool
) -> None:
    """A programme may be shared by shops; their customers are not."""
    key = ApiKey("gateway", KEY, sites=("shop-ru", "shop-kz"))
    shops = (Shop("shop-ru", 3, "Shop"), Shop("shop-kz", 4, "Дүкен"))
    bench = await _club(open_bench, keys=(key,), shops=shops)
    _, cursor, _ = await bench.walk(Kind.CUSTOMER, None)
    made = await bench.act("customer.create", site=shop, customer={"firstName": "Пётр"})
    joined = await bench.act(
        "loyalty.join", customer=made["id"], activate=True, site=shop or "shop-ru"
    )
    await bench.act("loyalty.credit", account=joined["account"], amount=7)
    items, _, _ = await bench.walk(Kind.CUSTOMER, cursor)
    assert _balances(items) == ({str(made["id"]): "7"} if told else {})
