"""Bench: real store, real duties of two processes, and an account that sends what it is told."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config import AlertsSection
from gateway.contract import (
    NO_SERVICES,
    Manifest,
    Notice,
    NoticeChannel,
    Operation,
    OutcomeUnknown,
    ProbeReport,
    Services,
    Unavailable,
    Unsupported,
)
from gateway.contract.operations import NOTICE_SEND, NoticeSending, payload_of
from gateway.ids import sortable_id
from gateway.ops.alerts.courier import Courier
from gateway.ops.alerts.duty import SharedDuty
from gateway.ops.alerts.facts import Looker
from gateway.ops.alerts.hook import Hook
from gateway.ops.alerts.record import Recorder
from gateway.ops.alerts.ways import HookMaker, Way, ways_of
from gateway.ports import AccountState
from gateway.store import Sealer, SqlStore, open_store
from gateway.sync.account import Account, Flow
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.leases import Leases
from gateway.sync.operate import Operations
from gateway.sync.parking import Parking
from gateway.sync.policy import RetryPolicy
from gateway.telemetry import build_log
from tests.store.rows import HeldClock
from tests.stores import upgrade

KEY = b"0123456789abcdef0123456789abcdef"
ADDRESS = "дежурный@example.ru"


@dataclass
class Postman:
    """Sends letters, unless it is told to fail. Shape: ``fails`` is ``away``, ``cut`` or empty."""

    sent: list[Notice] = field(default_factory=list)
    fails: str = ""
    channels: frozenset[NoticeChannel] = frozenset({NoticeChannel.EMAIL})

    async def send(self, notice: Notice, *, key: str) -> str:
        """Send, or be away, or send and lose the answer."""
        if self.fails == "away":
            msg = "it does not answer"
            raise Unavailable(msg, operation="DATA")
        self.sent.append(notice)
        if self.fails == "cut":
            msg = "no answer"
            raise OutcomeUnknown(msg, operation="DATA")
        return key

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Send a notice."""
        sending = payload_of(NoticeSending, operation)
        notice = Notice(sending.channel, sending.to, sending.text, sending.subject)
        return {"id": await self.send(notice, key=operation.key)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """A mail server does not tell."""
        msg = "it does not tell what it took"
        raise Unsupported(msg, operation=NOTICE_SEND)


@dataclass
class Vendor:
    """A connector that sends messages, or does nothing at all."""

    services: Services = NO_SERVICES
    operations: Mapping[str, Any] = field(default_factory=dict)
    report: ProbeReport = field(default_factory=lambda: ProbeReport(ok=True))
    manifest: Manifest | None = None
    readers: Mapping[Any, Any] = field(default_factory=dict)
    writers: Mapping[Any, Any] = field(default_factory=dict)
    webhooks: None = None

    async def probe(self) -> ProbeReport:
        """Tell what the test wants."""
        return self.report


def account(name: str, vendor: Vendor, clock: HeldClock, **flow: Any) -> Account:
    """Return an account at a vendor."""
    circuit = Circuit(CircuitPolicy(10**6), clock)
    return Account(name, vendor, Flow(**flow), circuit)  # type: ignore[arg-type]  # as far as it is used


@dataclass
class Bench:
    """The parts. ``log`` is what was logged."""

    store: SqlStore
    clock: HeldClock
    section: AlertsSection
    accounts: dict[str, Account]
    postman: Postman
    ways: Mapping[str, Way]
    log: io.StringIO
    running: SharedDuty | None = None

    def duty(self) -> SharedDuty:
        """Return the duty of another process."""
        log = build_log(self.log)
        looker = Looker(self.store, self.accounts, self.section, clock=self.clock, log=log)
        courier = Courier(
            self.store, self.section, self.ways, self.operations().submit, self.clock,
            RetryPolicy(1.0, 600.0), lambda: 0.5,
        )  # fmt: skip
        recorder = Recorder(self.section, sortable_id)
        return SharedDuty(
            self.store, self.section, looker, recorder, courier, self.clock, log, sortable_id()
        )

    def operations(self) -> Operations:
        """Return the performer of operations."""
        log = build_log(self.log)
        return Operations(
            self.store, Parking(self.store, self.clock, log), RetryPolicy(1.0, 600.0), self.clock,
            log, Leases(sortable_id(), 15.0), lambda: 0.5, sortable_id,
        )  # fmt: skip

    async def perform(self) -> int:
        """Send what was handed over."""
        return await self.operations().perform(self.accounts["mail"])

    async def park(self, name: str, *, parked: bool = True) -> None:
        """Let an account's credentials be refused, or accepted again."""
        state = AccountState(name, parked, "refused", self.clock.now() if parked else None)
        await self.store.run(lambda tx: tx.put_account_state(state))

    def lines(self) -> list[str]:
        """Return what the letters said, a line for each alert in them."""
        turns = ("ALERT: ", "OVER: ", "STILL: ", "WAS AND IS OVER: ")
        lines = [line for one in self.postman.sent for line in one.text.split("\n")]
        return [line for line in lines if line.startswith(turns)]


def section_of(**more: Any) -> AlertsSection:
    """Return a section with one address and short delays."""
    values: dict[str, Any] = {
        "language": "en",
        "to": {"ops": {"account": "mail", "to": ADDRESS}},
        "clear_s": 60.0,
        "group_s": 0.0,
        "flap_s": 0.0,
        "auth": {"minutes": 0},
    }
    return AlertsSection.model_validate(values | more)


def no_hooks(*_: str) -> Hook:
    """Make no hook."""
    raise AssertionError


def bench_at(
    folder: Path, section: AlertsSection, *, make_hook: HookMaker = no_hooks, url: str = ""
) -> Bench:
    """Return a bench on a fresh embedded store."""
    url = url or f"sqlite:///{folder / 'gateway.db'}"
    upgrade(url)
    clock, postman = HeldClock(), Postman()
    store = open_store(url, sealer=Sealer([KEY]), clock=clock)
    mail = Vendor(Services(notifier=postman), {NOTICE_SEND: postman})
    accounts = {
        "mail": account("mail", mail, clock),
        "crm": account("crm", Vendor(), clock),
        "shop": account("shop", Vendor(), clock),
    }
    ways = ways_of(section, accounts, make_hook)
    return Bench(store, clock, section, accounts, postman, ways, io.StringIO())


def alternate(lines: Sequence[str]) -> bool:
    """Tell whether beginnings and ends follow each other, for each subject of its own."""
    on: set[str] = set()
    for line in lines:
        turn, _, what = line.partition(": ")
        subject = what.partition(":")[0]
        if turn == "ALERT" and subject not in on:
            on.add(subject)
        elif turn == "OVER" and subject in on:
            on.remove(subject)
        elif turn != "WAS AND IS OVER" or subject in on:
            return False
    return True
