"""Cursor of a feed: where to go on reading, as JSON that only this connector reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from gateway.contract import ContractViolated


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a feed.

    Shape: ``sinceId`` once a record was seen; before that ``startDate`` (local to the account) with
    the page of that window. ``list_page`` is the next page of the first load of all records.
    """

    since_id: int | None = None
    start: str | None = None
    page: int = 1
    list_page: int | None = None

    def text(self) -> str:
        """Return the cursor to store."""
        names = {"since_id": "sinceId", "start": "startDate", "list_page": "listPage"}
        told = {
            names.get(name, name): value
            for name, value in asdict(self).items()
            if value is not None and (name != "page" or value > 1)
        }
        return json.dumps(told, separators=(",", ":"))

    def query(self) -> list[tuple[str, str]]:
        """Return the filter of the next call; ``page`` never goes with ``sinceId``."""
        if self.since_id is not None:
            return [("filter[sinceId]", str(self.since_id))]
        return [("filter[startDate]", self.start or ""), ("page", str(self.page))]


def place(cursor: str) -> Place:
    """Read a stored cursor.

    Raises: ``ContractViolated`` for one that this connector did not make.
    """
    try:
        told: dict[str, Any] = json.loads(cursor)
        return Place(
            since_id=_whole(told.get("sinceId")),
            start=told.get("startDate"),
            page=_whole(told.get("page")) or 1,
            list_page=_whole(told.get("listPage")),
        )
    except (ValueError, TypeError, AttributeError) as error:
        msg = "the stored cursor is not one of this connector: delete it to read from now on"
        raise ContractViolated(msg, operation="history") from error


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))
