"""What changed since facts were made of it: an outbox, written with the change itself.

A cursor over times of change would miss what a slow transaction commits late; a row that is
committed with the change cannot be missed. It tells that something changed, not what to, so that
reading a change twice does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports.reports import SALE_SUBJECT, FactSource, Subject
from gateway.store.columns import COUNT
from gateway.store.part import Part
from gateway.store.session import Session
from gateway.store.statement import Dialect, Executable, param, shape, statement
from gateway.store.tables import entity
from gateway.store.tables_reports import fact_change, purchase_fact
from gateway.store.tables_sales import sale

COUNTED_KINDS = frozenset({Kind.CUSTOMER, Kind.CARD, Kind.ORDER})
"""Kinds of snapshots that reports count."""
PURCHASE = "purchase"
SUBJECT_OF = {FactSource.ORDER: Kind.ORDER.value, FactSource.SALE: SALE_SUBJECT}
CHANGE = shape(fact_change, "kind", "subject")


@statement("fact change note")
def _note(d: Dialect) -> Executable:
    return d.insert(fact_change, CHANGE)


@statement("fact change next")
def _next(_: Dialect) -> Executable:
    found = sa.select(fact_change.c.id, fact_change.c.kind, fact_change.c.subject)
    return found.order_by(fact_change.c.id).limit(param("limit", COUNT))


@statement("fact change drop")
def _drop(d: Dialect) -> Executable:
    rows = d.given(shape(fact_change, "id"))
    return sa.delete(fact_change).where(fact_change.c.id.in_(sa.select(rows.c.id)))


@statement("fact change count")
def _count(_: Dialect) -> Executable:
    return sa.select(sa.func.count()).select_from(fact_change)


def _page(column: sa.ColumnElement[str], *where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    found = sa.select(column).where(column > param("after"), *where)
    return found.order_by(column).limit(param("limit", COUNT))


@statement("fact subjects among snapshots")
def _snapshots(_: Dialect) -> Executable:
    """Read all kinds in the order of the key: an index by kind would serve this alone."""
    return (
        sa.select(entity.c.id, entity.c.kind)
        .where(entity.c.id > param("after"))
        .order_by(entity.c.id)
        .limit(param("limit", COUNT))
    )


@statement("fact subjects among sales")
def _sales(_: Dialect) -> Executable:
    return _page(sale.c.id)


@statement("fact subjects among purchases")
def _purchases(_: Dialect) -> Executable:
    return (
        sa.select(purchase_fact.c.id, purchase_fact.c.source)
        .where(purchase_fact.c.id > param("after"))
        .order_by(purchase_fact.c.id)
        .limit(param("limit", COUNT))
    )


@statement("fact unknown buyers")
def _unknown(_: Dialect) -> Executable:
    named = purchase_fact.c.named
    has_name = named != sa.literal_column("''")
    return _page(purchase_fact.c.id, has_name, purchase_fact.c.buyer == named)


def note_snapshots(session: Session, rows: Iterable[tuple[Kind, str]]) -> None:
    """Note changed snapshots, in the transaction that changes them."""
    session.each(
        _note,
        [
            {"kind": kind.value, "subject": subject}
            for kind, subject in rows
            if kind in COUNTED_KINDS
        ],
    )


def note_sales(session: Session, ids: Iterable[str]) -> None:
    """Note changed sales, in the transaction that changes them."""
    session.each(_note, [{"kind": SALE_SUBJECT, "subject": subject} for subject in ids])


class ChangePart(Part):
    """The changes of ``gateway.ports.reports.FactTx``."""

    def fact_changes(self, *, limit: int) -> Sequence[tuple[int, Subject]]:
        """The oldest changes."""
        rows = self._session.all(_next, limit=limit)
        return [(number, (kind, subject)) for number, kind, subject in rows]

    def drop_fact_changes(self, numbers: Sequence[int]) -> None:
        """Forget changes."""
        self._session.each(_drop, [{"id": number} for number in numbers])

    def count_fact_changes(self) -> int:
        """How many there are."""
        return int(self._session.all(_count)[0][0])

    def fact_subjects(self, stage: str, *, after: str, limit: int) -> Sequence[Subject]:
        """A page of all that facts are made of."""
        page = {"after": after, "limit": limit}
        if stage == SALE_SUBJECT:
            return [(SALE_SUBJECT, one) for (one,) in self._session.all(_sales, **page)]
        if stage == PURCHASE:
            found = self._session.all(_purchases, **page)
            return [(SUBJECT_OF[FactSource(source)], one) for one, source in found]
        return [(kind, one) for one, kind in self._session.all(_snapshots, **page)]

    def unknown_buyers(self, *, after: str, limit: int) -> Sequence[str]:
        """Sales whose buyer nobody knows."""
        return [one for (one,) in self._session.all(_unknown, after=after, limit=limit)]
