"""Working set: the rows that one transaction has read and changed, written back at its end.

A batch may bring several changes of one entity; each row is read once, changed in memory and
written once, because a set statement must not touch a row twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.canonical import Kind
from gateway.ports import (
    DeliveryRow,
    DeliveryState,
    EntityRow,
    EventRow,
    JournalRow,
    LinkRow,
    Tx,
    Wake,
)
from gateway.sync.lookup import Digester


@dataclass(slots=True)
class WorkingSet:
    """Rows of one transaction. ``now`` is the transaction's time.

    With ``announces`` each new version of a snapshot is put into the outbox of events. ``later`` is
    done in the same transaction when all rows are written, by what reads them in the store.
    """

    tx: Tx
    now: datetime
    announces: bool = False
    entities: dict[str, EntityRow] = field(default_factory=dict)
    links: dict[tuple[str, str], LinkRow] = field(default_factory=dict)
    _touched_entities: set[str] = field(default_factory=set)
    _touched_links: set[tuple[str, str]] = field(default_factory=set)
    _due: dict[tuple[str, str], DeliveryRow] = field(default_factory=dict)
    journal: list[JournalRow] = field(default_factory=list)
    later: list[Callable[[Tx], None]] = field(default_factory=list)
    _mark: int = 0

    @property
    def mark(self) -> int:
        """The mark of this transaction, taken when it is first asked for."""
        self._mark = self._mark or self.tx.next_mark()
        return self._mark

    def load(self, entity_ids: Sequence[str]) -> None:
        """Read and lock entities and their links that are not here yet."""
        wanted = sorted({i for i in entity_ids if i not in self.entities})
        if not wanted:
            return
        self.entities.update(self.tx.entities(wanted, lock=True))
        for entity_id, rows in self.tx.links_of(wanted).items():
            self.links.update({(entity_id, row.account): row for row in rows})

    def load_links(self, account: str, entity_ids: Sequence[str]) -> None:
        """Lock entities and read their links to one account, for work that needs no more."""
        self.tx.lock_entities(entity_ids)
        for entity_id, link in self.tx.links_at(account, entity_ids).items():
            self.links[entity_id, account] = link

    def put_entity(self, row: EntityRow) -> None:
        """Set a snapshot."""
        self.entities[row.id] = row
        self._touched_entities.add(row.id)

    def put_link(self, row: LinkRow) -> None:
        """Set a link."""
        key = (row.entity_id, row.account)
        self.links[key] = row
        self._touched_links.add(key)

    def due(self, entity_id: str, kind: Kind, account: str, correlation_id: str) -> None:
        """Make a delivery due now."""
        self._due[(entity_id, account)] = DeliveryRow(
            entity_id=entity_id,
            kind=kind,
            account=account,
            state=DeliveryState.DUE,
            due_at=self.now,
            correlation_id=correlation_id,
        )

    def take_due(self, account: str, most: int) -> list[DeliveryRow]:
        """Take up to ``most`` deliveries of an account out: they are started instead."""
        keys = [key for key in sorted(self._due) if key[1] == account][:most]
        return [self._due.pop(key) for key in keys]

    def tell(
        self,
        entity: tuple[str, Kind],
        account: str,
        event: str,
        outcome: str,
        correlation_id: str,
        **detail: object,
    ) -> None:
        """Add a sentence to an entity's story; ``detail`` must not hold personal data."""
        self.journal.append(
            JournalRow(
                self.now, entity[0], entity[1], account, event, outcome, correlation_id, detail
            )
        )

    def flush(self, digester: Digester) -> list[Wake]:
        """Write everything back; return the wake-ups to publish after the commit."""
        touched = [self.entities[i] for i in sorted(self._touched_entities)]
        self.tx.put_entities(touched)
        if self.announces:
            self.tx.put_events(
                [EventRow(row.id, row.kind, row.version, self.now, row.fields) for row in touched]
            )
        self.tx.put_links([self.links[key] for key in sorted(self._touched_links)])
        self.tx.put_matches({row.id: digester.of_entity(row.kind, row.fields) for row in touched})
        self.tx.mark_due([self._due[key] for key in sorted(self._due)])
        self.tx.write_journal(self.journal)
        for work in self.later:
            work(self.tx)
        return [
            Wake("deliver", row.entity_id, row.account, row.entity_id, row.correlation_id)
            for row in self._due.values()
        ]
