"""People: customers that nobody has twice, in the canonical form and as each double loads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from gateway.canonical import Customer, EmailContact, Gender, PersonName, PhoneContact

_SURNAMES = ("Семёнова", "Ильина", "Королёва", "Зайцева", "Пономарёва")
_NAMES = ("Алёна", "Вера", "Ксения", "Ольга", "Марфа")
_PATRONYMIC = "Олеговна"
_OLD = "2026-01-10 09:00"
_TAIL = "-11ee-8c3a-00155d010203"
_TAIL_OF_BOOKS = f"-2222{_TAIL}"
_PHONE_KIND = f"ab000001{_TAIL_OF_BOOKS}"
_EMAIL_KIND = f"ab000002{_TAIL_OF_BOOKS}"


def phone(number: int) -> str:
    """Return the phone of a person, E.164."""
    return f"+7916{number:07d}"


def email(number: int) -> str:
    """Return the e-mail of a person."""
    return f"p{number}@example.ru"


def name(number: int) -> tuple[str, str]:
    """Return last and first name of a person."""
    return _SURNAMES[number % len(_SURNAMES)], _NAMES[number % len(_NAMES)]


def person(number: int) -> Customer:
    """Return a person as the gateway would tell a vendor of it."""
    last, first = name(number)
    return Customer(
        name=PersonName(last=last, first=first, patronymic=_PATRONYMIC),
        birth_date=date(1990, 4, 12),
        gender=Gender.FEMALE,
        phones=(PhoneContact(number=phone(number), rank=0),),
        emails=(EmailContact(address=email(number), rank=0),),
    )


def retailcrm(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return what the double of RetailCRM loads."""
    rows = []
    for one in numbers:
        last, first = name(one)
        rows.append(
            {
                "firstName": first,
                "lastName": last,
                "patronymic": _PATRONYMIC,
                "email": email(one),
                "phones": [{"number": phone(one)}],
            }
        )
    return {"customers": rows}


def bitrix(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return what the double of 1C-Bitrix loads."""
    rows = []
    for one in numbers:
        last, first = name(one)
        rows.append({"name": first, "last_name": last, "email": email(one), "phone": phone(one)})
    return {"users": rows}


def mindbox(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return what the double of Mindbox loads; changed long ago, so that an export has them."""
    rows = []
    for one in numbers:
        last, first = name(one)
        rows.append(
            {
                "firstName": first,
                "lastName": last,
                "email": email(one),
                "mobilePhone": phone(one).lstrip("+"),
                "changed": _OLD,
            }
        )
    return {"customers": rows}


def loymax(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return what the double of Loymax loads."""
    rows = []
    for one in numbers:
        last, first = name(one)
        rows.append(
            {
                "phone": phone(one).lstrip("+"),
                "email": email(one),
                "answers": {"LastName": last, "FirstName": first},
                "balance": 0,
            }
        )
    return {"customers": rows}


def onec(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return what the double of 1C loads."""
    rows = []
    for one in numbers:
        last, first = name(one)
        number, address = phone(one).lstrip("+"), email(one)
        contacts = [
            {
                "LineNumber": "1",
                "Тип": "Телефон",
                "Вид_Key": _PHONE_KIND,
                "Представление": f"+{number}",
                "НомерТелефона": number,
            },
            {
                "LineNumber": "2",
                "Тип": "АдресЭлектроннойПочты",
                "Вид_Key": _EMAIL_KIND,
                "Представление": address,
                "АдресЭП": address,
            },
        ]
        rows.append(
            {
                "Ref_Key": f"{one:08x}-3333{_TAIL}",
                "Description": f"{last} {first} {_PATRONYMIC}",
                "Клиент": True,
                "КонтактнаяИнформация": contacts,
            }
        )
    return {"rows": {"Catalog_Партнеры": rows}}


def onec_cards(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return cards as the double of 1C loads them."""
    rows = [
        {
            "Ref_Key": f"{one:08x}-4444{_TAIL}",
            "Description": f"Карта {one}",
            "Owner_Key": f"cc000001{_TAIL_OF_BOOKS}",
            "Штрихкод": f"299{one:010d}",
            "Статус": "Действует",
            "Партнер_Key": f"{one:08x}-3333{_TAIL}",
        }
        for one in numbers
    ]
    return {"rows": {"Catalog_КартыЛояльности": rows}}


def onec_products(numbers: Sequence[int]) -> Mapping[str, Any]:
    """Return products as the double of 1C loads them."""
    rows = [
        {
            "Ref_Key": f"{one:08x}-5555{_TAIL}",
            "Description": f"Чайник Вега {one}",
            "НаименованиеПолное": f"Чайник Вега {one}",
            "Артикул": f"VEGA-{one}",
            "ТипНоменклатуры": "Товар",
        }
        for one in numbers
    ]
    return {"rows": {"Catalog_Номенклатура": rows}}


def cut(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Cut into pieces."""
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
