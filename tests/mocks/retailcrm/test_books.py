"""Reference books, custom fields and dictionaries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.retailcrm.conftest import Crm


async def _book(crm: Crm, name: str, key: str) -> Any:  # noqa: ANN401 - a map or a list, by book
    return (await crm.get(f"reference/{name}")).json()[key]


async def test_books_are_maps_or_lists_as_documented(crm: Crm) -> None:
    """A reader that expects one container for all books fails on the other."""
    assert isinstance(await _book(crm, "order-methods", "orderMethods"), dict)
    assert isinstance(await _book(crm, "stores", "stores"), list)
    assert (await crm.get("reference/nothing")).json()["errorMsg"] == "API method not found"


async def test_a_new_payment_type_shows_on_both_sides(crm: Crm) -> None:
    """Payment and delivery types name each other: an edit of one side must show on the other."""
    row = {"name": "Карта на кассе", "deliveryTypes": ["courier"], "paymentStatuses": ["paid"]}
    answer = await crm.post("reference/payment-types/pos/edit", paymentType=row)
    assert answer.status_code == 201
    deliveries = await _book(crm, "delivery-types", "deliveryTypes")
    assert "pos" in deliveries["courier"]["paymentTypes"]
    assert "pos" not in deliveries["self-delivery"]["paymentTypes"]
    change = {"paymentTypes": ["cash"]}
    assert (
        await crm.post("reference/delivery-types/courier/edit", deliveryType=change)
    ).status_code == 200
    types = await _book(crm, "payment-types", "paymentTypes")
    assert types["pos"]["deliveryTypes"] == []
    assert types["cash"]["deliveryTypes"] == ["self-delivery", "courier"]


async def test_a_status_moves_between_groups(crm: Crm) -> None:
    """A filter by group must follow the book after an edit."""
    status = {"name": "Возврат", "group": "cancel"}
    await crm.post("reference/statuses/gw-returned/edit", status=status)
    await crm.post("orders/create", order={"externalId": "o-1", "status": "gw-returned"})
    await crm.post("reference/statuses/gw-returned/edit", status={"group": "complete"})
    groups = await _book(crm, "status-groups", "statusGroups")
    assert "gw-returned" not in groups["cancel"]["statuses"]
    assert groups["complete"]["statuses"] == ["complete", "gw-returned"]
    query = {"filter[extendedStatus][]": "complete"}
    assert len((await crm.get("orders", query)).json()["orders"]) == 1


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("statuses/x/edit", {"status": {"group": "new"}}),  # a new row needs a name
        ("statuses/x/edit", {"status": {"name": "x"}}),  # and a status a group
        ("payment-types/x/edit", {"paymentType": {"name": "x", "deliveryTypes": ["drone"]}}),
        ("payment-types/x/edit", {"paymentType": {"name": "x", "deliveryTypes": "courier"}}),
    ],
)
async def test_bad_rows_are_refused(crm: Crm, path: str, form: dict[str, Any]) -> None:
    """A row that names what does not exist would break the orders that use it later."""
    answer = await crm.post(f"reference/{path}", **form)
    assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Errors in the entity format")


async def test_dictionary_values_are_element_codes(crm: Crm) -> None:
    """A dictionary field takes codes of its elements only, not their names."""
    stores = {"name": "Магазины", "code": "shops", "elements": [{"name": "ТЦ", "code": "mall"}]}
    assert (
        await crm.post("custom-fields/dictionaries/create", customDictionary=stores)
    ).status_code == 201
    field = {
        "name": "Где",
        "code": "where",
        "type": "multiselect_dictionary",
        "dictionary": "shops",
    }
    await crm.post("custom-fields/customer/create", customField=field)
    good = {"externalId": "c-1", "customFields": {"where": ["mall"]}}
    assert (await crm.post("customers/create", customer=good)).status_code == 201
    bad = {"externalId": "c-2", "customFields": {"where": ["ТЦ"]}}
    answer = await crm.post("customers/create", customer=bad)
    assert list(answer.json()["errors"]) == ["customFields.where"]


async def test_empty_custom_fields_are_a_list(crm: Crm) -> None:
    """PHP writes an empty map as a list; a strict reader of maps fails on it."""
    await crm.post("customers/create", customer={"externalId": "c-1"})
    assert (await crm.get("customers/c-1")).json()["customer"]["customFields"] == []
    values = {"customFields": {"favourite_store": "main"}}
    await crm.post("customers/c-1/edit", customer=values)
    shown = (await crm.get("customers/c-1")).json()["customer"]["customFields"]
    assert shown == {"favourite_store": "main"}
    cleared = {"customFields": {"favourite_store": None}}
    await crm.post("customers/c-1/edit", customer=cleared)
    assert (await crm.get("customers/c-1")).json()["customer"]["customFields"] == []
    last = (await crm.history("customers"))[-1]
    assert (last["field"], last["oldValue"], last["newValue"]) == (
        "custom_favourite_store",
        "main",
        None,
    )


async def test_unknown_custom_fields_may_be_ignored(crm: Crm) -> None:
    """Whether an unknown code is refused is unconfirmed: a connector must create fields first."""
    await crm.switch(unknown_custom_field="ignored", unknown_field="ignored")
    customer = {"externalId": "c-1", "customFields": {"none": 1}, "fistName": "x"}
    assert (await crm.post("customers/create", customer=customer)).status_code == 201
    stored = (await crm.get("customers/c-1")).json()["customer"]
    assert stored["customFields"] == []


async def test_a_custom_field_is_made_once_and_patched(crm: Crm) -> None:
    """Creation is not idempotent: the second must be refused, an edit must keep the code."""
    field = {"name": "Смена", "code": "shift", "type": "string"}
    assert (await crm.post("custom-fields/order/create", customField=field)).status_code == 201
    assert (await crm.post("custom-fields/order/create", customField=field)).status_code == 400
    wrong = {"name": "Х", "code": "x", "type": "colour"}
    assert (await crm.post("custom-fields/order/create", customField=wrong)).status_code == 400
    await crm.post("custom-fields/order/shift/edit", customField={"name": "Смена кассы"})
    stored = (await crm.get("custom-fields/order/shift")).json()["customField"]
    assert (stored["code"], stored["name"]) == ("shift", "Смена кассы")
    assert (await crm.get("custom-fields/order/none")).json()["errorMsg"] == "Not found"
    missing = await crm.post("custom-fields/order/none/edit", customField={"name": "x"})
    assert missing.json()["errorMsg"] == "API method not found"


async def test_couriers_and_currencies_get_ids(crm: Crm) -> None:
    """These two books are made by create and edited by id; a second code is refused."""
    made = await crm.post("reference/couriers/create", courier={"firstName": "Пётр"})
    assert (made.status_code, made.json()) == (201, {"success": True, "id": 1})
    await crm.post("reference/couriers/1/edit", courier={"lastName": "Ёжиков"})
    assert await _book(crm, "couriers", "couriers") == [
        {"active": True, "firstName": "Пётр", "id": 1, "lastName": "Ёжиков"}
    ]
    missing = await crm.post("reference/couriers/2/edit", courier={"lastName": "Х"})
    assert (missing.status_code, missing.json()["errorMsg"]) == (
        404,
        "An attempt was made to edit a nonexistent record",
    )
    currency = {"code": "KZT", "isAutoConvert": True}
    assert (await crm.post("reference/currencies/create", currency=currency)).json()["id"] == 2
    twice = await crm.post("reference/currencies/create", currency={"code": "RUB"})
    assert twice.status_code == 400
    nothing = await crm.post("reference/stores/create", store={"name": "x"})
    assert nothing.json()["errorMsg"] == "API method not found"
