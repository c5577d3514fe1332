"""Rows of one entity in memory, by key, with indexes for equality that build themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mocks.onec.schema import Entity, Key, Row

Watcher = Callable[[Row | None, Row | None], None]


class Table:
    """Rows by key in the order of their creation.

    ``watchers`` are told of every change with the row that went and the row that came. A row is
    changed through ``update`` only: an index is built when a property is first asked for by
    ``find`` and kept true from then on.
    """

    def __init__(self, entity: Entity) -> None:
        """Start empty."""
        self.entity = entity
        self._rows: dict[Key, Row] = {}
        self._indexes: dict[str, dict[Any, dict[Key, None]]] = {}
        self.watchers: list[Watcher] = []

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows in the order of their creation."""
        return iter(self._rows.values())

    def rows(self) -> list[Row]:
        """Return all rows in the order of their creation."""
        return list(self._rows.values())

    def get(self, *key: Any) -> Row | None:
        """Return the row with this key (for records: recorder and line), or None."""
        return self._rows.get(key)

    def insert(self, row: Row) -> Row:
        """Take a row; one with the same key is replaced."""
        key = self.entity.stored_key_of(row)
        old = self._rows.get(key)
        if old is not None:
            self._unindex(key, old)
        self._rows[key] = row
        self._index(key, row)
        self._tell(old, row)
        return row

    def update(self, *key: Any, changes: Row) -> Row:
        """Change properties of a row and return it.

        Raises:
            KeyError: there is no such row.
        """
        old = self._rows[key]
        self._unindex(key, old)
        self._rows[key] = row = old | changes
        self._index(key, row)
        self._tell(old, row)
        return row

    def delete(self, *key: Any) -> Row:
        """Forget a row and return it.

        Raises:
            KeyError: there is no such row.
        """
        row = self._rows.pop(key)
        self._unindex(key, row)
        self._tell(row, None)
        return row

    def find(self, name: str, value: Any) -> list[Row]:
        """Return the rows whose property ``name`` equals ``value``, in the order of creation."""
        if name not in self._indexes:
            index: dict[Any, dict[Key, None]] = {}
            self._indexes[name] = index
            for key, row in self._rows.items():
                index.setdefault(row.get(name), {})[key] = None
        return [self._rows[key] for key in self._indexes[name].get(value, ())]

    def reshape(self, entity: Entity) -> None:
        """Take another shape of the same entity: rows lose what went and get what came empty."""
        self.entity = entity
        blank = entity.blank_row()
        self._indexes.clear()
        for key, row in self._rows.items():
            self._rows[key] = {name: row.get(name, value) for name, value in blank.items()}

    def _tell(self, old: Row | None, new: Row | None) -> None:
        for watcher in self.watchers:
            watcher(old, new)

    def _index(self, key: Key, row: Row) -> None:
        for name, index in self._indexes.items():
            index.setdefault(row.get(name), {})[key] = None

    def _unindex(self, key: Key, row: Row) -> None:
        for name, index in self._indexes.items():
            held = index.get(row.get(name), {})
            held.pop(key, None)
            if not held:
                index.pop(row.get(name), None)
