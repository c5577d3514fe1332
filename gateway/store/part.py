"""Part: what every part of a transaction is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from gateway.contract import Clock
from gateway.store.sealing import Sealer
from gateway.store.session import Session
from gateway.store.statement import Row, Statement

T = TypeVar("T")


class Part:
    """A part of one transaction; lives as long as the session's transaction does."""

    def __init__(
        self, session: Session, *, sealer: Sealer, clock: Clock, stamp: Callable[[], str]
    ) -> None:
        """Take the session; ``stamp`` makes a text that no other process makes."""
        self._session = session
        self._sealer = sealer
        self._clock = clock
        self._stamp = stamp

    def _about(self, statement: Statement, ids: Sequence[str], **params: object) -> list[Row]:
        """Run a statement about listed ids; about none there is nothing to ask."""
        return self._session.all(statement, ids=list(ids), **params) if ids else []


class Grouped(dict[str, tuple[T, ...]]):
    """Rows by key. A key without rows reads as empty, and is not ``in`` the map."""

    def __missing__(self, key: str) -> tuple[T, ...]:
        return ()

    def add(self, key: str, row: T) -> None:
        """Append a row to its key."""
        self[key] = (*self[key], row)
