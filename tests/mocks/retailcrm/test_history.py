"""The change feed: grammar, walking, own echoes, hidden pages."""

from __future__ import annotations

import pytest

from tests.mocks.retailcrm.conftest import TWO_SHOPS, Crm, Start

ANNA = {"externalId": "c-1", "firstName": "Анна", "phones": [{"number": "8 (912) 345-67-89"}]}


async def test_customer_records_follow_the_grammar(crm: Crm) -> None:
    """Creation is field ``id`` with a thin snapshot; phones and fields follow one by one."""
    await crm.post("customers/create", customer=ANNA)
    patch = {"patronymic": "Сергеевна", "address": {"city": "Королёв"}, "phones": [{"number": "5"}]}
    await crm.post("customers/c-1/edit", customer=patch)
    rows = await crm.history("customers")
    assert [(row["field"], row["oldValue"], row["newValue"]) for row in rows] == [
        ("id", None, 9001),
        ("phones", None, "8 (912) 345-67-89"),
        ("patronymic", None, "Сергеевна"),
        ("address.country", None, "RU"),
        ("address.city", None, "Королёв"),
        ("phones", None, "5"),
    ]
    assert rows[0]["created"] is True
    assert not {"phones", "tags", "address", "isContact", "costSumm"} & set(rows[0]["customer"])
    assert rows[2]["customer"] == {"id": 9001, "externalId": "c-1", "site": "shop-ru"}
    assert rows[4]["address"] == {"id": 801, "isMain": True}
    assert len({row["id"] for row in rows}) == len(rows)


async def test_the_snapshot_stays_while_the_nested_customer_is_of_now(crm: Crm) -> None:
    """An order's creation record keeps the order as it was, but shows the customer as it is."""
    await crm.post("customers/create", customer=ANNA)
    order = {"externalId": "o-1", "customer": {"externalId": "c-1"}, "items": []}
    await crm.post("orders/create", order=order)
    await crm.post("orders/o-1/edit", order={"status": "complete"})
    await crm.post("customers/c-1/edit", customer={"email": "anna@example.com"})
    created, changed = await crm.history("orders")
    assert (created["field"], created["newValue"]) == ("status", {"code": "new"})
    assert created["order"]["status"] == "new"
    assert created["order"]["customer"]["email"] == "anna@example.com"
    assert "payments" not in created["order"]
    assert (changed["oldValue"], changed["newValue"]) == ({"code": "new"}, {"code": "complete"})
    assert changed["order"]["status"] == "complete"


async def test_own_changes_are_marked_for_their_key_only(crm: Crm) -> None:
    """The mark is relative to who asks: another key must see the same change as foreign."""
    await crm.post("customers/create", customer={"externalId": "c-1", "firstName": "Анна"})
    await crm.act("customer.edit", externalId="c-1", customer={"lastName": "Ёжикова"})
    own, foreign = await crm.history("customers"), await crm.history("customers", key="aud1t")
    assert own[0]["apiKey"] == {"current": True}
    assert foreign[0]["apiKey"] == {"current": False}
    assert (own[1]["source"], own[1]["user"]) == ("user", {"id": 7})
    assert "apiKey" not in own[1]


async def test_the_cursor_is_exclusive_and_the_counters_tell_what_remains(crm: Crm) -> None:
    """A walker stops by the counters; wrong ones would end the walk early or never."""
    for number in range(45):
        await crm.post("customers/create", customer={"externalId": f"c-{number}"})
    seen: list[int] = []
    since, rounds = 0, 0
    while True:
        page = (await crm.get("customers/history", {"filter[sinceId]": since})).json()
        seen += [row["id"] for row in page["history"]]
        since, rounds = seen[-1], rounds + 1
        if page["pagination"]["currentPage"] >= page["pagination"]["totalPageCount"]:
            break
    assert seen == list(range(31001, 31046))
    assert rounds == 3


@pytest.mark.parametrize(
    ("rule", "page", "status"),
    [
        ("on", "1", 400),  # since May 2023 the pair is refused
        ("allow_page_1", "1", 200),  # the python client always sends page=1
        ("allow_page_1", "2", 400),
        ("off", "2", 200),
    ],
)
async def test_since_id_and_page_do_not_go_together(
    start: Start, rule: str, page: str, status: int
) -> None:
    """A walker that still sends both would work here and fail at the vendor."""
    crm = await start(strict_history=rule)
    answer = await crm.get("orders/history", {"filter[sinceId]": "1", "page": page})
    assert answer.status_code == status


