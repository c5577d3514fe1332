"""``Контрагент`` → the contact of an order, and a canonical customer. Pure.

The contacts of a site's buyer often sit in the representative and not in the party itself: both are
looked at. Source: vendor reference of 1C, section 4.5; of Bitrix, section 3.4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gateway.canonical import (
    Address,
    Customer,
    EmailContact,
    Gender,
    OrderContact,
    PersonName,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.contract import Observed

from .nodes import NO_ID, Element, Unreadable, every, fields, text, value
from .values import day, plain_id

BUYER = "Покупатель"
_MAILS = frozenset({"почта", "электронная почта", "электроннаяпочта", "e-mail", "email"})
_GENDERS = {"м": Gender.MALE, "ж": Gender.FEMALE}
_ADDRESS = {
    "Почтовый индекс": "postcode", "Страна": "country", "Регион": "region", "Город": "city",
    "Населенный пункт": "city", "Улица": "street", "Дом": "house", "Квартира": "flat",
}  # fmt: skip
_WORDS = 3


class Contacts(NamedTuple):
    """Phones and e-mails as they are written, in the order of the file."""

    phones: tuple[str, ...]
    emails: tuple[str, ...]


def buyer_of(parties: Element | None) -> Element | None:
    """Return the party with the role of the buyer; of parties without any role the first."""
    rows = list(every(parties, "Контрагент"))
    for row in rows:
        if any(text(role) == BUYER for role in every(row, "Роль")):
            return row
    return next((row for row in rows if "Роль" not in fields(row)), None)


def is_company(party: Element) -> bool:
    """Tell a legal entity: only that has an official name (reference of Bitrix, section 3.4)."""
    return "ОфициальноеНаименование" in fields(party)


def contact_from(party: Element, remarks: list[str]) -> OrderContact:
    """Read who ordered; a phone or e-mail that is none is left out with a remark."""
    said: dict[str, Any] = {}
    name = name_from(party)
    if name is not None:
        said["name"] = name
    contacts = contacts_from(party)
    if contacts.phones:
        _say_first(said, "phone", map(normal_phone, contacts.phones), remarks)
    if contacts.emails:
        _say_first(said, "email", map(normal_email, contacts.emails), remarks)
    return OrderContact(**said)


def _say_first(
    said: dict[str, Any], field: str, forms: Iterator[str | None], remarks: list[str]
) -> None:
    first = next((form for form in forms if form), None)
    if first is None:
        remarks.append(f"contact.{field}: cannot be read")
    else:
        said[field] = first


def contacts_from(party: Element) -> Contacts:
    """Collect contacts of the party, then of its representatives."""
    phones, emails = [], []
    for owner in (party, *_representatives(party)):
        for row in every(fields(owner).get("Контакты"), "Контакт"):
            own = fields(row)
            kind, said = (text(own.get("Тип")) or "").casefold(), text(own.get("Значение"))
            if said and kind.startswith("телефон"):
                phones.append(said)
            elif said and kind in _MAILS:
                emails.append(said)
    return Contacts(tuple(phones), tuple(emails))


def _representatives(party: Element) -> Iterator[Element]:
    """Go through representatives, with the extra level that sites write and without it."""
    for row in every(fields(party).get("Представители"), "Представитель"):
        yield row
        yield from every(row, "Контрагент")


def name_from(party: Element) -> PersonName | None:
    """Read a name by its parts, else from the full name: last, first, patronymic."""
    own = fields(party)
    parts = {"last": "Фамилия", "first": "Имя", "patronymic": "Отчество"}
    said = {field: text(own[name]) for field, name in parts.items() if name in own}
    if any(said.values()):
        return PersonName(**said)
    words = (text(own.get("ПолноеНаименование")) or text(own.get("Наименование")) or "").split()
    if not words:
        return None
    if len(words) == 1:
        return PersonName(first=words[0])
    rest = " ".join(words[_WORDS - 1 :])
    return PersonName(last=words[0], first=words[1], **({"patronymic": rest} if rest else {}))


def address_from(element: Element | None) -> Address | None:
    """Read an address by its fields; the presentation is its text."""
    if element is None:
        return None
    own = fields(element)
    said: dict[str, str] = {}
    for row in every(element, "АдресноеПоле"):
        parts = fields(row)
        field, part = _ADDRESS.get(text(parts.get("Тип")) or ""), text(parts.get("Значение"))
        if field and part:
            said.setdefault(field, part)
    shown = text(own.get("Представление"))
    if shown:
        said["text"] = shown
    return Address(**said) if said else None


def customer_from(party: Element) -> Observed[Customer]:
    """Translate a party into a customer. Raises ``Unreadable``, also for one without ``Ид``."""
    own = fields(party)
    id_ = text(own.get("Ид"))
    if id_ is None:
        raise Unreadable(NO_ID, party)
    said: dict[str, Any] = {}
    name = name_from(party)
    if name is not None:
        said["name"] = name
    if "ДатаРождения" in own:
        said["birth_date"] = value(own["ДатаРождения"], day)
    gender = _GENDERS.get((text(own.get("Пол")) or "")[:1].casefold())
    if gender is not None:
        said["gender"] = gender
    address = address_from(own.get("Адрес")) or address_from(own.get("АдресРегистрации"))
    if address is not None:
        said["address"] = address
    remarks = _say_contacts(said, contacts_from(party))
    return Observed(plain_id(id_), Customer(**said), remarks=tuple(remarks))


def _say_contacts(said: dict[str, Any], contacts: Contacts) -> list[str]:
    """Say phones and e-mails, the first as the main one; return what cannot be read."""
    phones = {form: raw for raw in contacts.phones if (form := normal_phone(raw))}
    emails = {form: raw for raw in contacts.emails if (form := normal_email(raw))}
    if phones:
        said["phones"] = tuple(
            PhoneContact(number=form, raw=raw, rank=rank)
            for rank, (form, raw) in enumerate(phones.items())
        )
    if emails:
        said["emails"] = tuple(
            EmailContact(address=form, raw=raw, rank=rank)
            for rank, (form, raw) in enumerate(emails.items())
        )
    broken = []
    if any(normal_phone(raw) is None for raw in contacts.phones):
        broken.append("phones: one cannot be read")
    if any(normal_email(raw) is None for raw in contacts.emails):
        broken.append("emails: one cannot be read")
    return broken
