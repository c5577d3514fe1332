"""Loyalty cards as the loyalty services see them, whatever the configuration.

A card's programme is found through its kind (УТ) or stands in the card (Розница 2.x); reference,
sections 1.12 and 6.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mocks.onec.hs.owners import OwnerBook
from mocks.onec.infobase import Infobase
from mocks.onec.rules import PROGRAMME
from mocks.onec.schema import EMPTY_GUID, Row

ACTIVE, ANNULLED = "Действует", "Аннулирована"
STATUSES = (ACTIVE, ANNULLED)
_PROGRAMMES = "Catalog_БонусныеПрограммыЛояльности"
_CURRENCIES = {"643": "RUB", "840": "USD", "978": "EUR", "933": "BYN", "398": "KZT"}


@dataclass(frozen=True)
class CardLayout:
    """Where a configuration keeps cards, and whether points count by card or by owner.

    ``magnetic`` and ``status`` are empty where a card has none: there a deletion mark annuls it.
    """

    cards: str
    barcode: str
    magnetic: str
    status: str
    owner: str
    owners: tuple[str, ...]
    kinds: str
    kind: str
    by_card: bool

    @property
    def owner_type(self) -> str:
        """The property with the type of a composite owner, empty for a plain reference."""
        return f"{self.owner}_Type" if len(self.owners) > 1 else ""


LAYOUTS: Mapping[str, CardLayout] = {
    "trade": CardLayout(
        cards="Catalog_КартыЛояльности",
        barcode="Штрихкод",
        magnetic="МагнитныйКод",
        status="Статус",
        owner="Партнер_Key",
        owners=("Catalog_Партнеры",),
        kinds="Catalog_ВидыКартЛояльности",
        kind="Owner_Key",
        by_card=False,
    ),
    "retail": CardLayout(
        cards="Catalog_ИнформационныеКарты",
        barcode="КодКарты",
        magnetic="",
        status="",
        owner="ВладелецКарты",
        owners=("Catalog_ФизическиеЛица", "Catalog_Контрагенты"),
        kinds="Catalog_ВидыДисконтныхКарт",
        kind="ВидДисконтнойКарты_Key",
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
class Programme:
    """A bonus programme: percent of a receipt payable by points, worth of a point, currency."""

    ref: str
    percent: Decimal
    rate: Decimal
    currency_code: str
    currency_name: str


class CardBook:
    """Looks cards up and writes new ones; their owners are in ``owners``."""

    def __init__(self, infobase: Infobase) -> None:
        """Work on an infobase of either configuration."""
        self.infobase = infobase
        self.layout = LAYOUTS[infobase.settings.configuration]
        self.owners = OwnerBook(infobase, self.layout.owners)

    def card(self, ref: str) -> Card | None:
        """Return the card with this GUID, or None."""
        row = self.infobase.table(self.layout.cards).get(ref.lower())
        return None if row is None else next(iter(self._cards([row])), None)

    def by_code(self, code: str) -> list[Card]:
        """Return the cards with exactly this barcode or magnetic code."""
        found: dict[str, Row] = {}
        for name in (self.layout.barcode, self.layout.magnetic):
            if name and code:
                rows = self.infobase.table(self.layout.cards).find(name, code)
                found |= {row["Ref_Key"]: row for row in rows}
        return self._cards(found.values())

    def by_owner(self, owner: str) -> list[Card]:
        """Return the cards of an owner."""
        if not owner or owner == EMPTY_GUID:
            return []
        return self._cards(
            self.infobase.table(self.layout.cards).find(self.layout.owner, owner.lower())
        )

    def kind(self, ref: str) -> Row | None:
        """Return a kind of cards, or None."""
        return self.infobase.table(self.layout.kinds).get(ref.lower())

    def programme(self, ref: str) -> Programme:
        """Return a bonus programme; an empty one pays nothing."""
        row = self.infobase.table(_PROGRAMMES).get(ref)
        if row is None:
            return Programme(EMPTY_GUID, Decimal(0), Decimal(0), "", "")
        currencies = self.infobase.table("Catalog_Валюты")
        # A programme without a currency counts in the base's own, the first one.
        currency = currencies.get(row["ВалютаКонвертацииБонусов_Key"]) or next(
            iter(currencies), None
        )
        return Programme(
            ref=ref,
            percent=decimal(row["МаксимальныйПроцентОплатыБонусами"]),
            rate=decimal(row["КурсКонвертацииБонусовВВалюту"]),
            currency_code="" if currency is None else currency["Code"],
            currency_name="" if currency is None else _letters(currency),
        )

    def programme_name(self, ref: str) -> str:
        """Return the name of a programme, empty when there is none."""
        row = self.infobase.table(_PROGRAMMES).get(ref)
        return "" if row is None else str(row["Description"])

    def set_status(self, card: Card, status: str) -> None:
        """Write a card with another status."""
        name = self.layout.status
        values = {name: status} if name else {"DeletionMark": status == ANNULLED}
        self.infobase.change(self.layout.cards, (card.ref,), values)

    def create_card(self, kind: Row, owner: str, barcode: str, magnetic: str) -> Card:
        """Write a new active card; it is named "kind + code" as the till names it."""
        layout = self.layout
        values: Row = {
            layout.kind: kind["Ref_Key"],
            "Description": f"{kind['Description']} {barcode}",
            layout.barcode: barcode,
            layout.owner: owner,
        }
        if layout.status:
            values |= {layout.magnetic: magnetic, layout.status: ACTIVE}
        if layout.owner_type and owner != EMPTY_GUID:
            values |= {layout.owner_type: f"StandardODATA.{self.owners.catalog_of(owner)}"}
        return self._card(self.infobase.create(layout.cards, values))

    def _cards(self, rows: Any) -> list[Card]:
        """Return cards; where they have a status, those marked for deletion are left out."""
        has_status = bool(self.layout.status)
        return [self._card(row) for row in rows if not (has_status and row["DeletionMark"])]

    def _card(self, row: Row) -> Card:
        layout = self.layout
        programme = str(row.get(PROGRAMME) or EMPTY_GUID)
        if programme == EMPTY_GUID:
            kind = self.kind(row[layout.kind])
            programme = EMPTY_GUID if kind is None else str(kind[PROGRAMME])
        marked = ANNULLED if row["DeletionMark"] else ACTIVE
        return Card(
            ref=row["Ref_Key"],
            barcode=row[layout.barcode],
            magnetic=row[layout.magnetic] if layout.magnetic else "",
            kind=row[layout.kind],
            status=(row[layout.status] or ACTIVE) if layout.status else marked,
            owner=row[layout.owner] or EMPTY_GUID,
            programme=programme,
        )


def decimal(value: Any) -> Decimal:
    """Return a stored number exactly as its text says."""
    return Decimal(str(value or 0))


def stored(value: Decimal) -> int | float:
    """Return a number as rows keep it: whole ones without a fraction."""
    return int(value) if value == value.to_integral_value() else float(value)


def _letters(currency: Row) -> str:
    """Return the letters of a currency: the base keeps its digits and a short name for people."""
    return _CURRENCIES.get(currency["Code"]) or str(currency["Description"])
