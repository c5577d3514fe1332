"""Segments, users, notifications, links, tasks, files, carts and favourites."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.retailcrm.conftest import Crm, Start

ALONE = {"filter[sinceId]": "0", "limit": "100"}


async def test_segments_count_and_find_their_customers(crm: Crm) -> None:
    """Membership is read from the customer or by the filter; the feed tells it as the system's."""
    segment = {"id": 4, "code": "vip", "name": "ВИП"}
    await crm.client.post("/__mock__/seed", json={"segments": [segment]})
    for number in (1, 2):
        await crm.post("customers/create", customer={"externalId": f"c-{number}"})
    await crm.act("customer.segment", externalId="c-2", segment="vip")
    found = (await crm.get("customers", {"filter[segment]": "vip"})).json()["customers"]
    assert [(row["externalId"], row["segments"][0]["code"]) for row in found] == [("c-2", "vip")]
    (row,) = (await crm.get("segments", {"filter[minCustomersCount]": "1"})).json()["segments"]
    assert (row["id"], row["customersCount"], row["isDynamic"]) == (4, 1, False)
    last = (await crm.history("customers"))[-1]
    assert (last["field"], last["source"], last["oldValue"], last["newValue"]) == (
        "segments",
        "code",
        None,
        {"code": "vip"},
    )
    again = await crm.act("customer.segment", externalId="c-2", segment="vip")
    assert again["changed"] is False
    await crm.act("customer.segment", externalId="c-2", segment="vip", out=True)
    assert (await crm.get("customers/c-2")).json()["customer"]["segments"] == []
    assert (await crm.history("customers"))[-1]["newValue"] is None


async def test_users_and_notifications(crm: Crm) -> None:
    """A notification needs a type, a text and somebody to read it."""
    assert [row["id"] for row in (await crm.get("users")).json()["users"]] == [7]
    assert (await crm.get("users/8")).status_code == 404
    good = {"type": "api.error", "message": "Обмен стоит", "userIds": [7]}
    assert (await crm.post("notifications/send", notification=good)).status_code == 200
    answer = await crm.post("notifications/send", notification={"type": "sms"})
    assert sorted(answer.json()["errors"]) == ["message", "type", "userIds"]


async def test_linked_orders_show_each_other(crm: Crm) -> None:
    """A link stands on both orders; one order alone is no link."""
    for number in (1, 2):
        await crm.post("orders/create", order={"externalId": f"o-{number}"})
    link = {"comment": "Возврат", "orders": [{"externalId": "o-1"}, {"number": "4502A"}]}
    assert (await crm.post("orders/links/create", link=link)).status_code == 201
    shown = (await crm.get("orders/o-2")).json()["order"]["links"]
    assert shown == [
        {
            "comment": "Возврат",
            "order": {"id": 4501, "number": "4501A", "externalId": "o-1"},
            "createdAt": "2026-03-09 10:00:00",
        }
    ]
    single = {"orders": [{"externalId": "o-1"}]}
    assert (await crm.post("orders/links/create", link=single)).status_code == 400


async def test_tasks_have_a_feed_of_their_own(crm: Crm) -> None:
    """Every feed counts by itself; a task without text is not loaded."""
    task = {"text": "Перезвонить", "performerId": 7}
    assert (await crm.post("tasks/create", task=task)).json() == {"success": True, "id": 1}
    await crm.post("tasks/1/edit", task={"complete": True})
    rows = (await crm.get("tasks/history", ALONE)).json()["history"]
    assert [(row["id"], row["field"], row["newValue"]) for row in rows] == [
        (61001, "id", 1),
        (61002, "complete", True),
    ]
    assert (await crm.get("tasks/1")).json()["task"]["complete"] is True
    assert (await crm.get("tasks/1/comments")).json()["comments"] == []
    assert [
        row["id"] for row in (await crm.get("tasks", {"filter[text]": "звон"})).json()["tasks"]
    ] == [1]
    for wrong in ({}, {"text": "x", "performerId": 99}):
        answer = await crm.post("tasks/create", task=wrong)
        assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Task is not loaded")


