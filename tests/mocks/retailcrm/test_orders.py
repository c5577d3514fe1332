"""Orders: customer, lines, sums, payments, codes, uploads, combining."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocks.retailcrm.conftest import Crm, Start

MUG = {"offer": {"externalId": "sku-1"}}


async def _order(crm: Crm, external_id: str = "o-1", **fields: Any) -> dict[str, Any]:
    order = {"externalId": external_id, "items": [{**MUG, "quantity": 1}], **fields}
    answer = await crm.post("orders/create", order=order)
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()["order"]
    return result


async def _refusal(crm: Crm, path: str, **form: Any) -> dict[str, Any]:
    answer = await crm.post(path, **form)
    assert answer.status_code == 400, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_discounts_add_up_per_line_and_per_unit(crm: Crm) -> None:
    """``amount`` of a discount is per line, ``discountTotal`` per unit, prices to the kopeck."""
    items = [
        {**MUG, "initialPrice": 9522, "quantity": 4, "discountManualPercent": 20},
        {**MUG, "initialPrice": 100, "quantity": 3, "discountManualAmount": 3.33},
    ]
    order = await _order(crm, items=items)
    first, second = order["items"]
    assert first["discountTotal"] == 1904.4
    assert first["discounts"] == [{"type": "manual_product", "amount": 7617.6}]
    assert first["prices"] == [{"price": 7617.6, "quantity": 4}]
    assert (second["discountTotal"], second["prices"][0]["price"]) == (3.33, 96.67)
    assert order["summ"] == 30470.4 + 290.01


async def test_the_orders_discount_is_spread_without_losing_a_kopeck(crm: Crm) -> None:
    """An order discount that does not divide gives a line two prices, never another sum."""
    items = [
        {**MUG, "initialPrice": 100, "quantity": 3},
        {**MUG, "initialPrice": 50, "quantity": 1},
    ]
    delivery = {"code": "courier", "cost": 300}
    order = await _order(crm, items=items, discountManualAmount=10, delivery=delivery)
    assert (order["summ"], order["totalSumm"]) == (340, 640)
    prices = [price for item in order["items"] for price in item["prices"]]
    assert round(sum(one["price"] * one["quantity"] for one in prices), 2) == 340
    assert len(order["items"][0]["prices"]) == 2
    assert {one["discounts"][0]["type"] for one in order["items"]} == {"manual_order"}


async def test_a_personal_discount_needs_its_privilege(crm: Crm) -> None:
    """Without ``privilegeType`` the customer's percent silently does not apply."""
    customer = {"externalId": "c-1", "personalDiscount": 10}
    await crm.post("customers/create", customer=customer)
    party = {"externalId": "c-1"}
    assert (await _order(crm, "o-1", customer=party))["summ"] == 900
    order = await _order(crm, "o-2", customer=party, privilegeType="personal_discount")
    assert (order["summ"], order["items"][0]["discounts"]) == (
        810,
        [{"type": "personal", "amount": 90}],
    )


async def test_an_edit_of_items_is_the_whole_composition(crm: Crm) -> None:
    """Lines that are not sent again vanish, and lines without an id are made anew."""
    items = [{**MUG, "externalIds": [{"code": "gw", "value": str(n)}]} for n in range(3)]
    await _order(crm, items=items)
    lines = [
        {"externalIds": [{"code": "gw", "value": "1"}], "quantity": 5},
        {"id": 7703, "status": "out-of-stock"},
        dict(MUG),
    ]
    answer = (await crm.post("orders/o-1/edit", order={"items": lines})).json()
    assert [item["id"] for item in answer["order"]["items"]] == [7702, 7703, 7704]
    assert answer["order"]["items"][1]["isCanceled"] is True
    assert answer["order"]["summ"] == 900 * 6
    await crm.switch(edit_items_missing="kept")
    kept = (await crm.post("orders/o-1/edit", order={"items": [{"id": 7704}]})).json()
    assert {item["id"] for item in kept["order"]["items"]} == {7702, 7703, 7704}
    untouched = (await crm.post("orders/o-1/edit", order={"managerComment": "x"})).json()
    assert len(untouched["order"]["items"]) == 3


