"""CommerceML: orders to 1C and what 1C sends back (reference 3.4-3.6, 10.15)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from tests.mocks.bitrix.onec import OneC
from tests.mocks.bitrix.shop import AnyJson, open_shop

if TYPE_CHECKING:
    from lxml.etree import _Element

    from tests.mocks.bitrix.shop import Json, Shop

SAMPLES = Path(__file__).parent / "samples"
FROM_1C = (SAMPLES / "order_from_1c.xml").read_text("utf-8")
PAYMENT = (SAMPLES / "payment_from_1c.xml").read_text("utf-8")
BUYER = {
    "id": 7,
    "login": "petrova",
    "last_name": "Петрова",
    "name": "Анна",
    "email": "anna@example.ru",
}
ORDER: Json = {
    "customer_id": 7,
    "items": [
        {
            "product_id": 88,
            "quantity": 4,
            "price": 640,
            "base_price": 700,
            "discount_price": 60,
            "vat_rate": 0.2,
        }
    ],
    "properties": {"FIO": "Анна Петрова", "EMAIL": "anna@example.ru", "PHONE": "+79990001122"},
    "payments": [{"pay_system_id": 2, "sum": 2840}],
    "delivery": {"id": 3, "price": 280},
    "comment": "Call before delivery",
    "version": 3,
}
REFUSED = (
    "success\nДокумент с Ид - 9f1c2d3e-0000-4000-8000-000000000051.Заказ №51 не может быть изменен "
    "(находится в финальном статусе, оплачен или разрешена доставка).\n"
)


async def _world(shop: Shop, *, version: str | None = "2.09", **order: Any) -> OneC:
    await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
    await shop.door("seed", {"users": [BUYER], "orders": [{**ORDER, **order}]})
    await shop.act("clock.freeze", at="2025-03-03T14:30:00+03:00")
    onec = OneC(shop.http)
    await onec.log_in()
    sent: dict[str, str] = {} if version is None else {"version": version}
    await onec.text("init", None, **sent)
    return onec


async def _order(shop: Shop) -> AnyJson:
    return (await shop.result("sale.order.get", {"id": 51}))["order"]


def _shape(element: _Element) -> object:
    """An element as nested pairs, without the blanks between elements."""
    inner = [_shape(child) for child in element]
    return (element.tag, inner or (element.text or "").strip())


def _pairs(document: _Element) -> dict[str, str]:
    rows = document.findall("ЗначенияРеквизитов/ЗначениеРеквизита")
    return {row.findtext("Наименование", ""): row.findtext("Значение", "") for row in rows}


async def test_export_is_the_documented_file(shop: Shop) -> None:
    """The answer of ``query`` must be the golden file, element by element, in windows-1251."""
    onec = await _world(shop)
    answer = await onec.ask("query")
    assert answer.content.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert "Петрова".encode("cp1251") in answer.content
    wanted = etree.fromstring(
        (SAMPLES / "order_query.xml").read_text("utf-8").encode("cp1251", "xmlcharrefreplace")
    )
    found = etree.fromstring(answer.content)
    assert found.items() == wanted.items()
    assert _shape(found) == _shape(wanted)


async def test_orders_come_again_until_success(shop: Shop) -> None:
    """Export is at least once: without ``success`` the same orders come at the next run."""
    onec = await _world(shop)
    assert len(await onec.orders()) == 1
    assert len(await onec.orders()) == 1
    stranger = OneC(shop.http)
    await stranger.log_in()
    assert await stranger.text("success") == "error\n"
    assert await onec.text("success") == "success\n"
    assert await onec.orders() == []
    await shop.act("clock.freeze", at="2025-03-03T15:00:00+03:00")
    await shop.act("order.status", order_id=51, status="P")
    assert [_pairs(row)["Статуса заказа ИД"] for row in await onec.orders()] == ["P"]


async def test_slices_give_a_few_orders_at_a_time(shop: Shop) -> None:
    """With a slice length 1C repeats ``query`` and ``success`` until no document is left."""
    await shop.door("settings", {"exchange": {"slice_documents": 2}})
    onec = await _world(shop)
    for _ in range(4):
        await shop.order()
    seen: list[str] = []
    while documents := await onec.orders():
        seen += [row.findtext("Ид", "") for row in documents]
        assert await onec.text("success") == "success\n"
    assert seen == ["51", "52", "53", "54", "55"]


@pytest.mark.parametrize(
    ("version", "scheme", "operations"),
    [
        pytest.param(None, "2.05", ["Заказ товара"], id="none"),
        pytest.param("2.08", "2.08", ["Заказ товара"], id="2.08"),
        pytest.param(
            "2.10",
            "2.1",
            ["Заказ товара", "Эквайринговая операция", "Отпуск товара"],
            id="2.10-is-above-2.09",
        ),
        pytest.param(
            "3.1",
            "3.1",
            ["Заказ товара", "Эквайринговая операция", "Отпуск товара"],
            id="3.1",
        ),
    ],
)
async def test_version_decides_the_form(
    shop: Shop, version: str | None, scheme: str, operations: list[str]
) -> None:
    """Versions compare as floats: from 2.1 payments and shipments are documents (3.3)."""
    onec = await _world(shop, version=version)
    root = etree.fromstring((await onec.ask("query")).content)
    assert root.get("ВерсияСхемы") == scheme
    assert [row.findtext("ХозОперация") for row in root.iter("Документ")] == operations
    assert len(root.findall("Контейнер")) == (version == "3.1")
    kinds = [row.text for row in root.iter("Тип")]
    expected = "ТелефонРабочий" if version is None else "Телефон рабочий"
    assert expected in kinds
    assert (root.find(".//НомерВерсии") is None) == (version is None)
    if version == "2.10":
        payment = list(root.iter("Документ"))[1]
        assert _pairs(payment)["Оплачено"] == "false"
        assert (payment.findtext("Номер"), payment.findtext("Основание")) == ("61", "51")


async def test_switches_of_the_file() -> None:
    """Delivery first, four decimals, UTF-8: a client must read all of them (S17)."""
    async with open_shop() as shop:
        options = {"is_delivery_first": True, "decimals": 4, "encoding": "utf-8"}
        await shop.door("settings", {"exchange": {**options, "number_prefix": "IM-"}})
        onec = await _world(shop)
        answer = await onec.ask("query")
        assert answer.headers["content-type"] == "application/xml; charset=utf-8"
        root = etree.fromstring(answer.content)
        assert [row.findtext("Ид") for row in root.iter("Товар")] == ["ORDER_DELIVERY", "0a1b-88"]
        assert root.findtext("Документ/Сумма") == "2840.0000"
        assert root.findtext("Документ/Номер") == "IM-51"


async def test_filters_of_the_site(shop: Shop) -> None:
    """A site may give only paid orders, or those from a status on (3.2)."""
    onec = await _world(shop)
    await shop.door("settings", {"exchange": {"only_paid": True}})
    assert await onec.orders() == []
    await shop.door("settings", {"exchange": {"only_paid": False, "from_status": "P"}})
    assert await onec.orders() == []
    await shop.act("order.status", order_id=51, status="F")
    assert len(await onec.orders()) == 1


async def test_info_lists_the_dictionaries_with_the_latin_letter(shop: Shop) -> None:
    """The first letter of the statuses is Latin in the vendor's file; match both."""
    onec = await _world(shop)
    root = etree.fromstring((await onec.ask("info")).content)
    assert [child.tag for child in root] == ["Cтатусы", "ПлатежныеСистемы", "СлужбыДоставки"]
    assert root[0].tag[0] == "C"
    ids = [row.text for row in root.iter("Ид")]
    assert ids == ["N", "P", "F", "1", "2", "9", "2", "3"]


