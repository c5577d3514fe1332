"""The extension's change log.

Numbered rows in commit order, held back while young (reference 10.10).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from typing import Any

from mocks.bitrix.errors import refuse

ENTITIES = ("user", "coupon", "card", "account", "basket", "subscription", "order")


class ChangeLog:
    """Rows ``{seq, entity, id, op, at, origin, version}``; ``seq`` grows by one per row."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start empty at number 1."""
        self._rows: list[dict[str, Any]] = []
        self._written: list[float] = []
        self._monotonic = monotonic
        self.first = 1

    def mark(self) -> int:
        """Return how many rows there are, for ``forget_after``."""
        return len(self._rows)

    def forget_after(self, mark: int) -> None:
        """Take back the rows written since ``mark``: nothing was committed."""
        del self._rows[mark:]
        del self._written[mark:]

    @property
    def last(self) -> int:
        """The number of the newest row, held back or not."""
        return self.first + len(self._rows) - 1

    def write(
        self, entity: str, key: object, op: str, *, at: str, origin: str, version: int | None
    ) -> int:
        """Append a row and return its number."""
        seq = self.last + 1
        self._rows.append(
            {
                "seq": seq,
                "entity": entity,
                "id": key,
                "op": op,
                "at": at,
                "origin": origin,
                "version": version,
            }
        )
        self._written.append(self._monotonic())
        return seq

    def forget_before(self, seq: int) -> None:
        """Drop the rows before ``seq``, as the site does after 30 days."""
        drop = min(max(seq - self.first, 0), len(self._rows))
        del self._rows[:drop]
        del self._written[:drop]
        self.first += drop

    def read(
        self,
        after: int,
        limit: int,
        *,
        entities: Container[str],
        not_origin: str | None,
        hold_s: float,
    ) -> dict[str, Any]:
        """Return the rows after ``after`` that are old enough.

        ``last`` is where the next reading starts.

        Raises:
            RestRefused: ``GW_CURSOR_GONE``, rows after ``after`` were dropped already.
        """
        if after < self.first - 1:
            refuse("GW_CURSOR_GONE", "Read the lists again", 410, first=self.first)
        ripe = self._monotonic() - hold_s
        items: list[dict[str, Any]] = []
        seen = after
        for index in range(after - self.first + 1, len(self._rows)):
            if hold_s > 0 and self._written[index] > ripe:
                break
            row = self._rows[index]
            wanted = row["entity"] in entities and (
                not_origin is None or row["origin"] != not_origin
            )
            if wanted and len(items) == limit:
                return {"items": items, "last": seen, "hasMore": "Y"}
            if wanted:
                items.append(row)
            seen = row["seq"]
        return {"items": items, "last": seen, "hasMore": "N"}
