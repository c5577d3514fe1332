"""What a till of УТ does: cards, receipts, returns (reference, sections 1.12 and 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata.literals import number
from mocks.onec.posting import drop_movements, post
from mocks.onec.rules import PROGRAMME, programme_of_card
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, Row

Body = Mapping[str, Any]

_CARD = "Catalog_КартыЛояльности"
_RECEIPT = "Document_ЧекККМ"
_RETURN = "Document_ЧекККМВозврат"


def only(infobase: Infobase, entity: str) -> str:
    """Return the first object of an entity, the empty reference when there is none."""
    for row in infobase.table(entity):
        if not row.get("IsFolder"):
            return str(row["Ref_Key"])
    return EMPTY_GUID


def default_programme(infobase: Infobase) -> str:
    """Return the first programme."""
    return only(infobase, "Catalog_БонусныеПрограммыЛояльности")


def issue_card(infobase: Infobase, body: Body) -> Row:
    """A till registers a card: ``barcode`` or ``magnetic``, ``partner`` and ``kind`` if known."""
    kind = body.get("kind") or only(infobase, "Catalog_ВидыКартЛояльности")
    found = infobase.table("Catalog_ВидыКартЛояльности").get(kind)
    if found is None:
        raise KeyError(kind)
    code = body.get("barcode") or body["magnetic"]
    return infobase.create(
        _CARD,
        {
            "Owner_Key": kind,
            "Description": f"{found['Description']} {code}",
            "Штрихкод": body.get("barcode", ""),
            "МагнитныйКод": body.get("magnetic", ""),
            "Статус": "Действует",
            "Партнер_Key": body.get("partner", EMPTY_GUID),
        },
    )


def activate_card(infobase: Infobase, body: Body) -> Row:
    """A till gives the card with ``barcode`` to a ``partner``."""
    return _change_card(infobase, body, {"Статус": "Действует", "Партнер_Key": body["partner"]})


def annul_card(infobase: Infobase, body: Body) -> Row:
    """A manager annuls the card with ``barcode``."""
    return _change_card(infobase, body, {"Статус": "Аннулирована"})


def _change_card(infobase: Infobase, body: Body, values: Row) -> Row:
    for row in infobase.table(_CARD).find("Штрихкод", body["barcode"]):
        return infobase.change(_CARD, (row["Ref_Key"],), values)
    raise KeyError(body["barcode"])


def close_receipt(infobase: Infobase, body: Body) -> Row:
    """A cashier punches a receipt, which is posted.

    ``rows`` of ``product``, ``quantity``, ``price``; ``barcode`` of a card or ``partner``;
    ``spend`` points, ``accrue`` points from ``accrue_at`` until ``expires``; ``cash`` or by card.
    """
    card = _card(infobase, body)
    partner = body.get("partner") or (card["Партнер_Key"] if card else EMPTY_GUID)
    rows = _lines(body)
    total = number(sum(row["Сумма"] for row in rows))
    at = body.get("date", infobase.now())
    card_key = card["Ref_Key"] if card else EMPTY_GUID
    values: Row = {
        "Date": at,
        "Статус": "Пробит",
        "Партнер_Key": partner,
        "КартаЛояльности_Key": card_key,
        "Организация_Key": only(infobase, "Catalog_Организации"),
        "КассаККМ_Key": only(infobase, "Catalog_КассыККМ"),
        "Склад_Key": only(infobase, "Catalog_Склады"),
        "СуммаДокумента": total,
        "ЦенаВключаетНДС": True,
        "ИспользоватьОплатуБонуснымиБаллами": bool(body.get("spend")),
        "Товары": rows,
    }
    if body.get("cash"):
        values |= {"ФормаОплаты": "Наличная", "ПолученоНаличными": total}
    else:
        values["ФормаОплаты"] = "ПлатежнаяКарта"
        values["ОплатаПлатежнымиКартами"] = [{"Сумма": total}]
    if body.get("accrue"):
        values["БонусныеБаллы"] = [
            {
                PROGRAMME: programme_of_card(infobase, card_key),
                "ДатаНачисления": body.get("accrue_at", at),
                "ДатаСписания": body.get("expires", EMPTY_DATE),
                "СуммаБонусныхБаллов": body["accrue"],
            }
        ]
    return post(infobase, _RECEIPT, infobase.create(_RECEIPT, values)["Ref_Key"])


def return_receipt(infobase: Infobase, body: Body) -> Row:
    """A cashier takes a whole ``receipt`` back: the same kinds of movements, signs reversed."""
    sold = infobase.table(_RECEIPT).get(body["receipt"])
    if sold is None:
        raise KeyError(body["receipt"])
    left_out = {"Ref_Key", "DataVersion", "Number", "Date", "Posted"}
    values = {name: value for name, value in sold.items() if name not in left_out}
    values |= {"Date": body.get("date", infobase.now()), "ЧекККМ_Key": sold["Ref_Key"]}
    return post(infobase, _RETURN, infobase.create(_RETURN, values)["Ref_Key"])


def archive_receipt(infobase: Infobase, body: Body) -> Row:
    """The end of a shift archives a ``receipt``: its movements vanish."""
    row = infobase.change(_RECEIPT, (body["receipt"],), {"Архивный": True})
    drop_movements(infobase, _RECEIPT, body["receipt"])
    return row


def _card(infobase: Infobase, body: Body) -> Row | None:
    if "barcode" not in body:
        return None
    for row in infobase.table(_CARD).find("Штрихкод", body["barcode"]):
        return row
    raise KeyError(body["barcode"])


def _lines(body: Body) -> list[Row]:
    """Return the rows of goods; points spent are taken off the first row's sum."""
    rows: list[Row] = []
    spent = body.get("spend", 0)
    for line, item in enumerate(body["rows"], 1):
        taken = spent if line == 1 else 0
        rows.append(
            {
                "КлючСвязи": line,
                "Номенклатура_Key": item["product"],
                "Количество": item["quantity"],
                "КоличествоУпаковок": item["quantity"],
                "Цена": item["price"],
                "Сумма": number(item["quantity"] * item["price"] - taken),
                "СтавкаНДС": "НДС20",
                "СуммаБонусныхБалловКСписанию": taken,
                "СуммаБонусныхБалловКСписаниюВВалюте": taken,
            }
        )
    return rows
