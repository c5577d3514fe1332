"""Feed: whose points moved is read again, nobody is missed, and nobody stops the others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.contract import ContractViolated, MemberKey, Operation, RateLimited
from tests.connectors.bench import Bench

from .conftest import Open
from .world import ANNA, CARD, PHONE, journal, loyalty, sale

GOODS = [{"goodsId": "B-03", "name": "Мёд", "quantity": 1, "amount": 460}]


def people(*ids: int, **fields: Any) -> list[dict[str, Any]]:
    """Return members of these ids."""
    return [{"id": one, "phone": f"7900000{one:04d}", **fields} for one in ids]


async def started(base: Bench) -> str:
    """Return the cursor from which changes are told."""
    _, cursor = await base.walk(Kind.CUSTOMER, None)
    return cursor


async def told(base: Bench, cursor: str) -> list[str]:
    """Return who is told from a cursor on."""
    items, _ = await base.walk(Kind.CUSTOMER, cursor)
    return sorted(item.external_id for item in items)


def ago(cursor: str, **how_long: float) -> str:
    """Return a cursor that begins so long ago."""
    place = json.loads(cursor)
    since = datetime.fromisoformat(place["since"]) - timedelta(**how_long)
    return json.dumps({**place, "since": since.isoformat()})


async def test_nothing_happened_is_an_empty_page(base: Bench) -> None:
    """A quiet night reads all members again and again."""
    page = await base.connector.readers[Kind.CUSTOMER].pull(await started(base), limit=100)

    assert (list(page.items), page.has_more, list(page.rejected)) == ([], False, [])


@pytest.mark.parametrize("version", ["legacy", "v1.2"])
async def test_till_sale_and_posting_name_their_persons(open_double: Open, version: str) -> None:
    """Points earned at a till never show at the site."""
    base = await open_double({"version": version}, version_profile=version)
    await base.seed(customers=people(6000, 6001, 6002))
    cursor = await started(base)
    await base.act("till.sell", phone="79000006000", lines=GOODS)
    await base.act("till.sell", card=CARD, lines=GOODS)
    operation = _posting("6001", version)
    if operation is not None:
        await base.connector.operations["bonus.post"].perform(operation)
    expected = [ANNA, "6000", "6001"] if operation is not None else [ANNA, "6000"]

    assert await told(base, cursor) == expected


def _posting(person_id: str, version: str) -> Operation | None:
    """Return a posting, which the old version makes to cards only."""
    payload = {"customer_external_id": person_id, "kind": "accrue", "points": "5"}
    return Operation("b-1", "bonus.post", payload) if version == "v1.2" else None


async def test_sale_by_the_shop_itself_is_told_too(base: Bench) -> None:
    """The site shows the balance before its own sale."""
    cursor = await started(base)
    basket = sale(points=100, at=datetime.now(UTC))
    kept = await loyalty(base).reserve(basket, key="r-1")
    items, cursor = await base.walk(Kind.CUSTOMER, cursor)
    await loyalty(base).commit(basket, kept, key="k-1")
    later, _ = await base.walk(Kind.CUSTOMER, cursor)

    assert [item.external_id for item in items] == [ANNA]
    (member,) = later
    assert [str(one.available.points) for one in member.entity.bonuses if one.available] == ["358"]


async def test_sale_that_arrives_late_is_met_by_the_overlap(base: Bench) -> None:
    """A till that was offline for ten minutes sends its sales into the past."""
    cursor = await started(base)
    at = datetime.now(UTC) - timedelta(minutes=10)
    await base.act("till.sell", id=5012, lines=GOODS, at=at.isoformat())

    assert await told(base, cursor) == [ANNA]


async def test_window_is_read_to_its_end_page_by_page(base: Bench) -> None:
    """The busiest hour of the year loses everybody after the first page."""
    await base.seed(customers=people(*range(6000, 6007)))
    cursor = ago(await started(base), hours=1)
    at = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    for one in range(6000, 6007):
        await base.act("till.sell", id=one, lines=GOODS, at=at)
    seen: list[str] = []
    more, pages = True, 0
    while more:
        page = await base.connector.readers[Kind.CUSTOMER].pull(cursor, limit=3)
        seen += [item.external_id for item in page.items]
        cursor, more, pages = page.cursor, page.has_more, pages + 1
        await base.act("till.sell", id=5012, lines=GOODS)

    # The last page holds what happened meanwhile too.
    assert pages == 3
    assert sorted(set(seen)) == [ANNA, *(str(one) for one in range(6000, 6007))]
    assert await told(base, cursor) == [ANNA]


async def test_change_after_a_window_is_in_the_next(base: Bench) -> None:
    """What happens while a page is read belongs to no window."""
    cursor = await started(base)
    _, cursor = await base.walk(Kind.CUSTOMER, cursor)
    await base.act("till.sell", id=5012, lines=GOODS)

    assert await told(base, cursor) == [ANNA]


async def test_sale_without_a_member_names_nobody(base: Bench) -> None:
    """A sale to nobody reads everybody."""
    cursor = await started(base)
    await loyalty(base).commit(sale(member=None, at=datetime.now(UTC)), None, key="k-1")

    assert await told(base, cursor) == []


@pytest.mark.parametrize(
    "key", [MemberKey(card=CARD), MemberKey(phone=PHONE)], ids=["card", "phone"]
)
async def test_identifier_of_a_purchase_is_resolved(base: Bench, key: MemberKey) -> None:
    """A card number is looked for among phones, and its holder never read."""
    cursor = await started(base)
    await loyalty(base).commit(sale(member=key, at=datetime.now(UTC)), None, key="k-1")

    assert await told(base, cursor) == [ANNA]


async def test_identifier_that_nobody_has_any_more_stops_nothing(base: Bench) -> None:
    """One card that was deleted stops the feed for ever."""
    await base.seed(customers=people(6000))
    cursor = await started(base)
    await base.act("till.sell", id=6000, lines=GOODS)
    await base.act("till.sell", id=5012, lines=GOODS)
    await base.act("customer.edit", id=6000, change={"phone": "79000006999"})

    assert ANNA in await told(base, cursor)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6])
async def test_first_load_walks_all(open_double: Open, count: int) -> None:
    """The last page of members is left out, or the load never ends."""
    base = await open_double(
        {"first_load": "all"}, seed={"customers": people(*range(1, count + 1))}
    )
    cursor: str | None = None
    seen: list[str] = []
    more, pages = True, 0
    while more:
        page = await base.connector.readers[Kind.CUSTOMER].pull(cursor, limit=5)
        seen += [item.external_id for item in page.items]
        cursor, more, pages = page.cursor, page.has_more, pages + 1

    assert sorted(seen) == sorted(str(one) for one in range(1, count + 1))
    assert pages < 5


async def test_first_load_tells_what_moved_meanwhile(open_double: Open) -> None:
    """Points that move while members are loaded are never read."""
    base = await open_double({"first_load": "all"}, seed={"customers": people(*range(1, 5))})
    reader = base.connector.readers[Kind.CUSTOMER]
    cursor = (await reader.pull(None, limit=2)).cursor
    cursor = (await reader.pull(cursor, limit=2)).cursor
    await base.act("till.sell", id=1, lines=GOODS)

    assert "1" in await told(base, cursor)


async def test_unfinished_persons_are_not_told(open_double: Open) -> None:
    """Persons who never joined come as customers."""
    seed = {"customers": [*people(1), *people(2, state="Normal")]}
    base = await open_double({"first_load": "all"}, seed=seed)
    items, _ = await base.walk(Kind.CUSTOMER, None)

    assert [item.external_id for item in items] == ["1"]


async def test_page_is_asked_for_with_both_borders(base: Bench) -> None:
    """The vendor's own page of ten rows is taken for the whole."""
    await base.seed(customers=people(*range(6000, 6012)))
    cursor = await started(base)
    for one in range(6000, 6012):
        await base.act("till.sell", id=one, lines=GOODS)

    assert len(await told(base, cursor)) == 12


