"""Export: everything that the gateway holds about one person, for the person.

What stands under his ids is read; all else that is sealed is searched as for an erasure, so that
what would be erased is also what is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from gateway.canonical import Customer
from gateway.contract import Clock
from gateway.identity.erasing.people import Person, person_of
from gateway.identity.erasing.search import PAGE, is_his
from gateway.identity.erasing.traces import Traces
from gateway.ops.faults import NotFound
from gateway.ports import EntityRow, JournalRow, LinkRow, MergeRow, SealedRow, Store, Tx
from gateway.sync.apply import Applier

_STORY = 10_000
_MOVEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class PersonExport:
    """All that is held. ``document`` is JSON, by sections; see ``person_text`` for their names."""

    id: str
    made_at: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exporter:
    """Reads it; changes nothing."""

    store: Store
    clock: Clock
    applier: Applier

    async def export(self, entity_id: str) -> PersonExport:
        """Return all. Raises ``NotFound`` for somebody who was erased or never was."""
        person, document = await self.store.run(lambda tx: self._known(tx, entity_id))
        document |= await self._elsewhere(person.traces)
        return PersonExport(entity_id, self.clock.now(), document)

    def _known(self, tx: Tx, entity_id: str) -> tuple[Person, dict[str, Any]]:
        work = self.applier.working_set(tx)
        person = person_of(tx, work, entity_id, self.applier.digester)
        if person is None:
            msg = f"there is no living customer {entity_id}: he was erased or merged, or never was"
            raise NotFound(msg)
        customer = cast("Customer", person.customer.entity)
        story = [row for one in person.traces.ids for row in tx.story(one, limit=_STORY)]
        return person, {
            "person": _model(person.customer),
            "origins": {path: list(one) for path, one in person.customer.origins.items()},
            "consents": [one.model_dump(mode="json") for one in customer.consents],
            "copies": [_copy(one) for one in person.links],
            "orders": [_model(one) for one in person.orders],
            "cards": [_model(one) for one in person.cards],
            "house": _house(tx, person),
            "merges": [_merge(one) for one in person.merges],
            "story": [_step(row) for row in sorted(story, key=lambda row: row.id)],
        }

    async def _elsewhere(self, traces: Traces) -> dict[str, Any]:
        found: dict[str, list[Any]] = {}
        for place in await self.store.read(lambda tx: tx.sealed_places()):
            rows = await self._mentions(place, traces)
            if rows and place != "person_merge":
                found[place] = rows
        sales, letters = found.pop("sale", []), found.pop("dead_letter", [])
        return {"sales": sales, "letters": letters, "elsewhere": found}

    async def _mentions(self, place: str, traces: Traces) -> list[Any]:
        rows: list[Any] = []
        after = ""
        while True:
            page = await self.store.read(partial(_page, place=place, after=after))
            rows += [dict(row.values) for row in page if is_his(row, traces)]
            if len(page) < PAGE:
                return rows
            after = page[-1].key


def _page(tx: Tx, place: str, after: str) -> Sequence[SealedRow]:
    return tx.sealed_page(place, after=after, limit=PAGE)


def _model(row: EntityRow) -> dict[str, Any]:
    told = row.entity.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return {"id": row.id, "created_at": row.created_at.isoformat(), **told}


def _copy(link: LinkRow) -> dict[str, Any]:
    return {
        "account": link.account,
        "kind": str(link.kind),
        "id": link.external_id,
        "told_at": link.told_at.isoformat() if link.told_at else None,
        "holds": dict(link.known),
        "in_doubt": [dict(one) for one in link.inflight],
    }


def _house(tx: Tx, person: Person) -> list[dict[str, Any]]:
    ids = sorted(set(tx.house_contacts(person.digests).values()))
    return [
        {
            "id": row.id,
            "registered_at": row.registered_at.isoformat(),
            "tier": row.tier,
            "person": dict(row.fields),
            "points": [
                {
                    "account": str(one.account),
                    "points": str(one.points),
                    "expires_at": one.lot.expires_at.isoformat() if one.lot.expires_at else None,
                }
                for one in tx.house_lots(row.id)
            ],
            "movements": [
                {"at": one.at.isoformat(), "kind": str(one.kind), "points": str(one.points)}
                for one in tx.house_history(row.id, before=None, limit=_MOVEMENTS)
            ],
        }
        for row in tx.house_members(ids).values()
        if row.entity_id in {"", *person.ids}
    ]


def _merge(row: MergeRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": str(row.state),
        "asked_at": row.asked_at.isoformat(),
        "survivor": row.survivor,
        "absorbed": row.absorbed,
        "record": dict(row.record),
    }


def _step(row: JournalRow) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "record": row.entity_id,
        "account": row.account,
        "event": row.event,
        "outcome": row.outcome,
        "detail": dict(row.detail),
    }
