"""Objects of EnterpriseData → cards, customers and orders. Pure (vendor reference, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import (
    Card,
    CardState,
    Customer,
    EmailContact,
    Gender,
    Kind,
    Order,
    OrderStatus,
    PersonName,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.contract import Observed, TranslationFailed

from .translator_enterprise_order import KEY, Sales, owner_of
from .translator_order import RECEIPT as RECEIPT_MARK
from .values import day_of, moment_of, person_name, reference
from .wire_enterprise import Tree, rows, text

CARD, PERSON = "Справочник.ДисконтныеКарты", "Справочник.ФизическиеЛица"
ORDER, RECEIPT = "Документ.ЗаказКлиента", "Документ.ЧекККМ"
TYPES: Mapping[Kind, frozenset[str]] = {
    Kind.CARD: frozenset({CARD}),
    Kind.CUSTOMER: frozenset({PERSON}),
    Kind.ORDER: frozenset({ORDER, RECEIPT}),
}
"""What is read, by kind. Of another kind no node can be read."""
DELETION = "УдалениеОбъекта"
_DELETED = {
    Kind.CARD: "ДисконтныеКартыСсылка",
    Kind.CUSTOMER: "ФизическиеЛицаСсылка",
    Kind.ORDER: "ЗаказКлиентаСсылка",
}
_STATES = {"Действует": CardState.ACTIVE, "Аннулирована": CardState.BLOCKED}
_GENDERS = {"Мужской": Gender.MALE, "Женский": Gender.FEMALE}
_PHONES = frozenset({"Телефон", "ТелефонДомашний", "ТелефонРабочий"})
_EMAIL = "АдресЭлектроннойПочты"
_NO_REFERENCE = "has no reference"


def deleted(kind: Kind, tree: Tree) -> Observed[Any] | None:
    """Read a deletion; ``None`` for one of another type.

    An order that is deleted is a cancelled one. A receipt is sold however long it is kept.
    """
    ref = reference(text(tree, "СсылкаНаОбъект", "СсылкаНаОбъект", _DELETED[kind]))
    if ref is None:
        return None
    if kind is Kind.ORDER:
        return Observed(ref, Order(status=OrderStatus.CANCELLED))
    return Observed(ref, Card() if kind is Kind.CARD else Customer(), deleted=True)


def name_of(name: str, tree: Tree) -> str:
    """Return what an object of a type is called where it cannot be read."""
    ref = reference(text(tree, KEY, "Ссылка"))
    return "" if ref is None else f"{RECEIPT_MARK}{ref}" if name == RECEIPT else ref


def observed(name: str, tree: Tree, sales: Sales) -> Observed[Any] | None:
    """Read an object of a type; ``None`` for a receipt that sold nothing.

    Raises ``TranslationFailed`` for one without what names it, or with a value of another form.
    """
    ref = reference(text(tree, KEY, "Ссылка"))
    if ref is None:
        raise TranslationFailed(_NO_REFERENCE, path=f"{name}/{KEY}/Ссылка")
    if name == CARD:
        return _card(ref, tree, sales.zone)
    if name == PERSON:
        return _customer(ref, tree)
    return sales.order(ref, tree) if name == ORDER else sales.receipt(ref, tree)


def _card(ref: str, tree: Tree, zone: ZoneInfo) -> Observed[Card]:
    number = text(tree, KEY, "НомерКарты")
    if number is None:
        msg = "has no number, and a card is read by it"
        raise TranslationFailed(msg, path=f"{CARD}/{KEY}/НомерКарты")
    told: dict[str, Any] = {"number": number}
    remarks: tuple[str, ...] = ()
    status = text(tree, "Статус")
    if status in _STATES:
        told["state"] = _STATES[status]
    elif status is not None:
        remarks = ("state: a status of 1C is not known",)
    if opened := moment_of(text(tree, "ДатаОткрытия"), zone):
        told["activated_at"] = opened
    holder = next((owner_of(keys) for keys in rows(tree, KEY)), None)
    return Observed(ref, Card(**told), customer_external_id=holder, remarks=remarks)


def _customer(ref: str, tree: Tree) -> Observed[Customer]:
    remarks: list[str] = []
    told: dict[str, Any] = {}
    if name := _name(tree):
        told["name"] = name
    if born := _born(tree):
        told["birth_date"] = born
    if (gender := _said(tree, "Пол")) in _GENDERS:
        told["gender"] = _GENDERS[gender]
    phones: dict[str, PhoneContact] = {}
    emails: dict[str, EmailContact] = {}
    for contacts in rows(tree, "КонтактнаяИнформация"):
        for row in rows(contacts, "Строка"):
            _take(row, phones, emails, remarks)
    told["phones"], told["emails"] = tuple(phones.values()), tuple(emails.values())
    return Observed(ref, Customer(**told), remarks=tuple(remarks))


def _take(
    row: Tree,
    phones: dict[str, PhoneContact],
    emails: dict[str, EmailContact],
    remarks: list[str],
) -> None:
    sort = text(row, "ВидКонтактнойИнформации")
    shown = text(row, "Значение")
    if sort in _PHONES:
        number = normal_phone((shown or "").partition("доб.")[0])
        if number is None:
            remarks.append("contact: a phone is no possible number and was left out")
        else:
            phones.setdefault(number, PhoneContact(number=number, rank=len(phones)))
    elif sort == _EMAIL:
        address = normal_email(shown)
        if address is None:
            remarks.append("contact: an e-mail is no address and was left out")
        else:
            emails.setdefault(address, EmailContact(address=address, rank=len(emails)))


def _said(tree: Tree, name: str) -> str | None:
    """Return a property, which may stand among the key ones or beside them."""
    return text(tree, KEY, name) or text(tree, name)


def _born(tree: Tree) -> date | None:
    return day_of(_said(tree, "ДатаРождения"))


def _name(tree: Tree) -> PersonName | None:
    last, first, patronymic = (_said(tree, one) for one in ("Фамилия", "Имя", "Отчество"))
    if last or first or patronymic:
        return PersonName(last=last, first=first, patronymic=patronymic)
    return person_name(_said(tree, "ФИО"))
