"""Rows of one entity in memory, with the indexes that its lists are asked by."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, Any]


class Table:
    """Rows by id, with exact indexes over chosen fields and one sorted index over a time stamp.

    An indexed field must be changed through ``update``; every other field may be changed in place.
    """

    def __init__(self, *, key: str = "id", exact: Iterable[str] = (), ordered: str = "") -> None:
        """Index the fields named in ``exact`` for equality and the field ``ordered`` for ranges."""
        self.key = key
        self.rows: dict[Any, Row] = {}
        self.ordered = ordered
        self._exact: dict[str, dict[Any, set[Any]]] = {name: {} for name in exact}
        self._timeline: list[tuple[str, Any]] = []
        self._ids: list[Any] | None = []

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows in the order of their creation."""
        return iter(self.rows.values())

    def get(self, key: object) -> Row | None:
        """Return a row, or None."""
        return self.rows.get(key)

    def add(self, row: Row) -> Row:
        """Take a new row, or a new version of one whose id is known."""
        key = row[self.key]
        if key in self.rows:
            self.remove(key)
        self.rows[key] = row
        if self._ids is not None and (not self._ids or self._ids[-1] < key):
            self._ids.append(key)
        else:
            self._ids = None
        self._index(row)
        return row

    def update(self, row: Row, **changes: Any) -> None:
        """Change fields of a row of this table and keep the indexes true."""
        self._unindex(row)
        row.update(changes)
        self._index(row)

    def remove(self, key: object) -> None:
        """Forget a row."""
        row = self.rows.pop(key)
        self._unindex(row)
        self._ids = None

    def where(self, field: str, value: object) -> list[Row]:
        """Return the rows whose indexed ``field`` equals ``value``, by ascending id."""
        return [self.rows[key] for key in sorted(self._exact[field].get(value, ()))]

    def is_indexed(self, field: str) -> bool:
        """Tell whether ``where`` knows ``field``."""
        return field in self._exact

    def ids(self) -> list[Any]:
        """Return all ids ascending."""
        if self._ids is None:
            self._ids = sorted(self.rows)
        return self._ids

    def after_id(self, key: Any) -> list[Row]:
        """Return the rows whose id is greater than ``key``, ascending."""
        ids = self.ids()
        position = bisect_left(ids, key)
        if position < len(ids) and ids[position] == key:
            position += 1
        return [self.rows[found] for found in ids[position:]]

    def from_stamp(self, stamp: str, after: Any = None) -> Iterator[Row]:
        """Iterate by (stamp, id) from ``stamp`` on.

        With ``after`` strictly past the row (stamp, after).
        """
        line = self._timeline
        position = bisect_left(line, (stamp,) if after is None else (stamp, after))
        if after is not None and position < len(line) and line[position] == (stamp, after):
            position += 1
        for index in range(position, len(line)):
            yield self.rows[line[index][1]]

    def _index(self, row: Row) -> None:
        key = row[self.key]
        for name, index in self._exact.items():
            index.setdefault(row.get(name), set()).add(key)
        if self.ordered:
            insort(self._timeline, (row[self.ordered], key))

    def _unindex(self, row: Row) -> None:
        key = row[self.key]
        for name, index in self._exact.items():
            held = index[row.get(name)]
            held.discard(key)
            if not held:
                del index[row.get(name)]
        if self.ordered:
            del self._timeline[bisect_left(self._timeline, (row[self.ordered], key))]
