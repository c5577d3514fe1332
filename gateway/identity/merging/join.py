"""Join: one person is absorbed by another, in one transaction.

Nothing is joined while anything of the two is on its way to a vendor: its outcome would come back
to somebody who is no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.canonical import Kind
from gateway.contract import GatewayError
from gateway.contract.operations import CUSTOMER_MERGE
from gateway.identity.merging.estate import NOTHING, Estate
from gateway.identity.merging.mains import one_main
from gateway.identity.merging.record import MergeRecord, side_of
from gateway.identity.survivorship import Cause, Survived, snapshot_of, survive
from gateway.ports import (
    MERGED_THERE,
    DeliveryRow,
    DeliveryState,
    EntityRow,
    LinkRow,
    MergeRow,
    OperationRow,
    Tx,
    Wake,
)
from gateway.sync.absorbed import living_records
from gateway.sync.apply import Applier
from gateway.sync.working_set import WorkingSet

IDENTITY = "identity"
"""The account under which stories tell what was decided about who is who."""
BELONGINGS = (Kind.ORDER, Kind.CARD)
_PAGE = 500


class MergeBusy(GatewayError):
    """Something of the two is on its way: try again when it has arrived."""

    remedy = "It is tried again by itself."


class MergeRefused(GatewayError):
    """The two cannot be made one; the text says why."""

    remedy = "Look at both records."


@dataclass(frozen=True, slots=True)
class Joined:
    """What a join did: its record, and wake-ups of what became due."""

    record: MergeRecord
    wakes: list[Wake]


@dataclass(frozen=True, slots=True)
class Joiner:
    """Joins. Pure but for the transaction that it is given; safe to run again."""

    applier: Applier
    estate: Estate = NOTHING

    def join(self, tx: Tx, row: MergeRow, record: MergeRecord) -> Joined:
        """Make ``row.absorbed`` part of ``row.survivor``.

        Raises ``MergeBusy``, and ``MergeRefused`` for entities that are no two living customers.
        """
        work = self.applier.working_set(tx)
        work.load([row.survivor, row.absorbed])
        survivor, absorbed = (living(work, one) for one in (row.survivor, row.absorbed))
        owned = list(belongings(tx, absorbed.id))
        work.load([one.id for one in owned])
        refuse_busy(tx, work, [survivor.id, absorbed.id, *(one.id for one in owned)])
        ours, theirs = (snapshot_of(one.fields, one.origins) for one in (survivor, absorbed))
        both = survive(ours, theirs, self.applier.ownership)
        record.survivor, record.absorbed = side_of(survivor), side_of(absorbed)
        record.estate = self.estate.join(tx, row, (survivor, absorbed), work.now)
        self._put_both(work, survivor, absorbed, both)
        record.after = side_of(work.entities[survivor.id])
        self._move_links(work, row, record)
        record.belongings = [one.id for one in owned]
        for one in owned:
            give(work, one, survivor.id)
        silence(tx, work, absorbed.id)
        hand_proofs_over(tx, row)
        self._tell(work, row, both, len(owned))
        for entity_id in [survivor.id, *record.belongings]:
            make_due(self.applier, work, entity_id, row.id)
        return Joined(record, work.flush(self.applier.digester))

    def _put_both(
        self, work: WorkingSet, survivor: EntityRow, absorbed: EntityRow, both: Survived
    ) -> None:
        fields = one_main(both.merged.fields, survivor.fields)
        work.put_entity(
            EntityRow(
                survivor.id, survivor.kind, survivor.version + 1, fields, both.merged.origins,
                survivor.created_at, work.now,
            )
        )  # fmt: skip
        work.put_entity(
            EntityRow(
                absorbed.id, absorbed.kind, absorbed.version + 1, {}, {}, absorbed.created_at,
                work.now, deleted=True,
            )
        )  # fmt: skip

    def _move_links(self, work: WorkingSet, row: MergeRow, record: MergeRecord) -> None:
        """Hand records over; where both have one, ask the vendor to make one of them."""
        for (entity_id, name), link in sorted(work.links.items()):
            if entity_id != row.absorbed:
                continue
            kept = work.links.get((row.survivor, name))
            if kept is None or kept.external_id is None:
                record.moved[name] = link.external_id
                move_link(work, link, row.survivor)
            elif link.external_id is not None:
                self._both(work, row, record, (kept, link))

    def _both(
        self, work: WorkingSet, row: MergeRow, record: MergeRecord, pair: tuple[LinkRow, LinkRow]
    ) -> None:
        """Ask the vendor, unless it has joined the two already; the record that it left stays.

        A record that it joined into somebody else's stands for him there: nothing is asked about
        it, since both would become one.
        """
        name = pair[0].account
        if alive(work.tx, name, str(pair[0].external_id)) == pair[1].external_id:
            pair = swap_links(work, *pair)
        ours, theirs = (str(one.external_id) for one in pair)
        record.apart[name] = [ours, theirs]
        if alive(work.tx, name, theirs) == ours:
            record.gone.append(name)
        elif not living_records(work.tx, name, [ours, theirs]):
            self._ask(work, row, record, name)

    def _ask(self, work: WorkingSet, row: MergeRow, record: MergeRecord, name: str) -> None:
        account = self.applier.accounts.get(name)
        if account is None or CUSTOMER_MERGE not in account.connector.operations:
            return
        survivor, absorbed = record.apart[name]
        record.asked[name] = f"merge:{row.id}:{name}"
        work.tx.put_operations(
            [
                OperationRow(
                    key=record.asked[name], name=CUSTOMER_MERGE, account=name,
                    state=DeliveryState.DUE, due_at=work.now,
                    payload={"survivor": survivor, "losers": [absorbed]},
                    entity_id=row.survivor, correlation_id=row.id,
                )
            ]
        )  # fmt: skip

    def _tell(self, work: WorkingSet, row: MergeRow, both: Survived, moved: int) -> None:
        said = {(one.path.split("/")[0], one.cause, one.took_other) for one in both.choices}
        fields = [
            {"field": name, "rule": str(cause), "taken": took_other}
            for name, cause, took_other in sorted(said)
            if cause not in {Cause.ALONE, Cause.EQUAL}
        ]
        work.tell(
            (row.survivor, Kind.CUSTOMER), IDENTITY, "person", "merged", row.id,
            absorbed=row.absorbed, cause=row.cause, who=row.asked_by, fields=fields, moved=moved,
        )  # fmt: skip
        work.tell(
            (row.absorbed, Kind.CUSTOMER), IDENTITY, "person", "absorbed", row.id,
            into=row.survivor, cause=row.cause, who=row.asked_by,
        )  # fmt: skip


def hand_proofs_over(tx: Tx, row: MergeRow) -> None:
    """Let what the absorbed proved be proved by the survivor; without the contact it says nothing.

    The absorbed keeps his rows too: they are his again when the merge is taken back.
    """
    held = {one.digest: one for one in tx.proofs([row.survivor]) if not one.expired}
    tx.put_proofs(
        [
            replace(one, entity_id=row.survivor)
            for one in tx.proofs([row.absorbed])
            if not one.expired and one.digest not in held
        ]
    )


def living(work: WorkingSet, entity_id: str) -> EntityRow:
    """Return a customer that is there. Raises ``MergeRefused``."""
    entity = work.entities.get(entity_id)
    if entity is None or entity.kind is not Kind.CUSTOMER:
        msg = f"there is no customer {entity_id}"
        raise MergeRefused(msg)
    if entity.deleted:
        msg = f"{entity_id} was merged into another customer already, or erased"
        raise MergeRefused(msg)
    return entity


def belongings(tx: Tx, customer_id: str) -> Iterator[EntityRow]:
    """Yield the orders and cards of a customer."""
    for kind in BELONGINGS:
        before: str | None = None
        while True:
            page = tx.belongings(customer_id, kind=str(kind), before=before, most=_PAGE)
            yield from page
            if len(page) < _PAGE:
                break
            before = page[-1].id


def refuse_busy(tx: Tx, work: WorkingSet, ids: list[str]) -> None:
    """Raise ``MergeBusy`` while anything of these entities is on its way to a vendor."""
    wanted = set(ids)
    in_flight = any(link.inflight for (one, _), link in work.links.items() if one in wanted)
    rows = tx.deliveries_of(sorted(wanted))
    sending = any(row.state is DeliveryState.SENDING for found in rows.values() for row in found)
    if in_flight or sending:
        msg = "something of the two is being told to a vendor at this moment"
        raise MergeBusy(msg)


def move_link(work: WorkingSet, link: LinkRow, to: str) -> None:
    """Let a vendor's record be another entity's; it carries the key of neither for certain."""
    work.tx.drop_link(link.entity_id, link.account)
    work.links.pop((link.entity_id, link.account))
    work.put_link(replace(link, entity_id=to, keyed=False, told_mark=work.mark))


def alive(tx: Tx, account: str, external_id: str) -> str:
    """Return the record into which a vendor joined this one, the same for one that it left."""
    return living_records(tx, account, [external_id]).get(external_id, external_id)


def swap_links(work: WorkingSet, one: LinkRow, other: LinkRow) -> tuple[LinkRow, LinkRow]:
    """Let two entities exchange their records at an account; return their links after that."""
    for link in (one, other):
        work.tx.drop_link(link.entity_id, link.account)
    made = [
        replace(record, entity_id=link.entity_id, keyed=False, told_mark=work.mark)
        for link, record in ((one, other), (other, one))
    ]
    for link in made:
        work.put_link(link)
    return made[0], made[1]


def give(work: WorkingSet, one: EntityRow, customer_id: str) -> None:
    """Let an order or a card be another customer's."""
    held = work.entities[one.id]
    fields = {**held.fields, "customer_id": customer_id}
    work.put_entity(
        EntityRow(
            held.id, held.kind, held.version + 1, fields, held.origins, held.created_at, work.now
        )
    )
    work.tell(
        (held.id, held.kind), IDENTITY, "person", "moved", "", to=customer_id,
    )  # fmt: skip


