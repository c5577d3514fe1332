"""Deliver: tell accounts what they do not hold yet, once in effect, in order per entity.

Three steps, each safe to be cut off after: *claim* (a transaction that writes ``sending`` and what
is in flight before the first byte leaves), *send* (the connector's calls), *settle* (a transaction
that notes what the account holds now, or when and why to try again). A creation whose outcome is
unknown is looked up by its key before it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.canonical.paths import MODELS, Fields, folded, known
from gateway.contract import (
    Change,
    Clock,
    ConnectorError,
    ContractViolated,
    EntityWriter,
    Exists,
    Failed,
    Log,
    Observed,
    Outcome,
)
from gateway.ports import (
    DeliveryRow,
    DeliveryState,
    EntityRow,
    LinkRow,
    Settlement,
    Store,
    Tx,
    Wake,
)
from gateway.sync.account import Account
from gateway.sync.apply import Applier, differing
from gateway.sync.attempt import Attempt, unexplained
from gateway.sync.settle import Settler
from gateway.sync.working_set import WorkingSet

_DEPENDENCY_RECHECK = timedelta(seconds=5)


@dataclass(slots=True)
class Claimed:
    """What a claim decided: attempts to send, and wake-ups for what was found to be missing."""

    attempts: list[Attempt] = field(default_factory=list)
    wakes: list[Wake] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Delivers to any account; a claim counts as abandoned after ``lease_s`` seconds."""

    store: Store
    applier: Applier
    settler: Settler
    clock: Clock
    log: Log
    holder: str
    lease_s: float
    wake: Callable[[Sequence[Wake]], None]

    async def deliver(self, account: Account, entity_ids: Sequence[str]) -> int:
        """Deliver what is due of ``entity_ids``; return how many vendor writes were attempted."""
        claimed = await self.store.run(lambda tx: self.claim(tx, account, entity_ids))
        self.wake(claimed.wakes)
        sent = 0
        for kind in Kind:
            batch = [attempt for attempt in claimed.attempts if attempt.row.kind is kind]
            size = account.connector.manifest.write_batch.get(kind, 1)
            for start in range(0, len(batch), size):
                await self._send(account, kind, batch[start : start + size])
            sent += len(batch)
        return sent

    async def _send(self, account: Account, kind: Kind, batch: Sequence[Attempt]) -> None:
        try:
            outcomes = await self._written(account, kind, batch)
            adopted = await self._read_existing(account, kind, outcomes)
        except ConnectorError as error:
            outcomes, adopted = [Failed(error)] * len(batch), {}
        except Exception as error:  # noqa: BLE001 - a connector's bug must end as an outcome
            self.log.warning(
                "deliver.unexplained", account=account.name, error=type(error).__name__
            )
            if len(batch) > 1:
                await self._send_singly(account, kind, batch)
                return
            outcomes, adopted = [Failed(unexplained(error))], {}
        await self.settler.settle(account, batch, outcomes, adopted)

    async def _send_singly(self, account: Account, kind: Kind, batch: Sequence[Attempt]) -> None:
        """Find the one poisonous change of a batch; its neighbours must not suffer."""
        for attempt in batch:
            doubted = replace(attempt, before=(*attempt.before, attempt.desired))
            await self._send(account, kind, [doubted])

    async def _written(
        self, account: Account, kind: Kind, batch: Sequence[Attempt]
    ) -> Sequence[Outcome[Any]]:
        """Write what does not exist yet; say ``Exists`` of creations that had happened."""
        writer = account.writer(kind)
        if writer is None:
            msg = f"account {account.name} has no writer for {kind}"
            raise ContractViolated(msg, operation="write")
        found = await self._probed(account, writer, batch)
        rest = [attempt.change for attempt in batch if attempt.change.key not in found]
        written = list(await writer.write(rest)) if rest else []
        if len(written) != len(rest):
            msg = f"write returned {len(written)} outcomes for {len(rest)} changes"
            raise ContractViolated(msg, operation="write")
        return [
            Exists(found[attempt.change.key]) if attempt.change.key in found else written.pop(0)
            for attempt in batch
        ]

    async def _probed(
        self, account: Account, writer: EntityWriter[Any], batch: Sequence[Attempt]
    ) -> Mapping[str, str]:
        """Ask which creations of unknown outcome exist: key → external id."""
        doubtful = [a.change.key for a in batch if a.before and a.change.external_id is None]
        if not doubtful:
            return {}
        found = await writer.find(doubtful)
        self.log.info("deliver.probed", account=account.name, asked=len(doubtful), found=len(found))
        return found

    async def _read_existing(
        self, account: Account, kind: Kind, outcomes: Sequence[Outcome[Any]]
    ) -> Mapping[str, Observed[Any]]:
        """Read records that exist already: external id → what is there now.

        A record that cannot be read leaves its outcome unknown; it is looked up again.
        """
        ids = [outcome.external_id for outcome in outcomes if isinstance(outcome, Exists)]
        reader = account.connector.readers.get(kind)
        if not ids or reader is None:
            return {}
        size = account.connector.manifest.read_batch.get(kind, 1)
        found: dict[str, Observed[Any]] = {}
        for start in range(0, len(ids), size):
            try:
                reading = await reader.get(ids[start : start + size])
            except ConnectorError as error:
                self.log.info("deliver.unread", account=account.name, error=type(error).__name__)
                continue
            found |= {observed.external_id: observed for observed in reading.items}
        return found

    def claim(self, tx: Tx, account: Account, entity_ids: Sequence[str]) -> Claimed:
        """Claim what is due, note what will be in flight, settle what needs no sending."""
        now = self.clock.now()
        rows = tx.claim(
            account.name,
            sorted(set(entity_ids)),
            now=now,
            holder=self.holder,
            until=now + timedelta(seconds=self.lease_s),
        )
        work = WorkingSet(tx, now)
        work.load([row.entity_id for row in rows])
        customers = self._customer_links(work, account, rows)
        result, ends = Claimed(), []
        for row in rows:
            decided = self._decide(work, account, row, customers)
            if isinstance(decided, Attempt):
                result.attempts.append(decided)
            else:
                ends.append(decided)
        tx.settle(ends, holder=self.holder)
        result.wakes = work.flush(self.applier.digester)
        return result

    def _customer_links(
        self, work: WorkingSet, account: Account, rows: Sequence[DeliveryRow]
    ) -> Mapping[str, LinkRow]:
        """Canonical customer id → its link at the account, for the orders among ``rows``."""
        ids = {
            str(work.entities[row.entity_id].fields.get("customer_id"))
            for row in rows
            if row.kind is Kind.ORDER and row.entity_id in work.entities
        } - {"None"}
        return {
            customer_id: link
            for customer_id, links in work.tx.links_of(sorted(ids)).items()
            for link in links
            if link.account == account.name and link.external_id is not None
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
            return self._unchanged(work, row)
        creating = link is None or link.external_id is None
        if (
            creating
            and link
            and link.inflight
            and entity.kind not in account.connector.manifest.probes
        ):
            return self._hold_unknown(work, row)
        customer_id = str(entity.fields.get("customer_id") or "")
        customer = customers.get(customer_id)
        if customer_id and customer is None and Kind.CUSTOMER in account.flow.creates and creating:
            return self._wait(work, account, row, customer_id)
        link = link or LinkRow(entity.id, entity.kind, account.name, None, {})
        desired = account.desired(entity.kind, entity.fields, link.known) or {}
        attempt = Attempt(
            row=row,
            change=self._change(account, entity, link, customer, desired),
            version=entity.version,
            desired=known(desired),
            before=link.inflight,
        )
        work.put_link(replace(link, inflight=(*link.inflight, attempt.desired)))
        return attempt

    def _change(
        self,
        account: Account,
        entity: EntityRow,
        link: LinkRow,
        customer: LinkRow | None,
        desired: Fields,
    ) -> Change[Any]:
        model = MODELS[entity.kind]
        assigns = entity.kind in account.connector.manifest.assigns_keys
        return Change(
            key=entity.id,
            entity=folded(model, desired),
            changed=differing(desired, link, entity.kind),
            external_id=link.external_id,
            known=folded(model, link.known) if link.known else None,
            version=link.version,
            customer_external_id=customer.external_id if customer else None,
            customer_key=customer.entity_id if customer and customer.keyed else None,
            assign_key=assigns and link.external_id is not None and not link.keyed,
        )

    def _unchanged(self, work: WorkingSet, row: DeliveryRow) -> Settlement:
        about = (row.entity_id, row.kind)
        work.tell(about, row.account, "delivered", "unchanged", row.correlation_id)
        return _end(row, DeliveryState.DONE)

    def _hold_unknown(self, work: WorkingSet, row: DeliveryRow) -> Settlement:
        """Never repeat blindly what can neither carry a key nor be looked up."""
        about = (row.entity_id, row.kind)
        work.tell(
            about, row.account, "delivery", "held", row.correlation_id, cause="outcome_unknown"
        )
        return replace(
            _end(row, DeliveryState.HELD),
            cause_code="outcome_unknown",
            cause="A creation was sent, no answer came, and this vendor cannot be asked about it.",
            remedy="Look for the record at the vendor; then `gateway dead replay` or `drop`.",
        )

    def _wait(
        self, work: WorkingSet, account: Account, row: DeliveryRow, customer_id: str
    ) -> Settlement:
        """Let an order wait for its buyer, and see that the buyer is on the way."""
        work.due(customer_id, Kind.CUSTOMER, account.name, row.correlation_id)
        if row.state is not DeliveryState.WAITING:
            work.tell(
                (row.entity_id, row.kind), account.name, "delivery", "waiting", row.correlation_id,
                waits_for=customer_id,
            )  # fmt: skip
        return replace(
            _end(row, DeliveryState.WAITING),
            due_at=work.now + _DEPENDENCY_RECHECK,
            waits_for=customer_id,
        )


def _end(row: DeliveryRow, state: DeliveryState) -> Settlement:
    return Settlement(
        entity_id=row.entity_id,
        account=row.account,
        state=state,
        due_at=row.due_at,
        attempts=row.attempts,
        sent_version=row.sent_version,
    )
