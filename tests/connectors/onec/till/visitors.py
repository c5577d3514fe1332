"""The conformance kit's tills of 1C: a visit in each of the two protocols."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import httpx
from lxml import etree

from gateway.canonical import Customer
from gateway.contract import TillReply, TillRequest

from .retail import DOCUMENT, GOODS
from .test_golden import RECEIPT

LOGIN = ("till-1", "пароль-кассы-1")
_NAMESPACE = "http://localhost/rt2discountservice"


class LoyaltyVisitor:
    """A till of УНФ: it finds a card, reckons, blocks the points and writes some off."""

    def till_visit(self, member: Customer, *, forged: bool) -> Sequence[TillRequest]:
        """Return the calls of a purchase that spends 50 points."""
        card = member.cards[0].number
        receipt = json.dumps({**RECEIPT, "LoyaltyCardsList": [card]}, ensure_ascii=False)
        query, headers = {"ClientCardID": card}, login(forged=forged)
        return [
            _call("GET", "findclientcard", headers, {"Phone": member.phones[0].number}),
            _call("GET", "calculatediscounts", headers, {}, receipt.encode()),
            _call("GET", "getclientbonuses", headers, query),
            _call("POST", "writeoffclientbonuses", headers, {**query, "BonusesCount": "50"}),
            _call("GET", "getclientbonuses", headers, query),
            _call("POST", "unlockclientbonuses", headers, query),
        ]

    def is_till_refusal(self, reply: TillReply) -> bool:
        """Tell a refusal by its status, or by the head of an answer."""
        return reply.status != httpx.codes.OK or reply.body.startswith(b'{"Error":true')


def _call(
    verb: str, method: str, headers: dict[str, str], query: dict[str, str], body: bytes = b""
) -> TillRequest:
    return TillRequest(verb, f"hs/loyaltyservice/{method}/", query, headers, body)


class DiscountVisitor:
    """A till of Розница: it asks for points and tells of a document."""

    def till_visit(self, member: Customer, *, forged: bool) -> Sequence[TillRequest]:
        """Return the calls of a purchase that spends 50 points."""
        card = member.cards[0].number
        at = "2026-02-03T18:05:00"
        sold = {
            "Период": at, "ИдентификаторКарты": card, "ИдентификаторНоменклатуры": GOODS,
            "ИдентификаторХарактеристики": "", "Сумма": "600", "Количество": "2",
        }  # fmt: skip
        moved = {
            "Период": at, "ВидДвижения": "1", "ИдентификаторБонуснойПрограммы": "",
            "ИдентификаторКарты": card, "Начислено": "50", "КСписанию": "50",
        }  # fmt: skip
        document = {"ТипДокумента": "ЧекККМ", "ИдентификаторДокумента": DOCUMENT}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("ПолучитьОстатокБонусов", {"ИдентификаторКарты": card, "ДатаЗапроса": at}),
            ("ОбновитьДанныеОПродажах", {**document, "ТаблицаТоваров": {"СтрокиТаблицы": sold}}),
            ("ОбновитьДанныеОБонусах", {**document, "ТаблицаБонусов": {"СтрокиТаблицы": moved}}),
        ]
        return [
            TillRequest(
                "POST", "ws/DiscountService.1cws", {}, login(forged=forged), _envelope(name, values)
            )
            for name, values in calls
        ]

    def is_till_refusal(self, reply: TillReply) -> bool:
        """Tell a refusal by its status, or by a false."""
        return reply.status != httpx.codes.OK or b":return>false<" in reply.body


def login(*, forged: bool) -> dict[str, str]:
    """Return the headers of a till."""
    user, password = LOGIN
    pair = f"{user}:{'чужой' if forged else password}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _envelope(operation: str, values: dict[str, Any]) -> bytes:
    uri = "http://schemas.xmlsoap.org/soap/envelope/"
    envelope = etree.Element(f"{{{uri}}}Envelope", nsmap={"soap": uri, "m": _NAMESPACE})
    body = etree.SubElement(envelope, f"{{{uri}}}Body")
    _fill(etree.SubElement(body, f"{{{_NAMESPACE}}}{operation}"), values)
    return etree.tostring(envelope, encoding="utf-8")


def _fill(parent: etree._Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        element = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
        if isinstance(value, dict):
            _fill(element, value)
        else:
            element.text = value
