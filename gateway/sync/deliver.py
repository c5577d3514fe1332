"""Deliver: tell accounts what they do not hold yet, once in effect, in order per entity.

Three steps, each safe to be cut off after: *claim* (a transaction that writes ``sending`` and what
is in flight before the first byte leaves), *send* (the connector's calls), *settle* (a transaction
that notes what the account holds now, or when and why to try again). What may have happened already
is reconciled between claim and send.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.canonical import Kind
from gateway.contract import (
    ConnectorError,
    ContractViolated,
    Exists,
    Failed,
    Log,
    Outcome,
    StoreError,
)
from gateway.ports import (
    Store,
    Wake,
)
from gateway.sync.account import Account
from gateway.sync.attempt import Attempt, Settled, store_away, unexplained
from gateway.sync.claim import Claimed, Claimer
from gateway.sync.leases import Leases
from gateway.sync.reconcile import Reconciler
from gateway.sync.settle import Settler
from gateway.sync.storied import ended, stories
from gateway.telemetry import NO_SPANS, Place, Spans
from gateway.telemetry.spans import Step


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Delivers to any account."""

    store: Store
    claimer: Claimer
    reconciler: Reconciler
    settler: Settler
    leases: Leases
    log: Log
    wake: Callable[[Sequence[Wake]], None]
    spans: Spans = NO_SPANS

    async def deliver(self, account: Account, entity_ids: Sequence[str]) -> int:
        """Deliver what is due of ``entity_ids``; return how many vendor writes were attempted."""
        with self.leases.held() as holder:
            claimed = await self.store.run(
                lambda tx: self.claimer.claim(tx, account, entity_ids, holder=holder)
            )
            self.wake(claimed.wakes)
            return await self.send(account, claimed, holder)

    async def send(self, account: Account, claimed: Claimed, holder: str) -> int:
        """Send what was claimed under a lease that is held; return how many were attempted."""
        sent = 0
        for kind in Kind:
            attempts = [one for one in claimed.attempts if one.row.kind is kind]
            doubts = [one for one in claimed.doubts if one.row.kind is kind]
            if doubts:
                with self.spans.step(Place.DELIVER, account.name) as step:
                    step.about(stories(doubts, "looked_up"))
                    attempts += await self.reconciler.certain(account, kind, doubts, holder)
            size = account.connector.manifest.write_batch.get(kind, 1)
            for start in range(0, len(attempts), size):
                await self._send(account, kind, attempts[start : start + size], holder)
            sent += len(attempts)
        return sent

    async def _send(
        self, account: Account, kind: Kind, batch: Sequence[Attempt], holder: str
    ) -> None:
        with self.spans.step(Place.DELIVER, account.name) as step:
            step.about(stories(batch))
            await self._tell(account, kind, batch, holder, step)

    async def _tell(
        self, account: Account, kind: Kind, batch: Sequence[Attempt], holder: str, step: Step
    ) -> None:
        try:
            outcomes = await self._written(account, kind, batch)
        except ConnectorError as error:
            outcomes = [Failed(error)] * len(batch)
        except StoreError:
            outcomes = [Failed(store_away())] * len(batch)
        except Exception as error:  # noqa: BLE001 - a connector's bug must end as an outcome
            self.log.warning(
                "deliver.unexplained", account=account.name, error=type(error).__name__
            )
            if len(batch) > 1:
                await self._send_singly(account, kind, batch, holder)
                return
            outcomes = [Failed(unexplained(error))]
        step.about(ended(batch, outcomes))
        settled: list[tuple[Attempt, Settled]] = []
        exist: dict[str, str] = {}
        for attempt, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exists):
                exist[attempt.change.key] = outcome.external_id
            else:
                settled.append((attempt, outcome))
        if settled:
            await self.settler.settle(account, settled, holder)
        if exist:
            met = [attempt for attempt in batch if attempt.change.key in exist]
            missing = await self.reconciler.certain(account, kind, met, holder, exist)
            if missing:
                await self._send(account, kind, missing, holder)

    async def _send_singly(
        self, account: Account, kind: Kind, batch: Sequence[Attempt], holder: str
    ) -> None:
        """Find the one poisonous change of a batch; its neighbours must not suffer."""
        for attempt in batch:
            doubt = replace(attempt, before=(*attempt.before, attempt.told))
            for again in await self.reconciler.certain(account, kind, [doubt], holder):
                await self._send(account, kind, [again], holder)

    async def _written(
        self, account: Account, kind: Kind, batch: Sequence[Attempt]
    ) -> Sequence[Outcome[Any]]:
        writer = account.writer(kind)
        if writer is None:
            msg = f"account {account.name} has no writer for {kind}"
            raise ContractViolated(msg, operation="write")
        outcomes = await writer.write([attempt.change for attempt in batch])
        if len(outcomes) != len(batch):
            msg = f"write returned {len(outcomes)} outcomes for {len(batch)} changes"
            raise ContractViolated(msg, operation="write")
        for attempt, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Exists) and attempt.change.external_id is not None:
                msg = "write answered an edit as a creation that had happened"
                raise ContractViolated(msg, operation="write")
        return outcomes
