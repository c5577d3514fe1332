"""What saves of an order do to it (reference 2.1-2.5, traps of chapter 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json, Shop

JAM = {"productId": 88, "currency": "RUB", "quantity": 2}


async def _full(shop: Shop, order_id: int) -> Json:
    found: Json = (await shop.result("sale.order.get", {"id": order_id}))["order"]
    return found


async def _with_item(shop: Shop) -> tuple[int, int]:
    order = await shop.order()
    fields = {**JAM, "orderId": order}
    item = await shop.result("sale.basketitem.add", {"fields": fields})
    return order, int(item["basketItem"]["id"])


async def _pay(shop: Shop, order: int, **fields: Any) -> int:
    body = {"fields": {"orderId": order, "paySystemId": 2, **fields}}
    return int((await shop.result("sale.payment.add", body))["payment"]["id"])


async def test_empty_collections_are_absent(shop: Shop) -> None:
    """A bare order must not show empty lists: a parser has to take absent keys."""
    order = await _full(shop, await shop.order())
    assert not {"basketItems", "payments", "shipments", "propertyValues"} & set(order)
    assert order["xmlId"].startswith("bx_")


async def test_order_without_a_buyer_is_anonymous(shop: Shop) -> None:
    """Without ``userId`` the order belongs to the shop's anonymous buyer."""
    fields = {"lid": "s1", "personTypeId": 1, "currency": "RUB"}
    answer = await shop.result("sale.order.add", {"fields": fields})
    assert answer["order"]["userId"] == 2


async def test_every_save_moves_version_and_date(shop: Shop) -> None:
    """Orders are pulled by ``dateUpdate``: a save of any part must move it."""
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    order, item = await _with_item(shop)
    await shop.act("clock.freeze", at="2025-03-03T14:05:00+03:00")
    before = await _full(shop, order)
    body = {"id": item, "fields": {"quantity": 3}}
    await shop.result("sale.basketitem.update", body)
    after = await _full(shop, order)
    assert after["version"] == before["version"] + 1
    assert (before["dateUpdate"], after["dateUpdate"]) == (
        "2025-03-03T14:00:00+03:00",
        "2025-03-03T14:05:00+03:00",
    )
    assert after["dateInsert"] == before["dateInsert"]


async def test_read_only_immutable_and_unknown_keys_vanish(shop: Shop) -> None:
    """The vendor drops such keys without a word; a double that refused them would teach wrong."""
    order = await shop.order()
    fields = {"userId": 8, "payed": "Y", "lid": "s2", "nope": 1, "comments": "Упакован"}
    await shop.result("sale.order.update", {"id": order, "fields": fields})
    full = await _full(shop, order)
    assert (full["userId"], full["payed"], full["lid"]) == (7, "N", "s1")
    assert full["comments"] == "Упакован"


async def test_unknown_status_is_not_saved(shop: Shop) -> None:
    """A status that the shop lacks must not end up in an order."""
    order = await shop.order()
    wrong = {"id": order, "fields": {"statusId": "ZZ"}}
    assert await shop.refused("sale.order.update", wrong) == (400, 200550000001)
    assert (await _full(shop, order))["statusId"] == "N"


async def test_price_sent_becomes_custom(shop: Shop) -> None:
    """A price sent by REST must stick and keep ``basePrice = price + discountPrice``."""
    order, item = await _with_item(shop)
    body = {"id": item, "fields": {"quantity": 2, "price": 600}}
    row = (await shop.result("sale.basketitem.update", body))["basketItem"]
    assert (row["price"], row["basePrice"], row["discountPrice"]) == (600, 700, 100)
    assert row["customPrice"] == "Y"
    assert (await _full(shop, order))["price"] == 1200


async def test_item_update_demands_quantity(shop: Shop) -> None:
    """The code demands ``quantity`` in every update (switch S6)."""
    _, item = await _with_item(shop)
    body = {"id": item, "fields": {"price": 600}}
    assert await shop.refused("sale.basketitem.update", body) == (400, 0)
    await shop.door("settings", {"basket_update_needs_quantity": False})
    assert (await shop.result("sale.basketitem.update", body))["basketItem"]["price"] == 600


async def test_item_of_an_order_is_deleted(shop: Shop) -> None:
    """A deleted row must leave the order and its price."""
    order, item = await _with_item(shop)
    assert await shop.result("sale.basketitem.delete", {"id": item}) is True
    assert (await _full(shop, order))["price"] == 0
    assert await shop.refused("sale.basketitem.get", {"id": item}) == (400, 200140400001)


