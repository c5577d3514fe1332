"""What the back office of УТ does: partners, points, prices, stock, orders (reference, 1.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.onec.infobase import Infobase
from mocks.onec.posting import post
from mocks.onec.rules import PROGRAMME, stock_of
from mocks.onec.schema import EMPTY_DATE, NAMESPACE, Row
from mocks.onec.till import default_programme, only

Body = Mapping[str, Any]

_POINTS = "Document_НачислениеИСписаниеБонусныхБаллов"
_ORDER = "Document_ЗаказКлиента"
_SHIPMENT = "Document_РеализацияТоваровУслуг"


def edit_partner(infobase: Infobase, body: Body) -> Row:
    """A manager edits a partner: ``partner`` and ``values``; ``phone`` and ``email`` are short."""
    name = "Catalog_Партнеры"
    values = dict(body.get("values", {}))
    found = infobase.table(name).get(body["partner"])
    if found is None:
        raise KeyError(body["partner"])
    contacts = [dict(row) for row in found["КонтактнаяИнформация"]]
    for key, kind in (("phone", "Телефон"), ("email", "АдресЭлектроннойПочты")):
        if key in body:
            contacts = [row for row in contacts if row["Тип"] != kind]
            contacts.append(_contact(kind, body[key]))
    if {"phone", "email"} & body.keys():
        values["КонтактнаяИнформация"] = contacts
    return infobase.change(name, (body["partner"],), values)


def accrue(infobase: Infobase, body: Body) -> Row:
    """A points document: ``partner``, ``points``, ``date``, ``expires`` (never without it)."""
    return _points(infobase, body, "Начисление")


def spend(infobase: Infobase, body: Body) -> Row:
    """A write-off document: ``partner``, ``points``, ``date``."""
    return _points(infobase, body, "Списание")


def _points(infobase: Infobase, body: Body, section: str) -> Row:
    row = infobase.create(
        _POINTS,
        {
            "Date": body.get("date", infobase.now()),
            PROGRAMME: body.get("programme") or default_programme(infobase),
            "ВидПравила": section,
            "ДатаОкончанияСрокаДействия": body.get("expires", EMPTY_DATE),
            section: [{"Партнер_Key": body["partner"], "Баллы": body["points"]}],
        },
    )
    return post(infobase, _POINTS, row["Ref_Key"])


def set_price(infobase: Infobase, body: Body) -> Row:
    """A price document: ``product``, ``price``, ``price_kind`` (the first), ``date``."""
    kind = body.get("price_kind") or only(infobase, "Catalog_ВидыЦен")
    line = {"Номенклатура_Key": body["product"], "ВидЦены_Key": kind, "Цена": body["price"]}
    line["Валюта_Key"] = only(infobase, "Catalog_Валюты")
    name = "Document_УстановкаЦенНоменклатуры"
    row = infobase.create(name, {"Date": body.get("date", infobase.now()), "Товары": [line]})
    return post(infobase, name, row["Ref_Key"])


def set_stock(infobase: Infobase, body: Body) -> Row:
    """A stock document that brings ``product`` in ``warehouse`` (the first) to ``quantity``."""
    warehouse = body.get("warehouse") or only(infobase, "Catalog_Склады")
    missing = body["quantity"] - stock_of(infobase, body["product"], warehouse)
    name = "Document_ОприходованиеИзлишковТоваров"
    line = {"Номенклатура_Key": body["product"], "Количество": missing}
    values = {"Date": body.get("date", infobase.now()), "Склад_Key": warehouse, "Товары": [line]}
    return post(infobase, name, infobase.create(name, values)["Ref_Key"])


def order_status(infobase: Infobase, body: Body) -> Row:
    """A manager sets the ``status`` of an ``order``; ``post`` posts it too."""
    row = infobase.change(_ORDER, (body["order"],), {"Статус": body["status"]})
    return post(infobase, _ORDER, row["Ref_Key"]) if body.get("post") else row


def ship_order(infobase: Infobase, body: Body) -> Row:
    """The warehouse ships an ``order``: a posted shipment, the order is closed."""
    order = infobase.table(_ORDER).get(body["order"])
    if order is None:
        raise KeyError(body["order"])
    copied = (
        "Партнер_Key",
        "Контрагент_Key",
        "Организация_Key",
        "Склад_Key",
        "КартаЛояльности_Key",
        "Валюта_Key",
        "СуммаДокумента",
        "ЦенаВключаетНДС",
        "НалогообложениеНДС",
    )
    values = {name: order[name] for name in copied} | {
        "Date": body.get("date", infobase.now()),
        "ЗаказКлиента": order["Ref_Key"],
        "ЗаказКлиента_Type": NAMESPACE + _ORDER,
        "Статус": "Отгружено",
        "Товары": [dict(item) for item in order["Товары"] if not item["Отменено"]],
        "НачислениеБонусныхБаллов": [dict(item) for item in order["НачислениеБонусныхБаллов"]],
    }
    row = infobase.create(_SHIPMENT, values)
    done = post(infobase, _SHIPMENT, row["Ref_Key"])
    infobase.change(_ORDER, (order["Ref_Key"],), {"Статус": "Закрыт"})
    return done


def _contact(kind: str, text: str) -> Row:
    row: Row = {"Тип": kind, "Представление": text}
    if kind == "Телефон":
        digits = "".join(one for one in text.partition("доб.")[0] if one.isdigit())
        return row | {"НомерТелефона": digits, "НомерТелефонаБезКодов": digits[-7:]}
    return row | {"АдресЭП": text, "ДоменноеИмяСервера": text.rpartition("@")[2]}
