"""The receipts that a till writes into the infobase along the flow of 5.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mocks.onec.hs.cards import CardBook, stored
from mocks.onec.infobase import Infobase
from mocks.onec.posting import post
from mocks.onec.rules import PROGRAMME
from mocks.onec.schema import EMPTY_GUID, Row

_RECEIPT = "Document_ЧекККМ"
Line = Mapping[str, Any]


class TillReceipts:
    """Writes a receipt before the payment and punches it after the device."""

    def __init__(self, infobase: Infobase) -> None:
        """Write into an infobase of either configuration."""
        self._infobase = infobase
        self._cards = CardBook(infobase)
        self._is_retail = self._cards.layout.by_card

    def write(self, receipt_id: str, card_id: str, lines: Sequence[Line]) -> str:
        """Write the document, not punched yet, and return its GUID: that of the receipt."""
        card = self._cards.card(card_id) if card_id else None
        values: Row = {
            "Ref_Key": receipt_id.lower(),
            "Date": self._infobase.now(),
            "ЦенаВключаетНДС": True,
        }
        reference = EMPTY_GUID if card is None else card.ref
        if self._is_retail:
            values |= {"ВидОперации": "Продажа", "ДисконтнаяКарта_Key": reference}
        else:
            partner = EMPTY_GUID if card is None else card.owner
            values |= {"КартаЛояльности_Key": reference, "Партнер_Key": partner}
        return str(self._infobase.create(_RECEIPT, values | self._goods(lines))["Ref_Key"])

    def punch(self, document: str, card_id: str, lines: Sequence[Line]) -> None:
        """Set the status, the date of the device's answer and the final sums; then post."""
        values: Row = {"Date": self._infobase.now(), **self._goods(lines)}
        if self._is_retail:
            values |= {"СтатусЧекаККМ": "Пробитый", "Оплата": self._points(card_id, lines)}
        else:
            values |= {"Статус": "Пробит"}
        self._infobase.change(_RECEIPT, (document,), values)
        post(self._infobase, _RECEIPT, document)

    def _points(self, card_id: str, lines: Sequence[Line]) -> list[Row]:
        """Return the row of points among the payments of Розница."""
        card = self._cards.card(card_id) if card_id else None
        spent = sum((row["bonus_spend"] for row in lines), Decimal(0))
        if card is None or not spent:
            return []
        points = stored(spent)
        return [
            {PROGRAMME: card.programme, "КоличествоБонусов": points, "СуммаБонусовВСкидках": points}
        ]

    def _goods(self, lines: Sequence[Line]) -> Row:
        total = sum((row["sum"] for row in lines), Decimal(0))
        rows = [self._row(number, line) for number, line in enumerate(lines, 1)]
        return {"СуммаДокумента": stored(total), "Товары": rows}

    def _row(self, number: int, line: Line) -> Row:
        spent = stored(line["bonus_spend"])
        row: Row = {
            "КлючСвязи": number,
            "Номенклатура_Key": line["product_id"],
            "Штрихкод": line["barcode"],
            "Количество": stored(line["qty"]),
            "КоличествоУпаковок": stored(line["qty"]),
            "Цена": stored(line["price"]),
            "Сумма": stored(line["sum"]),
            "СуммаРучнойСкидки": stored(line["manual_discount"]),
        }
        if self._is_retail:
            return row | {"КодСтроки": number, "СуммаСкидкиОплатыБонусом": spent}
        return row | {
            "СуммаБонусныхБалловКСписанию": spent,
            "СуммаБонусныхБалловКСписаниюВВалюте": spent,
            "ИдентификаторСтроки": line["line_id"],
        }
