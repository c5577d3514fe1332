"""People: what is held about one person is told, and a person is erased, for all faces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.canonical import Kind
from gateway.contract import Clock
from gateway.identity.erasing.asking import planned
from gateway.identity.erasing.record import There, read_erasure
from gateway.identity.erasing.service import MOST, Erasing
from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ops.person_export import Exporter, PersonExport
from gateway.ops.search import find_entities
from gateway.ports import ErasureRow, Store, Tx
from gateway.sync.absorbed import survivors

_SHORTEST_REASON = 3


@dataclass(frozen=True, slots=True)
class SystemView:
    """One system in a protocol.

    Shape: ``outcome`` is ``asked``, ``erased``, ``refused`` or ``by_hand``; ``why`` the vendor's
    code of a refusal, or ``no_call``, ``not_configured``, ``in_doubt``; ``left`` what stays there
    for people to do. ``waits`` until somebody says that it is done: ``done_by``, ``done_at``.
    """

    account: str
    outcome: str
    why: str
    records: int
    left: tuple[str, ...]
    waits: bool = False
    done_by: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A protocol as people see it.

    Shape: ``here`` counts what was emptied in the store, by table; ``kept`` counts the orders that
    stay as receipts, until the last of which is ``kept_until`` (a day).
    """

    id: str
    entity_id: str
    state: str
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    reason: str
    here: Mapping[str, int]
    there: tuple[SystemView, ...]
    kept: int
    kept_until: str


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What an erasure would do."""

    entity_id: str
    records: int
    orders: int
    cards: int
    merges: int
    there: tuple[SystemView, ...]


@dataclass(frozen=True, slots=True)
class DoneAgain:
    """Erasures that were done again after a restore, by their ids, and those that stood."""

    again: tuple[str, ...]
    stood: int


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """Tells and erases."""

    store: Store
    clock: Clock
    erasing: Erasing
    exporter: Exporter

    async def find(self, query: str) -> str:
        """Return the living customer that a query names. Raises ``NotFound``, ``Refused``."""
        ids = await self.store.read(lambda tx: self._customers(tx, query))
        if not ids:
            msg = "nobody is known under it: an order number, phone, e-mail, card or id is needed"
            raise NotFound(msg)
        if len(ids) > 1:
            msg = f"several are known under it, name one of them by its id: {', '.join(ids)}"
            raise Refused(msg)
        return ids[0]

    async def plan(self, entity_id: str, *, despite: bool = False) -> ErasurePlan:
        """Return what an erasure would do. Raises ``ErasureBusy``, ``ErasureRefused``."""
        person = await self.erasing.look(entity_id, despite=despite)
        there = planned(self.erasing.wiper.applier, person)
        views = tuple(_system(name, one) for name, one in there.items())
        return ErasurePlan(
            entity_id, len(person.ids), len(person.orders), len(person.cards), len(person.merges),
            views,
        )  # fmt: skip

    async def protocol(self, erasure_id: str) -> ErasureView:
        """Return one protocol. Raises ``NotFound``."""
        row = await self.store.read(lambda tx: tx.erasure(erasure_id))
        if row is None:
            msg = f"no erasure {erasure_id}: look at the list again"
            raise NotFound(msg)
        return erasure_view(row)

    async def protocols(self, *, since: datetime | None = None) -> tuple[ErasureView, ...]:
        """Return the protocols since a moment, such as that of a backup, the oldest first."""
        rows = await self.store.read(lambda tx: tx.erasures(since=since, limit=MOST))
        return tuple(erasure_view(row) for row in rows)

    async def done_by_hand(self, who: str, action: Action) -> ErasureView:
        """Note that somebody did by hand what waited at a system. Raises ``ErasureRefused``."""
        if len(action.subjects) != 2:  # noqa: PLR2004 - a protocol and a system
            msg = "name a protocol and a system of it"
            raise Refused(msg)
        return erasure_view(await self.erasing.done_by_hand(*action.subjects, who=who))

    def _customers(self, tx: Tx, query: str) -> list[str]:
        digester, accounts = self.exporter.applier.digester, self.exporter.applier.accounts
        found = find_entities(tx, query, digester=digester, accounts=accounts)
        rows = tx.entities(found)
        owners = [
            one if rows[one].kind is Kind.CUSTOMER else str(rows[one].fields.get("customer_id"))
            for one in found
            if one in rows and rows[one].kind is not Kind.PRODUCT
        ]
        now = survivors(tx, owners)
        living = tx.entities([now.get(one, one) for one in owners])
        return [one for one, row in living.items() if not row.deleted]


def executors(desk: PeopleDesk) -> Mapping[ActionKind, Executor]:
    """Return what does the actions on people; all but the last want a ``reason``.

    ``person.export`` and ``person.erase``: the customer's canonical id; ``despite`` orders that are
    under way. ``person.erase_again``: pairs ``erasure id:customer's id``.
    ``person.erased_by_hand``: the protocol and the system, without a reason.
    """

    async def export(who: str, action: Action) -> PersonExport:
        _reason(action)
        entity_id = _one(action)
        made = await desk.exporter.export(entity_id)
        row = deed(
            desk.clock.now(), (entity_id, Kind.CUSTOMER), event="person", outcome="exported",
            who=who,
        )  # fmt: skip
        await desk.store.run(lambda tx: tx.write_journal([row]))
        return made

    async def erase(who: str, action: Action) -> ErasureView:
        despite = bool(action.params.get("despite"))
        row = await desk.erasing.begin(
            _one(action), who=who, reason=_reason(action), despite=despite
        )
        return erasure_view(row)

    async def again(who: str, action: Action) -> DoneAgain:
        reason, done = _reason(action), list[str]()
        for pair in action.subjects:
            erasure_id, _, entity_id = pair.partition(":")
            if await desk.erasing.again(entity_id, erasure_id, who=who, reason=reason):
                done.append(erasure_id)
        return DoneAgain(tuple(done), len(action.subjects) - len(done))

    return {
        ActionKind.PERSON_ERASED_BY_HAND: desk.done_by_hand,
        ActionKind.PERSON_EXPORT: export,
        ActionKind.PERSON_ERASE: erase,
        ActionKind.PERSON_ERASE_AGAIN: again,
    }


def erasure_view(row: ErasureRow) -> ErasureView:
    """Return a protocol for people's eyes."""
    record = read_erasure(row.record)
    there = tuple(_system(name, one) for name, one in sorted(record.there.items()))
    return ErasureView(
        row.id, row.entity_id, str(row.state), row.asked_by, row.asked_at, row.ended_at,
        str(row.sought.get("reason", "")), record.here, there, len(record.kept),
        max(record.kept.values(), default=""),
    )  # fmt: skip


def _system(name: str, one: There) -> SystemView:
    done_at = datetime.fromisoformat(one.done_at) if one.done_at else None
    return SystemView(
        name, one.outcome, one.why, one.records, tuple(one.left), one.waits, one.done_by, done_at
    )


def _one(action: Action) -> str:
    if len(action.subjects) != 1:
        msg = "name one customer"
        raise Refused(msg)
    return action.subjects[0]


def _reason(action: Action) -> str:
    reason = str(action.params.get("reason", "")).strip()
    if len(reason) < _SHORTEST_REASON:
        msg = "say why, such as the number of the request: it is written down"
        raise Refused(msg)
    return reason
