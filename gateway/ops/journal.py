"""Journal: everything that happened to one customer or order, in one place and in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contract import Clock
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound
from gateway.ops.masked import shown_fields, shown_path
from gateway.ops.search import find_entities
from gateway.ports import DeliveryRow, EntityRow, JournalRow, LinkRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.apply import differing
from gateway.sync.lookup import Digester
from gateway.telemetry import redacted

STEPS = 200
MOST_ENTITIES = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of the story. ``count`` is how many happenings it stands for."""

    at: datetime
    account: str
    event: str
    outcome: str
    correlation_id: str
    detail: Mapping[str, Any]
    count: int = 1


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Where the telling of an account stands.

    Shape: ``sent_version`` is the snapshot's version that was told last, 0 for none; ``waits_for``
    is the entity whose telling must come first.
    """

    state: str
    due_at: datetime
    attempts: int
    sent_version: int
    waits_for: str | None
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CopyView:
    """What one account is known to hold of the entity.

    Shape: ``differs`` are the fields in which the copy is not what it shall be, ``None`` when the
    account is not told this kind or is not configured any more. ``in_doubt`` counts tellings
    without a certain outcome. ``delivery`` is ``None`` when nothing was ever due.
    """

    account: str
    external_id: str | None
    told_at: datetime | None
    differs: tuple[str, ...] | None
    in_doubt: int
    delivery: DeliveryView | None


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity with its snapshot, its copies and its story. ``fields`` are masked by default."""

    id: str
    kind: str
    version: int
    created_at: datetime
    changed_at: datetime
    fields: Mapping[str, Any]
    copies: tuple[CopyView, ...]
    story: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Journal:
    """Answers "what happened to this customer or order?"."""

    store: Store
    accounts: Mapping[str, Account]
    digester: Digester
    clock: Clock

    async def show(
        self, query: str, *, who: str, unmask: bool = False, steps: int = STEPS
    ) -> tuple[EntityView, ...]:
        """Return the entities that the query names, each with its newest ``steps`` sentences.

        ``unmask`` shows personal data and writes into each story who looked. Raises ``NotFound``;
        the query itself is never repeated.
        """

        def find(tx: Tx) -> tuple[str, ...]:
            return find_entities(tx, query, digester=self.digester, accounts=self.accounts)

        ids = (await self.store.read(find))[:MOST_ENTITIES]
        if not ids:
            msg = (
                "nothing is known under this query: give an order number, a phone, an e-mail, a "
                "card, a canonical id, or a vendor's id as account:id"
            )
            raise NotFound(msg)
        if unmask:
            await self.store.run(lambda tx: self._note_unmasking(tx, ids, who))
        return await self.store.read(
            lambda tx: tuple(
                self._view(tx, entity, unmask=unmask, steps=steps)
                for entity in tx.entities(ids).values()
            )
        )

    def _note_unmasking(self, tx: Tx, ids: tuple[str, ...], who: str) -> None:
        now = self.clock.now()
        tx.write_journal(
            [
                deed(now, (row.id, row.kind), event="unmasked", outcome="shown", who=who)
                for row in tx.entities(ids).values()
            ]
        )

    def _view(self, tx: Tx, entity: EntityRow, *, unmask: bool, steps: int) -> EntityView:
        links = {link.account: link for link in tx.links_of([entity.id]).get(entity.id, ())}
        rows = {row.account: row for row in tx.deliveries_of([entity.id]).get(entity.id, ())}
        return EntityView(
            id=entity.id,
            kind=str(entity.kind),
            version=entity.version,
            created_at=entity.created_at,
            changed_at=entity.changed_at,
            fields=shown_fields(entity.kind, entity.fields, unmask=unmask),
            copies=tuple(
                self._copy(entity, name, links.get(name), rows.get(name))
                for name in sorted({*links, *rows})
            ),
            story=tuple(_step(row) for row in tx.story(entity.id, limit=steps)),
        )

    def _copy(
        self, entity: EntityRow, name: str, link: LinkRow | None, row: DeliveryRow | None
    ) -> CopyView:
        return CopyView(
            account=name,
            external_id=link.external_id if link else None,
            told_at=link.told_at if link else None,
            differs=self._differs(entity, name, link),
            in_doubt=len(link.inflight) if link else 0,
            delivery=_delivery(row) if row else None,
        )

    def _differs(
        self, entity: EntityRow, name: str, link: LinkRow | None
    ) -> tuple[str, ...] | None:
        account = self.accounts.get(name)
        if account is None or link is None:
            return None
        desired = account.desired(entity, link.copy)
        if desired is None:
            return None
        return tuple(sorted(shown_path(path) for path in differing(desired.fields, link, entity)))


def _step(row: JournalRow) -> Step:
    detail = {
        key: value if key == "external_id" else redacted(value) for key, value in row.detail.items()
    }
    return Step(row.at, row.account, row.event, row.outcome, row.correlation_id, detail, row.count)


def _delivery(row: DeliveryRow) -> DeliveryView:
    return DeliveryView(
        state=str(row.state),
        due_at=row.due_at,
        attempts=row.attempts,
        sent_version=row.sent_version,
        waits_for=row.waits_for,
        cause=str(redacted(row.cause)),
        remedy=row.remedy,
    )
