"""Rows of a document: goods, delivery, discounts, taxes (reference 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mocks.bitrix.exchange.figures import Figures
from mocks.bitrix.exchange.xml import node, requisite
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site

DELIVERY = "ORDER_DELIVERY"
_PIECE = ("796", "Штука", "PCE")
_POSITION_MODULO = 100_000
_SERVICE_TYPE = 2


def ware_id(site: Site, row: Row) -> str:
    """Return the goods' id in the exchange: ``{product}#{offer}``, one of them when equal."""
    product = site.products.get(row["productId"])
    parent = site.products.get(product["parentId"]) if product is not None else None
    own = str(row["productXmlId"] or row["productId"])
    return f"{parent['xmlId']}#{own}" if parent is not None and parent["xmlId"] != own else own


def wares(
    site: Site,
    order: Row,
    figures: Figures,
    items: Iterable[tuple[Row, float]] | None = None,
    prices: list[float] | None = None,
) -> list[_Element]:
    """Return the rows of an order, or those given with their quantities and deliveries, by name.

    One delivery row, from 2.1 one per shipment, last unless switch S17 says first.
    """
    if items is None:
        rows = site.basket_items.where("orderId", order["id"])
        items = [(row, row["quantity"]) for row in rows]
    chosen = sorted(items, key=lambda pair: (pair[0]["name"], pair[0]["id"]))
    goods = [_ware(site, row, quantity, figures) for row, quantity in chosen]
    if prices is None:
        shipments = site.shipments.where("orderId", order["id"])
        prices = [row["priceDelivery"] for row in shipments]
    if not figures.has_parts:
        prices = [sum(prices)]
    deliveries = [delivery_row(figures, price) for price in prices if price > 0]
    is_first = site.settings.exchange.is_delivery_first
    return [*deliveries, *goods] if is_first else [*goods, *deliveries]


def delivery_row(figures: Figures, price: float) -> _Element:
    """Return the row of a delivery."""
    return node(
        "Товар",
        node("Ид", DELIVERY),
        node("Наименование", "Доставка заказа"),
        *_unit(figures),
        node("ЦенаЗаЕдиницу", figures.money(price)),
        node("Количество", "1"),
        node("Сумма", figures.money(price)),
        node("ЗначенияРеквизитов", *_kind("Услуга")),
    )


def discount(figures: Figures, name: str, amount: float, inside: str) -> _Element:
    """Return one discount."""
    return node(
        "Скидка",
        node("Наименование", name),
        node("Сумма", figures.money(amount)),
        node("УчтеноВСумме", inside),
    )


def tax(figures: Figures, amount: float, *, is_inside: bool) -> _Element:
    """Return one tax."""
    return node(
        "Налог",
        node("Наименование", "НДС"),
        node("УчтеноВСумме", "true" if is_inside else "false"),
        node("Сумма", figures.money(amount)),
    )


def _ware(site: Site, row: Row, quantity: float, figures: Figures) -> _Element:
    ware = node("Товар", node("Ид", ware_id(site, row)))
    if row["catalogXmlId"]:
        ware.append(node("ИдКаталога", row["catalogXmlId"]))
    ware.append(node("Наименование", row["name"]))
    ware.extend(_unit(figures))
    if row["discountPrice"] > 0:
        ware.append(
            node("Скидки", discount(figures, "Скидка на товар", row["discountPrice"], "true"))
        )
    ware.append(node("ЦенаЗаЕдиницу", figures.money(row["price"])))
    ware.append(node("Количество", figures.money(quantity)))
    ware.append(node("Сумма", figures.money(round(row["price"] * quantity, 2))))
    kind = "Услуга" if row["type"] == _SERVICE_TYPE else "Товар"
    marks = _kind(kind)
    marks.append(requisite("НомерПозицииКорзины", str(row["id"] % _POSITION_MODULO)))
    marks += [
        requisite(f"СвойствоКорзины#{part['code']}", str(part["value"]))
        for part in row["properties"]
        if not str(part["code"]).endswith(".XML_ID")
    ]
    ware.append(node("ЗначенияРеквизитов", *marks))
    ware.extend(_taxes(row, figures))
    return ware


def _taxes(row: Row, figures: Figures) -> list[_Element]:
    """Return rate and tax of a row; the tax is that of one piece."""
    rate = row["vatRate"]
    if not rate:
        return []
    is_inside = row["vatIncluded"] == "Y"
    part = row["price"] * rate / (1 + rate) if is_inside else row["price"] * rate
    percent = figures.money(round(rate * 100, 4))
    named = node("СтавкаНалога", node("Наименование", "НДС"), node("Ставка", percent))
    taxes = node("Налоги", tax(figures, round(part, 2), is_inside=is_inside))
    return [node("СтавкиНалогов", named), taxes]


def _unit(figures: Figures) -> list[_Element]:
    code, name, short = _PIECE
    if figures.is_newer:
        unit = node("Единица", node("Код", code), node("НаименованиеПолное", name))
        return [unit, node("Коэффициент", "1")]
    unit = node("БазоваяЕдиница", "шт")
    unit.set("Код", code)
    unit.set("НаименованиеПолное", name)
    unit.set("МеждународноеСокращение", short)
    return [unit]


def _kind(kind: str) -> list[_Element]:
    return [requisite("ВидНоменклатуры", kind), requisite("ТипНоменклатуры", kind)]
