"""Writing ``Контрагенты``: the buyer of an order, as a person."""

from __future__ import annotations

from decimal import Decimal

from gateway.canonical import Order, OrderContact
from gateway.contract import Observed

from .markup import ID_LIMIT, box, leaf
from .parties import BUYER
from .rows import Sender

_OLD = Decimal("2.05")


def counterparties(record: Observed[Order], version: Decimal, sender: Sender) -> str:
    """Write the buyer; a buyer of whom nothing is known still has a role, as the schema demands.

    The id is cut to 40 characters, as sites cut it.
    """
    contact = record.entity.contact or OrderContact()
    name = contact.name
    words = (name.last, name.first, name.patronymic) if name else ()
    full_name = " ".join(word for word in words if word)
    parts = [
        leaf("Ид", record.customer_external_id, ID_LIMIT) if record.customer_external_id else "",
        leaf("Наименование", full_name),
        leaf("ПолноеНаименование", full_name),
    ]
    if name is not None:
        named = (("Фамилия", name.last), ("Имя", name.first), ("Отчество", name.patronymic))
        parts += [leaf(tag, word) for tag, word in named if word]
    phone, mail = _kinds(version, sender)
    rows = [
        box("Контакт", leaf("Тип", kind), leaf("Значение", said))
        for kind, said in ((phone, contact.phone), (mail, contact.email))
        if said
    ]
    if rows:
        parts.append(box("Контакты", *rows))
    parts.append(leaf("Роль", BUYER))
    return box("Контрагенты", box("Контрагент", *parts))


def _kinds(version: Decimal, sender: Sender) -> tuple[str, str]:
    """Return the types of phone and e-mail: a site's by its version, 1C's by the schema."""
    if sender is Sender.ONEC:
        return "Телефон рабочий", "Почта"
    if version > _OLD:
        return "Телефон рабочий", "Электронная почта"
    return "ТелефонРабочий", "Почта"
