"""Book: what was handed to 1C and what it brought, as far as its files do not say it again.

1C names an order by our number and lines by their products, and a full catalogue says by silence
that goods are gone. Both need a memory; it is a small SQLite file in the spool. It holds ids and
numbers only. All methods block. They raise ``StoreError`` when the disk takes no work.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.canonical import Order
from gateway.contract import StoreError

_WAIT_S = 10.0
_SCHEMA = """
create table if not exists orders (
    key text primary key, number text, lines text not null, payments text not null
) without rowid;
create index if not exists orders_by_number on orders (number);
create table if not exists goods (
    code text primary key, seen integer not null, active integer not null
) without rowid;
create table if not exists loads (package text primary key, at integer not null) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Handed:
    """An order as it was handed out.

    Shape: ``lines`` product id or sku → line id, where only one line is of that product;
    ``line_ids`` and ``payments`` are all ids.
    """

    key: str
    lines: Mapping[str, str] = field(default_factory=dict)
    line_ids: frozenset[str] = frozenset()
    payments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """The memory of one account."""

    path: Path

    def note_handed(self, orders: Sequence[tuple[str, Order]]) -> None:
        """Remember orders under their keys before they leave."""
        rows = [
            (
                key,
                order.number,
                json.dumps([_by_product(order), [line.id for line in order.lines]]),
                json.dumps([payment.id for payment in order.payments]),
            )
            for key, order in orders
        ]
        with self._open() as base:
            base.executemany("insert or replace into orders values (?, ?, ?, ?)", rows)

    def handed(self, *names: str | None) -> Handed | None:
        """Return the order that is meant by the first name that names exactly one.

        A name is our key, or the number under which 1C knows the order.
        """
        with self._open() as base:
            for name in dict.fromkeys(one for one in names if one):
                for column in ("key", "number"):
                    query = f"select key, lines, payments from orders where {column} = ? limit 2"  # noqa: S608 - one of two words above
                    rows = base.execute(query, (name,)).fetchall()
                    if len(rows) == 1:
                        return _handed(*rows[0])
        return None

    def revived(self, codes: Sequence[str]) -> set[str]:
        """Return those of the codes that were switched off by a full load before."""
        with self._open() as base:
            marks = ",".join("?" * len(codes))
            query = f"select code from goods where active = 0 and code in ({marks})"  # noqa: S608 - question marks only
            return {code for (code,) in base.execute(query, list(codes))}

    def note_seen(self, codes: Sequence[str], now: int) -> None:
        """Remember that goods are there. Units: ``now`` seconds since 1970."""
        with self._open() as base:
            base.executemany(
                "insert or replace into goods values (?, ?, 1)", [(code, now) for code in codes]
            )

    def note_load(self, package: str, now: int) -> None:
        """Remember that a full set was imported to its end."""
        with self._open() as base:
            base.execute("insert or replace into loads values (?, ?)", (package, now))

    def was_loaded(self, package: str, since: int) -> bool:
        """Tell whether a full set came since then."""
        with self._open() as base:
            query = "select 1 from loads where package = ? and at >= ?"
            return base.execute(query, (package, since)).fetchone() is not None

    def unseen(self, since: int, *, variants: bool, limit: int) -> list[str]:
        """Return active goods (or variants, whose code has ``#``) not seen since then."""
        with self._open() as base:
            query = (
                "select code from goods where active = 1 and seen < ? "
                "and (instr(code, '#') > 0) = ? order by code limit ?"
            )
            return [code for (code,) in base.execute(query, (since, variants, limit))]

    def note_off(self, codes: Sequence[str]) -> None:
        """Remember that goods were switched off."""
        with self._open() as base:
            base.executemany(
                "update goods set active = 0 where code = ?", [(code,) for code in codes]
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=_WAIT_S)) as base, base:
                base.executescript(_SCHEMA)
                yield base
        except sqlite3.Error as error:
            msg = "the book of the exchange cannot be written: look at the disk of data_dir"
            raise StoreError(msg) from error


def _by_product(order: Order) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for line in order.lines:
        product = line.product
        names = {product.external_id, product.sku} if product is not None else set()
        for name in names - {None}:
            found.setdefault(str(name), []).append(line.id)
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _handed(key: str, lines: str, payments: str) -> Handed:
    by_product, ids = json.loads(lines)
    return Handed(key, by_product, frozenset(ids), tuple(json.loads(payments)))
