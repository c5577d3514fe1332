"""CommerceML: what 1C sends back about orders (reference 3.6, 10.15 b and c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mocks.bitrix.exchange_world import (
    FROM_1C,
    ORDER,
    PAYMENT,
    REFUSED,
    exchange_world,
    order_51,
)

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Shop


async def test_order_of_1c_changes_status_and_pays(shop: Shop) -> None:
    """The golden document must have the documented effect, and none when it comes again."""
    onec = await exchange_world(shop)
    assert await onec.send("from_1c.xml", FROM_1C.encode()) == "success\n"
    order = await order_51(shop)
    assert (order["statusId"], order["payed"], order["updated1c"]) == ("P", "Y", "Y")
    assert order["id1c"] == "9f1c2d3e-0000-4000-8000-000000000051"
    assert order["version1c"] == "00000012"
    assert (order["comments"], order["price"]) == ("Собран", 2840)
    own = order["payments"][1]
    assert (own["paid"], own["externalPayment"], own["sum"]) == ("Y", "F", 2840)
    assert own["payVoucherNum"] == "A-17"
    [item] = order["basketItems"]
    assert (item["price"], item["basePrice"], item["discountPrice"]) == (640, 700, 60)
    assert await onec.orders() == []
    await onec.text("init", version="2.09")
    assert await onec.send("from_1c.xml", FROM_1C.encode()) == "success\n"
    assert (await order_51(shop))["version"] == order["version"]


async def test_change_at_the_site_is_exported_again(shop: Shop) -> None:
    """An order that 1C changed comes back only after the site changed it."""
    onec = await exchange_world(shop)
    await onec.send("from_1c.xml", FROM_1C.encode())
    assert await onec.orders() == []
    await shop.result("sale.order.update", {"id": 51, "fields": {"comments": "Позвонить"}})
    assert (await order_51(shop))["updated1c"] == "N"
    assert len(await onec.orders()) == 1


async def test_payment_document_pays_its_payment(shop: Shop) -> None:
    """From 2.1 on payment 61 is paid by its own document (10.15 c)."""
    onec = await exchange_world(shop, version="2.10")
    assert await onec.send("pay.xml", PAYMENT.encode()) == "success\n"
    order = await order_51(shop)
    [payment] = order["payments"]
    assert (payment["id"], payment["paid"], payment["payVoucherNum"]) == (61, "Y", "A-17")
    assert payment["payVoucherDate"] == "2025-03-03T15:00:00+03:00"
    assert order["payed"] == "Y"
    await onec.text("init", version="2.10")
    await onec.send("pay.xml", PAYMENT.encode())
    assert (await order_51(shop))["version"] == order["version"]


async def test_rows_of_a_paid_order_are_refused_after_success(shop: Shop) -> None:
    """A paid order keeps rows and comment; status still moves; the remark follows the word."""
    onec = await exchange_world(shop)
    await shop.act("order.pay", order_id=51)
    assert await onec.send("from_1c.xml", FROM_1C.encode()) == REFUSED
    order = await order_51(shop)
    assert (order["statusId"], order["comments"]) == ("P", "")
    assert len(order["payments"]) == 1


async def test_old_protocol_imports_with_the_upload(shop: Shop) -> None:
    """Without ``version`` the upload itself imports and answers (10.14, line 8)."""
    onec = await exchange_world(shop, version=None)
    body = FROM_1C.encode()
    assert await onec.text("file", body, filename="from_1c.xml") == "success\n"
    assert (await order_51(shop))["statusId"] == "P"


def _with(text: str, **changes: str) -> bytes:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


async def test_cancellation_comes_and_is_lifted(shop: Shop) -> None:
    """``Отменен`` cancels; a document that does not repeat it lifts the cancellation (3.6)."""
    onec = await exchange_world(shop)
    unpaid = FROM_1C.replace("2025-03-03T15:00:00</Значение>", "</Значение>")
    cancel = unpaid.replace(
        "<Наименование>Отменен</Наименование><Значение>false",
        "<Наименование>Отменен</Наименование><Значение>true",
    )
    await onec.send("a.xml", cancel.encode())
    order = await order_51(shop)
    assert (order["canceled"], order["reasonCanceled"]) == ("Y", "Собран")
    await onec.send("b.xml", unpaid.encode())
    assert (await order_51(shop))["canceled"] == "N"


async def test_rows_absent_from_the_document_are_removed(shop: Shop) -> None:
    """Rows match by the goods' key: missing ones go, unknown ones get a made-up product id."""
    onec = await exchange_world(shop, items=[*ORDER["items"], {"product_id": 89}])
    body = _with(FROM_1C, **{"<Ид>0a1b-88</Ид><Наименование>Jam": "<Ид>x-1</Ид><Наименование>Ёж"})
    assert await onec.send("from_1c.xml", body) == "success\n"
    [item] = (await order_51(shop))["basketItems"]
    assert (item["name"], item["module"]) == ("Ёж", "1c_exchange")
    assert 1_000_000 <= item["productId"] <= 9_999_999


async def test_problems_of_single_documents_follow_the_word(shop: Shop) -> None:
    """A document without ``Ид`` is reported and the others are still taken."""
    onec = await exchange_world(shop)
    start, end = FROM_1C.index("<Документ>"), FROM_1C.index("</КоммерческаяИнформация>")
    bare = "<Документ><Номер>51</Номер><ХозОперация>Заказ товара</ХозОперация></Документ>"
    body = FROM_1C[:start] + bare + FROM_1C[start:end] + FROM_1C[end:]
    assert await onec.send("from_1c.xml", body.encode()) == (
        "success\nДля документа со стороны 1С не передан уникальный идентификатор - 'Ид'. "
        "Документ не может быть обработан.\n"
    )
    assert (await order_51(shop))["statusId"] == "P"


