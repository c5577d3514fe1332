"""Buyers whose orders were seen before they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.canonical import Kind
from gateway.ports.buyers import AwaitedBuyer
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, const, param, shape, statement
from gateway.store.tables import link
from gateway.store.tables_identity import awaited_buyer

GIVEN = shape(awaited_buyer, "account", "external_id", "entity_id", "kind", "seen_at")
SHOWN = [awaited_buyer.c[name] for name in GIVEN]
KEY = ("account", "external_id", "entity_id")


@statement("awaited buyer put")
def _put(d: Dialect) -> Executable:
    return d.insert(awaited_buyer, GIVEN).on_conflict_do_nothing(index_elements=list(KEY))


@statement("awaited buyer seen")
def _seen(_: Dialect) -> Executable:
    is_there = sa.and_(
        link.c.account == awaited_buyer.c.account,
        link.c.kind == const(Kind.CUSTOMER),
        link.c.external_id == awaited_buyer.c.external_id,
    )
    found = sa.select(*SHOWN).select_from(awaited_buyer.join(link, is_there))
    return found.order_by(awaited_buyer.c.seen_at).limit(param("limit", COUNT))


@statement("awaited buyer end")
def _end(_: Dialect) -> Executable:
    mine = [awaited_buyer.c[name] == param(f"of_{name}") for name in KEY]
    return sa.delete(awaited_buyer).where(*mine)


@statement("awaited buyer purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(awaited_buyer.c.entity_id)
        .where(awaited_buyer.c.seen_at < param("before", MOMENT))
        .order_by(awaited_buyer.c.seen_at)
        .limit(param("limit", COUNT))
    )
    gone = sa.delete(awaited_buyer).where(
        awaited_buyer.c.entity_id.in_(old), awaited_buyer.c.seen_at < param("before", MOMENT)
    )
    return gone.returning(awaited_buyer.c.entity_id)


class BuyerPart(Part):
    """See ``gateway.ports.buyers.BuyerTx``."""

    def await_buyers(self, rows: Sequence[AwaitedBuyer]) -> None:
        """Insert those who are not noted."""
        given = [{**{n: getattr(r, n) for n in GIVEN}, "kind": r.kind.value} for r in rows]
        self._session.each(_put, given)

    def seen_buyers(self, *, limit: int) -> Sequence[AwaitedBuyer]:
        """Return those who have a link now."""
        found = self._session.all(_seen, limit=limit)
        rows = [dict(zip(GIVEN, row, strict=True)) for row in found]
        return [AwaitedBuyer(**{**row, "kind": Kind(row["kind"])}) for row in rows]

    def end_awaiting(self, rows: Sequence[AwaitedBuyer]) -> None:
        """Delete rows."""
        for row in rows:
            self._session.all(_end, **{f"of_{name}": getattr(row, name) for name in KEY})

    def purge_awaited(self, *, before: datetime, limit: int) -> int:
        """Delete old rows."""
        return len(self._session.all(_purge, before=before, limit=limit))
