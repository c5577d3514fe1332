"""SQLite: the embedded engine. WAL, every commit synced, one writer at a time.

The standard library's module is called directly: an asynchronous wrapper costs a thread hop per
statement (measured: ten times the CPU).
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from gateway.contract import ConfigInvalid
from gateway.store.engine import Trouble
from gateway.store.session import SqliteSession

BUSY_TIMEOUT_MS = 5_000
PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)
TROUBLES = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.CONFLICT,
    sqlite3.SQLITE_LOCKED: Trouble.CONFLICT,
    sqlite3.SQLITE_CONSTRAINT: Trouble.CONFLICT,
    sqlite3.SQLITE_IOERR: Trouble.AWAY,
    sqlite3.SQLITE_CANTOPEN: Trouble.AWAY,
    sqlite3.SQLITE_READONLY: Trouble.AWAY,
    sqlite3.SQLITE_PERM: Trouble.AWAY,
}
PRIMARY_CODE = 0xFF


def database_path(url: URL) -> Path:
    """Return the file of ``sqlite:////folder/file.db``; ``ConfigInvalid`` when it names none."""
    if not url.database or url.database == ":memory:":
        msg = "store.url: SQLite needs a file, as in sqlite:////var/lib/gateway/gateway.db"
        raise ConfigInvalid(msg)
    return Path(url.database)


class SqliteConnection:
    """A connection in manual transaction mode."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self.session = SqliteSession(raw)

    def begin(self, number: int, *, piped: bool) -> None:
        """Take the write lock at once; a commit's outcome is never in doubt, so no mark is left."""
        del number, piped
        self._raw.execute("BEGIN IMMEDIATE")

    def finish(self) -> None:
        """Nothing is under way here."""

    def begin_reading(self) -> None:
        """See the state of the first read."""
        self._raw.execute("BEGIN")

    def save(self) -> None:
        """Set the savepoint."""
        self._raw.execute("SAVEPOINT work")

    def release(self) -> None:
        """Forget the savepoint."""
        self._raw.execute("RELEASE work")

    def undo(self) -> None:
        """Go back to the savepoint."""
        self._raw.execute("ROLLBACK TO work")
        self._raw.execute("RELEASE work")

    def commit(self) -> None:
        """Commit and sync."""
        self._raw.execute("COMMIT")

    def rollback(self) -> None:
        """Undo, unless SQLite already did."""
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")

    def committed(self, number: int) -> bool:
        """Never: a COMMIT that raised was rolled back."""
        del number
        return False

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


class SqliteEngine:
    """One database file."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect_writer(self) -> SqliteConnection:
        """Open for writing."""
        return SqliteConnection(self._open())

    def connect_reader(self) -> SqliteConnection:
        """Open for reading; writing is refused."""
        raw = self._open()
        raw.execute("PRAGMA query_only = ON")
        return SqliteConnection(raw)

    def trouble(self, error: Exception) -> Trouble:
        """Classify an error of the driver."""
        return trouble_of(error)

    def code(self, error: Exception) -> str:
        """SQLite's name of the error; constraints name their columns."""
        name = str(getattr(error, "sqlite_errorname", type(error).__name__))
        return f"{name}: {error}" if name.startswith("SQLITE_CONSTRAINT") else name

    def _open(self) -> sqlite3.Connection:
        raw = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                raw.execute(pragma)
        except sqlite3.Error:
            raw.close()
            raise
        return raw


def trouble_of(error: BaseException | None) -> Trouble:
    """Classify by SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return TROUBLES.get((code or 0) & PRIMARY_CODE, Trouble.REFUSED)


def prepared(raw: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands the driver's connection untyped
    """Set the same pragmas on a connection that SQLAlchemy made (migrations)."""
    raw.isolation_level = None
    for pragma in PRAGMAS:
        raw.execute(pragma)