async def test_import_goes_in_slices(shop: Shop) -> None:
    """With a slice per call 1C must repeat the same ``import`` until ``success``."""
    await shop.door("settings", {"exchange": {"import_slice": 1}})
    onec = await exchange_world(shop, version="2.10")
    start, end = PAYMENT.index("<Документ>"), PAYMENT.index("</КоммерческаяИнформация>")
    two = FROM_1C.replace("</КоммерческаяИнформация>", PAYMENT[start:end])
    body = (two + "</КоммерческаяИнформация>").encode()
    assert await onec.text("file", body, filename="x.xml") == "success\n"
    assert await onec.text("import", filename="x.xml") == "progress\n"
    assert await onec.text("import", filename="x.xml") == "success\n"


SHIPMENT = """<КоммерческаяИнформация ВерсияСхемы="2.10"><Документ>
<Ид>9f1c2d3e-0000-4000-8000-000000000071</Ид><Номер>71</Номер><Основание>51</Основание>
<ХозОперация>Отпуск товара</ХозОперация><НомерВерсии>7</НомерВерсии><Товары>
<Товар><Ид>0a1b-88</Ид><Наименование>Jam</Наименование><ЦенаЗаЕдиницу>640</ЦенаЗаЕдиницу>
<Количество>4</Количество><Сумма>2560</Сумма></Товар>
<Товар><Ид>ORDER_DELIVERY</Ид><Наименование>Доставка</Наименование>
<ЦенаЗаЕдиницу>280</ЦенаЗаЕдиницу><Количество>1</Количество><Сумма>280</Сумма></Товар></Товары>
<ЗначенияРеквизитов>
<ЗначениеРеквизита><Наименование>Отгружен</Наименование><Значение>true</Значение></ЗначениеРеквизита>
<ЗначениеРеквизита><Наименование>Идентификатор отправления</Наименование><Значение>TR-9</Значение>
</ЗначениеРеквизита></ЗначенияРеквизитов></Документ></КоммерческаяИнформация>"""


async def test_shipment_document_ships_and_finishes(shop: Shop) -> None:
    """When all is shipped the order takes the final status; later documents are refused."""
    onec = await exchange_world(shop, version="2.10")
    assert await onec.send("s.xml", SHIPMENT.encode()) == "success\n"
    order = await order_51(shop)
    assert (order["deducted"], order["statusId"], order["price"]) == ("Y", "F", 2840)
    [shipment] = order["shipments"]
    assert (shipment["deducted"], shipment["trackingNumber"]) == ("Y", "TR-9")
    again = SHIPMENT.replace("<НомерВерсии>7", "<НомерВерсии>8")
    answer = await onec.send("t.xml", again.encode())
    assert "не может быть изменен" in answer


async def test_shipment_with_another_price_is_refused(shop: Shop) -> None:
    """A changed unit price of a shipment is refused by name (3.6)."""
    onec = await exchange_world(shop, version="2.10")
    answer = await onec.send("s.xml", SHIPMENT.replace(">640<", ">650<").encode())
    assert answer.startswith(
        "success\nДокумент с Ид - 9f1c2d3e-0000-4000-8000-000000000071.Для продукта изменилась цена"
    )
    assert (await order_51(shop))["deducted"] == "N"


async def test_new_orders_only_by_the_option(shop: Shop) -> None:
    """An order that the site does not know is taken only when the option says so (S18)."""
    onec = await exchange_world(shop)
    body = _with(FROM_1C, **{"<Номер>51<": "<Номер>900<", "7#petrova#Петрова Анна": "k-1"})
    await onec.send("a.xml", body)
    assert (await shop.call("sale.order.list"))["total"] == 1
    await shop.door("settings", {"exchange": {"import_new_orders": True}})
    await onec.send("b.xml", body)
    rows = (await shop.call("sale.order.list"))["result"]["orders"]
    new = rows[1]
    assert (new["externalOrder"], new["payed"], new["price"]) == ("Y", "Y", 2840)
    user = (await shop.result("gateway.user.get", {"xmlId": "k-1"}))["user"]
    assert (user["id"], user["lastName"]) == (new["userId"], "Петрова")


async def test_entities_are_not_expanded(shop: Shop) -> None:
    """A file that names a local file in an entity must not bring its content into the shop."""
    onec = await exchange_world(shop)
    doctype = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY a "boom">]>'
    body = FROM_1C.replace("?>\n", f"?>\n{doctype}", 1)
    body = body.replace("<Комментарий>Собран", "<Комментарий>&secret;&a;Собран")
    assert await onec.send("from_1c.xml", body.encode()) == "success\n"
    assert (await order_51(shop))["comments"] == ""


async def test_windows_1251_and_a_bom_are_read(shop: Shop) -> None:
    """1C's files come in either encoding, with a BOM and a namespace or without (3.3)."""
    onec = await exchange_world(shop)
    old = FROM_1C.replace('encoding="UTF-8"', 'encoding="windows-1251"')
    old = old.replace(' xmlns="urn:1C.ru:commerceml_2"', "")
    await onec.send("a.xml", old.encode("cp1251"))
    assert (await order_51(shop))["comments"] == "Собран"
    newer = FROM_1C.replace("00000012", "00000013").replace("Собран", "Ёлка")
    await onec.send("b.xml", b"\xef\xbb\xbf" + newer.encode())
    assert (await order_51(shop))["comments"] == "Ёлка"