async def test_order_of_1c_changes_status_and_pays(shop: Shop) -> None:
    """The golden document must have the documented effect, and none when it comes again."""
    onec = await _world(shop)
    assert await onec.send("from_1c.xml", FROM_1C.encode()) == "success\n"
    order = await _order(shop)
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
    assert (await _order(shop))["version"] == order["version"]


async def test_change_at_the_site_is_exported_again(shop: Shop) -> None:
    """An order that 1C changed comes back only after the site changed it."""
    onec = await _world(shop)
    await onec.send("from_1c.xml", FROM_1C.encode())
    assert await onec.orders() == []
    await shop.result("sale.order.update", {"id": 51, "fields": {"comments": "Позвонить"}})
    assert (await _order(shop))["updated1c"] == "N"
    assert len(await onec.orders()) == 1


async def test_payment_document_pays_its_payment(shop: Shop) -> None:
    """From 2.1 on payment 61 is paid by its own document (10.15 c)."""
    onec = await _world(shop, version="2.10")
    assert await onec.send("pay.xml", PAYMENT.encode()) == "success\n"
    order = await _order(shop)
    [payment] = order["payments"]
    assert (payment["id"], payment["paid"], payment["payVoucherNum"]) == (61, "Y", "A-17")
    assert payment["payVoucherDate"] == "2025-03-03T15:00:00+03:00"
    assert order["payed"] == "Y"
    await onec.text("init", version="2.10")
    await onec.send("pay.xml", PAYMENT.encode())
    assert (await _order(shop))["version"] == order["version"]


async def test_rows_of_a_paid_order_are_refused_after_success(shop: Shop) -> None:
    """A paid order keeps rows and comment; status still moves; the remark follows the word."""
    onec = await _world(shop)
    await shop.act("order.pay", order_id=51)
    assert await onec.send("from_1c.xml", FROM_1C.encode()) == REFUSED
    order = await _order(shop)
    assert (order["statusId"], order["comments"]) == ("P", "")
    assert len(order["payments"]) == 1


async def test_old_protocol_imports_with_the_upload(shop: Shop) -> None:
    """Without ``version`` the upload itself imports and answers (10.14, line 8)."""
    onec = await _world(shop, version=None)
    body = FROM_1C.encode()
    assert await onec.text("file", body, filename="from_1c.xml") == "success\n"
    assert (await _order(shop))["statusId"] == "P"