async def test_a_customer_is_found_or_made_by_contact_data(crm: Crm) -> None:
    """An order without a customer gets one by phone or e-mail, else a new one by the system."""
    phones = [{"number": "+7 905 000-11-22"}]
    await crm.post("customers/create", customer={"externalId": "c-1", "phones": phones})
    assert (await _order(crm, "o-1", phone="8 (905) 000-11-22"))["customer"]["id"] == 9001
    made = await _order(crm, "o-2", firstName="Глеб", email="gleb@example.com")
    assert made["customer"]["firstName"] == "Глеб"
    assert (await _order(crm, "o-3", email="GLEB@example.com"))["customer"]["id"] == 9002
    assert "customer" not in await _order(crm, "o-4")
    assert (await crm.history("customers"))[-1]["source"] == "code"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"status": "sold"}, "status"),
        ({"orderMethod": "pigeon"}, "orderMethod"),
        ({"orderType": "b2g"}, "orderType"),
        ({"shipmentStore": "nowhere"}, "shipmentStore"),
        ({"delivery": {"code": "drone"}}, "delivery.code"),
        ({"payments": [{"type": "barter"}]}, "payments[0].type"),
        ({"customer": {"id": 1}}, "customer.id"),
        ({"managerId": 99}, "managerId"),
        ({"items": [{"offer": {"id": 999}}]}, "items[0].offer.id"),
        ({"items": [{**MUG, "status": "eaten"}]}, "items[0].status"),
    ],
)
async def test_unknown_names_leave_the_order_unloaded(
    crm: Crm, fields: dict[str, Any], path: str
) -> None:
    """A code that the account lacks refuses the whole order and names the field."""
    body = await _refusal(crm, "orders/create", order={"externalId": "o-1", **fields})
    assert (body["errorMsg"], list(body["errors"])) == ("Order is not loaded", [path])
    assert (await crm.get("orders/o-1")).status_code == 404
    assert await crm.history("orders") == []


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"items": [{**MUG, "quantity": "two"}]}, "items[0].quantity"),
        ({"items": [{**MUG, "initialPrice": -1}]}, "items[0].initialPrice"),
        ({"createdAt": "2026-03-09"}, "createdAt"),
        ({"privilegeType": "vip"}, "privilegeType"),
        ({"promoCode": "SPRING"}, "promoCode"),
        ({"customFields": {"coupon": "SPRING"}}, "customFields.coupon"),
        ({"delivery": {"time": {"from": ["9"]}}}, "delivery.time.from"),
    ],
)
async def test_malformed_fields_are_named(crm: Crm, fields: dict[str, Any], path: str) -> None:
    """A promo code has no field of its own, and a wrong form must not be stored."""
    body = await _refusal(crm, "orders/create", order={"externalId": "o-1", **fields})
    assert (body["errorMsg"], list(body["errors"])) == ("Errors in the entity format", [path])


async def test_the_payment_type_must_suit_the_delivery(crm: Crm) -> None:
    """Credit is not taken by a courier: neither with the order, nor later, nor by a change."""
    text = "This payment type is not supported for the type of delivery"
    order = {"delivery": {"code": "courier"}, "payments": [{"type": "credit"}]}
    body = await _refusal(crm, "orders/create", order=order)
    assert body["errors"] == {"payments[0].type": text}
    await _order(crm, delivery={"code": "courier"})
    payment = {"type": "credit", "order": {"externalId": "o-1"}}
    body = await _refusal(crm, "orders/payments/create", payment=payment)
    assert body["errors"] == {"type": text}
    await _order(crm, "o-2", delivery={"code": "self-delivery"}, payments=[{"type": "credit"}])
    body = await _refusal(crm, "orders/o-2/edit", order={"delivery": {"code": "courier"}})
    assert body["errors"] == {"payments.type": text}


