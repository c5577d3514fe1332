"""The dialect seam: statements written once in SQLAlchemy Core, compiled once, run on the driver.

A statement is built from three words that the engines spell differently: ``among`` (a list as one
parameter), ``given`` (many rows as parameters) and ``insert`` (with its ON CONFLICT clause). On
PostgreSQL many rows are one statement over a JSON array; on SQLite, which is in the same process,
the statement runs once per row. Compiled text goes straight to the driver: executing Core
statements one by one would cost several times the CPU.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

Row = tuple[Any, ...]
Upsert = postgresql.Insert | sqlite.Insert
Executable = sa.Select[Any] | sa.CompoundSelect[Any] | UpdateBase
Columns = Mapping[str, TypeEngine[Any]]
Convert = Callable[[Any], Any]


ROWS = "rows"
"""Name of the parameter that holds given rows on PostgreSQL."""
PLACE = "given_place"
"""Name of a given row's number there, from 1; no column of ours has it."""


def bytes_of(name: str) -> str:
    """Name the parameter that holds one column of given rows, where that is bytes."""
    return f"{ROWS}_{name}"


def const(value: str) -> sa.ColumnElement[Any]:
    """Write a state into the text, so that partial indexes fit also when plans are kept."""
    return sa.literal_column(f"'{value}'", sa.Text())


def param(name: str, kind: TypeEngine[Any] | None = None) -> sa.BindParameter[Any]:
    """Name one parameter; text unless told."""
    return sa.bindparam(name, type_=kind or sa.Text())


