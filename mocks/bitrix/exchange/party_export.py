"""The buyer of a document (reference 3.4, ``Контрагент``)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mocks.bitrix.exchange.figures import Figures
from mocks.bitrix.exchange.xml import filled, node
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site

_ID_LENGTH = 40
COMPANY_TYPE = 2


def party_id(user: Row) -> str:
    """Return the join key of a customer: his XML_ID, or id, login and name cut to 40 signs."""
    if user["xmlId"]:
        return str(user["xmlId"])
    return f"{user['id']}#{user['login']}#{full_name(user)}"[:_ID_LENGTH]


def full_name(user: Row) -> str:
    """Return last name, name and second name."""
    names = (user["lastName"], user["name"], user["secondName"])
    return " ".join(str(name) for name in names if name)


def buyer(site: Site, order: Row, figures: Figures) -> _Element:
    """Return the buyer of an order, filled from his account and the order's properties."""
    values = {
        row["code"]: str(row["value"])
        for row in site.property_values.where("orderId", order["id"])
        if row["value"]
    }
    user = site.users.get(order["userId"])
    is_company = order["personTypeId"] == COMPANY_TYPE
    person = (full_name(user) if user is not None else "") or values.get("FIO", "")
    name = (values.get("COMPANY", "") if is_company else person) or f"Покупатель {order['userId']}"
    guest = f"{order['userId']}#guest#{name}"[:_ID_LENGTH]
    party = node(
        "Контрагент",
        node("Ид", party_id(user) if user is not None else guest),
        node("Наименование", name),
    )
    parts = _company(values, name) if is_company else _person(user, name)
    parts += [
        _address(values),
        _contacts(values, user, figures),
        _representative(values.get("CONTACT_PERSON", "")),
        node("Роль", "Покупатель"),
    ]
    party.extend(part for part in parts if part is not None)
    return party


def _person(user: Row | None, name: str) -> list[_Element | None]:
    known = user or {}
    sex = {"M": "М", "F": "Ж"}.get(str(known.get("gender")), "")
    return [
        node("ПолноеНаименование", name),
        filled("Фамилия", known.get("lastName") or ""),
        filled("Имя", known.get("name") or ""),
        filled("Отчество", known.get("secondName") or ""),
        filled("ДатаРождения", known.get("birthday") or ""),
        filled("Пол", sex),
    ]


def _company(values: dict[str, str], name: str) -> list[_Element | None]:
    return [
        node("ОфициальноеНаименование", name),
        filled("ЮридическийАдрес", values.get("COMPANY_ADR", "")),
        filled("ИНН", values.get("INN", "")),
        filled("КПП", values.get("KPP", "")),
    ]


def _address(values: dict[str, str]) -> _Element | None:
    fields = [
        node("АдресноеПоле", node("Тип", kind), node("Значение", values[code]))
        for code, kind in (("ZIP", "Почтовый индекс"), ("CITY", "Город"), ("ADDRESS", "Улица"))
        if values.get(code)
    ]
    shown = ", ".join(values[code] for code in ("ZIP", "CITY", "ADDRESS") if values.get(code))
    return node("Адрес", node("Представление", shown), *fields) if fields else None


def _contacts(values: dict[str, str], user: Row | None, figures: Figures) -> _Element | None:
    known = user or {}
    phone_type, mail_type = (
        ("Телефон рабочий", "Электронная почта")
        if figures.is_newer
        else ("ТелефонРабочий", "Почта")
    )
    found = (
        (phone_type, values.get("PHONE") or known.get("phone") or ""),
        (mail_type, values.get("EMAIL") or known.get("email") or ""),
    )
    rows = [
        node("Контакт", node("Тип", kind), node("Значение", value))
        for kind, value in found
        if value
    ]
    return node("Контакты", *rows) if rows else None


def _representative(name: str) -> _Element | None:
    if not name:
        return None
    key = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    inner = node(
        "Контрагент",
        node("Отношение", "Контактное лицо"),
        node("Ид", key),
        node("Наименование", name),
    )
    return node("Представители", node("Представитель", inner))