async def test_sole_open_payment_follows_the_price(shop: Shop) -> None:
    """Only one unpaid payment of the old sum follows; two of them stay (trap 20)."""
    order, item = await _with_item(shop)
    payment = await _pay(shop, order, sum=1400)
    await shop.result("sale.basketitem.update", {"id": item, "fields": {"quantity": 3}})
    assert (await shop.result("sale.payment.get", {"id": payment}))["payment"]["sum"] == 2100
    await _pay(shop, order, sum=10)
    await shop.result("sale.basketitem.update", {"id": item, "fields": {"quantity": 4}})
    assert (await shop.result("sale.payment.get", {"id": payment}))["payment"]["sum"] == 2100


async def test_payed_is_computed_from_payments(shop: Shop) -> None:
    """The order is paid when paid sums cover it, and unpaid again when a payment is undone."""
    order, _ = await _with_item(shop)
    payment = await _pay(shop, order, sum=1000, paid="Y")
    assert (await _full(shop, order))["payed"] == "N"
    rest = await _pay(shop, order, sum=400, paid="Y")
    full = await _full(shop, order)
    assert (full["payed"], full["statusId"]) == ("Y", "N")
    assert full["payments"][0]["datePaid"] is not None
    body = {"id": rest, "fields": {"paySystemId": 2, "paid": "N"}}
    assert (await shop.result("sale.payment.update", body))["payment"]["datePaid"] is None
    assert (await _full(shop, order))["payed"] == "N"
    assert (await shop.result("sale.payment.list", {"filter": {"paid": "Y"}}))["payments"][0][
        "id"
    ] == payment


async def test_paid_order_can_move_to_status_p(shop: Shop) -> None:
    """With the site's setting on, payment must move the status (switch S13)."""
    await shop.door("settings", {"paid_moves_to_p": True})
    order, _ = await _with_item(shop)
    await _pay(shop, order, sum=1400, paid="Y")
    assert (await _full(shop, order))["statusId"] == "P"


async def test_paid_order_is_neither_cancelled_nor_deleted(shop: Shop) -> None:
    """Trap 24: first the payment is returned, then the order may go."""
    order, _ = await _with_item(shop)
    payment = await _pay(shop, order, sum=1400, paid="Y")
    code = "SALE_ORDER_CANCEL_PAYMENT_EXIST_ACTIVE"
    cancel = {"id": order, "fields": {"canceled": "Y", "reasonCanceled": "Передумал"}}
    assert await shop.refused("sale.order.update", cancel) == (400, code)
    assert await shop.refused("sale.order.delete", {"id": order}) == (400, code)
    returned = {"paySystemId": 2, "isReturn": "Y", "payReturnNum": "В-1"}
    await shop.result("sale.payment.update", {"id": payment, "fields": returned})
    full = (await shop.result("sale.order.update", cancel))["order"]
    assert (full["canceled"], full["reasonCanceled"]) == ("Y", "Передумал")
    assert full["dateCanceled"] is not None
    assert await shop.result("sale.order.delete", {"id": order}) is True
    assert await shop.refused("sale.order.get", {"id": order}) == (400, 200540400001)
    assert (await shop.result("sale.basketitem.list"))["basketItems"] == []


async def test_shipment_update_without_prices_zeroes_them(shop: Shop) -> None:
    """Trap 4: prices and status not sent are lost, and the order's price with them."""
    order, item = await _with_item(shop)
    base = {"deliveryId": 3, "allowDelivery": "N", "deducted": "N"}
    body = {"fields": {**base, "orderId": order, "basePriceDelivery": 300}}
    shipment = (await shop.result("sale.shipment.add", body))["shipment"]["id"]
    row = {"orderDeliveryId": shipment, "basketId": item, "quantity": 2}
    await shop.result("sale.shipmentitem.add", {"fields": row})
    assert await shop.refused("sale.shipmentitem.add", {"fields": row}) == (400, 201250000001)
    assert (await _full(shop, order))["price"] == 1700
    shipped = {**base, "deducted": "Y", "trackingNumber": "TR-9"}
    answer = await shop.result("sale.shipment.update", {"id": shipment, "fields": shipped})
    assert (answer["shipment"]["priceDelivery"], answer["shipment"]["statusId"]) == (0, "DN")
    full = await _full(shop, order)
    assert (full["price"], full["deducted"]) == (1400, "Y")
    refusal = await shop.refused("sale.shipment.delete", {"id": shipment})
    assert refusal == (400, "SALE_SHIPMENT_EXIST_SHIPPED")
    cancel = {"id": order, "fields": {"canceled": "Y"}}
    assert (await shop.refused("sale.order.update", cancel))[0] == 400


