"""The movements of the documents of УТ 11 (reference, section 1.12)."""

from __future__ import annotations

from collections.abc import Callable

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.rules import (
    POINTS,
    PROGRAMME,
    STOCK,
    Movements,
    PostingRefused,
    accrual,
    day,
    is_set,
    programme_of_card,
    spending,
    stock_of,
)
from mocks.onec.schema import NAMESPACE, Row


def _points_document(_infobase: Infobase, row: Row) -> Movements:
    """Points from outside: accrual at the start of the day, write-off."""
    programme = row[PROGRAMME]
    found: list[Row] = []
    for item in row["Начисление"]:
        who = {"Партнер_Key": item["Партнер_Key"], PROGRAMME: programme}
        until = row["ДатаОкончанияСрокаДействия"]
        found += accrual(day(row["Date"]), until, item["Баллы"], **who)
    for item in row["Списание"]:
        who = {"Партнер_Key": item["Партнер_Key"], PROGRAMME: programme}
        found.append(spending(row["Date"], item["Баллы"], **who))
    return {POINTS: found}


def _receipt(infobase: Infobase, row: Row, *, sign: int = 1) -> Movements:
    """A receipt of УТ: points, stock, sales; nothing until it is punched or once archived."""
    if row["Статус"] != "Пробит" or row["Архивный"]:
        return {}
    return {
        POINTS: _sale_points(infobase, row, row["БонусныеБаллы"], sign),
        STOCK: _stock(row, row["Склад_Key"], -sign),
        "AccumulationRegister_ВыручкаИСебестоимостьПродаж": _sales(row, sign),
    }


def _sale_points(infobase: Infobase, row: Row, accruals: list[Row], sign: int) -> list[Row]:
    """Movements of points of a sale; none for the anonymous buyer."""
    partner = row["Партнер_Key"]
    buyer = infobase.table("Catalog_Партнеры").get(partner)
    if is_empty(partner) or (buyer and buyer["PredefinedDataName"] == "РозничныйПокупатель"):
        return []
    found: list[Row] = []
    for item in accruals:
        who = {
            "Партнер_Key": partner,
            PROGRAMME: item[PROGRAMME],
        }
        points = sign * item["СуммаБонусныхБаллов"]
        at = item["ДатаНачисления"] if is_set(item["ДатаНачисления"]) else row["Date"]
        found += accrual(at, item["ДатаСписания"], points, **who)
    spent = sum(item["СуммаБонусныхБалловКСписанию"] for item in row["Товары"])
    if spent:
        who = {
            "Партнер_Key": partner,
            PROGRAMME: programme_of_card(infobase, row["КартаЛояльности_Key"]),
        }
        found.append(spending(row["Date"], sign * spent, **who))
    return found


def _stock(row: Row, warehouse: str, sign: int) -> list[Row]:
    return [
        {
            "RecordType": "Receipt" if sign > 0 else "Expense",
            "Period": row["Date"],
            "Склад_Key": warehouse,
            "Номенклатура_Key": item["Номенклатура_Key"],
            "Характеристика_Key": item["Характеристика_Key"],
            "ВНаличии": item["Количество"],
        }
        for item in row["Товары"]
    ]


def _sales(row: Row, sign: int) -> list[Row]:
    return [
        {
            "Period": row["Date"],
            "Партнер_Key": row["Партнер_Key"],
            "Склад_Key": row["Склад_Key"],
            "Номенклатура_Key": item["Номенклатура_Key"],
            "Характеристика_Key": item["Характеристика_Key"],
            "Количество": sign * item["Количество"],
            "СуммаВыручки": sign * item["Сумма"],
        }
        for item in row["Товары"]
    ]


def _order(_infobase: Infobase, row: Row) -> Movements:
    """An order: what is ordered, and what the warehouse shall ship."""
    return {
        "AccumulationRegister_ЗаказыКлиентов": _ordered(row, row["Ref_Key"], "Receipt"),
        STOCK: _to_ship(row, "Receipt"),
    }


def _to_ship(row: Row, kind: str) -> list[Row]:
    return [
        {
            "RecordType": kind,
            "Period": row["Date"],
            "Склад_Key": row["Склад_Key"],
            "Номенклатура_Key": item["Номенклатура_Key"],
            "Характеристика_Key": item["Характеристика_Key"],
            "КОтгрузке": item["Количество"],
        }
        for item in row["Товары"]
        if item["ВариантОбеспечения"] == "Отгрузить" and not item["Отменено"]
    ]


def _ordered(row: Row, order: str, kind: str) -> list[Row]:
    return [
        {
            "RecordType": kind,
            "Period": row["Date"],
            "ЗаказКлиента": order,
            "ЗаказКлиента_Type": NAMESPACE + "Document_ЗаказКлиента",
            "Номенклатура_Key": item["Номенклатура_Key"],
            "Характеристика_Key": item["Характеристика_Key"],
            "Склад_Key": row["Склад_Key"],
            "Заказано": item["Количество"],
            "КОформлению": item["Количество"],
            "Сумма": item["Сумма"],
        }
        for item in row["Товары"]
        if not item["Отменено"]
    ]


def _shipment(infobase: Infobase, row: Row) -> Movements:
    """A shipment: stock must suffice, the order's movements are taken off."""
    _check_stock(infobase, row)
    order = row["ЗаказКлиента"]
    return {
        POINTS: _sale_points(infobase, row, row["НачислениеБонусныхБаллов"], 1),
        STOCK: _stock(row, row["Склад_Key"], -1)
        + ([] if is_empty(order) else _to_ship(row, "Expense")),
        "AccumulationRegister_ВыручкаИСебестоимостьПродаж": _sales(row, 1),
        "AccumulationRegister_ЗаказыКлиентов": (
            [] if is_empty(order) else _ordered(row, order, "Expense")
        ),
    }


def _check_stock(infobase: Infobase, row: Row) -> None:
    for item in row["Товары"]:
        left = stock_of(infobase, item["Номенклатура_Key"], row["Склад_Key"], but=row["Ref_Key"])
        if left < item["Количество"]:
            text = f"Недостаточно товара на складе: не хватает {item['Количество'] - left:g} шт"
            raise PostingRefused(text)


def _prices(_infobase: Infobase, row: Row) -> Movements:
    names = ("Номенклатура_Key", "Характеристика_Key", "Упаковка_Key", "ВидЦены_Key", "Цена")
    return {
        "InformationRegister_ЦеныНоменклатуры": [
            {"Period": row["Date"]} | {name: item[name] for name in (*names, "Валюта_Key")}
            for item in row["Товары"]
        ]
    }


TRADE: dict[str, Callable[[Infobase, Row], Movements]] = {
    "Document_НачислениеИСписаниеБонусныхБаллов": _points_document,
    "Document_ЧекККМ": _receipt,
    "Document_ЧекККМВозврат": lambda infobase, row: _receipt(infobase, row, sign=-1),
    "Document_ЗаказКлиента": _order,
    "Document_РеализацияТоваровУслуг": _shipment,
    "Document_УстановкаЦенНоменклатуры": _prices,
    "Document_ОприходованиеИзлишковТоваров": lambda _infobase, row: {
        STOCK: _stock(row, row["Склад_Key"], 1)
    },
}
