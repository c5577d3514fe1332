"""World: questionnaires over the real core and two vendors, stepped by hand, dying where told to.

Codes, store, merge, deliveries and operations are the real ones; the vendors are dictionaries.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from gateway.canonical import Customer, Kind
from gateway.config import CodesSection, CodeTriesSection, IdentitySection
from gateway.config.codes import CodeSendsSection
from gateway.contract import MemberKey, Notice, NoticeChannel, Services
from gateway.contract.operations import BONUS_POST
from gateway.identity.matching.neighbours import Neighbours
from gateway.identity.merging.service import Merging
from gateway.identity.questionnaire.desk import Desk
from gateway.identity.questionnaire.form import Digests, Form
from gateway.identity.questionnaire.outside import Visitor
from gateway.identity.questionnaire.walk import Walk
from gateway.loyalty.alarm import Alarm, Watch
from gateway.loyalty.codes import Chance, OwnCodes
from gateway.loyalty.limits import Gate, Limit, Window
from gateway.ports import FormRow, Tx
from gateway.sync.leases import Leases
from gateway.sync.lookup import Digester
from gateway.sync.operate import Operations
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from gateway.telemetry import Metrics
from tests.gateway.identity.questionnaire.sections import section
from tests.gateway.sync.operating import Ledger
from tests.gateway.sync.stepping import HeldClock, SilentLog, StepStore
from tests.gateway.sync.vendors import Vendor
from tests.gateway.sync.world import World

R = TypeVar("R")
LEASE_S = 30.0
PLENTY = 1_000_000
_CODE = re.compile(r"\d{6}")
VISITOR = Visitor("192.0.2.7")


class Died(BaseException):
    """The process was killed here."""


class MortalStore(StepStore):
    """A store whose process dies at a transaction: before it, or just after its commit."""

    dies_in = 0
    after = False

    async def run(self, work: Callable[[Tx], R]) -> R:
        """Run a work, or die of it."""
        self.dies_in -= 1
        if self.dies_in == 0 and not self.after:
            raise Died
        result = self.now(work)
        if self.dies_in == 0 and self.after:
            raise Died
        return result


@dataclass
class Post:
    """Sends nothing and remembers all: the newest code by recipient."""

    channels: frozenset[NoticeChannel] = frozenset(NoticeChannel)
    codes: dict[str, list[str]] = field(default_factory=dict)

    async def send(self, notice: Notice, *, key: str) -> str:
        """Keep the code of a message."""
        found = _CODE.search(notice.text)
        assert found is not None
        self.codes.setdefault(notice.to, []).append(found[0])
        return key


@dataclass(frozen=True)
class Lookup:
    """See ``PersonLookup``."""

    vendor: Vendor

    async def find(self, key: MemberKey) -> Sequence[str]:
        """Return the records with this contact."""
        return [
            one
            for one, record in self.vendor.records.items()
            if key.phone in {phone.number for phone in record.entity.phones}
            or key.email in {email.address for email in record.entity.emails}
        ]


def one_of_each(entity: Customer, known: Customer | None) -> Customer:
    """Hold a name, a phone and an e-mail, as sites and processors do."""
    held: dict[str, Any] = {}
    for name in ("phones", "emails"):
        contacts = getattr(entity, name) or (getattr(known, name) if known else ())
        key = {"phones": "number", "emails": "address"}[name]
        main = sorted(contacts, key=lambda one: (one.rank, getattr(one, key)))[:1]
        held[name] = tuple(
            type(one)(**{key: getattr(one, key), "rank": 0, "confirmation": one.confirmation})
            for one in main
        )
    if entity.name is not None:
        held["name"] = entity.name
    elif known is not None and known.name is not None:
        held["name"] = known.name
    return Customer(**held)


class FormWorld(World):
    """A site, a processor that books points, and one questionnaire."""

    def __init__(self, **form: Any) -> None:
        """Open everything. ``form`` is what the questionnaire has otherwise."""
        clock = HeldClock()
        self.mortal = MortalStore(clock)
        self.shop, self.points = (
            Vendor(name, Kind.CUSTOMER, clock, one_of_each) for name in ("shop", "points")
        )
        super().__init__(self.shop, self.points, clock=clock, store=self.mortal)
        self.loop = asyncio.new_event_loop()
        self.ledger, self.post = Ledger(), Post()
        for vendor in (self.shop, self.points):
            connector: Any = self.accounts[vendor.name].connector
            connector.services = Services(people=Lookup(vendor))
        booking: Any = self.accounts["points"].connector
        booking.operations = {BONUS_POST: self.ledger}
        self.form = Form("club", section(**form), self.accounts["shop"], self.accounts["points"])
        self._codes_made = count(100_000)
        self.codes = self._codes()
        for name in self.accounts:
            self.do("pull", name)

    def _codes(self) -> OwnCodes:
        """Make codes whose limits never matter here."""
        key = b"codes of tests"
        chosen = CodesSection(
            mode="own", sms="sms", email="mail", resend_after_s=0, floor_ms=0, attempts=10,
            sends=CodeSendsSection(recipient_hour=PLENTY, recipient_day=PLENTY, till_minute=PLENTY,
                                   address_hour=PLENTY, whole_minute=PLENTY),
            tries=CodeTriesSection(recipient_day=PLENTY, till_minute=PLENTY, address_hour=PLENTY,
                                   whole_minute=PLENTY, free=PLENTY),
        )  # fmt: skip
        watch, log = Watch(Window(PLENTY, 1.0)), SilentLog()
        alarm = Alarm("codes", Kind.CUSTOMER, watch, self.store, self.clock, log, Metrics().tills)
        chance = Chance(lambda _: next(self._codes_made), self._new_id)
        ways = dict.fromkeys(NoticeChannel, self.post)
        return OwnCodes(chosen, ways, self.store, self.clock, chance, key, alarm)

    def desk(self) -> Desk:
        """Return the desk of a new process."""
        limits = Gate({"whole": Limit((Window(PLENTY, 1.0),))})
        return Desk(
            form=self.form, store=self.store, codes=self.codes, sends=limits, checks=limits,
            clock=self.clock, new_id=self._new_id, woken=lambda: None,
            today=lambda: self.clock.now().date(),
        )  # fmt: skip

    def operations(self) -> Operations:
        """Return the performer of a new process."""
        log = SilentLog()
        return Operations(
            store=self.store, parking=Parking(self.store, self.clock, log), policy=RetryPolicy(),
            clock=self.clock, log=log, leases=Leases(self._new_id(), LEASE_S), draw=lambda: 0.5,
            new_id=self._new_id,
        )  # fmt: skip

    def walk(self) -> Walk:
        """Return the walk of a new process."""
        digester = Digester(b"a secret of tests")
        return Walk(
            forms={"club": self.form}, store=self.store, applier=self.applier,
            operations=self.operations(), digests=Digests(digester),
            neighbours=Neighbours.by(IdentitySection(), digester, self.clock),
            policy=RetryPolicy(), clock=self.clock, log=SilentLog(), draw=lambda: 0.5,
            wake=lambda _: None, lease_s=LEASE_S,
            merging=self.merging(),
        )  # fmt: skip

    def merging(self) -> Merging:
        """Return the merging of a new process."""
        return Merging(
            self.store, self.clock, self.applier, self._new_id, ("sms", "email"), 3600.0,
            lambda _: None,
        )  # fmt: skip

    def done(self, work: Coroutine[Any, Any, R]) -> R | None:
        """Do something in a process that may die of it; ``None`` when it did."""
        try:
            return self.loop.run_until_complete(work)
        except Died:
            self.codes = self._codes()
            return None

    def attempted(self, what: str, account: str) -> None:
        """Do what ``World.do`` does, in a process that may die of it."""
        try:
            self.do(what, account)
        except Died:
            return

    def die_in(self, transactions: int, *, after: bool) -> None:
        """Let the process die at a transaction from now on, 0 for never."""
        self.mortal.dies_in, self.mortal.after = transactions, after

    def row(self, token: str) -> FormRow | None:
        """Return a questionnaire."""
        return self.store.now(lambda tx: tx.form_by_token(token))

    def to_the_end(self) -> None:
        """Let everything end, with nobody dying any more."""
        self.die_in(0, after=False)
        for vendor in self.vendors.values():
            vendor.fates.clear()
        for _ in range(12):
            self.clock.move(2000)
            while self.done(self.walk().once()):
                continue
            self.done(self.merging().work_off())
            self.settle_down()
            self.done(self.operations().perform(self.accounts["points"]))

    def paid(self) -> dict[str, Decimal]:
        """Return the points by the processor's id of a customer."""
        found: dict[str, Decimal] = {}
        for payload in self.ledger.booked.values():
            who = str(payload["customer_external_id"])
            found[who] = found.get(who, Decimal(0)) + Decimal(str(payload["points"]))
        return found

    def close(self) -> None:
        """Release everything."""
        self.loop.close()
        super().close()