async def test_an_unknown_offer_may_become_a_free_line(crm: Crm) -> None:
    """A line with a name is a free line in any case; without one it depends on a switch."""
    offer = {"offer": {"externalId": "none"}, "quantity": 1, "initialPrice": 5}
    named = await _order(crm, "o-1", items=[{**offer, "productName": "Открытка"}])
    assert named["items"][0]["offer"]["displayName"] == "Открытка"
    await crm.switch(unknown_offer="free_line")
    assert (await _order(crm, "o-2", items=[offer]))["summ"] == 5


async def test_the_order_number_tells_api_from_operator(crm: Crm) -> None:
    """Numbers end with A from the API and C from an operator; a given number stays."""
    assert (await _order(crm))["number"] == "4501A"
    assert (await crm.act("order.create", order={"items": [MUG]}))["number"] == "4502C"
    assert (await _order(crm, "o-3", number="АБВ-17"))["number"] == "АБВ-17"
    found = (await crm.get("orders", {"filter[numbers][]": "АБВ-17"})).json()
    assert [row["externalId"] for row in found["orders"]] == ["o-3"]


async def test_payments_with_the_order_close_it_at_their_own_time(crm: Crm) -> None:
    """``fullPaidAt`` repeats the closing payment's time, and falls when the sum grows."""
    paid = {"type": "cash", "status": "paid", "amount": 900, "paidAt": "2026-03-08 12:00:00"}
    order = await _order(crm, payments=[paid])
    assert (order["prepaySum"], order["fullPaidAt"]) == (900, "2026-03-08 12:00:00")
    assert isinstance(order["payments"], list)
    stored = (await crm.get("orders/o-1")).json()["order"]
    assert list(stored["payments"]) == ["5601"]
    dearer = {"items": [{"id": 7701, "quantity": 2}]}
    edited = (await crm.post("orders/o-1/edit", order=dearer)).json()["order"]
    assert "fullPaidAt" not in edited
    assert (await crm.post("orders/payments/5601/delete")).status_code == 200
    assert (await crm.post("orders/payments/5601/delete")).json()["errorMsg"] == "Payment not found"
    assert (await crm.get("orders/o-1")).json()["order"]["payments"] == {}


async def test_a_payments_external_id_is_unique_in_the_account(crm: Crm) -> None:
    """A repeated payment must be refused, else a retry doubles the money."""
    await _order(crm, payments=[{"type": "cash", "externalId": "p-1"}])
    await _order(crm, "o-2")
    payment = {"type": "cash", "externalId": "p-1", "order": {"externalId": "o-2"}}
    await _refusal(crm, "orders/payments/create", payment=payment)
    await crm.switch(payment_duplicate="creates_second")
    assert (await crm.post("orders/payments/create", payment=payment)).status_code == 201


async def test_payments_of_an_edit_are_ignored_unless_switched(crm: Crm) -> None:
    """Whether an edit honours payments is unconfirmed, so nothing may hang on it."""
    await _order(crm, payments=[{"type": "cash", "externalId": "p-1"}])
    change = {"payments": [{"externalId": "p-1", "status": "paid"}, {"type": "bank-card"}]}
    ignored = (await crm.post("orders/o-1/edit", order=change)).json()["order"]
    assert [one["status"] for one in ignored["payments"].values()] == ["not-paid"]
    await crm.switch(edit_payments="honoured")
    honoured = (await crm.post("orders/o-1/edit", order=change)).json()["order"]
    assert [one["status"] for one in honoured["payments"].values()] == ["paid", "not-paid"]


