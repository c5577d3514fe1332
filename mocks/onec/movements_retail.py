"""The movements of the documents of Розница 2.x: points count by card (reference, 1.12)."""

from __future__ import annotations

from collections.abc import Callable

from mocks.onec.infobase import Infobase
from mocks.onec.rules import POINTS, PROGRAMME, STOCK, Movements, accrual, day, spending
from mocks.onec.schema import Row

_CARD = "ДисконтнаяКарта_Key"


def _points(_infobase: Infobase, row: Row) -> Movements:
    found: list[Row] = []
    for item in row["Начисление"]:
        who = {_CARD: item[_CARD], PROGRAMME: row[PROGRAMME]}
        until = row["ДатаОкончанияСрокаДействия"]
        found += accrual(day(row["Date"]), until, item["Баллы"], **who)
    for item in row["Списание"]:
        who = {_CARD: item[_CARD], PROGRAMME: row[PROGRAMME]}
        found.append(spending(row["Date"], item["Баллы"], **who))
    return {POINTS: found}


def _receipt(infobase: Infobase, row: Row) -> Movements:
    """A punched receipt spends points as payment and takes goods; a return turns both round."""
    if row["СтатусЧекаККМ"] != "Пробитый":
        return {}
    sign = -1 if row["ВидОперации"] == "Возврат" else 1
    points = [
        spending(
            row["Date"],
            sign * item["КоличествоБонусов"],
            **{_CARD: row[_CARD], PROGRAMME: item[PROGRAMME]},
        )
        for item in row["Оплата"]
        if item["КоличествоБонусов"]
    ]
    shop = infobase.table("Catalog_Магазины").get(row["Магазин_Key"])
    return {POINTS: points, STOCK: _stock(row, shop["СкладПродажи_Key"], -sign) if shop else []}


def _stock(row: Row, warehouse: str, sign: int) -> list[Row]:
    return [
        {
            "RecordType": "Receipt" if sign > 0 else "Expense",
            "Period": row["Date"],
            "Склад_Key": warehouse,
            "Номенклатура_Key": item["Номенклатура_Key"],
            "Характеристика_Key": item["Характеристика_Key"],
            "Количество": item["Количество"],
        }
        for item in row["Товары"]
    ]


def _prices(_infobase: Infobase, row: Row) -> Movements:
    names = ("Номенклатура_Key", "Характеристика_Key", "Упаковка_Key", "ВидЦены_Key", "Цена")
    return {
        "InformationRegister_ЦеныНоменклатуры": [
            {"Period": row["Date"]} | {name: item[name] for name in (*names, "Валюта")}
            for item in row["Товары"]
        ]
    }


RETAIL: dict[str, Callable[[Infobase, Row], Movements]] = {
    "Document_НачислениеИСписаниеБонусныхБаллов": _points,
    "Document_ЧекККМ": _receipt,
    "Document_УстановкаЦенНоменклатуры": _prices,
    "Document_ОприходованиеТоваров": lambda _infobase, row: {
        STOCK: _stock(row, row["Склад_Key"], 1)
    },
}
