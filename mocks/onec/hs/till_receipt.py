"""The receipts that a till of УТ writes into the infobase along the flow of 5.6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mocks.onec.hs.cards import CardBook, stored
from mocks.onec.infobase import Infobase
from mocks.onec.posting import post
from mocks.onec.schema import EMPTY_GUID, Row

_RECEIPT = "Document_ЧекККМ"
Line = Mapping[str, Any]


class TillReceipts:
    """Writes a receipt before the payment and punches it after the device."""

    def __init__(self, infobase: Infobase) -> None:
        """Write into an infobase."""
        self._infobase = infobase
        self._cards = CardBook(infobase)

    def write(self, receipt_id: str, card_id: str, lines: Sequence[Line]) -> str:
        """Write the document, not punched yet, and return its GUID: that of the receipt."""
        card = self._cards.card(card_id) if card_id else None
        values: Row = {
            "Ref_Key": receipt_id.lower(),
            "Date": self._infobase.now(),
            "КартаЛояльности_Key": EMPTY_GUID if card is None else card.ref,
            "Партнер_Key": EMPTY_GUID if card is None else card.owner,
            "ЦенаВключаетНДС": True,
        }
        return str(self._infobase.create(_RECEIPT, values | _goods(lines))["Ref_Key"])

    def punch(self, document: str, lines: Sequence[Line]) -> None:
        """Set the status, the date of the device's answer and the final sums; then post."""
        values: Row = {"Статус": "Пробит", "Date": self._infobase.now()}
        self._infobase.change(_RECEIPT, (document,), values | _goods(lines))
        post(self._infobase, _RECEIPT, document)


def _goods(lines: Sequence[Line]) -> Row:
    total = sum((row["sum"] for row in lines), Decimal(0))
    rows = [
        {
            "КлючСвязи": number,
            "Номенклатура_Key": row["product_id"],
            "Штрихкод": row["barcode"],
            "Количество": stored(row["qty"]),
            "КоличествоУпаковок": stored(row["qty"]),
            "Цена": stored(row["price"]),
            "Сумма": stored(row["sum"]),
            "СуммаРучнойСкидки": stored(row["manual_discount"]),
            "СуммаБонусныхБалловКСписанию": stored(row["bonus_spend"]),
            "СуммаБонусныхБалловКСписаниюВВалюте": stored(row["bonus_spend"]),
            "ИдентификаторСтроки": row["line_id"],
        }
        for number, row in enumerate(lines, 1)
    ]
    return {"СуммаДокумента": stored(total), "Товары": rows}
