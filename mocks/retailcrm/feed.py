"""The change feed: one list of records per feed, ids that only grow, own echoes told apart by key.

Source: reference, section 8.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

HIDDEN_SPAN = 100
# Recorded at the vendor: a later id whose time lies an hour before its neighbour's.
_LATE_EVERY = 3
_LATE_BY = timedelta(hours=1)


@dataclass(frozen=True)
class Origin:
    """Who made a change: ``api`` with a key, ``user`` with an operator, ``code``, ``combine``."""

    source: str
    key: str | None = None
    user: int | None = None


SYSTEM = Origin("code")


@dataclass(slots=True)
class Record:
    """One history record.

    ``entity`` 0 marks a change that no key may see; ``customer`` or ``firm`` is the order's,
    joined when read.
    """

    id: int
    at: str
    entity: int
    site: str | None
    origin: Origin
    body: dict[str, Any]
    customer: int | None = None
    firm: Any = None

    def render(self, key: str) -> dict[str, Any]:
        """Return the record as a key sees it: ``apiKey.current`` is relative to who asks."""
        row: dict[str, Any] = {"id": self.id, "createdAt": self.at}
        for mark in ("created", "deleted"):
            if mark in self.body:
                row[mark] = True
        row["source"] = self.origin.source
        if self.origin.user is not None:
            row["user"] = {"id": self.origin.user}
        row["field"] = self.body["field"]
        if self.origin.source == "api":
            row["apiKey"] = {"current": self.origin.key == key}
        row.update(self.body)
        return row


class Feed:
    """The records of one kind of entity, ascending by id."""

    def __init__(self, first_id: int, *, gaps: int = 0, seed: int = 1) -> None:
        """Count from ``first_id``; ``gaps`` is the most ids skipped between two records."""
        self.records: list[Record] = []
        self._ids: list[int] = []
        self._of: dict[int, list[Record]] = {}
        self._next = first_id
        self._gaps = gaps
        self._chance = random.Random(seed)  # noqa: S311 - repeatable gaps, no secret depends on them
        self._hide_at: int | None = None
        self.uneven = False

    @property
    def last_id(self) -> int:
        """The id of the newest record, or the one before the first."""
        return self._ids[-1] if self._ids else self._next - 1

    def add(
        self, at: str, entity: int, origin: Origin, body: dict[str, Any], *, site: str | None
    ) -> Record:
        """Append a record; when ``uneven``, every third carries a time that lies behind."""
        if self.uneven and len(self.records) % _LATE_EVERY == _LATE_EVERY - 1:
            at = str(datetime.fromisoformat(at) - _LATE_BY)
        record = Record(self._next, at, entity, site, origin, body)
        self._next += 1 + (self._chance.randint(0, self._gaps) if self._gaps else 0)
        self.records.append(record)
        self._ids.append(record.id)
        self._of.setdefault(entity, []).append(record)
        if self._hide_at is not None and len(self.records) >= self._hide_at:
            self._hide_at = None
            self._hide(at)
        return record

    def hide(self, where: str, at: str) -> None:
        """Put a page of changes that no key may see at the start or in the middle, or plan none.

        A feed that already holds records gets the page at its present end.
        """
        self._hide_at = None
        if where == "first_page_empty" or (where == "middle_page_empty" and self.records):
            self._hide(at)
        elif where == "middle_page_empty":
            self._hide_at = HIDDEN_SPAN

    def _hide(self, at: str) -> None:
        for _ in range(HIDDEN_SPAN):
            self.add(at, 0, SYSTEM, {"field": "hidden"}, site=None)

    def after(self, since: int) -> Sequence[Record]:
        """Return the records with an id greater than ``since``."""
        return self.records[bisect_right(self._ids, since) :]

    def of(self, entities: Iterable[int]) -> list[Record]:
        """Return the log of some entities, ascending."""
        found = [record for entity in set(entities) for record in self._of.get(entity, ())]
        return sorted(found, key=lambda record: record.id)


Facts = dict[str, Any]


def differences(before: Facts, now: Facts) -> list[tuple[str, Any, Any]]:
    """Return (field code, old value, new value) for all that differ, in the order of ``now``."""
    codes = [*now, *(code for code in before if code not in now)]
    return [
        (code, before.get(code), now.get(code))
        for code in codes
        if before.get(code) != now.get(code)
    ]
