"""The infobase: objects of one configuration in memory, shared by all interfaces of the double.

Rows are kept as they travel over OData, under the names of reference 1.3 (``Партнер_Key``,
``ДокументОснование`` with ``ДокументОснование_Type``), but Int64 as a number and a date as its text
``YYYY-MM-DDTHH:MM:SS``.
"""

from __future__ import annotations

import base64
import re
from collections import Counter, deque
from typing import Any

from mocks.onec.changes import ChangeQueues
from mocks.onec.clock import LocalClock
from mocks.onec.composition import Composition
from mocks.onec.configurations import load
from mocks.onec.schema import EMPTY_GUID, NAMESPACE, UNDEFINED, Attribute, Key, Row
from mocks.onec.sessions import SessionPool
from mocks.onec.settings import OneCSettings
from mocks.onec.table import Table
from mocks.sidedoor import Journal

_SEED_STEP = 100_000
_TAIL = re.compile(r"(\d+)\s*$")


class Infobase:
    """State of one infobase.

    ``create``, ``change``, ``remove`` and ``write_records`` are what the platform does on a write:
    a new ``DataVersion``, defaults, numbers, registration for the nodes. ``table`` is raw.
    """

    def __init__(self, settings: OneCSettings) -> None:
        """Build an empty infobase of the settings' configuration."""
        self.settings = settings
        self.clock = LocalClock(settings.clock, settings.time_zone)
        self.configuration = load(settings.configuration)
        self.composition = Composition(self.configuration, self.table)
        self.changes = ChangeQueues()
        self.journal = Journal()
        self.sessions = SessionPool(
            lambda: self.settings.session_limit, lambda: self.settings.pool_timeout_s
        )
        self.hidden_rows: set[tuple[str, str]] = set()
        self.posting_refusals: list[str] = []
        self.coming_guids: deque[str] = deque()
        self._tables: dict[str, Table] = {}
        self._version = 0x380 + (settings.seed - 1) * _SEED_STEP
        self._guids = (settings.seed - 1) * _SEED_STEP
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._floors: dict[str, int] = {}
        for entity in self.configuration.entities.values():
            if entity.kind == "constant":
                self.table(entity.name).insert(entity.blank_row())

    def table(self, name: str) -> Table:
        """Return the rows of an entity by its whole name; sections follow their owners.

        Raises:
            KeyError: the configuration has no such entity.
        """
        if name not in self._tables:
            entity = self.configuration.entity(name)
            table = self._tables[name] = Table(entity)
            if entity.kind == "section":
                self._follow(table, entity.owner, name[len(entity.owner) + 1 :])
        return self._tables[name]

    def now(self) -> str:
        """Return the present second of the infobase's local time."""
        return self.clock.text()

    def new_guid(self) -> str:
        """Return the next of ``coming_guids``, else a fresh one that looks like version 1 (6.1)."""
        if self.coming_guids:
            return self.coming_guids.popleft()
        self._guids += 1
        return f"{0x70000000 + self._guids:08x}-2b3d-11f0-8c11-00155d0a0b0c"

    def new_version(self) -> str:
        """Return a fresh ``DataVersion``: base64 of eight bytes."""
        self._version += 1
        return base64.b64encode(self._version.to_bytes(8, "big")).decode()

    def create(self, name: str, values: Row) -> Row:
        """Write a new object or a new row of an independent register and return it.

        Missing properties get their empty values, a missing ``Code`` or ``Number`` the next one,
        rows of sections their ``Ref_Key`` and a missing ``LineNumber``.
        """
        entity = self.configuration.entity(name)
        row = entity.blank_row() | values
        if entity.is_reference:
            row["Ref_Key"] = values.get("Ref_Key") or self.new_guid()
            row["DataVersion"] = values.get("DataVersion") or self.new_version()
            self._number(name, row)
        for part, columns in entity.sections.items():
            row[part] = section_rows(row["Ref_Key"], row[part], columns)
        self.table(name).insert(row)
        self._wrote(name, entity.key_of(row), row)
        return row

    def change(self, name: str, key: Key, values: Row) -> Row:
        """Write an existing object again and return it; a section given is replaced whole.

        Raises:
            KeyError: there is no such object.
        """
        entity = self.configuration.entity(name)
        changes = dict(values)
        if entity.is_reference:
            changes["DataVersion"] = self.new_version()
        for part, columns in entity.sections.items():
            if part in changes:
                changes[part] = section_rows(key[0], changes[part], columns)
        row = self.table(name).update(*key, changes=changes)
        self._wrote(name, key, row)
        return row

    def remove(self, name: str, key: Key) -> None:
        """Delete an object for good.

        Raises:
            KeyError: there is no such object.
        """
        self.table(name).delete(*key)
        self.changes.register(name, key, deleted=True)
        if name.startswith("ExchangePlan_"):
            self.changes.drop((name, key[0]))

    def write_records(self, register: str, recorder: Key, rows: list[Row]) -> None:
        """Replace the record set of a document: ``recorder`` is (GUID, type name ``Document_X``).

        Rows need not repeat the recorder; an empty list removes the movements.
        """
        entity = self.configuration.entity(f"{register}_RecordType")
        table = self.table(entity.name)
        names = entity.recorder_names
        guid, kind = recorder
        for old in table.find(names[0], guid):
            table.delete(*entity.stored_key_of(old))
        for line, given in enumerate(rows, 1):
            row = entity.blank_row() | {"Active": True} | given | {"LineNumber": line}
            row[names[0]] = guid
            if len(names) > 1:
                row[names[1]] = NAMESPACE + kind
            table.insert(row)
        self.changes.register(register, (guid, NAMESPACE + kind)[: len(names)])

    def count_from(self, *, version: int | None = None, **numbers: int) -> None:
        """Let the next ``DataVersion``, or code or number of an entity, be the one after these."""
        self._version = self._version if version is None else version
        self._floors.update(numbers)

    def _number(self, name: str, row: Row) -> None:
        """Give a number, the one after the greatest of its period; remember one that came."""
        entity = self.configuration.entity(name)
        field = "Number" if entity.kind == "document" else "Code"
        if field not in row:
            return
        digits = {"year": 4, "day": 10}.get(entity.restarts, 0)
        counter = (name, row["Date"][:digits] if digits else "")
        self._numbers[counter] = max(self._numbers[counter], self._floors.pop(name, 0))
        if row[field]:
            found = _TAIL.search(row[field])
            self._numbers[counter] = max(self._numbers[counter], int(found[1]) if found else 0)
            return
        self._numbers[counter] += 1
        head = self.settings.prefix if field == "Number" else "00"
        width = entity.number_length - len(head) - 1
        row[field] = f"{head}-{self._numbers[counter]:0{width}d}"

    def _wrote(self, name: str, key: Key, row: Row) -> None:
        if name.startswith("ExchangePlan_"):
            if not row["ThisNode"]:
                self.changes.subscribe((name, key[0]))
            return
        self.changes.register(name, key)

    def _follow(self, table: Table, owner: str, part: str) -> None:
        """Keep the table of a section's rows true to the owners."""

        def _watch(old: Row | None, new: Row | None) -> None:
            before = old[part] if old else []
            after = new[part] if new else []
            if before is after:
                return
            for row in before:
                table.delete(*table.entity.stored_key_of(row))
            for row in after:
                table.insert(row)

        owners = self.table(owner)
        for row in owners:
            _watch(None, row)
        owners.watchers.append(_watch)


def section_rows(ref: str, rows: list[Row], columns: tuple[Attribute, ...]) -> list[Row]:
    """Return rows of a tabular section with their owner, line numbers and empty values."""
    done: list[Row] = []
    for line, given in enumerate(rows, 1):
        row: dict[str, Any] = {}
        for column in columns:
            row[column.wire] = column.blank
            if column.form == "composite":
                row[column.wires[1]] = UNDEFINED
        row |= given
        row["Ref_Key"] = ref
        row["LineNumber"] = line
        done.append(row)
    return done


def is_empty(reference: Any) -> bool:
    """Tell whether a reference leads nowhere."""
    return not reference or reference == EMPTY_GUID