async def test_shipment_lists_its_rows(shop: Shop) -> None:
    """``sale.shipment.list`` and ``get`` show what is inside, unlike the order's list."""
    placed = await shop.act("order.place", items=[{"product_id": 88, "quantity": 2}])
    found = await shop.result("sale.shipment.list", {"filter": {"orderId": placed["id"]}})
    assert found["shipments"][0]["shipmentItems"][0]["basketId"] == placed["basket_ids"][0]
    one = await shop.result("sale.shipment.get", {"id": placed["shipment_ids"][0]})
    assert one["shipment"]["accountNumber"] == f"{placed['id']}/2"


async def test_property_values_not_listed_are_wiped(shop: Shop) -> None:
    """Trap 4: ``modify`` replaces the whole set."""
    order = await shop.order()
    both = [{"orderPropsId": 1, "value": "Анна"}, {"orderPropsId": 3, "value": "8 (999) 000-11-22"}]
    body = {"fields": {"order": {"id": order, "propertyValues": both}}}
    await shop.result("sale.propertyvalue.modify", body)
    one = {"fields": {"order": {"id": order, "propertyValues": both[1:]}}}
    rows = (await shop.result("sale.propertyvalue.modify", one))["propertyValues"]
    assert [(row["code"], row["value"]) for row in rows] == [("PHONE", "8 (999) 000-11-22")]
    found = await shop.result("sale.propertyvalue.list", {"filter": {"orderId": order}})
    assert [row["orderId"] for row in found["propertyValues"]] == [order]
    value = await shop.result("sale.propertyvalue.get", {"id": rows[0]["id"]})
    assert value["propertyValue"]["orderPropsId"] == 3
    wrong = {"fields": {"order": {"id": order, "propertyValues": [{"orderPropsId": 1}]}}}
    status, answer = await shop.ask("sale.propertyvalue.modify", wrong)
    text = "Required fields: [propertyValues][0] - value."
    assert (status, answer["error_description"]) == (400, text)


async def test_same_xml_id_twice_makes_two_orders(shop: Shop) -> None:
    """``xmlId`` is not unique: only a look-up before ``add`` prevents the second order."""
    await shop.order(xmlId="gw-1")
    await shop.order(xmlId="gw-1")
    assert (await shop.call("sale.order.list", {"filter": {"xmlId": "gw-1"}}))["total"] == 2


async def test_empty_date_does_not_clear_a_date(shop: Shop) -> None:
    """An empty or unreadable date is skipped, so the old one stays."""
    order = await shop.order()
    payment = await _pay(shop, order, sum=10, paid="Y")
    for value in ("", None, "вчера"):
        body = {"id": payment, "fields": {"paySystemId": 2, "datePaid": value}}
        assert (await shop.result("sale.payment.update", body))["payment"]["datePaid"] is not None


async def test_product_is_added_and_changed(shop: Shop) -> None:
    """Products must be writable by the catalogue's own rules."""
    fields = {"iblockId": 4, "name": "Варенье вишнёвое", "xmlId": "g-1", "quantity": 3}
    made = (await shop.result("catalog.product.add", {"fields": fields}))["element"]
    assert (made["available"], made["type"]) == ("Y", 1)
    body = {"id": made["id"], "fields": {"purchasingPrice": 1000, "quantity": 0}}
    changed = (await shop.result("catalog.product.update", body))["element"]
    assert (changed["available"], changed["purchasingPrice"]) == ("N", "1000.000000")
    assert (await shop.result("catalog.product.get", {"id": made["id"]}))["product"] == changed
    assert await shop.refused("catalog.product.get", {"id": 999}) == (400, 0)
    prices = await shop.result("catalog.price.list", {"filter": {"productId": 88}})
    assert prices["prices"][0]["price"] == 700
    assert (await shop.result("catalog.catalog.list"))["catalogs"][0]["iblockId"] == 4


async def test_field_tables_tell_the_flags(shop: Shop) -> None:
    """A client that reads ``getfields`` must learn what an update demands."""
    payment = (await shop.result("sale.payment.getfields"))["payment"]
    assert payment["paySystemId"]["isRequired"] is True
    assert payment["orderId"]["isImmutable"] is True
    for name, key in (
        ("sale.basketitem.getfields", "basketItem"),
        ("sale.shipment.getfields", "shipment"),
        ("sale.propertyvalue.getfields", "propertyValue"),
        ("catalog.product.getfields", "product"),
    ):
        assert (await shop.result(name))[key]["id"]["isReadOnly"] is True
