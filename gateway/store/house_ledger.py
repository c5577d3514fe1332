"""Double-entry ledger of the house programme: its part of a transaction.

Entries are only added. A balance is a sum over the postings of one member, which an index finds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from gateway.ports import (
    OF_MEMBER,
    EntryKind,
    LedgerAccount,
    LedgerEntry,
    Lot,
    Movement,
    Posting,
)
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Row, const, param, shape, statement
from gateway.store.tables_house import house_entry, house_posting

SCALE = 10_000
"""The ledger's unit: points are kept as whole ten-thousandths."""
ENTRY = shape(house_entry, "key", "kind", "member_id", "sale_id", "at", "reason")
POSTING = shape(
    house_posting,
    "entry_key",
    "number",
    "account",
    "member_id",
    "lot",
    "active_from",
    "expires_at",
    "amount",
)
LOT = [house_posting.c[name] for name in ("account", "lot", "active_from", "expires_at")]
OWN = [const(account) for account in sorted(OF_MEMBER)]
SUM = sa.func.sum(house_posting.c.amount)
TOTAL = sa.cast(SUM, COUNT)
LAST = 2**62


@statement("house entry add")
def _add_entries(d: Dialect) -> Executable:
    insert = d.insert(house_entry, ENTRY).on_conflict_do_nothing(index_elements=["key"])
    return insert.returning(house_entry.c.key)


@statement("house posting add")
def _add_postings(d: Dialect) -> Executable:
    return d.insert(house_posting, POSTING)


@statement("house lots")
def _lots(_: Dialect) -> Executable:
    mine = (house_posting.c.member_id == param("member_id"), house_posting.c.account.in_(OWN))
    return sa.select(*LOT, TOTAL).where(*mine).group_by(*LOT).having(SUM != 0)


@statement("house page")
def _page(_: Dialect) -> Executable:
    mine = house_posting.c.member_id == param("member_id")
    return sa.select(*LOT, TOTAL).where(mine).group_by(*LOT).having(SUM != 0)


@statement("house lots of a sale")
def _sale_lots(_: Dialect) -> Executable:
    joined = house_posting.join(house_entry, house_entry.c.key == house_posting.c.entry_key)
    mine = (house_entry.c.sale_id == param("sale_id"), house_entry.c.sale_id != const(""))
    found = sa.select(*LOT, TOTAL).select_from(joined).where(*mine)
    return found.group_by(*LOT).having(SUM != 0)


@statement("house sums of a lot")
def _lot_sums(_: Dialect) -> Executable:
    mine = (house_posting.c.member_id == param("member_id"), house_posting.c.lot == param("lot"))
    account = house_posting.c.account
    return sa.select(account, TOTAL).where(*mine).group_by(account)


@statement("house history")
def _history(_: Dialect) -> Executable:
    """Entries whose sum over the member's own accounts is not zero."""
    joined = house_entry.join(house_posting, house_entry.c.key == house_posting.c.entry_key)
    made = sa.and_(house_posting.c.account == const("points"), house_posting.c.amount > 0)
    is_one = sa.func.count(sa.case((made, house_posting.c.number))) == 1
    moments = (
        sa.case((is_one, sa.func.min(sa.case((made, house_posting.c[name])))))
        for name in ("active_from", "expires_at")
    )
    heads = [house_entry.c[name] for name in ("id", "key", "kind", "at", "sale_id", "reason")]
    return (
        sa.select(*heads, TOTAL, *moments)
        .select_from(joined)
        .where(
            house_entry.c.member_id == param("member_id"),
            house_entry.c.id < param("before", COUNT),
            house_posting.c.account.in_(OWN),
        )
        .group_by(*heads)
        .having(SUM != 0)
        .order_by(house_entry.c.id.desc())
        .limit(param("limit", COUNT))
    )


