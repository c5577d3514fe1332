"""Payment and shipment documents of schemes from 2.1 on (reference 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.bitrix.dictionaries import INNER_ACCOUNT_PAY_SYSTEM
from mocks.bitrix.exchange.figures import Figures
from mocks.bitrix.exchange.party_export import buyer
from mocks.bitrix.exchange.row_export import wares
from mocks.bitrix.exchange.xml import node, requisite
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site


def part_documents(site: Site, order: Row, figures: Figures) -> list[_Element]:
    """Return the documents of an order's payments, shipments and deleted shipments."""
    return [
        *(
            _payment(site, order, row, figures)
            for row in site.payments.where("orderId", order["id"])
        ),
        *(
            _shipment(site, order, row, figures)
            for row in site.shipments.where("orderId", order["id"])
        ),
        *(_deleted(row, order) for row in site.removed_shipments if row["orderId"] == order["id"]),
    ]


def _payment(site: Site, order: Row, row: Row, figures: Figures) -> _Element:
    document = _head(
        row, order, figures, operation=_operation(row), amount=row["sum"], at=row["dateBill"]
    )
    document.append(node("Контрагенты", buyer(site, order, figures)))
    document.append(node("Время", str(row["dateBill"])[11:19]))
    document.append(node("Комментарий", row["comments"]))
    checks = site.checks.get(row["id"], {})
    if checks:
        document.append(_checks(checks))
    pairs = [
        ("Дата оплаты", figures.moment(row["datePaid"])),
        ("Отменен", "false"),
        ("Метод оплаты ИД", str(row["paySystemId"])),
        ("Метод оплаты", row["paySystemName"]),
        ("Оплачено", _bool(row["paid"] == "Y")),
        ("Признак возврата", _bool(row["isReturn"] == "Y")),
        ("Причина к возврату", row["payReturnComment"]),
        ("Сайт", f"[{order['lid']}] Shop"),
    ]
    document.append(_pairs(pairs))
    return document


def _shipment(site: Site, order: Row, row: Row, figures: Figures) -> _Element:
    contents = [
        (item, part["quantity"])
        for part in site.shipment_items.where("orderDeliveryId", row["id"])
        if (item := site.basket_items.get(part["basketId"])) is not None
    ]
    amount = sum(item["price"] * quantity for item, quantity in contents) + row["priceDelivery"]
    document = _head(
        row,
        order,
        figures,
        operation="Отпуск товара",
        amount=round(amount, 2),
        at=row["dateInsert"],
    )
    document.append(node("Контрагенты", buyer(site, order, figures)))
    document.append(node("Время", str(row["dateInsert"])[11:19]))
    document.append(node("Комментарий", row["comments"]))
    document.append(node("Товары", *wares(site, order, figures, contents, [row["priceDelivery"]])))
    lang = site.status_langs.get(row["statusId"])
    pairs = [
        ("Сумма доставки", figures.money(row["priceDelivery"])),
        ("Дата разрешения доставки", figures.moment(row["dateAllowDelivery"])),
        ("Статус отгрузки", f"[{row['statusId']}] {lang['name'] if lang is not None else ''}"),
        ("Отгружено", _bool(row["deducted"] == "Y")),
        ("Дата отгрузки", figures.moment(row["dateDeducted"])),
        ("Резервирование", "false"),
        ("Метод доставки ИД", str(row["deliveryId"])),
        ("Метод доставки", row["deliveryName"]),
        ("Отменен", _bool(row["canceled"] == "Y")),
        ("Идентификатор отправления", row["trackingNumber"]),
    ]
    document.append(_pairs(pairs))
    return document


def _deleted(row: Row, order: Row) -> _Element:
    return node(
        "Документ",
        node("Ид", str(row["id1c"] or row["id"])),
        node("Номер", str(row["id"])),
        node("ХозОперация", "Отпуск товара"),
        node("Основание", str(order["id"])),
        node("ПометкаУдаления", "true"),
    )


def _head(
    row: Row, order: Row, figures: Figures, *, operation: str, amount: float, at: str
) -> _Element:
    return node(
        "Документ",
        node("Ид", str(row["id1c"] or row["id"])),
        node("Номер", str(row["id"])),
        node("Дата", str(at)[:10]),
        node("ХозОперация", operation),
        node("Основание", str(order["id"])),
        node("Роль", "Продавец"),
        node("Валюта", order["currency"]),
        node("Курс", "1"),
        node("Сумма", figures.money(amount)),
        node("НомерВерсии", str(order["version"])),
        node("Номер1С", row["id1c"]),
    )


def _operation(row: Row) -> str:
    """Return the operation by the kind of pay system: cash, card, anything else is a bank."""
    if row["paySystemIsCash"] == "Y":
        return "Выплата наличных денег"
    if row["paySystemId"] == INNER_ACCOUNT_PAY_SYSTEM:
        return "Выплата безналичных денег"
    return "Эквайринговая операция"


def _checks(values: dict[str, str]) -> _Element:
    rows = [
        node("ЗначенияСвойства", node("Ид", name), node("Значение", value))
        for name, value in values.items()
    ]
    check = node("ИнформацияОЧеке", node("Ид", "PRINT_CHECK"), node("ЗначенияСвойств", *rows))
    return node("ИнформацияОЧеках", check)


def _pairs(pairs: list[tuple[str, str]]) -> _Element:
    return node("ЗначенияРеквизитов", *(requisite(name, value) for name, value in pairs))


def _bool(value: object) -> str:
    return "true" if value else "false"
