"""Column types: values that both engines keep in their own way.

PostgreSQL has real timestamps; SQLite keeps ISO text of one width, in UTC, which sorts as time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware moment in UTC with microseconds."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose ISO text on SQLite, ``timestamptz`` elsewhere."""
        chosen: TypeEngine[Any] = (
            sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True)
        )
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's type
        """Write a moment."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - the driver's type
        """Read a moment."""
        if value is None or dialect.name != "sqlite":
            return value  # type: ignore[no-any-return]
        return datetime.fromisoformat(value)


MOMENT = Moment()
TEXT = sa.Text()
COUNT = sa.BigInteger()
"""Whole numbers; versions and marks outgrow 32 bits in theory only, but the width costs nothing."""

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Numbers that the database gives: SQLite does so for the exact word INTEGER only."""

SEALED = sa.LargeBinary()
"""JSON with personal data, encrypted by ``Sealer``."""


def key(name: str) -> sa.Column[str]:
    """A text that is (part of) the primary key."""
    return sa.Column(name, TEXT, primary_key=True)


def text(name: str) -> sa.Column[str]:
    """A text that is always there."""
    return sa.Column(name, TEXT, nullable=False)


def texts(*names: str) -> list[sa.Column[str]]:
    """Texts that are always there."""
    return [text(name) for name in names]


def count(name: str) -> sa.Column[int]:
    """A whole number."""
    return sa.Column(name, COUNT, nullable=False)


def flag(name: str) -> sa.Column[bool]:
    """A truth value."""
    return sa.Column(name, sa.Boolean(), nullable=False)


def moment(name: str) -> sa.Column[Any]:
    """A moment that is always there."""
    return sa.Column(name, MOMENT, nullable=False)


def maybe(name: str, kind: Any = TEXT) -> sa.Column[Any]:  # noqa: ANN401 - any column type
    """A value that may be missing; text unless told."""
    return sa.Column(name, kind, nullable=True)


def sealed(name: str = "sealed") -> sa.Column[bytes]:
    """A sealed JSON value."""
    return sa.Column(name, SEALED, nullable=False)


def index(name: str, *columns: str, serves: str, where: str = "", unique: bool = False) -> sa.Index:
    """Make an index over ``columns``; ``serves`` is the query that would be slow without it."""
    condition = sa.text(where) if where else None
    return sa.Index(
        name,
        *columns,
        unique=unique,
        info={"serves": serves},
        postgresql_where=condition,
        sqlite_where=condition,
    )
