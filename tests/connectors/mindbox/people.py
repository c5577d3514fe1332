"""A customer of the tests, and what the core and the double know of her."""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.canonical import (
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    PersonName,
    PhoneContact,
)
from tests.connectors.bench import Bench, Copy
from tests.connectors.mindbox.conftest import inspected

KEY = "c-01hzx0000000000000000001"
OLGA_ID = "500123"
ANNA = Customer(
    name=PersonName(last="Ёлкина", first="Анна", patronymic="Сергеевна"),
    gender=Gender.FEMALE,
    birth_date=date(1990, 5, 17),
    phones=(PhoneContact(number="+79161234567", rank=0),),
    emails=(EmailContact(address="anna@example.ru", rank=0),),
    consents=(Consent(id="mailing:email", granted=True), Consent(id="news", granted=False)),
    attributes={"city": "Орёл", "shops": None},
)
OLGA_AGAIN = Customer(
    name=PersonName(last="Демина"), phones=(PhoneContact(number="+79260001122", rank=0),)
)


def named(last: str | None, first: str | None, patronymic: str | None) -> PersonName:
    """Return a name that speaks of all its parts."""
    return PersonName(last=last, first=first, patronymic=patronymic)


async def told(project: Bench, snapshot: Customer = ANNA, **more: Any) -> Copy:
    """Write a snapshot and return what the core remembers."""
    copy = Copy(KEY)
    await project.tell(Kind.CUSTOMER, copy, snapshot, **more)
    return copy


async def news(project: Bench, copy: Copy) -> dict[str, Any]:
    """Return what the core would take for changes; points and tier are Mindbox's own to tell."""
    found = await project.news(Kind.CUSTOMER, copy)
    return {
        path: value for path, value in found.items() if not path.startswith(("bonuses", "tier"))
    }


async def held(project: Bench, copy: Copy) -> dict[str, Any]:
    """Return the customer as the double has it."""
    (row,) = await inspected(project, "customers", ids={"mindboxId": copy.external_id})
    found: dict[str, Any] = row
    return found
