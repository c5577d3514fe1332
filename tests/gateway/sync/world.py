"""World: two vendors and the real core between them, stepped by hand."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Protocol, TypeVar

from gateway.config import IdentitySection
from gateway.contract import Hint
from gateway.identity.matching.intake import Intake
from gateway.ports import EntityRow, LinkRow, Store, Tx
from gateway.sync.account import Account, Flow
from gateway.sync.apply import Applier
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.claim import Claimer
from gateway.sync.deliver import Deliverer
from gateway.sync.endings import Endings
from gateway.sync.leases import Leases
from gateway.sync.lookup import Digester
from gateway.sync.observe import Observer
from gateway.sync.ownership import Ownership
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from gateway.sync.pull import Puller
from gateway.sync.receive import Receiver
from gateway.sync.reconcile import Reconciler
from gateway.sync.settle import Settler
from tests.gateway.sync.stepping import Flight, HeldClock, SilentLog, StepStore, at_once
from tests.gateway.sync.vendors import DictConnector, Vendor

R = TypeVar("R")
LEASE_S = 30.0
MAX_ROUNDS = 25
ALL = 1000


@dataclass(frozen=True, slots=True)
class Core:
    """The parts of one process."""

    puller: Puller
    observer: Observer
    deliverer: Deliverer


class NowStore(Store, Protocol):
    """A store that can be used from outside of coroutines too, and never lets them wait."""

    def now(self, work: Callable[[Tx], R]) -> R:
        """Run a work in a transaction."""

    def end(self) -> None:
        """Close."""


class World:
    """Vendors of one kind of entity, with the core between them."""

    def __init__(
        self,
        *vendors: Vendor,
        clock: HeldClock,
        ownership: Ownership | None = None,
        store: NowStore | None = None,
    ) -> None:
        self.clock = clock
        self.store: NowStore = store or StepStore(clock)
        self.vendors = {vendor.name: vendor for vendor in vendors}
        self.kind = vendors[0].kind
        every = frozenset({self.kind})
        never = CircuitPolicy(failures=1_000_000)
        self.accounts = {
            vendor.name: Account(
                vendor.name,
                DictConnector(vendor),
                Flow(every, every, every),
                Circuit(never, clock),
            )
            for vendor in vendors
        }
        self._ids = count(1)
        self._holders = count(1)
        self._leases: dict[str, Leases] = {}
        digester = Digester(b"a secret of tests")
        self.applier = Applier(
            self.accounts,
            ownership or Ownership(),
            digester,
            clock,
            lambda kind: f"{kind[0]}-{next(self._ids)}",
            self._new_id,
            recogniser=Intake.by(IdentitySection(), digester, clock),
        )

    def _new_id(self) -> str:
        return f"i-{next(self._ids)}"

    def core(self, holder: str = "one") -> Core:
        """Make the parts of a process with a name of its own."""
        log, store, clock = SilentLog(), self.store, self.clock
        parking, policy = Parking(store, clock, log), RetryPolicy()
        leases = self._leases.setdefault(holder, Leases(holder, LEASE_S))

        def wake(*_: Any) -> None:
            """The rows are the truth: nothing here relies on a wake-up."""

        observer = Observer(
            store=store, applier=self.applier, parking=parking, policy=policy,
            accounts=self.accounts, clock=clock, log=log, leases=leases,
            draw=lambda: 0.5, new_id=self._new_id, wake=wake, wake_later=wake,
        )  # fmt: skip
        settler = Settler(
            store=store, applier=self.applier, parking=parking, clock=clock, log=log,
            endings=Endings(policy, lambda: 0.5), new_id=self._new_id, wake=wake, wake_later=wake,
        )  # fmt: skip
        claimer = Claimer(self.applier, clock, LEASE_S, self._new_id)
        reconciler = Reconciler(store, self.applier, claimer, settler, log)
        deliverer = Deliverer(store, claimer, reconciler, settler, leases, log, wake)
        puller = Puller(store, observer, clock, log, "feeds", LEASE_S)
        return Core(puller, observer, deliverer)

    # What a test lets happen.

    def start(self, what: str, account: str) -> Flight:
        """Begin to ``pull``, ``observe`` or ``deliver``, up to the first pause."""
        holder = f"p-{next(self._holders)}"
        flight = Flight(self._coroutine(what, account, self.core(holder)), holder)
        self.step(flight)
        return flight

    def step(self, flight: Flight) -> None:
        """Go on with a flight to its next pause."""
        for vendor in self.vendors.values():
            vendor.gated = True
        try:
            flight.step()
        finally:
            for vendor in self.vendors.values():
                vendor.gated = False

    def do(self, what: str, account: str) -> None:
        """Pull, observe or deliver from beginning to end."""
        at_once(self._coroutine(what, account, self.core()))

    def _coroutine(self, what: str, account: str, core: Core) -> Coroutine[Any, Any, object]:
        match what:
            case "pull":
                return core.puller.pull(self.accounts[account], self.kind)
            case "observe":
                rows = self.store.now(lambda tx: tx.due_inbox(now=self.clock.now(), limit=ALL))
                return core.observer.observe([row.id for row in rows if row.account == account])
            case _:
                return core.deliverer.deliver(self.accounts[account], self.due(account))

    def hint(self, account: str, external_id: str, token: str) -> None:
        """Let a vendor call us."""
        receiver = Receiver(self.store, self.applier, self.clock, self._new_id, lambda _: None)
        hint = Hint(self.kind, external_id, token)
        at_once(receiver.receive(account, [hint], correlation_id="hint"))

    def due(self, account: str) -> list[str]:
        """Entities of which an account shall be told something now."""
        now = self.clock.now()
        rows = self.store.now(lambda tx: tx.due_deliveries(now=now, silent_since=now, limit=ALL))
        return [row.entity_id for row in rows if row.account == account]

    def let_leases_end(self, living: Sequence[Flight]) -> None:
        """Go on in time until what a killed process held is free again."""
        self.clock.move(LEASE_S + 1)
        until = self.clock.now() + timedelta(seconds=LEASE_S)

        def renew(tx: Tx) -> None:
            for flight in living:
                tx.renew_leases(holders=self._leases[flight.holder].active, until=until)

        self.store.now(renew)

    def settle_down(self, flights: Sequence[Flight] = ()) -> int:
        """Finish everything; return the rounds that it took to become quiet."""
        for flight in flights:
            while not flight.done:
                self.step(flight)
        for vendor in self.vendors.values():
            vendor.fates.clear()
        for rounds in range(MAX_ROUNDS):
            self.clock.move(2000)
            before = self.writes()
            for name in self.accounts:
                self.do("pull", name)
                self.do("observe", name)
                self.do("deliver", name)
            if self.writes() == before and self._is_quiet():
                return rounds
        msg = f"not quiet after {MAX_ROUNDS} rounds"
        raise AssertionError(msg)

    # What a test looks at.

    def writes(self) -> int:
        """Calls of ``write`` at all vendors."""
        return sum(vendor.writes for vendor in self.vendors.values())

    def _is_quiet(self) -> bool:
        """True when nothing is left to be done, now or later."""
        later = self.clock.now().replace(year=2040)
        inbox = self.store.now(lambda tx: tx.due_inbox(now=later, limit=ALL))
        due = self.store.now(lambda tx: tx.due_deliveries(now=later, silent_since=later, limit=ALL))
        unread = any(
            (self._cursor(name) or 0) < len(vendor.feed) for name, vendor in self.vendors.items()
        )
        return not inbox and not due and not unread

    def _cursor(self, account: str) -> int | None:
        """How far a feed was read."""
        found = self.store.now(lambda tx: tx.checkpoint(account, str(self.kind)))
        return int(found.cursor or 0) if found else None

    def links(self, account: str) -> dict[str, LinkRow]:
        """Links of an account by external id."""
        ids = sorted(self.vendors[account].records)
        return dict(self.store.now(lambda tx: tx.links(account, self.kind, ids)))

    def entity(self, entity_id: str) -> EntityRow:
        """A snapshot."""
        return self.store.now(lambda tx: tx.entities([entity_id]))[entity_id]

    def close(self) -> None:
        """Release the database."""
        self.store.end()
