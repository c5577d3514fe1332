"""Toy records: reader and writer of one kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Canonical, CardState, Customer, Gender, Kind, OrderStatus
from gateway.canonical.paths import MODELS
from gateway.contract import (
    Change,
    ConnectorError,
    Exists,
    Failed,
    Log,
    Observed,
    Outcome,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
    Written,
)
from tests.gateway.testing.toy.calls import Calls

KNOWN: Mapping[str, set[str]] = {
    "gender": set(Gender),
    "state": set(CardState),
    "status": set(OrderStatus),
}


@dataclass
class ToyReader:
    """Polling consumer of one kind; the cursor is the place of the last record read."""

    kind: Kind
    calls: Calls
    log: Log
    bad: str
    delivered: set[str] = field(default_factory=set)
    quiet: set[str] = field(default_factory=set)

    async def pull(self, cursor: str | None, *, limit: int) -> Page[Any]:
        """Return the next page."""
        if cursor is None:
            return Page([], self._start(), has_more=False)
        if cursor == "now":
            return Page([], self._start(late=True), has_more=False)
        size = 1000 if self.bad == "no limit" else limit
        place, _, skip = cursor.partition("+")
        skipped = int(skip or 0)
        rows = await self._rows({"after": place, "limit": str(size + skipped + 1)})
        page, more = rows[skipped : skipped + size], len(rows) > skipped + size
        items, rejected = self._translated(page)
        after = self._after(cursor, page)
        if self.bad == "by offset" and more:
            after = f"{place}+{skipped + len(page)}"
        if self.bad == "remembers":
            items = [one for one in items if one.external_id not in self.delivered]
            self.delivered |= {one.external_id for one in items}
        return Page(items, after, has_more=more, rejected=rejected)

    async def get(self, external_ids: Sequence[str]) -> Reading[Any]:
        """Read by ids."""
        rows = await self._rows({"ids": ",".join(external_ids)})
        items, rejected = self._translated(rows)
        seen = {row["id"] for row in rows}
        missing = [one for one in external_ids if one not in seen]
        return Reading(items, [] if self.bad == "no missing" else missing, rejected)

    def _start(self, *, late: bool = False) -> str:
        if self.bad == "late start" and not late:
            return "now"
        rows = self.calls.vendor.rows.values()
        places = [(row["moment"], int(row["id"])) for row in rows if row["kind"] == self.kind]
        moment, number = max(places, default=(0, 0))
        return f"{moment}.{number}"

    def _after(self, cursor: str, page: Sequence[Mapping[str, Any]]) -> str:
        if not page:
            if self.bad == "dies when quiet" and cursor in self.quiet:
                return "999999.0"
            self.quiet.add(cursor)
            return cursor
        last = page[-1]
        number = 999_999 if self.bad == "by time" else last["id"]
        return f"{last['moment']}.{number}"

    async def _rows(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        operation = f"read {self.kind}"
        answer = await self.calls.call("GET", str(self.kind), operation=operation, query=query)
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def _translated(
        self, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Observed[Any]], list[RejectedRecord]]:
        items, rejected = [], []
        for row in rows:
            try:
                entity = MODELS[self.kind].model_validate(self._lenient(row["data"]))
            except ValidationError as error:
                path = ".".join(str(part) for part in error.errors()[0]["loc"])
                if self.bad == "told person":
                    self.log.warning("toy.unreadable", row=row["data"])
                failed = TranslationFailed("has an unexpected form", path=path)
                if self.bad != "swallows":
                    rejected.append(RejectedRecord(row["id"], failed))
                continue
            items.append(Observed(row["id"], entity, key=row["key"]))
        return items, rejected

    def _lenient(self, data: Mapping[str, Any]) -> dict[str, Any]:
        row = dict(data)
        if self.bad == "no sparse" and row.get("name") == {"last": "", "first": None}:
            row["phones"] = None
        for name, known in KNOWN.items():
            if self.bad != "strict codes" and row.get(name, "") not in known:
                row.pop(name, None)
        if row.get("active") == "perhaps":
            row.pop("active")
        if self.bad == "plain quotes" and isinstance(row.get("name"), dict):
            last = (row["name"].get("last") or "").replace("’", "'")
            row["name"] = {**row["name"], "last": last}
        return row


@dataclass
class ToyWriter:
    """Writer of one kind."""

    kind: Kind
    calls: Calls
    log: Log
    bad: str

    def held(self, entity: Canonical, known: Canonical | None) -> Canonical:
        """The vendor holds all that is said, but for references."""
        del known
        fields = {
            name: getattr(entity, name) for name in entity.model_fields_set if name != "references"
        }
        if self.bad == "growing" and isinstance(entity, Customer):
            fields["source"] = f"{entity.source or ''}+"
        return type(entity)(**fields)

    async def write(self, changes: Sequence[Change[Any]]) -> Sequence[Outcome[Any]]:
        """Write one by one."""
        outcomes: list[Outcome[Any]] = []
        for change in changes:
            try:
                outcomes.append(await self._one(change))
            except ConnectorError as error:
                if self.bad == "all or nothing":
                    raise
                outcomes.append(Failed(error))
        if self.bad == "reversed" and len(outcomes) > 2:
            outcomes.reverse()
        return outcomes

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look keys up."""
        answer = await self.calls.call(
            "GET", str(self.kind), operation="find", query={"keys": ",".join(keys)}
        )
        found = {row["key"]: row["id"] for row in answer.json()}
        return dict.fromkeys(found, "0") if self.bad == "finds another" else found

    async def _one(self, change: Change[Any]) -> Outcome[Any]:
        if self.bad == "logs names":
            self.log.info("toy.write", entity=change.entity.model_dump(mode="json"))
        data = change.entity.model_dump(mode="json", exclude_unset=True)
        if change.external_id is None:
            if self.bad == "forgets birthdays":
                data.pop("birth_date")
            return await self._create(change.key, data)
        path = f"{self.kind}/{change.external_id}"
        body = {"data": data}
        if self.bad == "edits nothing" and change.known is not None:
            body["data"] = change.known.model_dump(mode="json", exclude_unset=True)
        if change.assign_key and self.bad != "keeps keys":
            body["key"] = change.key
        await self.calls.call("PUT", path, operation=f"edit {self.kind}", body=body)
        return Written(change.external_id)

    async def _create(self, key: str, data: Mapping[str, Any]) -> Outcome[Any]:
        answer = await self.calls.call(
            "POST",
            str(self.kind),
            operation=f"create {self.kind}",
            body={"key": key, "data": data},
            repeatable=False,
            allowed=(409,),
        )
        external_id = answer.json()["id"]
        if answer.status_code == 409 and self.bad != "never exists":
            return Exists(external_id)
        return Written(external_id, created=self.bad != "never created")
