"""Wipe: a person's snapshot, copies, keys and merges go, in one transaction.

A record of his that a vendor tells of again is known by its link and not imported; that is why ids
stay. Orders stay as receipts, closed to all changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.canonical import Kind
from gateway.contract import GatewayError
from gateway.identity.erasing.asking import ask_systems
from gateway.identity.erasing.kept import is_under_way, kept_until, receipt_of
from gateway.identity.erasing.late import LateSales
from gateway.identity.erasing.people import MEMBER, Person, person_of
from gateway.identity.erasing.record import ErasureRecord
from gateway.identity.erasing.traces import Traces
from gateway.ports import DeliveryState, EntityRow, MergeState, Tx, Wake
from gateway.sync.apply import Applier
from gateway.sync.correct import OPERATOR
from gateway.sync.working_set import WorkingSet

Forget = Callable[[Tx, str, Sequence[str]], int]
"""Takes digests out of the facts of reports; returns how many facts it changed."""
Recipients = Callable[[Sequence[str], Sequence[str]], Sequence[str]]
"""Makes of phones and e-mails the names under which one-time codes are kept."""
WITHDRAWN = "erased"


class ErasureBusy(GatewayError):
    """Something of the person is on its way: try again when it has arrived."""

    remedy = "Try again in a minute."


class ErasureRefused(GatewayError):
    """He cannot be erased; the text says why."""

    remedy = "Look at the record."


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was wiped: the record so far, what is still to be searched for, and wake-ups."""

    record: ErasureRecord
    traces: Traces
    wakes: list[Wake]


@dataclass(frozen=True, slots=True)
class Wiper:
    """Wipes. Pure but for the transaction that it is given; safe to run again.

    Units: ``keep_days`` for which the law wants receipts kept, from the day of the order.
    """

    applier: Applier
    forget: Forget
    recipients: Recipients
    keep_days: int

    def wipe(self, tx: Tx, entity_id: str, erasure_id: str, *, who: str, despite: bool) -> Wiped:
        """Take a living customer out. ``despite`` orders that are under way.

        Raises ``ErasureBusy`` and ``ErasureRefused``.
        """
        work = self.applier.working_set(tx)
        person = self.look(tx, work, entity_id)
        refuse(tx, person, despite=despite)
        record, traces = ErasureRecord(ids=person.ids), person.traces
        LateSales(self.applier.digester).remember(tx, traces, at=work.now)
        record.count("facts", self.forget(tx, entity_id, self._names(person)))
        self._forget_merges(work, person, record)
        tx.silence_rows(traces.ids)
        self._forget_contacts(tx, person, record)
        ask_systems(self.applier, work, person, record, erasure_id)
        for one in person.rows:
            self._empty(work, one, record)
        work.tell(
            (entity_id, Kind.CUSTOMER), OPERATOR, "person", "erased", erasure_id, who=who,
            orders=len(record.kept), systems=sorted(record.there),
        )  # fmt: skip
        return Wiped(record, traces, work.flush(self.applier.digester))

    def look(self, tx: Tx, work: WorkingSet, entity_id: str) -> Person:
        """Read a living customer with all that is his. Raises ``ErasureRefused``."""
        person = person_of(tx, work, entity_id, self.applier.digester)
        if person is None:
            msg = f"there is no living customer {entity_id}: he was erased or merged, or never was"
            raise ErasureRefused(msg)
        return person

    def _names(self, person: Person) -> list[str]:
        """Return all digests by which reports know him."""
        digester = self.applier.digester
        names = list(person.digests)
        for account, ids in person.traces.external.items():
            names += [digester.digest(MEMBER, f"{account}:{one}") for one in ids]
        return names

    def _forget_merges(self, work: WorkingSet, person: Person, record: ErasureRecord) -> None:
        """Empty the records of merges; those not done yet will never be."""
        for row in person.merges:
            is_open = row.state in {MergeState.ASKED, MergeState.CONFIRMED}
            state = MergeState.REFUSED if is_open else row.state
            changed = replace(row, state=state, changed_at=work.now, note=WITHDRAWN, record={})
            work.tx.swap_merge(changed, was=row.state)
        record.count("person_merge", len(person.merges))

    def _forget_contacts(self, tx: Tx, person: Person, record: ErasureRecord) -> None:
        members = tx.house_members(sorted(set(tx.house_contacts(person.digests).values())))
        his = [one.id for one in members.values() if one.entity_id in {"", *person.ids}]
        tx.forget_members(his)
        record.count("house_member", len(his))
        tx.forget_codes(self.recipients(person.numbers, person.addresses))

    def _empty(self, work: WorkingSet, one: EntityRow, record: ErasureRecord) -> None:
        fields = {}
        if one.kind is Kind.ORDER:
            fields = receipt_of(one.fields)
            record.kept[one.id] = kept_until(one, self.keep_days).date().isoformat()
        work.put_entity(
            EntityRow(
                one.id, one.kind, one.version + 1, fields, {}, one.created_at, work.now,
                deleted=True,
            )
        )  # fmt: skip
        record.count(str(one.kind), 1)
        for (entity_id, _), link in sorted(work.links.items()):
            if entity_id == one.id:
                work.put_link(replace(link, known={}, inflight=()))


def refuse(tx: Tx, person: Person, *, despite: bool) -> None:
    """Raise ``ErasureBusy`` while anything is being sent, ``ErasureRefused`` for open orders."""
    rows = tx.deliveries_of(person.traces.ids)
    if any(row.state is DeliveryState.SENDING for found in rows.values() for row in found):
        msg = "something of the person is being told to a vendor at this moment"
        raise ErasureBusy(msg)
    under_way = [one.id for one in person.orders if is_under_way(one)]
    if under_way and not despite:
        msg = (
            f"{len(under_way)} orders are under way, such as {under_way[0]}, and nobody could "
            "deliver them: end them first, or say despite"
        )
        raise ErasureRefused(msg)