async def test_a_file_goes_there_and_back(crm: Crm) -> None:
    """The upload is raw bytes, not a form; what comes down is what went up."""
    raw = bytes(range(256))
    headers = {"X-API-KEY": "k3y", "Content-Type": "application/octet-stream"}
    answer = await crm.client.post("/api/v5/files/upload", content=raw, headers=headers)
    assert answer.json() == {"success": True, "file": {"id": 1}}
    await crm.post("orders/create", order={"externalId": "o-1"})
    row = {"filename": "чек.pdf", "attachment": [{"order": {"externalId": "o-1"}}]}
    assert (await crm.post("files/1/edit", file=row)).status_code == 200
    (held,) = (await crm.get("files", {"filter[orderExternalIds][]": "o-1"})).json()["files"]
    assert (held["filename"], held["type"], held["size"]) == ("чек.pdf", "pdf", 256)
    assert (await crm.get("files/1/download")).content == raw
    assert (await crm.get("files", {"filter[isAttached]": "0"})).json()["files"] == []
    assert (await crm.post("files/1/delete")).status_code == 200
    assert (await crm.get("files/1")).status_code == 404


async def test_files_cost_money(start: Start) -> None:
    """Without money on the account nothing is kept."""
    crm = await start(file_money="none")
    headers = {"X-API-KEY": "k3y", "Content-Type": "application/octet-stream"}
    answer = await crm.client.post("/api/v5/files/upload", content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["errorMsg"]) == (
        400,
        "Your account doesn't have enough money to upload files.",
    )


async def test_a_cart_is_set_read_and_cleared(crm: Crm) -> None:
    """The shop stands in the path by code or id; times carry the offset."""
    await crm.post("customers/create", customer={"externalId": "c-1"})
    cart = {
        "customer": {"externalId": "c-1"},
        "droppedAt": "2026-03-09 15:10:30+03:00",
        "items": [{"quantity": 2, "price": 900, "offer": {"externalId": "sku-1"}}],
    }
    set_path = "customer-interaction/shop-ru/cart/set"
    assert (await crm.post(set_path, cart=cart)).status_code == 200
    path = "customer-interaction/3/cart/c-1"
    held = (await crm.get(path, {"siteBy": "id"})).json()["cart"]
    assert (held["currency"], held["droppedAt"]) == ("RUB", "2026-03-09 15:10:30+03:00")
    await crm.post(
        "customer-interaction/shop-ru/cart/clear", cart={"customer": {"externalId": "c-1"}}
    )
    held = (await crm.get("customer-interaction/shop-ru/cart/9001", {"by": "id"})).json()["cart"]
    assert (held["items"], held["clearedAt"]) == ([], "2026-03-09 10:00:00+03:00")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"droppedAt": "2026-03-09 15:10:30"}, ["droppedAt"]),
        ({"customer": {"externalId": "нет"}}, ["customer"]),
        ({"items": []}, ["items"]),
        ({"items": [{"quantity": 1, "price": 1, "offer": {"id": 1}}]}, ["items[0].offer"]),
    ],
    ids=["naive-time", "unknown-customer", "empty", "unknown-offer"],
)
async def test_bad_carts_are_refused(crm: Crm, changes: dict[str, Any], errors: list[str]) -> None:
    """A time without offset is the mistake that a client used to orders makes here."""
    await crm.post("customers/create", customer={"externalId": "c-1"})
    line = {"quantity": 1, "price": 1, "offer": {"externalId": "sku-1"}}
    cart = {"customer": {"externalId": "c-1"}, "items": [line], **changes}
    answer = await crm.post("customer-interaction/shop-ru/cart/set", cart=cart)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, errors)


async def test_favourites_hold_an_offer_once(crm: Crm) -> None:
    """Adding twice holds it once; removing takes it away."""
    await crm.post("customers/create", customer={"externalId": "c-1"})
    path, row = "customer-interaction/shop-ru/favorites/c-1", {"offer": {"externalId": "sku-1"}}
    for _ in range(2):
        assert (await crm.post(f"{path}/add", favorite=row)).status_code == 200
    held = (await crm.get(path)).json()["favorites"]
    assert held == [{"offer": {"id": 311, "externalId": "sku-1"}}]
    await crm.post(f"{path}/remove", favorite=row)
    assert (await crm.get(path)).json()["favorites"] == []
    assert (await crm.get("customer-interaction/нет/favorites/c-1")).status_code == 404


async def test_telephony_has_a_wider_limit(start: Start) -> None:
    """Forty a second there, ten elsewhere, counted apart."""
    crm = await start(rate_limit_answer="503_json")
    codes = [(await crm.get("telephony/manager")).status_code for _ in range(41)]
    assert codes == [404] * 40 + [503]
    codes = [(await crm.get("orders")).status_code for _ in range(11)]
    assert codes == [200] * 10 + [503]