def silence(tx: Tx, work: WorkingSet, entity_id: str) -> None:
    """End all that was still to be told about somebody who is no more."""
    for row in tx.deliveries_of([entity_id]).get(entity_id, ()):
        if row.state is not DeliveryState.DONE:
            tx.set_delivery(entity_id, row.account, DeliveryState.DONE, due_at=work.now)
            tx.close_dead("delivery", entity_id, row.account, state="dropped", note=IDENTITY)


def held_there(rows: Sequence[DeliveryRow]) -> list[str]:
    """Return the accounts that joined his record into somebody else's, and wait for a word."""
    held = (DeliveryState.HELD, MERGED_THERE)
    return [row.account for row in rows if (row.state, row.cause_code) == held]


def _freed(work: WorkingSet, entity_id: str) -> Iterator[str]:
    """Let go of what was held for a dead record, where he has none or another one now."""
    for name in held_there(work.tx.deliveries_of([entity_id]).get(entity_id, ())):
        link = work.links.get((entity_id, name))
        record = link.external_id if link is not None else None
        if record is None or alive(work.tx, name, record) == record:
            # As a dead one it keeps its letter until it is told.
            work.tx.set_delivery(entity_id, name, DeliveryState.DEAD, due_at=work.now)
            yield name


def make_due(applier: Applier, work: WorkingSet, entity_id: str, correlation_id: str) -> None:
    """Make due every account that holds otherwise, or waited for a record that lives."""
    entity = work.entities[entity_id]
    freed = set(_freed(work, entity_id))
    for account in applier.accounts.values():
        if account.name in freed or applier.owes(
            entity, work.links.get((entity_id, account.name)), account
        ):
            work.due(entity_id, entity.kind, account.name, correlation_id)
