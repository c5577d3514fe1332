"""Running: the engine and the door's receiver, put together over a foundation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.bootstrap.following import followers
from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import withheld
from gateway.bus import Announcer, BusOptions, Intake, LinkHealth, QueueNames, open_bus
from gateway.ids import Jitter, sortable_id
from gateway.ingress.messages import MessageDoor
from gateway.ops.batches import Batches
from gateway.ops.events import Announcing
from gateway.ops.letters_upkeep import LettersUpkeep
from gateway.ops.replay import Replayer
from gateway.ports import Bus
from gateway.sync.claim import Claimer
from gateway.sync.deliver import Deliverer
from gateway.sync.desk import Desk
from gateway.sync.endings import Endings
from gateway.sync.engine import Engine, Outbound, Pace, Work
from gateway.sync.follow import Follower
from gateway.sync.handover import HandOver
from gateway.sync.leases import Leases
from gateway.sync.observe import Observer
from gateway.sync.operate import Operations
from gateway.sync.policy import RetryPolicy
from gateway.sync.pull import Puller
from gateway.sync.receive import Receiver
from gateway.sync.reconcile import Reconciler
from gateway.sync.relay import Relay
from gateway.sync.settle import Settler


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: the foundation, the engine and the door for webhooks."""

    foundation: Foundation
    bus: Bus
    engine: Engine
    receiver: Receiver
    operations: Operations
    outbound: Outbound
    desks: Mapping[str, Desk] = field(default_factory=dict)
    intakes: Mapping[str, Intake] = field(default_factory=dict)
    announcer: Announcer | None = None
    announcing: Announcing | None = None
    letters: LettersUpkeep | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Start the engine. A store of our own has no other workers: their leases are over."""
        store, now = self.foundation.store, self.foundation.clock.now()
        if not self.foundation.config.shares_store():
            await store.run(lambda tx: tx.end_leases(now=now))
        await self.engine.start()
        for intake in self.intakes.values():
            intake.start()
        if self.announcer is not None and self.announcing is not None:
            self.announcer.start()
            self._tasks.append(asyncio.create_task(self.announcing.run(), name="events"))
        if self.letters is not None:
            self._tasks.append(asyncio.create_task(self.letters.run(), name="letters"))

    def links(self) -> Mapping[str, Callable[[], LinkHealth]]:
        """Return the health of the connections beside the bus that ``start`` makes, by name."""
        found = {f"intake:{name}": intake.health for name, intake in self.intakes.items()}
        return {**found, **({"events": self.announcer.health} if self.announcer else {})}

    async def stop(self) -> None:
        """Finish what is under way and release everything."""
        await asyncio.gather(*(intake.close() for intake in self.intakes.values()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.announcer is not None:
            await self.announcer.close()
        await self.engine.stop()
        await self.foundation.close()


def build_gateway(foundation: Foundation, *, worker_index: int = 0, workers: int = 1) -> Gateway:
    """Put the running parts together; starts nothing."""
    bus = _bus(foundation, worker_index, workers)
    outbound = Outbound(bus, foundation.log, foundation.metrics)
    parts = _Parts(foundation, outbound)
    engine = Engine(
        accounts=foundation.accounts,
        work=parts.work(),
        bus=bus,
        outbound=outbound,
        parking=foundation.parking,
        pace=Pace(relay_s=foundation.config.sync.relay_s, probe_s=foundation.config.sync.probe_s),
        clock=foundation.clock,
        log=foundation.log,
    )
    receiver = Receiver(
        foundation.store, foundation.applier, foundation.clock, sortable_id, outbound.wake,
        spans=foundation.spans,
    )  # fmt: skip
    announcer, announcing = _events(foundation, parts.process)
    return Gateway(
        foundation, bus, engine, receiver, parts.operations(), outbound, parts.desks(receiver),
        _intakes(foundation, replace(receiver, over=parts.hand_over(engine))),
        announcer, announcing, _letters(foundation, outbound),
    )  # fmt: skip


def _bus(foundation: Foundation, worker_index: int, workers: int) -> Bus:
    section = foundation.config.bus
    return open_bus(
        section.url.get_secret_value(),
        prefix=section.prefix,
        shards=section.shards,
        worker_index=worker_index,
        workers=workers,
        clock=foundation.clock,
        log=foundation.log,
    )


def _intakes(foundation: Foundation, receiver: Receiver) -> Mapping[str, Intake]:
    """Make a reader of each account's queue; the workers share it message by message."""
    made = {}
    for name, section in foundation.config.accounts.items():
        source = foundation.accounts[name].connector.webhooks
        if section.queue is None or source is None:
            continue
        queue = section.queue
        door = MessageDoor(name, source, receiver, foundation.metrics, foundation.log, sortable_id)
        made[name] = Intake(
            queue.url.get_secret_value(),
            QueueNames(queue.name, queue.invalid or f"{queue.name}.invalid"),
            door.take_in,
            options=BusOptions(prefetch=queue.prefetch),
            clock=foundation.clock,
            log=foundation.log,
            room=receiver.over.room if receiver.over is not None else None,
        )
    return made