def by_key_only(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Write a text so that no index on it fits, where the rows are named by their keys.

    The indexes by state are for those who look for work; a planner that knows little of the table
    would read all that was ever in a state, dead rows included, to find one of them.
    """
    return sa.func.coalesce(column, sa.literal_column("''", sa.Text()))


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """A named statement. The name goes into its text, for those who watch the database."""

    name: str
    build: Callable[[Dialect], Executable]


@dataclass(frozen=True, slots=True)
class Compiled:
    """Text for the driver, and what must be converted on the way in and out.

    ``returns`` tells whether there are rows to wait for, ``aside`` which columns of given rows are
    parameters of their own.
    """

    text: str
    returns: bool
    aside: Sequence[str]
    constants: Mapping[str, Any]
    writers: Mapping[str, Convert]
    readers: Sequence[tuple[int, Convert]]

    def bound(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Make the parameters as the driver takes them."""
        made = {**self.constants, **params}
        for name, write in self.writers.items():
            made[name] = write(made[name])
        return made

    def read(self, row: Row) -> Row:
        """Convert a driver's row."""
        if not self.readers:
            return row
        cells = list(row)
        for index, read in self.readers:
            cells[index] = read(cells[index])
        return tuple(cells)


def shape(table: sa.Table, *names: str) -> dict[str, TypeEngine[Any]]:
    """Name columns of a table, as the shape of given rows."""
    return {name: table.c[name].type for name in names}


def statement(name: str) -> Callable[[Callable[[Dialect], Executable]], Statement]:
    """Make a ``Statement`` of a building function."""
    return lambda build: Statement(name, build)


_BYTES: postgresql.ARRAY[bytes] = postgresql.ARRAY(sa.LargeBinary())


class JsonList(sa.types.TypeDecorator[Sequence[str]]):
    """A list of texts as one JSON parameter."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> str:
        """Write the list."""
        del dialect
        return orjson.dumps(list(value or ())).decode()


def array_literal(values: Sequence[str]) -> str:
    """Write texts as a PostgreSQL array literal."""
    quoted = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


class Dialect(ABC):
    """What statements are built with, and their compiled texts."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.name = dialect.name
        self._dialect = dialect
        self._kept: dict[Statement, Compiled] = {}

    @abstractmethod
    def among(self, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
        """Condition: ``column`` is in the list of texts given as parameter ``name``."""

    @abstractmethod
    def given(self, columns: Columns) -> sa.FromClause:
        """Rows given as parameters."""

    def usual(self, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Mark a condition that most rows fulfil, so that an index on it is not what is chosen."""
        return condition

    @abstractmethod
    def _insert(self, table: sa.Table) -> Upsert:
        """Start an insert that can have an ON CONFLICT clause."""

    def insert(self, table: sa.Table, columns: Columns, **constants: Any) -> Upsert:
        """Insert given rows; ``constants`` are expressions for further columns."""
        rows = self.given(columns)
        names = [*columns, *constants]
        # SQLite takes ON CONFLICT after a SELECT for a join's ON unless there is a WHERE.
        source = sa.select(*(rows.c[name] for name in columns), *constants.values()).where(
            sa.text("1 = 1")
        )
        return self._insert(table).from_select(names, source, include_defaults=False)

    def compiled(self, statement: Statement) -> Compiled:
        """Compile once; a race between threads compiles twice and keeps one, which is harmless."""
        kept = self._kept.get(statement)
        if kept is None:
            kept = self._kept[statement] = self._compile(statement)
        return kept

    def _compile(self, statement: Statement) -> Compiled:
        made = statement.build(self)
        text = made.compile(dialect=self._dialect)
        binds: Mapping[str, sa.BindParameter[Any]] = text.binds
        kinds = {name: bind.type for name, bind in binds.items()}
        columns = list(made.exported_columns)
        readers = [(at, self._reader(column.type)) for at, column in enumerate(columns)]
        writers = {name: self._writer(kind) for name, kind in kinds.items()}
        return Compiled(
            text=f"/* {statement.name} */ {self._spelled(str(text), kinds)}",
            returns=bool(columns),
            aside=[name.removeprefix(f"{ROWS}_") for name in kinds if name.startswith(f"{ROWS}_")],
            constants={name: bind.value for name, bind in binds.items() if not bind.required},
            writers={name: write for name, write in writers.items() if write is not None},
            readers=[(at, read) for at, read in readers if read is not None],
        )

    def _spelled(self, text: str, kinds: Columns) -> str:
        del kinds
        return text

    def _writer(self, kind: TypeEngine[Any]) -> Convert | None:
        return kind.dialect_impl(self._dialect).bind_processor(self._dialect)

    def _reader(self, kind: TypeEngine[Any]) -> Convert | None:
        return kind.dialect_impl(self._dialect).result_processor(self._dialect, None)


class PostgresDialect(Dialect):
    """Lists are array literals, and rows are JSON but for bytes, which are arrays in binary form.

    The driver's own way, an array per column, spends most of a group's CPU on quoting elements;
    bytes as text in JSON would cost both sides more than all the rest of a row.
    """

    def __init__(self) -> None:
        dialect: sa.Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # theirs
        super().__init__(dialect)

    def among(self, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
        """Compare with an array."""
        return column == sa.any_(param(name, postgresql.ARRAY(sa.Text())))

    def given(self, columns: Columns) -> sa.FromClause:
        """One JSON array of records, each with its number where bytes are beside it."""
        aside = [name for name, kind in columns.items() if isinstance(kind, sa.LargeBinary)]
        cells = [sa.column(name, kind) for name, kind in columns.items() if name not in aside]
        cells += [sa.column(PLACE, sa.BigInteger())] if aside else []
        found = sa.func.json_to_recordset(param(ROWS, sa.JSON())).table_valued(*cells)
        if not aside:
            return found.render_derived(name="given", with_types=True)
        records = found.render_derived(name="records", with_types=True)
        values = (param(bytes_of(name), _BYTES)[records.c[PLACE]].label(name) for name in aside)
        return sa.select(records, *values).subquery("given")

    def _spelled(self, text: str, kinds: Columns) -> str:
        """Let bytes travel in binary form."""
        for name, kind in kinds.items():
            if isinstance(kind, postgresql.ARRAY) and isinstance(kind.item_type, sa.LargeBinary):
                text = text.replace(f"%({name})s::BYTEA[]", f"(%({name})b::BYTEA[])")
        return text

    def _writer(self, kind: TypeEngine[Any]) -> Convert | None:
        if not isinstance(kind, postgresql.ARRAY) or isinstance(kind.item_type, sa.LargeBinary):
            return None
        return array_literal

    def _reader(self, kind: TypeEngine[Any]) -> Convert | None:
        del kind
        return None

    def _insert(self, table: sa.Table) -> Upsert:
        return postgresql.insert(table)


class SqliteDialect(Dialect):
    """Lists are JSON; rows come one by one."""

    def __init__(self) -> None:
        super().__init__(SQLiteDialect_pysqlite(paramstyle="named"))

    def among(self, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
        """Compare with the elements of a JSON array."""
        values = sa.func.json_each(param(name, JsonList())).table_valued("value", name=f"{name}_in")
        return column.in_(sa.select(values.c.value))

    def usual(self, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Tell a planner that has no statistics, and else takes one value for a rare one."""
        # As a truth value it would be written as a comparison with 1, which no index serves.
        told: sa.ColumnElement[Any] = sa.func.likely(condition, type_=sa.Integer())
        return told

    def given(self, columns: Columns) -> sa.FromClause:
        """One row of parameters."""
        cells = [param(name, kind).label(name) for name, kind in columns.items()]
        return sa.select(*cells).subquery("given")

    def _insert(self, table: sa.Table) -> Upsert:
        return sqlite.insert(table)