def _with(text: str, **changes: str) -> bytes:
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


async def test_cancellation_comes_and_is_lifted(shop: Shop) -> None:
    """``Отменен`` cancels; a document that does not repeat it lifts the cancellation (3.6)."""
    onec = await _world(shop)
    unpaid = FROM_1C.replace("2025-03-03T15:00:00</Значение>", "</Значение>")
    cancel = unpaid.replace(
        "<Наименование>Отменен</Наименование><Значение>false",
        "<Наименование>Отменен</Наименование><Значение>true",
    )
    await onec.send("a.xml", cancel.encode())
    order = await _order(shop)
    assert (order["canceled"], order["reasonCanceled"]) == ("Y", "Собран")
    await onec.send("b.xml", unpaid.encode())
    assert (await _order(shop))["canceled"] == "N"


async def test_rows_absent_from_the_document_are_removed(shop: Shop) -> None:
    """Rows match by the goods' key: missing ones go, unknown ones get a made-up product id."""
    onec = await _world(shop, items=[*ORDER["items"], {"product_id": 89}])
    body = _with(FROM_1C, **{"<Ид>0a1b-88</Ид><Наименование>Jam": "<Ид>x-1</Ид><Наименование>Ёж"})
    assert await onec.send("from_1c.xml", body) == "success\n"
    [item] = (await _order(shop))["basketItems"]
    assert (item["name"], item["module"]) == ("Ёж", "1c_exchange")
    assert 1_000_000 <= item["productId"] <= 9_999_999


async def test_problems_of_single_documents_follow_the_word(shop: Shop) -> None:
    """A document without ``Ид`` is reported and the others are still taken."""
    onec = await _world(shop)
    start, end = FROM_1C.index("<Документ>"), FROM_1C.index("</КоммерческаяИнформация>")
    bare = "<Документ><Номер>51</Номер><ХозОперация>Заказ товара</ХозОперация></Документ>"
    body = FROM_1C[:start] + bare + FROM_1C[start:end] + FROM_1C[end:]
    assert await onec.send("from_1c.xml", body.encode()) == (
        "success\nДля документа со стороны 1С не передан уникальный идентификатор - 'Ид'. "
        "Документ не может быть обработан.\n"
    )
    assert (await _order(shop))["statusId"] == "P"


async def test_import_goes_in_slices(shop: Shop) -> None:
    """With a slice per call 1C must repeat the same ``import`` until ``success``."""
    await shop.door("settings", {"exchange": {"import_slice": 1}})
    onec = await _world(shop, version="2.10")
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
    onec = await _world(shop, version="2.10")
    assert await onec.send("s.xml", SHIPMENT.encode()) == "success\n"
    order = await _order(shop)
    assert (order["deducted"], order["statusId"], order["price"]) == ("Y", "F", 2840)
    [shipment] = order["shipments"]
    assert (shipment["deducted"], shipment["trackingNumber"]) == ("Y", "TR-9")
    again = SHIPMENT.replace("<НомерВерсии>7", "<НомерВерсии>8")
    answer = await onec.send("t.xml", again.encode())
    assert "не может быть изменен" in answer


async def test_shipment_with_another_price_is_refused(shop: Shop) -> None:
    """A changed unit price of a shipment is refused by name (3.6)."""
    onec = await _world(shop, version="2.10")
    answer = await onec.send("s.xml", SHIPMENT.replace(">640<", ">650<").encode())
    assert answer.startswith(
        "success\nДокумент с Ид - 9f1c2d3e-0000-4000-8000-000000000071.Для продукта изменилась цена"
    )
    assert (await _order(shop))["deducted"] == "N"


async def test_new_orders_only_by_the_option(shop: Shop) -> None:
    """An order that the site does not know is taken only when the option says so (S18)."""
    onec = await _world(shop)
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
    onec = await _world(shop)
    doctype = '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY a "boom">]>'
    body = FROM_1C.replace("?>\n", f"?>\n{doctype}", 1)
    body = body.replace("<Комментарий>Собран", "<Комментарий>&secret;&a;Собран")
    assert await onec.send("from_1c.xml", body.encode()) == "success\n"
    assert (await _order(shop))["comments"] == ""


async def test_windows_1251_and_a_bom_are_read(shop: Shop) -> None:
    """1C's files come in either encoding, with a BOM and a namespace or without (3.3)."""
    onec = await _world(shop)
    old = FROM_1C.replace('encoding="UTF-8"', 'encoding="windows-1251"')
    old = old.replace(' xmlns="urn:1C.ru:commerceml_2"', "")
    await onec.send("a.xml", old.encode("cp1251"))
    assert (await _order(shop))["comments"] == "Собран"
    newer = FROM_1C.replace("00000012", "00000013").replace("Собран", "Ёлка")
    await onec.send("b.xml", b"\xef\xbb\xbf" + newer.encode())
    assert (await _order(shop))["comments"] == "Ёлка"
