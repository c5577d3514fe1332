"""Persons: what an order tells about whoever placed it, and of whom nothing is known. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from gateway.canonical import (
    Customer,
    EmailContact,
    Order,
    PhoneContact,
    normal_email,
    normal_phone,
)
from gateway.canonical.contact import MAIN, OTHER
from gateway.identity.normal import Verdict, read_parts
from gateway.ports import EntityRow
from gateway.sync.lookup import EMAIL, PHONE

_KNOWN = ("phones/", "emails/")
_PARTS = ("last", "first", "patronymic")


def is_nameless(row: EntityRow) -> bool:
    """Tell whether nothing is known of a customer: no contact, no birth date, no real name."""
    if row.fields.get("birth_date") or any(one.startswith(_KNOWN) for one in row.fields):
        return False
    name = read_parts(*(row.fields.get(f"name/{part}") for part in _PARTS))
    return name.verdict is Verdict.REFUSED


def orderer(order: Order) -> Customer:
    """Return who placed an order, as it is written on it."""
    contact = order.contact
    if contact is None:
        return Customer()
    phone, email = normal_phone(contact.phone), normal_email(contact.email)
    return Customer(
        name=contact.name,
        phones=(PhoneContact(number=phone),) if phone else (),
        emails=(EmailContact(address=email),) if email else (),
    )


def lacking_of(
    customer: EntityRow | None, said: Customer, others: Collection[tuple[str, str]]
) -> Customer:
    """Return what an order tells and nobody knew; ``others`` are contacts of other people.

    A contact is the main one where there is none yet. A name is taken for somebody who has none.
    """
    fields = customer.fields if customer is not None else {}
    rank = {
        sort: OTHER if any(one.startswith(f"{sort}/") for one in fields) else MAIN
        for sort in ("phones", "emails")
    }
    told: dict[str, Any] = {}
    phones = tuple(
        PhoneContact(number=one.number, rank=rank["phones"])
        for one in said.phones
        if f"phones/{one.number}" not in fields and (PHONE, one.number) not in others
    )
    emails = tuple(
        EmailContact(address=one.address, rank=rank["emails"])
        for one in said.emails
        if f"emails/{one.address}" not in fields and (EMAIL, one.address) not in others
    )
    if phones:
        told["phones"] = phones
    if emails:
        told["emails"] = emails
    if said.name is not None and (customer is None or is_nameless(customer)):
        told["name"] = said.name
    return Customer(**told)
