"""Holds: reservations whose time is over give their points back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.loyalty.house.book import Book
from gateway.ports import HouseSaleRow, HouseSaleState, Tx

SOME = 100


def release_key(row: HouseSaleRow) -> str:
    """Return the key of the entry that ends a reservation."""
    return f"release:{row.id}:{row.round}"


def lapse(tx: Tx, book: Book, now: datetime) -> int:
    """End the member's reservations that ran out; return how many. The member is locked."""
    over = tx.house_holds(now=now, limit=SOME, member_id=book.member_id)
    for row in over:
        book.release(release_key(row), None, sale_id=row.id)
    end(tx, over, now)
    return len(over)


def end(tx: Tx, rows: Sequence[HouseSaleRow], now: datetime) -> None:
    """Note that reservations ran out; a receipt that was closed with one may still come."""
    tx.put_house_sales(
        [replace(row, state=HouseSaleState.LAPSED, changed_at=now, expires_at=None) for row in rows]
    )
