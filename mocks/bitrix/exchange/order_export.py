"""Order documents as the site writes them for 1C (reference 3.3, 3.4, 10.15 a)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.bitrix.exchange.figures import Figures
from mocks.bitrix.exchange.part_export import part_documents
from mocks.bitrix.exchange.party_export import buyer
from mocks.bitrix.exchange.row_export import discount, tax, wares
from mocks.bitrix.exchange.session import Session
from mocks.bitrix.exchange.xml import filled, node, requisite, written
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site

_FORMATS = {
    "ФорматДаты": "ДФ=yyyy-MM-dd; ДЛФ=DT",
    "ФорматВремени": "ДФ=ЧЧ:мм:сс; ДЛФ=T",
    "РазделительДатаВремя": "T",
    "ФорматСуммы": "ЧЦ=18; ЧДЦ=2; ЧРД=.",
    "ФорматКоличества": "ЧЦ=18; ЧДЦ=2; ЧРД=.",
}
CONTAINERS_FROM = 3.0
FINAL = "F"


def orders_file(site: Site, orders: list[Row], session: Session) -> bytes:
    """Return the answer of ``query``; the root alone when there is nothing to give."""
    figures = Figures(session.scheme, site.settings.exchange.decimals)
    root = node("КоммерческаяИнформация")
    root.set("ВерсияСхемы", f"{session.scheme:g}")
    root.set("ДатаФормирования", site.clock.stamp()[:19])
    for name, value in _FORMATS.items():
        root.set(name, value)
    for order in orders:
        documents = [_order(site, order, figures)]
        if figures.has_parts:
            documents += part_documents(site, order, figures)
        if session.scheme >= CONTAINERS_FROM:
            documents = [node("Контейнер", *documents)]
        root.extend(documents)
    return written(root, site.settings.exchange.encoding)


def info_file(site: Site) -> bytes:
    """Return the dictionaries; the first letter of the statuses is a Latin C (3.2)."""
    settings = site.settings.exchange
    names = {row["statusId"]: row["name"] for row in site.status_langs}
    statuses = [
        (row["id"], names.get(row["id"], row["id"])) for row in site.statuses if row["type"] == "O"
    ]
    groups = (
        ("Cтатусы" if settings.is_latin_c else "Статусы", statuses),
        ("ПлатежныеСистемы", [(row["ID"], row["NAME"]) for row in site.pay_systems]),
        ("СлужбыДоставки", [(row["ID"], row["NAME"]) for row in site.deliveries]),
    )
    root = node("Справочник")
    for group, rows in groups:
        items = [
            node("Элемент", node("Ид", str(key)), node("Название", str(name))) for key, name in rows
        ]
        root.append(node(group, *items))
    return written(root, settings.encoding)


def _order(site: Site, order: Row, figures: Figures) -> _Element:
    prefix = site.settings.exchange.number_prefix
    document = node(
        "Документ",
        node("Ид", str(order["id"])),
        node("Номер", f"{prefix}{order['accountNumber']}"),
        node("Дата", order["dateInsert"][:10]),
        node("ХозОперация", "Заказ товара"),
        node("Роль", "Продавец"),
        node("Валюта", order["currency"]),
        node("Курс", "1"),
        node("Сумма", figures.money(order["price"])),
    )
    if figures.is_newer:
        document.append(node("НомерВерсии", str(order["version"])))
        document.append(node("Номер1С", order["id1c"]))
    document.append(node("Контрагенты", buyer(site, order, figures)))
    document.append(node("Время", order["dateInsert"][11:19]))
    comment = filled("Комментарий", order["userDescription"] or order["comments"])
    if comment is not None:
        document.append(comment)
    if order["taxValue"]:
        document.append(node("Налоги", tax(figures, order["taxValue"], is_inside=True)))
    if order["discountValue"]:
        document.append(
            node("Скидки", discount(figures, "Скидка на заказ", order["discountValue"], "false"))
        )
    document.append(node("Товары", *wares(site, order, figures)))
    document.append(node("ЗначенияРеквизитов", *_requisites(site, order, figures)))
    return document


def _requisites(site: Site, order: Row, figures: Figures) -> list[_Element]:
    shipments = site.shipments.where("orderId", order["id"])
    allowed = [row for row in shipments if row["allowDelivery"] == "Y"]
    pairs = _payment_pairs(site, order, figures)
    last_allowed = max((row["dateAllowDelivery"] or "" for row in allowed), default="")
    if last_allowed:
        name = (
            "Дата последнего разрешения по доставке"
            if figures.has_parts
            else "Дата разрешения доставки"
        )
        pairs.append((name, figures.moment(last_allowed)))
    if shipments:
        pairs.append(("Способ доставки", shipments[0]["deliveryName"]))
        pairs.append(("Метод доставки ИД", str(shipments[0]["deliveryId"])))
    pairs.append(("Заказ оплачен", _bool(order["payed"] == "Y")))
    if not figures.has_parts:
        is_allowed = bool(shipments) and len(allowed) == len(shipments)
        pairs.append(("Доставка разрешена", _bool(is_allowed)))
    return [requisite(name, value) for name, value in (*pairs, *_state_pairs(site, order, figures))]


def _payment_pairs(site: Site, order: Row, figures: Figures) -> list[tuple[str, str]]:
    payments = site.payments.where("orderId", order["id"])
    if not payments:
        return []
    first = payments[0]
    pairs = []
    if not figures.has_parts and first["paid"] == "Y":
        pairs.append(("Дата оплаты", figures.moment(first["datePaid"])))
        if first["payVoucherNum"]:
            pairs.append(("Номер платежного документа", first["payVoucherNum"]))
    pairs.append(("Метод оплаты", first["paySystemName"]))
    pairs.append(("Метод оплаты ИД", str(first["paySystemId"])))
    return pairs


def _state_pairs(site: Site, order: Row, figures: Figures) -> list[tuple[str, str]]:
    status = order["statusId"]
    lang = site.status_langs.get(status)
    pairs = [
        ("Отменен", _bool(order["canceled"] == "Y")),
        ("Финальный статус", _bool(status == FINAL)),
        ("Статус заказа", f"[{status}] {lang['name'] if lang is not None else status}"),
        ("Статуса заказа ИД", status),
    ]
    if order["canceled"] == "Y":
        pairs.append(("Дата отмены", figures.moment(order["dateCanceled"])))
        pairs.append(("Причина отмены", order["reasonCanceled"]))
    pairs.append(("Дата изменения статуса", figures.moment(order["dateStatus"])))
    if order["userDescription"] and order["comments"]:
        pairs.append(("Комментарии покупателя", order["userDescription"]))
    pairs.append(("Сайт", f"[{order['lid']}] Shop"))
    address = next(
        (row["value"] for row in values_by_flag(site, order, "isAddress") if row["value"]), ""
    )
    if address:
        pairs.append(("Адрес доставки", address))
    return pairs


def values_by_flag(site: Site, order: Row, mark: str) -> list[Row]:
    """Return the values of the order's properties that carry a flag."""
    flagged = {
        row["id"]
        for row in site.properties.where("personTypeId", order["personTypeId"])
        if row[mark] == "Y"
    }
    values = site.property_values.where("orderId", order["id"])
    return [row for row in values if row["orderPropsId"] in flagged]


def _bool(value: object) -> str:
    return "true" if value else "false"
