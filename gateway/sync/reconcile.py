"""Reconcile: nothing is told again whose last outcome nobody knows, before the record is read.

A telling without a trustworthy answer may have had its effect, and people may have worked on the
record since. So a creation is looked up by its key, what is there is read and merged, and only what
is missing then is told. Reading and deciding leave the delivery with its holder all the while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.canonical import Kind
from gateway.contract import ConnectorError, Failed, Log, Observed, StaleWrite, StoreError
from gateway.ports import LinkRow, Store, Tx
from gateway.sync.account import Account
from gateway.sync.apply import Applier
from gateway.sync.attempt import Attempt, store_away, unexplained
from gateway.sync.claim import Claimed, Claimer
from gateway.sync.incoming import Incoming
from gateway.sync.settle import Settler, woken
from gateway.sync.working_set import WorkingSet


@dataclass(slots=True)
class Looked:
    """What the vendor said about the records in doubt.

    Shape: ``ids`` by key, of those that exist; ``records`` by external id, as they were read after
    ``mark``; ``failed`` by key: what could not be asked.
    """

    mark: int = 0
    ids: dict[str, str] = field(default_factory=dict)
    records: dict[str, Observed[Any]] = field(default_factory=dict)
    failed: dict[str, ConnectorError] = field(default_factory=dict)

    def of(self, doubt: Attempt) -> Observed[Any] | None:
        """Return the record of a doubt, if it was read."""
        external_id = self.ids.get(doubt.change.key)
        return self.records.get(external_id) if external_id is not None else None


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Turns deliveries in doubt into deliveries that know what is there."""

    store: Store
    applier: Applier
    claimer: Claimer
    settler: Settler
    log: Log

    async def certain(
        self,
        account: Account,
        kind: Kind,
        doubts: Sequence[Attempt],
        holder: str,
        exist: Mapping[str, str] | None = None,
    ) -> list[Attempt]:
        """Read what the doubts are about, merge it, and return what is still to be told.

        ``exist`` are creations that are known to have happened: key → external id. What could not
        be asked is settled as failed and asked again later.
        """
        looked = Looked(ids=dict(exist or {}))
        try:
            await self._look(account, kind, doubts, looked)
        except ConnectorError as error:
            looked.failed |= {one.change.key: error for one in doubts if looked.of(one) is None}
        except StoreError:
            away = {one.change.key: store_away() for one in doubts if looked.of(one) is None}
            looked.failed |= away
        except Exception as error:  # noqa: BLE001 - a connector's bug must end as an outcome
            self.log.warning(
                "deliver.unexplained", account=account.name, error=type(error).__name__
            )
            if len(doubts) > 1:
                singly = [await self.certain(account, kind, [one], holder, exist) for one in doubts]
                return [attempt for attempts in singly for attempt in attempts]
            looked.failed |= {one.change.key: unexplained(error) for one in doubts}
        claimed = await self.settler.persisted(
            self.store.run, lambda tx: self._merge(tx, account, doubts, looked, holder)
        )
        self.settler.wake(claimed.wakes)
        failed = [
            (one, Failed(looked.failed[one.change.key]))
            for one in doubts
            if one.change.key in looked.failed
        ]
        if failed:
            await self.settler.settle(account, failed, holder)
        return claimed.attempts

    async def _look(
        self, account: Account, kind: Kind, doubts: Sequence[Attempt], looked: Looked
    ) -> None:
        """Ask the vendor; fills ``looked`` as far as it answers."""
        for one in doubts:
            if one.change.external_id is not None:
                looked.ids[one.change.key] = one.change.external_id
        keys = [one.change.key for one in doubts if one.change.key not in looked.ids]
        writer, reader = account.writer(kind), account.connector.readers.get(kind)
        if keys and writer is not None:
            found = await writer.find(keys)
            looked.ids |= found
            self.log.info("deliver.probed", account=account.name, asked=len(keys), found=len(found))
        if reader is None:
            return
        looked.mark = await self.store.run(lambda tx: tx.next_mark())
        size = account.connector.manifest.read_batch.get(kind, 1)
        ids = [looked.ids[one.change.key] for one in doubts if one.change.key in looked.ids]
        for start in range(0, len(ids), size):
            reading = await reader.get(ids[start : start + size])
            looked.records |= {observed.external_id: observed for observed in reading.items}

    def _merge(
        self, tx: Tx, account: Account, doubts: Sequence[Attempt], looked: Looked, holder: str
    ) -> Claimed:
        work = WorkingSet(tx, self.applier.clock.now())
        work.load([one.change.key for one in doubts])
        asked = [one for one in doubts if one.change.key not in looked.failed]
        incoming = list(self._seen(work, account, asked, looked))
        wakes = work.flush(self.applier.digester)
        buyers = [item.observed.key or "" for item in incoming if item.kind is Kind.CUSTOMER]
        wakes += woken(tx, account, buyers, (), work.now)
        applied = self.applier.apply(tx, incoming)
        # Another reading was merged while this one was on its way: which is newer, nobody knows.
        overlapped = {external_id for _, _, external_id in applied.reread}
        for one in asked:
            if looked.ids.get(one.change.key) in overlapped:
                msg = "the record was read by somebody else at the same time"
                looked.failed[one.change.key] = StaleWrite(msg, operation="read")
        rows = [one.row for one in asked if one.change.key not in looked.failed]
        claimed = self.claimer.decide(tx, account, rows, holder=holder, is_certain=True)
        claimed.wakes = [*wakes, *applied.wakes, *claimed.wakes]
        return claimed

    def _seen(
        self, work: WorkingSet, account: Account, doubts: Sequence[Attempt], looked: Looked
    ) -> Iterator[Incoming]:
        """Yield what was read as observations, with all that may be in flight as their base.

        A record that exists and cannot be read is bound to its entity, and told as before.
        """
        for one in doubts:
            row, external_id = one.row, looked.ids.get(one.change.key)
            if external_id is None:
                continue
            key = (row.entity_id, account.name)
            link = work.links.get(key) or LinkRow(row.entity_id, row.kind, account.name, None, {})
            observed = looked.of(one)
            if link.external_id is None:
                work.tell(
                    (row.entity_id, row.kind), account.name, "delivered", "found",
                    row.correlation_id, external_id=external_id, attempt=row.attempts + 1,
                )  # fmt: skip
            if observed is None:
                link = replace(link, external_id=external_id, keyed=True)
            work.put_link(replace(link, inflight=one.before))
            if observed is not None:
                yield Incoming(
                    account.name, row.kind, replace(observed, key=row.entity_id), looked.mark,
                    row.correlation_id, event="probe", tell_back=False, settles=True,
                )  # fmt: skip
