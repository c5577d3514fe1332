"""Claim: what is due is taken, written down as in flight, or settled because nothing is owed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.canonical.paths import known
from gateway.contract import Change, Clock
from gateway.ports import DeliveryRow, DeliveryState, EntityRow, LinkRow, Settlement, Tx, Wake
from gateway.sync.absorbed import living_records
from gateway.sync.account import Account, Desired
from gateway.sync.apply import Applier, differing, end_doubt
from gateway.sync.attempt import Attempt
from gateway.sync.letters import letter_of, resolve
from gateway.sync.pull import FIRST_READING, end_of
from gateway.sync.required import incomplete
from gateway.sync.working_set import WorkingSet

_RECHECK = timedelta(seconds=5)
_RECHECK_REFUSED = timedelta(seconds=60)
"""Whoever was refused or is held may be so for days; his arrival wakes what waits for him."""


@dataclass(slots=True)
class Claimed:
    """What a claim decided: attempts to send, and wake-ups for what was found to be missing.

    ``doubts`` are attempts that may have happened already: to be reconciled before they are sent.
    """

    attempts: list[Attempt] = field(default_factory=list)
    doubts: list[Attempt] = field(default_factory=list)
    wakes: list[Wake] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Claimer:
    """Claims deliveries. Units: ``lease_s`` seconds after which a claim counts as abandoned."""

    applier: Applier
    clock: Clock
    lease_s: float
    new_id: Callable[[], str]

    def claim(self, tx: Tx, account: Account, entity_ids: Sequence[str], *, holder: str) -> Claimed:
        """Claim what is due, note what will be in flight, settle what needs no sending."""
        now = self.clock.now()
        ids = sorted(set(entity_ids))
        # Everybody locks snapshots before deliveries, so that nobody waits in a circle.
        tx.lock_entities(ids)
        until = now + timedelta(seconds=self.lease_s)
        rows = tx.claim(account.name, ids, now=now, holder=holder, until=until)
        return self.decide(tx, account, rows, holder=holder)

    def decide(
        self,
        tx: Tx,
        account: Account,
        rows: Sequence[DeliveryRow],
        *,
        holder: str,
        is_certain: bool = False,
    ) -> Claimed:
        """Decide about claimed rows; with ``is_certain`` they were reconciled, as far as can be."""
        work = WorkingSet(tx, self.clock.now())
        work.load([row.entity_id for row in rows])
        result = self._sorted(work, account, rows, holder=holder, is_certain=is_certain)
        result.wakes = work.flush(self.applier.digester)
        return result

    def start(self, work: WorkingSet, account: Account, *, holder: str, most: int) -> Claimed:
        """Claim what a merge has just made due, in its own transaction; the caller writes back.

        What is begun here needs neither a wake-up nor a second look at its rows.
        """
        due = work.take_due(account.name, most)
        until = work.now + timedelta(seconds=self.lease_s)
        rows = work.tx.start(due, holder=holder, until=until)
        return self._sorted(work, account, rows, holder=holder, is_certain=False)

    def _sorted(
        self,
        work: WorkingSet,
        account: Account,
        rows: Sequence[DeliveryRow],
        *,
        holder: str,
        is_certain: bool,
    ) -> Claimed:
        customers = self._customer_links(work, account, rows)
        result, ends = Claimed(), []
        for row in rows:
            decided = self._decide(work, account, row, customers)
            if isinstance(decided, Settlement):
                ends.append(decided)
            elif not is_certain and decided.before and _can_look(account, decided):
                result.doubts.append(decided)
            else:
                self._put_in_flight(work, account, decided)
                result.attempts.append(decided)
        if ends:
            work.tx.settle(ends, holder=holder)
        return result

    def _put_in_flight(self, work: WorkingSet, account: Account, attempt: Attempt) -> None:
        row = attempt.row
        link = work.links.get((row.entity_id, account.name)) or _no_link(row, account)
        before = tuple(sent for sent in link.inflight if sent != attempt.told)
        work.put_link(replace(link, inflight=(*before, attempt.told)))

    def _customer_links(
        self, work: WorkingSet, account: Account, rows: Sequence[DeliveryRow]
    ) -> Mapping[str, LinkRow]:
        """Canonical customer id → its link at the account, for what ``rows`` belong to.

        Where the vendor has joined his record into another, that one is named: the dead one would
        be refused, or be nobody.
        """
        ids = {
            str(work.entities[row.entity_id].fields.get("customer_id"))
            for row in rows
            if row.kind in OF_CUSTOMER and row.entity_id in work.entities
        } - {"None"}
        found = work.tx.links_at(account.name, sorted(ids)) if ids else {}
        links = {one: (link, link.external_id) for one, link in found.items() if link.external_id}
        named = {external_id for _, external_id in links.values()}
        into = living_records(work.tx, account.name, named)
        return {
            one: replace(link, external_id=into[external_id], keyed=False)
            if external_id in into
            else link
            for one, (link, external_id) in links.items()
        }

    def _decide(
        self,
        work: WorkingSet,
        account: Account,
        row: DeliveryRow,
        customers: Mapping[str, LinkRow],
    ) -> Attempt | Settlement:
        entity = work.entities.get(row.entity_id)
        link = work.links.get((row.entity_id, account.name))
        if entity is None or not self.applier.owes(entity, link, account):
            end_doubt(work, account, entity, link)
            return self._unchanged(work, row)
        creating = link is None or link.external_id is None
        kept_back = self._kept_back(work, account, row, link) if creating else None
        if kept_back is not None:
            return kept_back
        customer_id = str(entity.fields.get("customer_id") or "")
        customer = customers.get(customer_id)
        link = link or _no_link(row, account)
        desired = account.desired(entity, link.copy)
        if desired is None:
            return self._unchanged(work, row)
        change = self._change(account, entity, link, customer, desired)
        awaits = customer is None and Kind.CUSTOMER in account.flow.creates
        if customer_id and awaits and (creating or "customer_id" in change.changed):
            return self._wait(work, account, row, customer_id)
        return Attempt(
            row=row,
            change=change,
            version=entity.version,
            desired=known(desired.fields),
            told={path: desired.fields.get(path) for path in change.changed},
            known=link.known,
            before=link.inflight,
        )

    def _kept_back(
        self, work: WorkingSet, account: Account, row: DeliveryRow, link: LinkRow | None
    ) -> Settlement | None:
        """Return why a creation must not be sent now, ``None`` when it may be."""
        is_under_way = link is not None and bool(link.inflight)
        if is_under_way and row.kind not in account.connector.manifest.probes:
            return self._hold_unknown(work, row)
        if not self._may_create(work.tx, account, row.kind):
            return self._not_read_yet(work, row)
        if row.kind is Kind.CUSTOMER and not is_under_way:
            required = account.flow.required
            lacking = required.lacking(work.entities[row.entity_id].fields)
            if lacking:
                return incomplete(work, row, required, lacking, self.new_id())
        return None

    def _not_read_yet(self, work: WorkingSet, row: DeliveryRow) -> Settlement:
        return replace(
            _end(row, DeliveryState.WAITING),
            due_at=work.now + _RECHECK,
            cause_code=FIRST_READING,
            cause="Not all that this account holds was read yet: it may be there already.",
            remedy="Nothing to do: it is told after the first reading.",
        )

    def _may_create(self, tx: Tx, account: Account, kind: Kind) -> bool:
        """Tell whether all that the account holds of a kind was read at least once.

        Before that, whatever seems to be missing there may only not have been seen yet.
        """
        if account.reader(kind) is None or kind in account.read_once:
            return True
        if tx.checkpoint(account.name, end_of(kind)) is None:
            return False
        account.read_once.add(kind)
        return True

    def _change(
        self,
        account: Account,
        entity: EntityRow,
        link: LinkRow,
        customer: LinkRow | None,
        desired: Desired,
    ) -> Change[Any]:
        assigns = entity.kind in account.connector.manifest.assigns_keys
        return Change(
            key=entity.id,
            entity=desired.entity,
            changed=differing(desired.fields, link, entity),
            external_id=link.external_id,
            known=link.copy,
            version=link.version,
            customer_external_id=customer.external_id if customer else None,
            customer_key=customer.entity_id if customer and customer.keyed else None,
            assign_key=assigns and link.external_id is not None and not link.keyed,
        )

    def _unchanged(self, work: WorkingSet, row: DeliveryRow) -> Settlement:
        about = (row.entity_id, row.kind)
        work.tell(about, row.account, "delivered", "unchanged", row.correlation_id)
        resolve(work, row)
        return _end(row, DeliveryState.DONE)

    def _hold_unknown(self, work: WorkingSet, row: DeliveryRow) -> Settlement:
        """Never repeat blindly what can neither carry a key nor be looked up."""
        about = (row.entity_id, row.kind)
        work.tell(
            about, row.account, "delivery", "held", row.correlation_id, cause="outcome_unknown"
        )
        end = replace(
            _end(row, DeliveryState.HELD),
            cause_code="outcome_unknown",
            cause="A creation was sent, no answer came, and this vendor cannot be asked about it.",
            remedy="Look for the record at the vendor; then `gateway dead replay` or `drop`.",
        )
        letter = letter_of(self.new_id(), work.now, row, end, version=row.sent_version)
        work.tx.put_dead([replace(letter, held=True, first_at=row.first_failed_at or work.now)])
        return end

    def _wait(
        self, work: WorkingSet, account: Account, row: DeliveryRow, customer_id: str
    ) -> Settlement:
        """Let an order or card wait for its customer, and see that the customer is on the way.

        A buyer who is under way already, or was refused there, is not sent again: about a refused
        one people decide first.
        """
        buyers = work.tx.deliveries_of([customer_id]).get(customer_id, ())
        states = {buyer.state for buyer in buyers if buyer.account == account.name}
        refused = not states.isdisjoint({DeliveryState.DEAD, DeliveryState.HELD})
        if states <= {DeliveryState.DONE}:
            work.due(customer_id, Kind.CUSTOMER, account.name, row.correlation_id)
        if row.state is not DeliveryState.WAITING:
            work.tell(
                (row.entity_id, row.kind), account.name, "delivery", "waiting", row.correlation_id,
                waits_for=customer_id, buyer="refused" if refused else "on the way",
            )  # fmt: skip
        return replace(
            _end(row, DeliveryState.WAITING),
            due_at=work.now + (_RECHECK_REFUSED if refused else _RECHECK),
            waits_for=customer_id,
        )


def _can_look(account: Account, attempt: Attempt) -> bool:
    """Tell whether the vendor can be asked what it holds of this."""
    kind = attempt.row.kind
    if attempt.change.external_id is None:
        return kind in account.connector.manifest.probes
    return kind in account.connector.readers


def _no_link(row: DeliveryRow, account: Account) -> LinkRow:
    return LinkRow(row.entity_id, row.kind, account.name, None, {})


def _end(row: DeliveryRow, state: DeliveryState) -> Settlement:
    return Settlement(
        entity_id=row.entity_id,
        account=row.account,
        state=state,
        due_at=row.due_at,
        attempts=row.attempts,
        sent_version=row.sent_version,
    )
