"""Health: is this process alive, and can it take work now?

Alive is judged by progress, because a process may hang while its port still answers. A database or
broker that is away makes it not ready, but not dead: a restart would not bring them back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.bus import BusHealth, LinkHealth
from gateway.contract import Clock, StoreError
from gateway.ports import Store, Tx
from gateway.store import SchemaState

STALL_S = 180.0
"""Seconds without progress after which a part counts as hung; several vendors' time-outs long."""

STORE_ANSWER_S = 5.0
_FRESH_S = 1.0
_SCHEMA_FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One part's state; ``text`` is ``ok`` or says what is wrong and what to do."""

    ok: bool
    text: str = "ok"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The state of all parts by name."""

    findings: Mapping[str, Finding]

    @property
    def ok(self) -> bool:
        """True when no part has a problem."""
        return all(finding.ok for finding in self.findings.values())

    def texts(self) -> dict[str, str]:
        """Part → text."""
        return {name: finding.text for name, finding in self.findings.items()}


@dataclass(frozen=True, slots=True)
class Vitals:
    """Where progress is read: functions, so that each process gives those that it has.

    Shape: ``bus`` and ``engine_idle_s`` are ``None`` in a process without that part; ``links`` are
    its other connections to brokers by name: ``intake:`` and an account, ``events``.
    ``engine_idle_s`` gives seconds since the engine last moved, ``engine_limit_s`` how long that
    may be. ``schema`` blocks and is called in a thread.
    """

    schema: Callable[[], SchemaState]
    bus: Callable[[], BusHealth] | None = None
    engine_idle_s: Callable[[], float] | None = None
    engine_limit_s: float = STALL_S
    links: Mapping[str, Callable[[], LinkHealth]] = field(default_factory=dict)


class Health:
    """Answers probes; an answer is kept a moment, so that probes cost next to nothing."""

    def __init__(self, store: Store, vitals: Vitals, clock: Clock) -> None:
        self._store = store
        self._vitals = vitals
        self._clock = clock
        self._asking = asyncio.Lock()
        self._store_seen: tuple[float, Finding] = (float("-inf"), Finding(ok=True))
        self._schema_seen: tuple[float, Finding] = (float("-inf"), Finding(ok=True))
        self._silent_since: float | None = None

    async def live(self) -> HealthReport:
        """Tell whether the process makes progress; if not, it is to be started again."""
        store = await self._ask_store()
        findings = {"store": self._store_alive(), "bus": self._bus_alive()}
        # Without a store the engine cannot move; that is the store's fault and no hang.
        findings["engine"] = self._engine_alive() if store.ok else Finding(ok=True)
        for name, health in self._vitals.links.items():
            # Without a store messages wait in hand, which is no hang either.
            silent_s = health().silent_s if store.ok else 0.0
            findings[name] = _moving(silent_s, STALL_S)
        return HealthReport(findings)

    async def ready(self) -> HealthReport:
        """Tell whether the process can take work now, with the reasons why not."""
        findings = {"store": await self._ask_store()}
        if findings["store"].ok:
            findings["schema"] = await self._ask_schema()
        if self._vitals.bus is not None:
            connected = self._vitals.bus()["connected"]
            text = "ok" if connected else "not connected: check [bus] url and that the broker runs"
            findings["bus"] = Finding(connected, text)
        findings |= {name: _linked(name, health()) for name, health in self._vitals.links.items()}
        return HealthReport(findings)

    async def _ask_store(self) -> Finding:
        """Commit nothing, which proves that something could be committed (full disk)."""
        async with self._asking:
            asked, finding = self._store_seen
            if self._clock.monotonic() - asked < _FRESH_S:
                return finding
            try:
                await asyncio.wait_for(self._store.run(_nothing), STORE_ANSWER_S)
            except TimeoutError:
                self._silent_since = self._silent_since or self._clock.monotonic()
                finding = Finding(
                    ok=False, text=f"no answer in {STORE_ANSWER_S:.0f} s: look at the database"
                )
            except StoreError as error:
                self._silent_since, finding = None, Finding(ok=False, text=str(error))
            else:
                self._silent_since, finding = None, Finding(ok=True)
            self._store_seen = (self._clock.monotonic(), finding)
            return finding

    async def _ask_schema(self) -> Finding:
        async with self._asking:
            asked, finding = self._schema_seen
            if self._clock.monotonic() - asked < _SCHEMA_FRESH_S:
                return finding
            try:
                (await asyncio.to_thread(self._vitals.schema)).require()
            except StoreError as error:
                return Finding(ok=False, text=str(error))
            self._schema_seen = (self._clock.monotonic(), Finding(ok=True))
            return Finding(ok=True)

    def _store_alive(self) -> Finding:
        silent_s = 0.0
        if self._silent_since is not None:
            silent_s = self._clock.monotonic() - self._silent_since
        return _moving(silent_s, STALL_S)

    def _bus_alive(self) -> Finding:
        return _moving(self._vitals.bus()["last_progress_s"] if self._vitals.bus else 0.0, STALL_S)

    def _engine_alive(self) -> Finding:
        idle_s = self._vitals.engine_idle_s
        return _moving(idle_s() if idle_s else 0.0, self._vitals.engine_limit_s)


def _nothing(_: Tx) -> None:
    """Do nothing, in a transaction."""


def _linked(name: str, link: LinkHealth) -> Finding:
    """Say how one connection is, and which setting names its broker."""
    if link.connected:
        return Finding(ok=True)
    part, _, account = name.partition(":")
    setting = f"accounts.{account}.queue" if part == "intake" else f"{part}.url"
    trouble = f" (last trouble: {link.last_error})" if link.last_error else ""
    return Finding(
        ok=False, text=f"not connected{trouble}: check {setting} and that the broker runs"
    )


def _moving(silent_s: float, limit_s: float) -> Finding:
    if silent_s <= limit_s:
        return Finding(ok=True)
    return Finding(ok=False, text=f"no progress for {silent_s:.0f} s: restart this process")
