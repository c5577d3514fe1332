"""Contacts of Bitrix24: reader by date of change, writer in batches, merge (reference 2.8).

The portal has no keys of idempotency. What is to be created is looked up by the gateway's mark, and
then by phone and e-mail, so that one person does not become two contacts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Customer
from gateway.contract import Change, ContractViolated, Cursor, Observed, Outcome, Page, Reading
from gateway.contract.exchange import RejectedRecord

from .batch import Command
from .client import BitrixClient
from .config import BitrixSettings
from .contact_writing import ContactWriting, found_keys
from .customers import unreadable
from .translator_contact import WireContact, contact_from_wire, held_contact, selected
from .values import is_id

LIST = "crm.contact.list"
PAGE = 50
_BEGINNING = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class _Place:
    """Position by (date of change, id). ``ended``: the next pull walks the last stretch again."""

    at: str
    id: int = 0
    ended: bool = True

    def text(self) -> str:
        """Return the stored form."""
        return json.dumps({"of": "contacts", **asdict(self)})


@dataclass(frozen=True, slots=True)
class ContactDirectory:
    """Reader and writer of customers who are contacts."""

    client: BitrixClient
    settings: BitrixSettings

    async def pull(self, cursor: Cursor | None, *, limit: int) -> Page[Customer]:
        """Return the next page by date of change, then id; see ``EntityReader.pull``.

        Dates have whole seconds, so the rest of a second is read by id before what is later.
        """
        if cursor is None:
            loads = self.settings.customers_full_load
            now = _BEGINNING if loads else str(await self.client.call("server.time"))
            return Page([], _Place(now).text(), has_more=loads)
        place = self._begun(_place(cursor))
        size = min(limit, PAGE)
        rows: list[Mapping[str, Any]] = []
        if place.id:
            rows = await self._listed({"=DATE_MODIFY": place.at, ">ID": place.id}, size)
        if not rows:
            mark = ">" if place.id else ">="
            rows = await self._listed({f"{mark}DATE_MODIFY": place.at}, size)
        items, rejected = self._translated(rows)
        if not rows:
            return Page([], _Place(place.at).text(), has_more=False)
        last = rows[-1]
        after = _Place(str(last["DATE_MODIFY"]), int(str(last["ID"])), ended=False)
        return Page(items, after.text(), has_more=True, rejected=rejected)

    async def get(self, external_ids: Sequence[str]) -> Reading[Customer]:
        """Read contacts by id, 50 to a list; see ``EntityReader.get``."""
        ids = [one for one in dict.fromkeys(external_ids) if is_id(one)]
        rows = await self._by_id(ids)
        items, rejected = self._translated(list(rows.values()))
        missing = [one for one in external_ids if one not in rows]
        return Reading(items, missing, rejected)

    def held(self, entity: Customer, known: Customer | None) -> Customer:
        """Reduce to what the portal holds; see ``held_contact``."""
        return held_contact(entity, known, self.settings)

    async def write(self, changes: Sequence[Change[Customer]]) -> Sequence[Outcome[Customer]]:
        """Add or update contacts; see ``EntityWriter.write``."""
        return await ContactWriting(self.client, self.settings, changes).run()

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Look up contacts by the gateway's mark and our key; the oldest of several counts."""
        return await found_keys(self.client, self.settings.origin, keys)

    def _begun(self, place: _Place) -> _Place:
        """Return where to read on; a new round walks the last stretch again (see ``orders``)."""
        if not place.ended or place.at == _BEGINNING:
            return place
        back = timedelta(seconds=self.settings.order_overlap_s)
        try:
            at = datetime.fromisoformat(place.at) - back
        except ValueError:
            msg = "the stored cursor is not one of the contacts: reset the account's checkpoint"
            raise ContractViolated(msg, operation="pull") from None
        return _Place(at.isoformat())

    async def _listed(self, wanted: Mapping[str, Any], size: int) -> list[Mapping[str, Any]]:
        params = {
            "filter": wanted,
            "select": selected(self.settings),
            "order": {"DATE_MODIFY": "ASC", "ID": "ASC"},
            "start": -1,
        }
        rows = await self.client.call(LIST, params)
        return list(rows)[:size]

    async def _by_id(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        commands = [
            Command(
                LIST,
                {
                    "filter": {"@ID": ids[start : start + PAGE]},
                    "select": selected(self.settings),
                    "order": {"ID": "ASC"},
                    "start": -1,
                },
            )
            for start in range(0, len(ids), PAGE)
        ]
        results = await self.client.run(commands, repeatable=True) if commands else []
        rows = [row for result in results for row in self.client.value(result)]
        # An unknown filter is dropped in silence (1.7): strangers are passed over.
        return {str(row["ID"]): row for row in rows if str(row["ID"]) in set(ids)}

    def _translated(
        self, rows: Sequence[Mapping[str, Any]]
    ) -> tuple[list[Observed[Customer]], list[RejectedRecord]]:
        items: list[Observed[Customer]] = []
        rejected: list[RejectedRecord] = []
        for row in rows:
            try:
                items.append(contact_from_wire(WireContact.model_validate(row), self.settings))
            except ValidationError as error:
                rejected.append(RejectedRecord(str(row.get("ID")), unreadable(error, LIST)))
        return items, rejected


def _place(cursor: str) -> _Place:
    try:
        found = json.loads(cursor)
        if found.pop("of") == "contacts":
            return _Place(**found)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    msg = "the stored cursor is not one of the contacts: reset the account's checkpoint"
    raise ContractViolated(msg, operation="pull")
