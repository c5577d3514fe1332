"""Loyalty cards and their owners as the loyalty services see them, whatever the configuration.

A card's programme is found through its kind (УТ) or stands in the card (Розница 2.x); reference,
sections 1.12 and 6.6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, Row

PHONE, EMAIL = "Телефон", "АдресЭлектроннойПочты"
ACTIVE, ANNULLED = "Действует", "Аннулирована"
STATUSES = (ACTIVE, ANNULLED)
_LAST_DIGITS = 10
_CURRENCIES = {"643": "RUB", "840": "USD", "978": "EUR", "933": "BYN", "398": "KZT"}
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class CardLayout:
    """Where a configuration keeps cards and their owners, and what points are counted by."""

    cards: str
    barcode: str
    magnetic: str
    owner: str
    owners: str
    kinds: str
    kind: str
    programmes: str
    by_card: bool


LAYOUTS: Mapping[str, CardLayout] = {
    "trade": CardLayout(
        cards="Catalog_КартыЛояльности",
        barcode="Штрихкод",
        magnetic="МагнитныйКод",
        owner="Партнер_Key",
        owners="Catalog_Партнеры",
        kinds="Catalog_ВидыКартЛояльности",
        kind="Owner_Key",
        programmes="Catalog_БонусныеПрограммыЛояльности",
        by_card=False,
    ),
    "retail": CardLayout(
        cards="Catalog_ИнформационныеКарты",
        barcode="КодКарты",
        magnetic="",
        owner="ВладелецКарты",
        owners="Catalog_Контрагенты",
        kinds="Catalog_ВидыДисконтныхКарт",
        kind="ВидДисконтнойКарты_Key",
        programmes="Catalog_БонусныеПрограммыЛояльности",
        by_card=True,
    ),
}


@dataclass(frozen=True)
class Card:
    """A card; ``owner`` and ``kind`` are references that may be empty."""

    ref: str
    barcode: str
    magnetic: str
    kind: str
    status: str
    owner: str
    programme: str

    @property
    def is_active(self) -> bool:
        """Whether the card may be used."""
        return self.status == ACTIVE


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


@dataclass(frozen=True)
class Programme:
    """A bonus programme: percent of a receipt payable by points, worth of a point, currency."""

    ref: str
    percent: Decimal
    rate: Decimal
    currency_code: str
    currency_name: str


ANONYMOUS = Owner(EMPTY_GUID, "", "", "", "", EMPTY_DATE, is_person=True)


class CardBook:
    """Looks cards and owners up, and writes new ones."""

    def __init__(self, infobase: Infobase) -> None:
        """Work on an infobase of either configuration."""
        self.infobase = infobase
        self.layout = LAYOUTS[infobase.settings.configuration]

    def card(self, ref: str) -> Card | None:
        """Return the card with this GUID, also one marked for deletion never, or None."""
        row = self.infobase.table(self.layout.cards).get(ref.lower())
        return None if row is None or row["DeletionMark"] else self._card(row)

    def by_code(self, code: str) -> list[Card]:
        """Return the cards with exactly this barcode or magnetic code."""
        if not code:
            return []
        fields = [name for name in (self.layout.barcode, self.layout.magnetic) if name]
        found: dict[str, Row] = {}
        for name in fields:
            for row in self.infobase.table(self.layout.cards).find(name, code):
                found[row["Ref_Key"]] = row
        return [self._card(row) for row in found.values() if not row["DeletionMark"]]

    def by_owner(self, owner: str) -> list[Card]:
        """Return the cards of an owner."""
        if is_empty(owner):
            return []
        rows = self.infobase.table(self.layout.cards).find(self.layout.owner, owner.lower())
        return [self._card(row) for row in rows if not row["DeletionMark"]]

    def owner(self, ref: str) -> Owner:
        """Return an owner; the empty reference gives one without data."""
        row = None if is_empty(ref) else self.infobase.table(self.layout.owners).get(ref)
        return ANONYMOUS if row is None else _owner(row)

    def owners_by_phone(self, phone: str) -> list[str]:
        """Return the owners with this phone: last ten digits, code of the country ignored (2.5)."""
        digits = _NOT_DIGITS.sub("", phone)[-_LAST_DIGITS:]
        if len(digits) < _LAST_DIGITS:
            return []
        return self._owners("НомерТелефона", (f"7{digits}", f"8{digits}", digits), PHONE)

    def owners_by_email(self, email: str) -> list[str]:
        """Return the owners with this address."""
        return self._owners("АдресЭП", (email,), EMAIL) if email else []

    def kind(self, ref: str) -> Row | None:
        """Return a kind of cards, or None."""
        return self.infobase.table(self.layout.kinds).get(ref.lower())

    def programme(self, ref: str) -> Programme:
        """Return a bonus programme; an empty one pays nothing."""
        row = self.infobase.table(self.layout.programmes).get(ref)
        if row is None:
            return Programme(EMPTY_GUID, Decimal(0), Decimal(0), "", "")
        currency = self.infobase.table("Catalog_Валюты").get(row["ВалютаКонвертацииБонусов_Key"])
        return Programme(
            ref=ref,
            percent=decimal(row["МаксимальныйПроцентОплатыБонусами"]),
            rate=decimal(row["КурсКонвертацииБонусовВВалюту"]),
            currency_code="" if currency is None else currency["Code"],
            currency_name="" if currency is None else _letters(currency),
        )

    def set_status(self, card: Card, status: str) -> None:
        """Write a card with another status."""
        self.infobase.change(self.layout.cards, (card.ref,), {"Статус": status})

    def create_owner(self, name: str, phone: str, email: str, birth: str) -> Owner:
        """Write a new owner with contact data."""
        row = self.infobase.create(
            self.layout.owners,
            {
                "Description": name or phone or email,
                "НаименованиеПолное": name,
                "ЮрФизЛицо": "ЧастноеЛицо",
                "ДатаРождения": birth or EMPTY_DATE,
                "КонтактнаяИнформация": _contacts(phone, email),
            },
        )
        return _owner(row)

    def create_card(self, kind: Row, owner: str, barcode: str, magnetic: str) -> Card:
        """Write a new active card; it is named "kind + code" as the till names it."""
        layout = self.layout
        values: Row = {
            layout.kind: kind["Ref_Key"],
            "Description": f"{kind['Description']} {barcode}",
            layout.barcode: barcode,
            layout.owner: owner,
        }
        if layout.magnetic:
            values |= {layout.magnetic: magnetic, "Статус": ACTIVE}
        else:
            values |= {f"{layout.owner}_Type": f"StandardODATA.{layout.owners}"}
        return self._card(self.infobase.create(layout.cards, values))

    def _owners(self, field: str, values: tuple[str, ...], kind: str) -> list[str]:
        rows = self.infobase.table(f"{self.layout.owners}_КонтактнаяИнформация")
        owners = self.infobase.table(self.layout.owners)
        found: dict[str, None] = {}
        for value in values:
            for row in rows.find(field, value):
                owner = owners.get(row["Ref_Key"])
                if row["Тип"] == kind and owner is not None and not owner["DeletionMark"]:
                    found[row["Ref_Key"]] = None
        return list(found)

    def _card(self, row: Row) -> Card:
        layout = self.layout
        kind = self.kind(row[layout.kind]) or {}
        programme = row.get("БонуснаяПрограммаЛояльности_Key") or kind.get(
            "БонуснаяПрограммаЛояльности_Key", EMPTY_GUID
        )
        return Card(
            ref=row["Ref_Key"],
            barcode=row[layout.barcode],
            magnetic=row[layout.magnetic] if layout.magnetic else "",
            kind=row[layout.kind],
            status=row.get("Статус") or ACTIVE,
            owner=row[layout.owner] or EMPTY_GUID,
            programme=programme,
        )


def _letters(currency: Row) -> str:
    """Return the letters of a currency: the base keeps its digits and a short name for people."""
    return _CURRENCIES.get(currency["Code"]) or str(currency["Description"])


def decimal(value: Any) -> Decimal:
    """Return a stored number exactly as its text says."""
    return Decimal(str(value or 0))


def stored(value: Decimal) -> int | float:
    """Return a number as rows keep it: whole ones without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


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
        is_person=row.get("ЮрФизЛицо", "ЧастноеЛицо") == "ЧастноеЛицо",
    )


def _contacts(phone: str, email: str) -> list[Row]:
    rows: list[Row] = []
    if phone:
        digits = digits_of(phone)
        rows.append(
            {
                "Тип": PHONE,
                "Представление": phone,
                "НомерТелефона": digits,
                "НомерТелефонаБезКодов": digits[-7:],
            }
        )
    if email:
        rows.append(
            {
                "Тип": EMAIL,
                "Представление": email,
                "АдресЭП": email,
                "ДоменноеИмяСервера": email.partition("@")[2],
            }
        )
    return rows