async def test_filters_of_the_list(crm: Crm) -> None:
    """``extendedStatus`` takes codes and groups; sums and dates are ranges."""
    await _order(crm, "o-1", status="no-call")
    await _order(crm, "o-2", createdAt="2026-02-01 10:00:00", items=[{**MUG, "initialPrice": 5}])
    await _order(crm, "o-3", payments=[{"type": "cash", "status": "paid"}])

    async def found(name: str, value: str) -> list[str]:
        rows = (await crm.get("orders", {f"filter[{name}]": value})).json()["orders"]
        return [row["externalId"] for row in rows]

    assert await found("extendedStatus][", "cancel") == ["o-1"]
    assert await found("extendedStatus][", "new") == ["o-3", "o-2"]
    assert await found("createdAtTo", "2026-02-28") == ["o-2"]
    assert await found("maxPrice", "100") == ["o-2"]
    assert await found("paymentStatuses][", "paid") == ["o-3"]
    assert await found("externalIds][", "o-2") == ["o-2"]
    assert (await crm.get("orders", {"filter[updatedAtFrom]": "2026-01-01"})).status_code == 400


async def test_an_upload_keeps_good_orders_when_others_fail(crm: Crm) -> None:
    """460 with both lists: the saved rows must not be sent again."""
    rows = [
        {"externalId": "o-1", "items": [MUG]},
        {"externalId": "o-2", "items": [{"offer": {"id": 123}}]},
        {"externalId": "o-1", "items": []},
    ]
    answer = await crm.post("orders/upload", orders=rows)
    assert answer.status_code == 460
    assert answer.json()["uploadedOrders"] == [{"id": 4501, "externalId": "o-1"}]
    assert answer.json()["failedOrders"] == [{"externalId": "o-2"}, {"externalId": "o-1"}]
    assert answer.json()["errors"] == [
        "items[0].offer.id: Offer with id 123 not found.",
        "Order with externalId=o-1 already exists.",
    ]
    whole = await crm.post("orders/upload", orders=[{"externalId": "o-9", "items": [MUG]}])
    assert (whole.status_code, whole.json()["failedOrders"]) == (201, [])
    assert whole.json()["orders"][0]["number"] == "4502A"


async def test_the_duplicate_answer_is_a_switch(start: Start) -> None:
    """A connector must recognise both forms of "already exists" as a success path."""
    crm = await start(order_duplicate="400_entity_errors")
    await _order(crm)
    body = await _refusal(crm, "orders/create", order={"externalId": "o-1", "items": []})
    assert body["errors"] == {"externalId": "Order with externalId=o-1 already exists."}


@pytest.mark.parametrize(
    ("technique", "quantities"),
    [("ours", [1]), ("theirs", [4, 1]), ("summ", [5, 1]), ("merge", [1, 1])],
)
async def test_combining_decides_about_the_lines_only(
    crm: Crm, technique: str, quantities: list[int]
) -> None:
    """The absorbed order vanishes with a record; the technique picks the lines."""
    await _order(crm, "o-1", customerComment="наш")
    free = {"productName": "Упаковка", "initialPrice": 10, "quantity": 1}
    await _order(crm, "o-2", items=[{**MUG, "quantity": 4}, free])
    form: dict[str, Any] = {
        "order": {"id": 4502},
        "resultOrder": {"id": 4501},
        "technique": technique,
    }
    assert (await crm.post("orders/combine", **form)).status_code == 200
    result = (await crm.get("orders/o-1")).json()["order"]
    assert [item["quantity"] for item in result["items"]] == quantities
    assert result["customerComment"] == "наш"
    last = (await crm.history("orders"))[-1]
    assert (last["deleted"], last["combinedTo"]["id"]) == (True, 4501)
    assert (await crm.get("orders/o-2")).status_code == 404


async def test_fixing_external_ids_refuses_a_taken_one(crm: Crm) -> None:
    """Two orders of a shop must never share an externalId."""
    await _order(crm, "o-1")
    await _order(crm, "o-2")
    rows = [{"id": 4502, "externalId": "o-1"}]
    await _refusal(crm, "orders/fix-external-ids", orders=rows)
    rows = [{"id": 4502, "externalId": "o-2b"}]
    assert (await crm.post("orders/fix-external-ids", orders=rows)).status_code == 200
    assert (await crm.history("orders"))[-1]["field"] == "external_id"
    assert (await crm.get("orders/o-2b")).status_code == 200
    assert (await crm.get("orders/o-2")).status_code == 404
