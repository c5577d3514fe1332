"""Engine: what the threads of the store ask of a database, whichever it is."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from gateway.contract import StoreError
from gateway.store.session import Session


class Trouble(StrEnum):
    """What a driver's error means for the work at hand."""

    AWAY = "away"
    CONFLICT = "conflict"
    FULL = "full"
    REFUSED = "refused"


class Connection(Protocol):
    """One connection, used by one thread at a time."""

    @property
    def session(self) -> Session:
        """The session on this connection."""

    def begin(self, number: int, *, piped: bool) -> None:
        """Start a writing transaction that leaves ``number`` as the writer's commit mark.

        With ``piped`` an error may be raised later than by the statement that it is of.
        """

    def finish(self) -> None:
        """Wait for all statements, so that only COMMIT's own outcome can be in doubt."""

    def begin_reading(self) -> None:
        """Start a transaction that sees one committed state and cannot write."""

    def save(self) -> None:
        """Set the savepoint."""

    def release(self) -> None:
        """Forget the savepoint."""

    def undo(self) -> None:
        """Go back to the savepoint and forget it."""

    def commit(self) -> None:
        """Commit."""

    def rollback(self) -> None:
        """Undo the transaction; does nothing when there is none or the connection is lost."""

    def committed(self, number: int) -> bool:
        """Tell whether the writer's group ``number`` was committed, after it has surely ended."""

    def close(self) -> None:
        """Close; never raises."""


class Engine(Protocol):
    """A database: makes connections and reads its driver's errors."""

    errors: tuple[type[Exception], ...]

    def connect_writer(self) -> Connection:
        """Connect the one writer of this store."""

    def connect_reader(self) -> Connection:
        """Connect a reader."""

    def trouble(self, error: Exception) -> Trouble:
        """Classify one of ``errors``."""

    def code(self, error: Exception) -> str:
        """Name the error by its code, and what it concerns; never a stored value."""


def store_error(trouble: Trouble, code: str) -> StoreError:
    """Say in words what happened and what to do. Driver's texts are left out: they quote values."""
    if trouble is Trouble.FULL:
        msg = f"no space left for the database ({code}); free its disk or raise its limit"
    elif trouble is Trouble.AWAY:
        msg = f"the database does not answer ({code}); bring it back, work resumes by itself"
    elif trouble is Trouble.CONFLICT:
        msg = f"another user of the database holds the same rows ({code}); the work may be repeated"
    else:
        msg = (
            f"the database refused a statement ({code}); this is a fault of the gateway, report it"
        )
    return StoreError(msg)
