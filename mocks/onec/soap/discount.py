"""ДисконтныйСервер of Розница 2.x: points and accumulations of cards for the tills (3.8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from mocks.onec.hs.cards import Card, decimal, stored
from mocks.onec.hs.points import REGISTER, PointBook
from mocks.onec.schema import Row
from mocks.onec.soap import discount_types as t
from mocks.onec.soap.service import Operation, SoapService
from mocks.onec.soap.xdto import BOOLEAN, STRING, ObjectType, Prop, Type

Given = Mapping[str, Any]
_RECEIPT = "Document_ЧекККМ"
_EXCLUDED = "ИдентификаторИсключаемогоДокументта"


class DiscountServer:
    """The operations over one infobase. Strings carry GUIDs, not codes."""

    def __init__(self, points: PointBook) -> None:
        """Read and write through a point book."""
        self._points = points
        self._infobase = points.infobase

    def service(self) -> SoapService:
        """Return the service as published; it does not reuse sessions."""
        return SoapService(
            name="ДисконтныйСервер",
            namespace=t.NAMESPACE,
            file="DiscountService",
            packages=(t.PACKAGE,),
            reuse="none",
            operations=(
                self._question(
                    "ПолучитьОстатокБонусов",
                    (t.CARD, t.ASKED_AT),
                    t.TOTALS,
                    t.POINTS,
                    self._balance,
                ),
                self._question(
                    "ПолучитьОстатокБонусовРасширенный",
                    (t.CARD, t.ASKED_AT),
                    t.TOTALS,
                    t.POINTS_LONG,
                    self._balance_long,
                ),
                self._question(
                    "ПолучитьСуммуНакопления", t.TOTALS_IN, t.TOTALS, t.TOTALS, self._totals
                ),
                self._question(
                    "ПолучитьДанныеПоследнейПокупки", t.LAST_IN, STRING, t.LAST, self._last
                ),
                Operation(
                    "ОбновитьДанныеОБонусах", t.UPDATE_IN, BOOLEAN, self._update, is_write=True
                ),
            ),
        )

    def _question(
        self, name: str, ins: tuple[Prop, ...], declared: Type, sent: ObjectType, ask: Any
    ) -> Operation:
        """Return an operation that answers rows about a card, nil when there is no such card."""

        def _call(given: Given) -> Given:
            card = self._points.cards.card(given["ИдентификаторКарты"])
            rows = None if card is None else {"РезультатЗапроса": ask(card, given)}
            return {"return": rows}

        return Operation(name, ins, declared, _call, sent_return=sent)

    def _balance(self, card: Card, given: Given) -> list[Given]:
        at: datetime = given["ДатаЗапроса"]
        points = self._points.spendable(card, at.isoformat())
        return [{"ДатаОперации": at, "КоличествоБаллов": points}]

    def _balance_long(self, card: Card, given: Given) -> list[Given]:
        """Return the balance now and after each later movement."""
        at = given["ДатаЗапроса"].isoformat()
        balance = self._points.spendable(card, at)
        rows: list[Given] = [_row("На текущий момент", balance, Decimal(0), is_current=True)]
        changes: dict[str, Decimal] = {}
        for one in self._points.movements(card):
            if one.period >= at:
                changes[one.period] = changes.get(one.period, Decimal(0)) + one.amount
        for period, change in changes.items():
            balance += change
            title = datetime.fromisoformat(period).strftime("%d.%m.%Y")
            rows.append(_row(title, balance, change, is_current=False))
        return rows

    def _totals(self, card: Card, given: Given) -> list[Given]:
        start, end = given["ДатаНачала"].isoformat(), given["ДатаОкончания"].isoformat()
        found = [row for row in self._receipts(card, given) if start <= row["Date"] <= end]
        total = sum((decimal(row["СуммаДокумента"]) for row in found), Decimal(0))
        count = sum((_count(row) for row in found), Decimal(0))
        return [{"СуммаНакопления": total, "КоличествоНакопления": count}]

    def _last(self, card: Card, given: Given) -> list[Given]:
        at = given["ДатаРасчета"].isoformat()
        found = [row for row in self._receipts(card, given) if row["Date"] <= at]
        if not found:
            return []
        row = max(found, key=lambda one: (one["Date"], one["Ref_Key"]))
        return [
            {
                "ДатаПокупки": datetime.fromisoformat(row["Date"]),
                "СуммаНакопления": decimal(row["СуммаДокумента"]),
                "КоличествоНакопления": _count(row),
            }
        ]

    def _receipts(self, card: Card, given: Given) -> Iterator[Row]:
        """Iterate over the posted and punched receipts of a card but the excluded one."""
        name = "ДисконтнаяКарта_Key" if self._points.cards.layout.by_card else "КартаЛояльности_Key"
        for row in self._infobase.table(_RECEIPT).find(name, card.ref):
            state = row.get("Статус") or row.get("СтатусЧекаККМ")
            is_counted = row["Posted"] and state in {"Пробит", "Пробитый"}
            if is_counted and row["Ref_Key"] != given[_EXCLUDED].lower():
                yield row

    def _update(self, given: Given) -> Given:
        """Replace all bonus movements of a document; false when the document is unknown."""
        kind, reference = f"Document_{given['ТипДокумента']}", given["ИдентификаторДокумента"]
        if kind not in self._infobase.configuration.entity(REGISTER).recorders:
            return {"return": False}
        if self._infobase.table(kind).get(reference.lower()) is None:
            return {"return": False}
        rows = [self._record(one) for one in given["ТаблицаБонусов"]["СтрокиТаблицы"]]
        self._infobase.write_records(REGISTER, (reference.lower(), kind), rows)
        return {"return": True}

    def _record(self, given: Given) -> Row:
        card = self._points.cards.card(given["ИдентификаторКарты"])
        holder = "ДисконтнаяКарта_Key" if self._points.cards.layout.by_card else "Партнер_Key"
        reference = given["ИдентификаторКарты"].lower()
        if card is not None:
            reference = self._points.account(card)[0]
        return {
            "Period": given["Период"].isoformat(),
            "RecordType": "Expense" if given["ВидДвижения"] else "Receipt",
            "БонуснаяПрограммаЛояльности_Key": given["ИдентификаторБонуснойПрограммы"].lower(),
            holder: reference,
            "Начислено": stored(given["Начислено"]),
            "КСписанию": stored(given["КСписанию"]),
        }


def _row(title: str, balance: Decimal, change: Decimal, *, is_current: bool) -> Given:
    return {
        "ПредставлениеПериода": title,
        "КоличествоБаллов": balance,
        "Изменение": change,
        "ТекущийОстаток": is_current,
    }


def _count(row: Row) -> Decimal:
    return sum((decimal(one["Количество"]) for one in row["Товары"]), Decimal(0))
