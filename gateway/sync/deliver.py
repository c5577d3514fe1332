"""Deliver: tell accounts what they do not hold yet, once in effect, in order per entity.

Three steps, each safe to be cut off after: *claim* (a transaction that writes ``sending`` and what
is in flight before the first byte leaves), *send* (the connector's calls), *settle* (a transaction
that notes what the account holds now, or when and why to try again). A creation whose outcome is
unknown is looked up by its key before it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
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
    Store,
    Wake,
)
from gateway.sync.account import Account
from gateway.sync.attempt import Attempt, unexplained
from gateway.sync.claim import Claimer
from gateway.sync.leases import Leases
from gateway.sync.settle import Settler


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Delivers to any account."""

    store: Store
    claimer: Claimer
    settler: Settler
    leases: Leases
    log: Log
    wake: Callable[[Sequence[Wake]], None]

    async def deliver(self, account: Account, entity_ids: Sequence[str]) -> int:
        """Deliver what is due of ``entity_ids``; return how many vendor writes were attempted."""
        with self.leases.held() as holder:
            claimed = await self.store.run(
                lambda tx: self.claimer.claim(tx, account, entity_ids, holder=holder)
            )
            self.wake(claimed.wakes)
            sent = 0
            for kind in Kind:
                batch = [attempt for attempt in claimed.attempts if attempt.row.kind is kind]
                size = account.connector.manifest.write_batch.get(kind, 1)
                for start in range(0, len(batch), size):
                    await self._send(account, kind, batch[start : start + size], holder)
                sent += len(batch)
            return sent

    async def _send(
        self, account: Account, kind: Kind, batch: Sequence[Attempt], holder: str
    ) -> None:
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
                await self._send_singly(account, kind, batch, holder)
                return
            outcomes, adopted = [Failed(unexplained(error))], {}
        await self.settler.settle(account, list(zip(batch, outcomes, strict=True)), adopted, holder)

    async def _send_singly(
        self, account: Account, kind: Kind, batch: Sequence[Attempt], holder: str
    ) -> None:
        """Find the one poisonous change of a batch; its neighbours must not suffer."""
        for attempt in batch:
            doubted = replace(attempt, before=(*attempt.before, attempt.told))
            await self._send(account, kind, [doubted], holder)

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