async def test_page_alone_and_a_window_work(crm: Crm) -> None:
    """Without a cursor the feed is read by pages or by time, as at the first start."""
    for number in range(25):
        crm.clock.move(60)
        await crm.post("customers/create", customer={"externalId": f"c-{number}"})
    second = (await crm.get("customers/history", {"page": "2"})).json()
    assert [len(second["history"]), second["pagination"]["currentPage"]] == [5, 2]
    window = {"filter[startDate]": "2026-03-09 10:10:00", "filter[endDate]": "2026-03-09 10:12:00"}
    assert len((await crm.get("customers/history", window)).json()["history"]) == 3
    one = (await crm.get("customers/history", {"filter[customerExternalId]": "c-3"})).json()
    assert [row["newValue"] for row in one["history"]] == [9004]


async def test_an_empty_page_is_not_the_end(start: Start) -> None:
    """Hidden changes are dropped after paging: whoever stops on an empty page loses the rest."""
    crm = await start(history_hidden="first_page_empty")
    await crm.post("customers/create", customer={"firstName": "Зоя"})
    query = {"filter[sinceId]": "0", "limit": "100"}
    page = (await crm.get("customers/history", query)).json()
    assert page["history"] == []
    assert page["pagination"]["totalPageCount"] == 2
    last = (await crm.get("customers/history", {"page": "2", "limit": "100"})).json()
    assert [row["field"] for row in last["history"]] == ["id"]


async def test_a_hidden_page_can_come_in_the_middle(crm: Crm) -> None:
    """The same trap in the middle of a walk, put there at run time."""
    await crm.post("customers/create", customer={"firstName": "Зоя"})
    await crm.switch(history_hidden="middle_page_empty")
    await crm.post("customers/create", customer={"firstName": "Рая"})
    sizes = [
        len((await crm.get("customers/history", {"page": page})).json()["history"])
        for page in range(1, 7)
    ]
    assert sizes == [1, 0, 0, 0, 0, 1]


async def test_changes_of_other_shops_are_hidden_from_a_key(start: Start) -> None:
    """A key of one shop must not learn of another shop's customers through the feed."""
    crm = await start(shops=TWO_SHOPS)
    await crm.post("customers/create", key="b0th", site="shop-msk", customer={"firstName": "А"})
    await crm.post("customers/create", key="b0th", site="shop-ru", customer={"firstName": "Б"})
    assert [row["customer"]["site"] for row in await crm.history("customers")] == ["shop-ru"]
    assert len(await crm.history("customers", key="b0th")) == 2


async def test_payment_and_line_records(crm: Crm) -> None:
    """Lines and payments have their own records, which a consumer folds by their ids."""
    item = {"offer": {"externalId": "sku-1"}, "quantity": 2, "initialPrice": 900}
    await crm.post("orders/create", order={"externalId": "o-1", "items": [item]})
    payment = {"externalId": "p-1", "type": "cash", "order": {"externalId": "o-1"}}
    await crm.post("orders/payments/create", payment=payment)
    await crm.post("orders/payments/p-1/edit", payment={"status": "paid"})
    lines = [{"id": 7701, "quantity": 3}, {"productName": "Упаковка", "initialPrice": 50}]
    await crm.post("orders/o-1/edit", order={"items": lines})
    rows = (await crm.history("orders"))[1:]
    assert [(row["field"], row["oldValue"], row["newValue"]) for row in rows] == [
        ("payments", None, {"id": 5601, "type": "cash"}),
        ("payments.status", {"code": "not-paid"}, {"code": "paid"}),
        ("full_paid_at", None, "2026-03-09 10:00:00"),
        ("order_product.quantity", 2, 3),
        ("order_product.summ", 1800, 2700),
        ("order_product", None, {"id": 7702}),
        ("full_paid_at", "2026-03-09 10:00:00", None),
    ]
    assert rows[3]["item"]["offer"]["externalId"] == "sku-1"


async def test_ids_grow_with_gaps_when_asked(start: Start) -> None:
    """Live ids have gaps; a reader that counts instead of comparing would lose its place."""
    crm = await start(history_gaps=5)
    for _ in range(20):
        await crm.post("customers/create", customer={"firstName": "Ева"})
    ids = [row["id"] for row in await crm.history("customers")]
    assert ids == sorted(set(ids))
    assert ids[-1] - ids[0] > len(ids)


async def test_times_need_not_follow_ids(start: Start) -> None:
    """The vendor's times go back along the ids: a reader that sorts or cuts by time loses some."""
    crm = await start(history_times="uneven")
    for _ in range(4):
        crm.clock.move(1)
        await crm.post("customers/create", customer={"firstName": "Ева"})
    rows = await crm.history("customers")
    times = [row["createdAt"] for row in rows]
    assert [row["id"] for row in rows] == [31001, 31002, 31003, 31004]
    assert times != sorted(times)
    assert times[2] == "2026-03-09 09:00:03"
