"""Filling: a store with the history of as many orders as wanted, made from what a real run left.

The gateway works off a sample once. Then the rows that it left about each order are multiplied:
other ids, names, look-up keys and moments, and every sealed value is sealed anew, so that any
entity can be read and merged. Moments inside of sealed values stay those of the sample. What is
about no order (marks, leases, the proof of the key) is the sample's own.
"""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from benchmarks.w1.database import Database
from benchmarks.w1.gateway_contestant import GatewayContestant
from benchmarks.w1.growth_report import Store
from benchmarks.w1.history import History
from benchmarks.w1.measure import Driver
from benchmarks.w1.moulds import Left, Maker, Mould, moulds

DAYS = 29.0
"""The history ends now and began so long ago: within what retention keeps of every table."""

_TABLES = "select tablename from pg_tables where schemaname = current_schema() order by tablename"
_COLUMNS = """
select column_name from information_schema.columns
where table_schema = current_schema() and table_name = %s
    and is_generated = 'NEVER' and is_identity = 'NO'
    and coalesce(column_default, '') not like 'nextval(%%'
order by ordinal_position
"""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_QUIET_S = 1.0
_CHUNK = 5_000
"""Orders of which all tables are copied before the next ones: memory against round trips."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a store holds. Shape: ``journal`` rows are reached to within a story."""

    entities: int
    journal: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What a real run left: in a database of its own, to be copied, and as moulds."""

    database: Database
    moulds: Sequence[Mould]
    columns: dict[str, Sequence[str]]
    maker: Maker


def make_sample(database: Database, driver: Driver, history: History, key: bytes) -> Sample:
    """Let the gateway work off the sample in an empty ``database``, and read what it left.

    Raises ``RuntimeError`` when it did not do all of the work.
    """
    contestant = GatewayContestant("sample", data_key=base64.b64encode(key).decode())
    database.create(peers_schema=False)
    run = Driver(database, driver.broker, driver.deadline_s).run_here(
        contestant, history.sample, 0.0
    )
    if not run.is_clean:
        msg = "the gateway did not work off the sample: run `make bench ARGS='--only gateway'`"
        raise RuntimeError(msg)
    maker = Maker(key)
    with _connected(database) as connection:
        left = [_left(connection, str(row[0])) for row in connection.execute(_TABLES).fetchall()]
    made = moulds(left, maker)
    if len(made) != len(history.sample.final):
        msg = "the rows that the sample left cannot be told apart by order: see moulds.py"
        raise RuntimeError(msg)
    tables = {table for mould in made for table in mould.blocks}
    columns = {part.table: part.columns for part in left if part.table in tables}
    return Sample(database, made, columns, maker)


def fill(database: Database, sample: Sample, history: History, sizes: Sizes) -> None:
    """Make ``database`` from the sample and give it a history of ``sizes``; vacuum and analyze.

    Tells its progress on standard error.
    """
    database.create(peers_schema=False)
    began = time.monotonic()
    with _connected(database) as connection:
        names = sql.SQL(", ").join(map(sql.Identifier, sample.columns))
        connection.execute(sql.SQL("truncate {} restart identity").format(names))
        done = 0
        # The server takes in one part while the next is being sealed: most machines have two cores.
        with ThreadPoolExecutor(1, thread_name_prefix="filling") as pool:
            under_way: Future[None] | None = None
            for rows in _chunks(sample, history, sizes):
                if under_way is not None:
                    under_way.result()
                under_way = pool.submit(_take_in, connection, sample, rows)
                done += rows.orders
                _tell(done, sizes.entities, time.monotonic() - began)
            if under_way is not None:
                under_way.result()
        sys.stderr.write("\n  vacuum, analyze\n")
        connection.execute("vacuum (analyze)")


def measured(database: Database) -> Store:
    """Count what a filled database holds."""
    with _connected(database) as connection:
        row = connection.execute(
            "select (select count(*) from entity), (select count(*) from journal),"
            " pg_database_size(current_database()) / 1048576.0"
        ).fetchone()
    entities, journal, size_mib = row or (0, 0, 0)
    return Store(int(str(entities)), int(str(journal)), float(str(size_mib)))


def _tell(done: int, of: int, seconds: float) -> None:
    if seconds > _QUIET_S:
        sys.stderr.write(f"\r  filled {done} of {of} orders, {done / seconds:.0f}/s ")


def _take_in(
    connection: psycopg.Connection[tuple[object, ...]], sample: Sample, rows: _Rows
) -> None:
    with connection.transaction():
        for table, texts in rows.texts.items():
            _copy(connection, table, sample.columns[table], texts)


@dataclass(slots=True)
class _Rows:
    texts: dict[str, list[str]]
    orders: int = 0


def _chunks(sample: Sample, history: History, sizes: Sizes) -> Iterator[_Rows]:
    """Pour copy after copy of the sample, each a while younger than the one before."""
    copies = -(-sizes.entities // len(sample.moulds))
    per_copy = sum(mould.blocks.get("journal", "").count("\n") for mould in sample.moulds)
    stories = sizes.journal / (per_copy * sizes.entities / len(sample.moulds)) if per_copy else 0.0
    rows, told = _Rows({}), 0.0
    for copy in range(copies):
        names = _moved(sample.moulds, timedelta(days=DAYS * (copies - copy - 0.5) / copies))
        numbers = range(copy * len(sample.moulds), sizes.entities)
        for number, mould in zip(numbers, sample.moulds, strict=False):
            poured = dict(mould.poured(history.first + number, names, sample.maker))
            told += stories
            poured["journal"] = poured.get("journal", "") * int(told)
            told -= int(told)
            for table, text in poured.items():
                rows.texts.setdefault(table, []).append(text)
            rows.orders += 1
        if rows.orders >= _CHUNK or copy == copies - 1:
            yield rows
            rows = _Rows({})


def _moved(made: Sequence[Mould], age: timedelta) -> dict[str, str]:
    """Every moment of the sample, in its rows and in its sortable ids, so much earlier."""
    names = {
        moment: str(datetime.fromisoformat(moment) - age)
        for moment in {moment for mould in made for moment in mould.moments}
    }
    back_ms = age // timedelta(milliseconds=1)
    for text in {text for mould in made for text in mould.times}:
        names[text] = _digits(_number(text) - back_ms, len(text))
    return names


def _number(text: str) -> int:
    number = 0
    for char in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(char)
    return number


def _digits(number: int, length: int) -> str:
    chars = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        chars.append(_ALPHABET[digit])
    return "".join(reversed(chars))


def _connected(database: Database) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(database.url, autocommit=True, options="-c TimeZone=UTC")


def _left(connection: psycopg.Connection[tuple[object, ...]], table: str) -> Left:
    """Read a table as the server writes it, without the columns that it numbers itself."""
    columns = [str(row[0]) for row in connection.execute(_COLUMNS, [table]).fetchall()]
    shown = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy (select {} from {} order by ctid) to stdout")
    with connection.cursor().copy(statement.format(shown, sql.Identifier(table))) as copy:
        text = b"".join(copy).decode()
    return Left(table, columns, [line.split("\t") for line in text.splitlines()])


def _copy(
    connection: psycopg.Connection[tuple[object, ...]],
    table: str,
    columns: Sequence[str],
    texts: Sequence[str],
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as copy:
        copy.write("".join(texts))
