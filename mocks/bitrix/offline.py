"""The queue of offline events that an application reads itself (reference 1.10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from mocks.bitrix.clock import SiteClock
from mocks.bitrix.errors import refuse
from mocks.bitrix.fields import table, whole
from mocks.bitrix.params import as_list, as_map
from mocks.bitrix.query import Condition, conditions, ordered, sorting
from mocks.bitrix.table import Row

_RESERVED_S = 30 * 86400
_MESSAGE_ID_LENGTH = 32
_OPERATIONS = ("=", "!=", "!", ">=", "<=", ">", "<", "@", "!@")

OFFLINE = table("""
ID integer ro null
TIMESTAMP_X datetime ro null
EVENT_NAME string ro ''
MESSAGE_ID string ro ''
PROCESS_ID string ro ''
ERROR integer ro 0
""")


class OfflineQueue:
    """Events kept on the site, the latest state of each object only."""

    def __init__(self, clock: SiteClock) -> None:
        """Start empty."""
        self._clock = clock
        self.rows: dict[int, Row] = {}
        self._number = 900
        self._process = 0

    def take(self, event: str, data: Any, user_id: int | None, connector: str) -> None:
        """Queue an event; an unread one about the same object gives way to it."""
        mark = repr((event, connector, as_map(data).get("FIELDS", {}).get("ID")))
        for key, row in list(self.rows.items()):
            if row["mark"] == mark and not row["PROCESS_ID"]:
                del self.rows[key]
        self._number += 1
        self.rows[self._number] = {
            "ID": self._number,
            "TIMESTAMP_X": self._clock.stamp(),
            "EVENT_NAME": event,
            "EVENT_DATA": data,
            "EVENT_ADDITIONAL": {"user_id": str(user_id or 0)},
            "MESSAGE_ID": _hex(f"message {mark} {self._number}"),
            "PROCESS_ID": "",
            "ERROR": 0,
            "mark": mark,
            "connector": connector,
            "reserved": 0,
        }

    def select(self, params: Mapping[str, Any], connector: str) -> list[Row]:
        """Return the rows of a connector that ``filter`` and ``order`` ask for.

        Raises:
            RestRefused: ``ERROR_ARGUMENT``, a field or operation that the queue does not know.
        """
        wanted = _checked(as_map(params.get("filter")), self._clock)
        order = as_map(params.get("order")) or {"TIMESTAMP_X": "ASC"}
        rows = [
            row
            for row in self.rows.values()
            if row["connector"] == connector and all(test.holds(row) for test in wanted)
        ]
        return ordered(rows, [*sorting(OFFLINE, order, "ID"), ("ID", False)])

    def waiting(self, rows: Iterable[Row]) -> list[Row]:
        """Keep what nobody has reserved; a reservation lapses after 30 days."""
        now = self._clock.unix()
        return [
            row
            for row in rows
            if not row["ERROR"] and (not row["PROCESS_ID"] or row["reserved"] + _RESERVED_S < now)
        ]

    def reserve(self, rows: Iterable[Row]) -> str:
        """Keep rows for one reader and return the process that holds them."""
        self._process += 1
        process = _hex(f"process {self._process}")
        for row in rows:
            row |= {"PROCESS_ID": process, "reserved": self._clock.unix()}
        return process

    def drop(self, rows: Iterable[Row]) -> None:
        """Forget rows."""
        for row in list(rows):
            self.rows.pop(row["ID"], None)

    def of_process(self, process: str, params: Mapping[str, Any]) -> list[Row]:
        """Return a process's rows, those of ``id`` or ``message_id`` when either is sent.

        Raises:
            RestRefused: ``ERROR_ARGUMENT``, a message id that is not 32 characters long.
        """
        held = [row for row in self.rows.values() if row["PROCESS_ID"] == process]
        messages = [str(item) for item in as_list(params.get("message_id"))]
        ids = [whole(item) for item in as_list(params.get("id"))]
        if any(len(item) != _MESSAGE_ID_LENGTH for item in messages):
            refuse("ERROR_ARGUMENT", "Wrong message_id value", argument="message_id")
        if messages:
            return [row for row in held if row["MESSAGE_ID"] in messages]
        return [row for row in held if row["ID"] in ids] if ids else held


def shown(row: Row, *names: str) -> dict[str, Any]:
    """Return a queued event as the methods answer it; its id is a text."""
    plain = (
        "ID", "TIMESTAMP_X", "EVENT_NAME", "EVENT_DATA", "EVENT_ADDITIONAL", "MESSAGE_ID", *names,
    )  # fmt: skip
    return {name: str(row[name]) if name in {"ID", "ERROR"} else row[name] for name in plain}


def _checked(sent: Mapping[str, Any], clock: SiteClock) -> list[Condition]:
    for name in sent:
        field = name.lstrip("!=<>@%?~")
        operation = name[: len(name) - len(field)]
        if field not in OFFLINE:
            refuse("ERROR_ARGUMENT", f"Filter field not allowed: {field}", argument="filter")
        if operation and operation not in _OPERATIONS:
            refuse(
                "ERROR_ARGUMENT", f"Filter operation not allowed: {operation}", argument="filter"
            )
    return conditions(OFFLINE, sent, clock)


def _hex(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
