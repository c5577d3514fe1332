"""Owners of loyalty cards: partners of УТ; counterparties and persons of Розница (1.12, 6.4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, Row

PHONE, EMAIL = "Телефон", "АдресЭлектроннойПочты"
_LAST_DIGITS, _LOCAL_DIGITS = 10, 7
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Owner:
    """A card's owner. ``birth`` is ``YYYY-MM-DDTHH:MM:SS``, the empty date when unknown."""

    ref: str
    name: str
    full_name: str
    phone: str
    email: str
    birth: str
    is_person: bool


ANONYMOUS = Owner(EMPTY_GUID, "", "", "", "", EMPTY_DATE, is_person=True)


class OwnerBook:
    """Finds owners in the catalogs of a configuration; new ones go into the first of them."""

    def __init__(self, infobase: Infobase, catalogs: Sequence[str]) -> None:
        """Look into these catalogs, in this order."""
        self._infobase = infobase
        self._catalogs = catalogs

    def get(self, ref: str) -> Owner:
        """Return an owner; the empty reference gives one without data."""
        catalog = self.catalog_of(ref)
        row = self._infobase.table(catalog).get(ref) if catalog else None
        return ANONYMOUS if row is None else _owner(row)

    def catalog_of(self, ref: str) -> str:
        """Return the catalog that holds an owner, empty when none does."""
        found = (name for name in self._catalogs if self._infobase.table(name).get(ref))
        return "" if is_empty(ref) else next(found, "")

    def by_phone(self, phone: str) -> list[str]:
        """Return the owners with this phone: last ten digits, code of the country ignored (2.5)."""
        digits = _NOT_DIGITS.sub("", phone)[-_LAST_DIGITS:]
        if len(digits) < _LAST_DIGITS:
            return []
        return self._found("НомерТелефона", (f"7{digits}", f"8{digits}", digits), PHONE)

    def by_email(self, email: str) -> list[str]:
        """Return the owners with this address."""
        return self._found("АдресЭП", (email,), EMAIL) if email else []

    def create(self, name: str, phone: str, email: str, birth: str) -> Owner:
        """Write a new owner with contact data."""
        catalog = self._catalogs[0]
        known = self._infobase.configuration.entity(catalog).blank_row()
        values: Row = {
            "Description": name or phone or email,
            "НаименованиеПолное": name,
            "ЮрФизЛицо": "ЧастноеЛицо",
            "ДатаРождения": birth or EMPTY_DATE,
            "КонтактнаяИнформация": _contacts(phone, email),
        }
        held = {key: value for key, value in values.items() if key in known}
        return _owner(self._infobase.create(catalog, held))

    def _found(self, field: str, values: Sequence[str], kind: str) -> list[str]:
        found: dict[str, None] = {}
        for name in self._catalogs:
            contacts = self._infobase.table(f"{name}_КонтактнаяИнформация")
            owners = self._infobase.table(name)
            for row in (row for value in values for row in contacts.find(field, value)):
                owner = owners.get(row["Ref_Key"])
                if row["Тип"] == kind and owner is not None and not owner["DeletionMark"]:
                    found[row["Ref_Key"]] = None
        return list(found)


def digits_of(phone: str) -> str:
    """Return the digits of a phone with the country's code: ``79991234567``."""
    digits = _NOT_DIGITS.sub("", phone)
    return f"7{digits[-_LAST_DIGITS:]}" if len(digits) >= _LAST_DIGITS else digits


def _owner(row: Row) -> Owner:
    contacts = row["КонтактнаяИнформация"]
    return Owner(
        ref=row["Ref_Key"],
        name=row["Description"],
        full_name=row.get("НаименованиеПолное") or row["Description"],
        phone=next((one["НомерТелефона"] for one in contacts if one["Тип"] == PHONE), ""),
        email=next((one["АдресЭП"] for one in contacts if one["Тип"] == EMAIL), ""),
        birth=row.get("ДатаРождения", EMPTY_DATE),
        is_person=row.get("ЮрФизЛицо", "") not in {"Компания", "ЮрЛицо"},
    )


def _contacts(phone: str, email: str) -> list[Row]:
    rows: list[Row] = []
    if phone:
        digits = digits_of(phone)
        number = {"НомерТелефона": digits, "НомерТелефонаБезКодов": digits[-_LOCAL_DIGITS:]}
        rows.append({"Тип": PHONE, "Представление": phone} | number)
    if email:
        address = {"АдресЭП": email, "ДоменноеИмяСервера": email.partition("@")[2]}
        rows.append({"Тип": EMAIL, "Представление": email} | address)
    return rows