def _letters(foundation: Foundation, outbound: Outbound) -> LettersUpkeep:
    """Make what goes on with decisions about many letters."""
    store, clock = foundation.store, foundation.clock
    replayer = Replayer(store, clock, sortable_id, outbound.wake)
    batches = Batches(store, clock, replayer, sortable_id)
    return LettersUpkeep(batches, foundation.log, pause_s=Batches.PERIOD_S)


def _events(foundation: Foundation, holder: str) -> tuple[Announcer | None, Announcing | None]:
    """Make the teller of changes, where one is asked for."""
    section = foundation.config.events
    if section is None:
        return None, None
    announcer = Announcer(
        section.url.get_secret_value(), section.exchange,
        clock=foundation.clock, log=foundation.log,
    )  # fmt: skip
    sync = foundation.config.sync
    return announcer, Announcing(
        foundation.store, announcer.publish, foundation.clock, foundation.log,
        holder=holder, lease_s=sync.lease_s, pause_s=sync.relay_s, personal=section.personal,
    )  # fmt: skip


class _Parts:
    """Makes the parts of the core for one process, all under its leases and its policy."""

    def __init__(self, foundation: Foundation, outbound: Outbound) -> None:
        self._base = foundation
        self._outbound = outbound
        sync = foundation.config.sync
        self.process = sortable_id()
        self._leases = Leases(self.process, sync.lease_s)
        self._policy = RetryPolicy(sync.retry_first_s, sync.retry_cap_s)
        self._draw = Jitter().draw
        self._claimer = Claimer(
            foundation.applier, foundation.clock, self._leases.lease_s, sortable_id
        )
        self._deliverer = self._make_deliverer()

    def work(self) -> Work:
        """Return what the engine drives."""
        base, observer = self._base, self._observer()
        puller = Puller(
            base.store, observer, base.clock, base.log, self.process,
            self._leases.lease_s, base.metrics,
        )  # fmt: skip
        return Work(
            observer.observe,
            self._deliverer.deliver,
            puller.pull,
            self._relay().round,
            self.operations().perform,
            self._follower().follow,
            tuple(followers(base.config)),
        )

    def _follower(self) -> Follower:
        base = self._base
        return Follower(
            base.store, self.operations(), base.parking, followers(base.config), base.clock,
            base.log, self.process, self._leases.lease_s,
        )  # fmt: skip

    def operations(self) -> Operations:
        """Return the performer of keyed operations."""
        base = self._base
        return Operations(
            store=base.store, parking=base.parking, policy=self._policy, clock=base.clock,
            log=base.log, leases=self._leases, draw=self._draw, new_id=sortable_id,
            spans=base.spans, withheld=withheld(base.config),
        )  # fmt: skip

    def _observer(self) -> Observer:
        base = self._base
        return Observer(
            store=base.store, applier=base.applier, parking=base.parking, policy=self._policy,
            accounts=base.accounts, clock=base.clock, log=base.log, leases=self._leases,
            draw=self._draw, new_id=sortable_id,
            wake=self._outbound.wake, wake_later=self._outbound.wake_later, spans=base.spans,
        )  # fmt: skip

    def hand_over(self, engine: Engine) -> HandOver:
        """Return the way from a merge to the lanes of this process."""
        return HandOver(
            self._base.accounts, self._claimer, self._deliverer, self._leases, engine.sending
        )

    def _make_deliverer(self) -> Deliverer:
        base, settler = self._base, self._settler()
        reconciler = Reconciler(base.store, base.applier, self._claimer, settler, base.log)
        return Deliverer(
            base.store, self._claimer, reconciler, settler, self._leases, base.log,
            self._outbound.wake, base.spans,
        )  # fmt: skip

    def _settler(self) -> Settler:
        base = self._base
        return Settler(
            store=base.store, applier=base.applier, parking=base.parking,
            endings=Endings(self._policy, self._draw), clock=base.clock, log=base.log,
            new_id=sortable_id, wake=self._outbound.wake,
            wake_later=self._outbound.wake_later, metrics=base.metrics,
        )  # fmt: skip

    def desks(self, receiver: Receiver) -> Mapping[str, Desk]:
        """Return the desks of the accounts whose vendors come to us."""
        base = self._base
        folder = base.config.data_dir / "exchange"
        return {
            name: Desk(
                account, folder / name, base.store, receiver, self._observer(), self._claimer,
                self._settler(), sortable_id, base.spans,
            )
            for name, account in base.accounts.items()
            if account.is_fetched
        }  # fmt: skip

    def _relay(self) -> Relay:
        base = self._base
        return Relay(
            store=base.store, accounts=base.accounts, parking=base.parking, clock=base.clock,
            leases=self._leases, silent_s=base.config.sync.silent_s,
            wake=self._outbound.publish,
        )  # fmt: skip