async def test_cursor_of_another_connector_is_refused(base: Bench) -> None:
    """A cursor that was damaged reads from the beginning of time."""
    for cursor in ("", "7", '{"nothing": 1}'):
        with pytest.raises(ContractViolated):
            await base.connector.readers[Kind.CUSTOMER].pull(cursor, limit=10)


async def test_reading_sends_nothing_that_changes(base: Bench) -> None:
    """A look changes what it looks at."""
    await base.look(Kind.CUSTOMER, ANNA)
    await told(base, await started(base))
    effects = {one["effect"] for one in await journal(base) if "token" not in one["op"]}

    assert effects == {"none"}


async def test_person_who_cannot_be_read_now_does_not_stop_the_others(base: Bench) -> None:
    """Three hundred calls without one failure never happen at a vendor in trouble."""
    await base.seed(customers=people(6000, 6001))
    cursor = await started(base)
    for one in (6000, 6001):
        await base.act("till.sell", id=one, lines=GOODS)
    await base.faults({"kind": "status", "status": 503, "path": "/6001/"})
    page = await base.connector.readers[Kind.CUSTOMER].pull(cursor, limit=100)

    assert [item.external_id for item in page.items] == ["6000"]
    assert list(page.unread) == ["6001"]


async def test_vendor_that_answers_nobody_is_asked_for_the_page_again(base: Bench) -> None:
    """An outage would become a heap of single readings."""
    await base.seed(customers=people(6000, 6001))
    cursor = await started(base)
    for one in (6000, 6001):
        await base.act("till.sell", id=one, lines=GOODS)
    await base.faults({"kind": "status", "status": 503, "path": "/600[01]/"})
    with pytest.raises(RateLimited):
        await base.connector.readers[Kind.CUSTOMER].pull(cursor, limit=100)
    await base.faults()

    assert await told(base, cursor) == ["6000", "6001"]
