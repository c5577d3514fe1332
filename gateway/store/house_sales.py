"""Sales and returns of the house programme: their part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.ports import Accrual, HouseSaleRow, HouseSaleState, SaleKind
from gateway.store.columns import COUNT, MOMENT
from gateway.store.house import KOPECKS
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Row, const, param, shape, statement
from gateway.store.tables_house import house_asked, house_sale

SALE = shape(
    house_sale,
    "id",
    "kind",
    "state",
    "at",
    "counted_at",
    "changed_at",
    "sale_of",
    "member_id",
    "round",
    "shop",
    "number",
    "expires_at",
    "accrual",
    "turnover",
    "body",
)
SHOWN = [house_sale.c[name] for name in SALE]
ASKED = shape(house_asked, "key", "what")
COMMITTED = house_sale.c.state == const("committed")


@statement("house sale read")
def _sales(d: Dialect) -> Executable:
    return sa.select(*SHOWN).where(d.among(house_sale.c.id, "ids"))


@statement("house sale put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(house_sale, SALE)
    changed = {name: insert.excluded[name] for name in SALE if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("house refunds")
def _refunds(_: Dialect) -> Executable:
    mine = (house_sale.c.sale_of == param("sale_id"), house_sale.c.sale_of != const(""))
    return sa.select(*SHOWN).where(*mine).order_by(house_sale.c.changed_at, house_sale.c.id)


def _over(*mine: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(*SHOWN)
        .where(
            house_sale.c.state == const("reserved"),
            house_sale.c.expires_at <= param("now", MOMENT),
            *mine,
        )
        .order_by(house_sale.c.expires_at)
        .limit(param("limit", COUNT))
    )


@statement("house holds")
def _holds(_: Dialect) -> Executable:
    return _over()


@statement("house holds of a member")
def _holds_of(_: Dialect) -> Executable:
    return _over(house_sale.c.member_id == param("member_id"))


@statement("house awaiting")
def _awaiting(_: Dialect) -> Executable:
    waits = (house_sale.c.accrual == const("awaiting"), house_sale.c.id > param("after"))
    return sa.select(*SHOWN).where(*waits).order_by(house_sale.c.id).limit(param("limit", COUNT))


@statement("house numbered")
def _numbered(_: Dialect) -> Executable:
    mine = (house_sale.c.number == param("number"), house_sale.c.number != const(""))
    return sa.select(*SHOWN).where(*mine).order_by(house_sale.c.id)


@statement("house sales of a member")
def _sales_of(_: Dialect) -> Executable:
    mine = (house_sale.c.member_id == param("member_id"), COMMITTED)
    found = sa.select(*SHOWN).where(*mine, house_sale.c.at < param("until", MOMENT))
    return found.order_by(house_sale.c.at, house_sale.c.id)


@statement("house sales with a member")
def _sales_with(_: Dialect) -> Executable:
    mine = house_sale.c.member_id == param("member_id")
    return sa.select(*SHOWN).where(mine).order_by(house_sale.c.id)


@statement("house buyers")
def _buyers(_: Dialect) -> Executable:
    return (
        sa.select(house_sale.c.member_id)
        .where(
            house_sale.c.member_id > param("after"),
            house_sale.c.counted_at >= param("since", MOMENT),
            house_sale.c.counted_at < param("until", MOMENT),
            COMMITTED,
        )
        .distinct()
        .order_by(house_sale.c.member_id)
        .limit(param("limit", COUNT))
    )


@statement("house ask")
def _ask(d: Dialect) -> Executable:
    insert = d.insert(house_asked, ASKED).on_conflict_do_nothing(index_elements=["key"])
    return insert.returning(house_asked.c.what)


@statement("house asked")
def _asked(_: Dialect) -> Executable:
    return sa.select(house_asked.c.what).where(house_asked.c.key == param("key"))


class HouseSalePart(Part):
    """See ``gateway.ports.HouseSaleTx``."""

    def house_sales(self, ids: Sequence[str]) -> Mapping[str, HouseSaleRow]:
        """Sales and returns by id."""
        return {row[0]: self._house_sale(row) for row in self._about(_sales, ids)}

    def put_house_sales(self, rows: Sequence[HouseSaleRow]) -> None:
        """Insert or replace."""
        last = {row.id: row for row in rows}
        self._session.each(_put, [self._record(last[key]) for key in sorted(last)])

    def house_refunds(self, sale_id: str) -> Sequence[HouseSaleRow]:
        """Returns of a sale."""
        return self._shown(self._session.all(_refunds, sale_id=sale_id))

    def house_holds(
        self, *, now: datetime, limit: int, member_id: str = ""
    ) -> Sequence[HouseSaleRow]:
        """Reserved sales whose time is over."""
        if member_id:
            found = self._session.all(_holds_of, now=now, limit=limit, member_id=member_id)
        else:
            found = self._session.all(_holds, now=now, limit=limit)
        return self._shown(found)

    def house_awaiting(self, *, after: str, limit: int) -> Sequence[HouseSaleRow]:
        """Sales whose accrual waits."""
        return self._shown(self._session.all(_awaiting, after=after, limit=limit))

    def house_numbered(self, number: str) -> Sequence[HouseSaleRow]:
        """Sales with a number."""
        return self._shown(self._session.all(_numbered, number=number))

    def house_sales_of(self, member_id: str, *, until: datetime) -> Sequence[HouseSaleRow]:
        """Committed sales and returns of a member."""
        return self._shown(self._session.all(_sales_of, member_id=member_id, until=until))

    def house_sales_with(self, member_id: str) -> Sequence[HouseSaleRow]:
        """All sales and returns of a member."""
        return self._shown(self._session.all(_sales_with, member_id=member_id))

    def house_buyers(
        self, *, since: datetime, until: datetime, after: str, limit: int
    ) -> Sequence[str]:
        """Members who bought."""
        found = self._session.all(_buyers, since=since, until=until, after=after, limit=limit)
        return [member_id for (member_id,) in found]

    def ask_house(self, key: str, what: str) -> str:
        """Note what a key was used for."""
        noted = self._session.each(_ask, [{"key": key, "what": what}])
        return str((noted or self._session.all(_asked, key=key))[0][0])

    def _shown(self, rows: Sequence[Row]) -> list[HouseSaleRow]:
        return [self._house_sale(row) for row in rows]

    def _house_sale(self, row: Row) -> HouseSaleRow:
        values = dict(zip(SALE, row, strict=True))
        return HouseSaleRow(
            **{name: values[name] for name in PLAIN},
            of=values["sale_of"],
            kind=SaleKind(values["kind"]),
            state=HouseSaleState(values["state"]),
            accrual=Accrual(values["accrual"]),
            turnover=Decimal(values["turnover"]) / KOPECKS,
            body=self._sealer.open("house_sale", values["body"]),
        )

    def _record(self, row: HouseSaleRow) -> dict[str, Any]:
        return {
            **{name: getattr(row, name) for name in PLAIN},
            "sale_of": row.of,
            "kind": row.kind.value,
            "state": row.state.value,
            "accrual": row.accrual.value,
            "turnover": int(row.turnover * KOPECKS),
            "body": self._sealer.seal("house_sale", row.body),
        }


PLAIN = [
    name for name in SALE if name not in {"sale_of", "kind", "state", "accrual", "turnover", "body"}
]
