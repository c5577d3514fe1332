"""Facts: orders, sales, customers and cards as reports count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import sqlalchemy as sa

from gateway.ports.reports import (
    CardFact,
    FactKind,
    FactSource,
    PersonFact,
    Place,
    PurchaseFact,
)
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Statement, shape, statement
from gateway.store.tables_reports import COUNTS, card_fact, person_fact, purchase_fact

Days = tuple[str, ...]

PURCHASE_NAMES = [one.name for one in fields(PurchaseFact)]
PURCHASE = shape(purchase_fact, *PURCHASE_NAMES, "pair", COUNTS)
PERSON = shape(person_fact, *(one.name for one in fields(PersonFact)))
CARD = shape(card_fact, *(one.name for one in fields(CardFact)))
PERSON_DAYS: Days = ("day", "phone_day", "email_day", "card_day")
CARD_DAYS: Days = ("day", "matched_day")


def putting(table: sa.Table, names: Sequence[str]) -> Statement:
    """Return the statement that inserts or replaces rows by ``id``."""

    def put(d: Dialect) -> Executable:
        insert = d.insert(table, shape(table, *names))
        changed = {name: insert.excluded[name] for name in names if name != "id"}
        return insert.on_conflict_do_update(index_elements=["id"], set_=changed)

    return Statement(f"{table.name} put", put)


def dropping(table: sa.Table) -> Statement:
    """Return the statement that deletes rows by ``id``."""
    return Statement(
        f"{table.name} drop", lambda d: sa.delete(table).where(d.among(table.c.id, "ids"))
    )


def reading(table: sa.Table, names: Sequence[str]) -> Statement:
    """Return the statement that reads rows by ``id``."""
    shown = [table.c[name] for name in names]
    return Statement(
        f"{table.name} read", lambda d: sa.select(*shown).where(d.among(table.c.id, "ids"))
    )


@statement("card_fact by holder")
def _held(d: Dialect) -> Executable:
    found = sa.select(*(card_fact.c[name] for name in CARD)).where(
        d.among(card_fact.c.holder, "ids")
    )
    return found.where(card_fact.c.holder != sa.literal_column("''"))


def _purchases_by(name: str) -> Statement:
    shown = [purchase_fact.c[one] for one in PURCHASE_NAMES]
    column = purchase_fact.c[name]

    def read(d: Dialect) -> Executable:
        found = sa.select(*shown).where(d.among(column, "ids"))
        return found if name == "id" else found.where(column != sa.literal_column("''"))

    return Statement(f"purchase_fact by {name}", read)


_BY = {name: _purchases_by(name) for name in ("id", "pair", "of", "buyer", "named")}
_PUT_PURCHASES, _DROP_PURCHASES = putting(purchase_fact, list(PURCHASE)), dropping(purchase_fact)
_PEOPLE = reading(person_fact, list(PERSON))
_PUT_PEOPLE, _DROP_PEOPLE = putting(person_fact, list(PERSON)), dropping(person_fact)
_CARDS = reading(card_fact, list(CARD))
_PUT_CARDS, _DROP_CARDS = putting(card_fact, list(CARD)), dropping(card_fact)


class FactPart(Part):
    """The facts of ``gateway.ports.reports.FactTx``."""

    def purchase_facts(
        self,
        *,
        ids: Sequence[str] = (),
        pairs: Sequence[str] = (),
        of: Sequence[str] = (),
        buyers: Sequence[str] = (),
        named: Sequence[str] = (),
    ) -> Sequence[PurchaseFact]:
        """Purchases that have any of these."""
        wanted = {"id": ids, "pair": pairs, "of": of, "buyer": buyers, "named": named}
        found: dict[str, PurchaseFact] = {}
        for name, values in wanted.items():
            for row in self._about(_BY[name], sorted({one for one in values if one})):
                found[row[0]] = _purchase(row)
        return [found[key] for key in sorted(found)]

    def put_purchase_facts(self, rows: Sequence[PurchaseFact], *, gone: Sequence[str]) -> None:
        """Replace purchases."""
        self._about(_DROP_PURCHASES, gone)
        self._session.each(_PUT_PURCHASES, [_purchase_record(row) for row in rows])

    def person_facts(self, ids: Sequence[str]) -> Mapping[str, PersonFact]:
        """Customers by id."""
        rows = (_dated(PERSON, PERSON_DAYS, row) for row in self._about(_PEOPLE, ids))
        return {values["id"]: PersonFact(**values) for values in rows}

    def put_person_facts(self, rows: Sequence[PersonFact], *, gone: Sequence[str]) -> None:
        """Replace customers."""
        self._about(_DROP_PEOPLE, gone)
        self._session.each(_PUT_PEOPLE, [record_of(row, PERSON, PERSON_DAYS) for row in rows])

    def card_facts(
        self, ids: Sequence[str], *, holders: Sequence[str] = ()
    ) -> Mapping[str, CardFact]:
        """Cards by id or holder."""
        found = [*self._about(_CARDS, ids), *self._about(_held, holders)]
        rows = (_dated(CARD, CARD_DAYS, row) for row in found)
        return {values["id"]: CardFact(**values) for values in rows}

    def put_card_facts(self, rows: Sequence[CardFact], *, gone: Sequence[str]) -> None:
        """Replace cards."""
        self._about(_DROP_CARDS, gone)
        self._session.each(_PUT_CARDS, [record_of(row, CARD, CARD_DAYS) for row in rows])


def record_of(row: object, names: Mapping[str, Any], days: Days) -> dict[str, Any]:
    """Return a fact as a record; days are ISO texts there."""
    values = {name: getattr(row, name) for name in names}
    return values | {name: _text(values[name]) for name in days}


def _dated(names: Mapping[str, Any], days: Days, row: tuple[Any, ...]) -> dict[str, Any]:
    values = dict(zip(names, row, strict=True))
    for name in days:
        text = values[name]
        values[name] = None if text is None else date.fromisoformat(text)
    for name, kind in names.items():
        if isinstance(kind, sa.Boolean):
            values[name] = bool(values[name])
    return values


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _purchase_record(row: PurchaseFact) -> dict[str, Any]:
    values = record_of(row, PURCHASE, ("day",))
    values.update(source=row.source.value, kind=row.kind.value, place=row.place.value)
    return values


def _purchase(row: tuple[Any, ...]) -> PurchaseFact:
    values = dict(zip(PURCHASE_NAMES, row, strict=True))
    values.update(
        source=FactSource(values["source"]),
        kind=FactKind(values["kind"]),
        place=Place(values["place"]),
        day=date.fromisoformat(values["day"]),
        stands=bool(values["stands"]),
    )
    return PurchaseFact(**values)
