"""What people do in Розница 2.x: cards, receipts, points, prices, stock (reference, 1.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.odata.literals import number
from mocks.onec.posting import drop_movements, post
from mocks.onec.rules import PROGRAMME, stock_of
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, NAMESPACE, UNDEFINED, Row
from mocks.onec.till import default_programme, only

Body = Mapping[str, Any]

_CARD = "Catalog_ИнформационныеКарты"
_CARD_KEY = "ДисконтнаяКарта_Key"
_RECEIPT = "Document_ЧекККМ"
_POINTS = "Document_НачислениеИСписаниеБонусныхБаллов"


def issue_card(infobase: Infobase, body: Body) -> Row:
    """A till registers a card: ``barcode``, ``owner`` and ``owner_type`` if known.

    The barcode is also entered in the register of barcodes, as those of goods are.
    """
    kind = only(infobase, "Catalog_ВидыДисконтныхКарт")
    row = infobase.create(
        _CARD,
        {
            "Description": f"Карта {body['barcode']}",
            "КодКарты": body["barcode"],
            "ВидКарты": "Дисконтная",
            "ТипКарты": "Штриховая",
            "ВидДисконтнойКарты_Key": kind,
            PROGRAMME: default_programme(infobase),
            "ДатаОткрытия": infobase.now(),
        }
        | _owner(body),
    )
    owner = {"Владелец": row["Ref_Key"], "Владелец_Type": NAMESPACE + _CARD}
    infobase.create("InformationRegister_Штрихкоды", {"Штрихкод": body["barcode"]} | owner)
    return row


def activate_card(infobase: Infobase, body: Body) -> Row:
    """A till gives the card with ``barcode`` to an ``owner``."""
    card = _card(infobase, body["barcode"])
    return infobase.change(_CARD, (card["Ref_Key"],), _owner(body))


def annul_card(infobase: Infobase, body: Body) -> Row:
    """A manager marks the card with ``barcode`` for deletion: it has no status here."""
    card = _card(infobase, body["barcode"])
    return infobase.change(_CARD, (card["Ref_Key"],), {"DeletionMark": True})


def close_receipt(infobase: Infobase, body: Body) -> Row:
    """A cashier punches a receipt: ``rows``, ``barcode`` of a card, ``spend`` points."""
    card = _card(infobase, body["barcode"]) if "barcode" in body else None
    spent = body.get("spend", 0)
    rows = [
        {
            "КлючСвязи": line,
            "Номенклатура_Key": item["product"],
            "Количество": item["quantity"],
            "КоличествоУпаковок": item["quantity"],
            "Цена": item["price"],
            "Сумма": number(item["quantity"] * item["price"]),
            "СтавкаНДС": "НДС20",
        }
        for line, item in enumerate(body["rows"], 1)
    ]
    total = number(sum(row["Сумма"] for row in rows))
    payments: list[Row] = [{"Сумма": number(total - spent)}]
    if spent:
        programme = {PROGRAMME: default_programme(infobase)}
        payments.append({"Сумма": spent, "КоличествоБонусов": spent} | programme)
    values: Row = {
        "Date": body.get("date", infobase.now()),
        "ВидОперации": "Продажа",
        "СтатусЧекаККМ": "Пробитый",
        "Магазин_Key": only(infobase, "Catalog_Магазины"),
        "КассаККМ_Key": only(infobase, "Catalog_КассыККМ"),
        "Организация_Key": only(infobase, "Catalog_Организации"),
        "СуммаДокумента": total,
        "ЦенаВключаетНДС": True,
        "Товары": rows,
        "Оплата": payments,
    }
    if card is not None:
        values[_CARD_KEY] = card["Ref_Key"]
        values["ВладелецДисконтнойКарты"] = card["ВладелецКарты"]
        values["ВладелецДисконтнойКарты_Type"] = card["ВладелецКарты_Type"]
    return post(infobase, _RECEIPT, infobase.create(_RECEIPT, values)["Ref_Key"])


def return_receipt(infobase: Infobase, body: Body) -> Row:
    """A cashier takes a whole ``receipt`` back: the same document with another operation."""
    sold = infobase.table(_RECEIPT).get(body["receipt"])
    if sold is None:
        raise KeyError(body["receipt"])
    left_out = {"Ref_Key", "DataVersion", "Number", "Date", "Posted"}
    values = {name: value for name, value in sold.items() if name not in left_out}
    values |= {
        "Date": body.get("date", infobase.now()),
        "ВидОперации": "Возврат",
        "ЧекККМПродажа_Key": sold["Ref_Key"],
    }
    return post(infobase, _RECEIPT, infobase.create(_RECEIPT, values)["Ref_Key"])


def archive_receipt(infobase: Infobase, body: Body) -> Row:
    """The end of a shift archives a ``receipt``: its movements vanish."""
    row = infobase.change(_RECEIPT, (body["receipt"],), {"СтатусЧекаККМ": "Архивный"})
    drop_movements(infobase, _RECEIPT, body["receipt"])
    return row


def accrue(infobase: Infobase, body: Body) -> Row:
    """A points document: ``card``, ``points``, ``date``, ``expires`` (never without it)."""
    return _points(infobase, body, "Начисление")


def spend(infobase: Infobase, body: Body) -> Row:
    """A write-off document: ``card``, ``points``, ``date``."""
    return _points(infobase, body, "Списание")


def set_price(infobase: Infobase, body: Body) -> Row:
    """A price document: ``product``, ``price``, ``date``; the currency is a string here."""
    line = {"Номенклатура_Key": body["product"], "Цена": body["price"], "Валюта": "руб"}
    line["ВидЦены_Key"] = only(infobase, "Catalog_ВидыЦен")
    name = "Document_УстановкаЦенНоменклатуры"
    row = infobase.create(name, {"Date": body.get("date", infobase.now()), "Товары": [line]})
    return post(infobase, name, row["Ref_Key"])


def set_stock(infobase: Infobase, body: Body) -> Row:
    """A stock document that brings ``product`` in the first warehouse to ``quantity``."""
    warehouse = only(infobase, "Catalog_Склады")
    missing = body["quantity"] - stock_of(infobase, body["product"], warehouse)
    line = {"Номенклатура_Key": body["product"], "Количество": missing}
    name = "Document_ОприходованиеТоваров"
    values = {"Date": body.get("date", infobase.now()), "Склад_Key": warehouse, "Товары": [line]}
    return post(infobase, name, infobase.create(name, values)["Ref_Key"])


def _points(infobase: Infobase, body: Body, section: str) -> Row:
    row = infobase.create(
        _POINTS,
        {
            "Date": body.get("date", infobase.now()),
            PROGRAMME: default_programme(infobase),
            "ВидПравила": section,
            "ДатаОкончанияСрокаДействия": body.get("expires", EMPTY_DATE),
            section: [{_CARD_KEY: body["card"], "Баллы": body["points"]}],
        },
    )
    return post(infobase, _POINTS, row["Ref_Key"])


def _card(infobase: Infobase, code: str) -> Row:
    for row in infobase.table(_CARD).find("КодКарты", code):
        return row
    raise KeyError(code)


def _owner(body: Body) -> Row:
    owner = body.get("owner", "")
    kind = body.get("owner_type", "Catalog_ФизическиеЛица")
    return {
        "ВладелецКарты": "" if owner == EMPTY_GUID else owner,
        "ВладелецКарты_Type": NAMESPACE + kind if owner else UNDEFINED,
    }