@statement("house dying")
def _dying(_: Dialect) -> Executable:
    return (
        sa.select(house_posting.c.member_id)
        .where(
            house_posting.c.account == const("points"),
            house_posting.c.expires_at > param("since", MOMENT),
            house_posting.c.expires_at <= param("until", MOMENT),
            house_posting.c.member_id > param("after"),
        )
        .distinct()
        .order_by(house_posting.c.member_id)
        .limit(param("limit", COUNT))
    )


@statement("house sums")
def _sums(_: Dialect) -> Executable:
    return sa.select(house_posting.c.account, TOTAL).group_by(house_posting.c.account)


class HouseLedgerPart(Part):
    """See ``gateway.ports.HouseLedgerTx``."""

    def post_entries(self, entries: Sequence[LedgerEntry]) -> Sequence[bool]:
        """Append entries, in order."""
        for entry in entries:
            if sum((side.points for side in entry.postings), Decimal(0)):
                msg = f"{entry.kind}: an entry that is not balanced"
                raise ValueError(msg)
        added = {
            row[0] for row in self._session.each(_add_entries, [_entry(one) for one in entries])
        }
        flags = [entry.key in added for entry in entries]
        new = [entry for entry, is_new in zip(entries, flags, strict=True) if is_new]
        self._session.each(_add_postings, [one for entry in new for one in _postings(entry)])
        return flags

    def house_lots(self, member_id: str) -> Sequence[Posting]:
        """Sums of a member's own accounts."""
        return [_posting(row) for row in self._session.all(_lots, member_id=member_id)]

    def house_page(self, member_id: str) -> Sequence[Posting]:
        """Sums of all that a member's entries say."""
        return [_posting(row) for row in self._session.all(_page, member_id=member_id)]

    def house_sale_lots(self, sale_id: str) -> Sequence[Posting]:
        """Sums of a sale's entries."""
        return [_posting(row) for row in self._session.all(_sale_lots, sale_id=sale_id)]

    def house_lot_sums(self, member_id: str, lot_id: str) -> Mapping[LedgerAccount, Decimal]:
        """Sums of one lot."""
        found = self._session.all(_lot_sums, member_id=member_id, lot=lot_id)
        return {LedgerAccount(account): _points(amount) for account, amount in found}

    def house_history(
        self, member_id: str, *, before: int | None, limit: int
    ) -> Sequence[Movement]:
        """Entries, newest first."""
        last = LAST if before is None else before
        found = self._session.all(_history, member_id=member_id, before=last, limit=limit)
        return [_movement(row) for row in found]

    def house_dying(
        self, *, since: datetime, until: datetime, after: str, limit: int
    ) -> Sequence[str]:
        """Members with lots that expire."""
        found = self._session.all(_dying, since=since, until=until, after=after, limit=limit)
        return [member_id for (member_id,) in found]

    def house_sums(self) -> Mapping[LedgerAccount, Decimal]:
        """Sums of all accounts."""
        return {LedgerAccount(one): _points(amount) for one, amount in self._session.all(_sums)}


def _points(amount: int) -> Decimal:
    return Decimal(amount) / SCALE


def _posting(row: Row) -> Posting:
    account, lot, active_from, expires_at, amount = row
    return Posting(LedgerAccount(account), Lot(lot, active_from, expires_at), _points(amount))


def _movement(row: Row) -> Movement:
    number, key, kind, at, sale_id, reason, amount, active_from, expires_at = row
    return Movement(
        number, key, EntryKind(kind), at, _points(amount), sale_id, reason, active_from, expires_at
    )


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "kind": entry.kind.value,
        "member_id": entry.member_id,
        "sale_id": entry.sale_id,
        "at": entry.at,
        "reason": entry.reason,
    }


def _postings(entry: LedgerEntry) -> list[dict[str, Any]]:
    return [
        {
            "entry_key": entry.key,
            "number": number,
            "account": side.account.value,
            "member_id": entry.member_id,
            "lot": side.lot.id,
            "active_from": side.lot.active_from,
            "expires_at": side.lot.expires_at,
            "amount": int(side.points * SCALE),
        }
        for number, side in enumerate(entry.postings, 1)
    ]
