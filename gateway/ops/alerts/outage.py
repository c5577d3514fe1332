"""Outage: the store is away, so nothing can be noted there, and people are told all the same.

What was told stands in a file of the machine, written before each send, so that the processes of a
machine tell it once and a process that is started again goes on. An address is told twice at most:
when a process dies between a send and the file. Where the file cannot be written (a full disk),
each process remembers for itself.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from gateway.canonical import Kind
from gateway.config import AlertsSection
from gateway.contract import Clock, Log, StoreError
from gateway.ops.alerts.message import Told
from gateway.ops.alerts.record import BEGAN, OVER, awake_at
from gateway.ops.alerts.ways import NotSent, Way
from gateway.ports import AlertRow, AlertState, JournalRow, Store, Tx

FILE, LOCK = "alerts-store.json", "alerts-store.lock"
SENT, _FAILED = "sent", "-"
TRY_AGAIN_S = 60.0
GIVE_UP = timedelta(hours=6)
"""After so long an end that an address does not take is told no more."""

RULE = "store"


@dataclass(frozen=True, slots=True)
class OutageState:
    """What is known of an outage.

    Shape: address → ``sent``, the moment of a try that may have come, or a dash and the moment of
    one that did not.
    """

    id: str
    since: datetime
    bad_at: datetime
    began: Mapping[str, str] = field(default_factory=dict)
    over: Mapping[str, str] = field(default_factory=dict)


class Outage:
    """Tells that the store is away, and that it is back."""

    def __init__(
        self,
        store: Store,
        section: AlertsSection,
        ways: Mapping[str, Way],
        *,
        clock: Clock,
        log: Log,
        new_id: Callable[[], str],
        machine: str,
        data_dir: Path,
    ) -> None:
        self._store = store
        self._section = section
        self._ways = {
            name: way
            for name, way in ways.items()
            if not section.to[name].only or RULE in section.to[name].only
        }
        self._clock = clock
        self._log = log
        self._new_id = new_id
        self._machine = machine
        self._folder = data_dir
        self._kept: OutageState | None = None

    async def away(self, cause: str) -> None:
        """Note that the store takes no work; tell it once that is so for long."""
        if not self._section.store.on:
            return
        now = self._clock.now()
        with self._locked() as is_mine:
            if not is_mine:
                return
            state = self._read() or OutageState(self._new_id(), now, now)
            self._write(replace(state, bad_at=now, over={}))
            if now - state.since < timedelta(minutes=self._section.store.minutes):
                return
            self._log.warning("alerts.store_away", cause=cause)
            for name, way in self._ways.items():
                await self._tell(name, way, BEGAN)

    async def back(self) -> None:
        """Note that the store takes work; tell those who know that it was away."""
        if self._kept is None and not (self._folder / FILE).exists():
            return
        now = self._clock.now()
        with self._locked() as is_mine:
            state = self._read() if is_mine else None
            if state is None or now - state.bad_at < timedelta(seconds=self._section.clear_s):
                return
            heard = [name for name, how in state.began.items() if how[:1] != _FAILED]
            heard = [name for name in heard if name in self._ways]
            for name in heard:
                await self._tell(name, self._ways[name], OVER)
            state = self._read() or state
            told = all(state.over.get(name) == SENT for name in heard)
            if told or now - state.bad_at > GIVE_UP:
                await self._close(state)

    async def _close(self, state: OutageState) -> None:
        """Put it into the history, once it is told."""
        if state.began:
            row = self._row(state, ended_at=state.bad_at)
            detail = {"rule": RULE, "subject": self._machine}
            turns = [
                JournalRow(at, "", Kind.CUSTOMER, "", "alert", outcome, "", detail)
                for at, outcome in ((state.since, BEGAN), (state.bad_at, OVER))
            ]

            def keep(tx: Tx) -> None:
                tx.put_alerts([row])
                tx.write_journal(turns)

            with suppress(StoreError):  # away again: it goes on as the same outage
                await self._store.run(keep)
                self._forget()
            return
        self._forget()

    async def _tell(self, name: str, way: Way, turn: str) -> None:
        """Tell one address, unless it was told; the try is written down before it."""
        state, now = self._read(), self._clock.now()
        if state is None:
            return
        tries = state.began if turn == BEGAN else state.over
        last = tries.get(name, "").removeprefix(_FAILED)
        if last == SENT or (last and now - datetime.fromisoformat(last) < _pause()):
            return
        if awake_at(self._section.to[name], now, self._section.zone) > now:
            return
        self._write(_tried(state, turn, name, now.isoformat()))
        row = self._row(state, ended_at=state.bad_at if turn == OVER else None)
        key = f"alert-{state.id}-{turn}-{name}"
        try:
            await way.send([Told(row, turn)], self._section, now, key=key)
        except NotSent as error:
            self._log.warning("alerts.not_sent", address=name, cause=str(error))
            if not error.in_doubt:
                failed = f"{_FAILED}{now.isoformat()}"
                self._write(_tried(self._read() or state, turn, name, failed))
            return
        self._write(_tried(self._read() or state, turn, name, SENT))

    def _row(self, state: OutageState, *, ended_at: datetime | None) -> AlertRow:
        return AlertRow(
            id=state.id,
            rule=RULE,
            subject=self._machine,
            state=AlertState.OVER if ended_at is not None else AlertState.ON,
            since=state.since,
            seen_at=state.since,
            bad_at=state.bad_at,
            began_at=state.since,
            ended_at=ended_at,
            told_at=state.since,
        )

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        """Let one process of the machine at it; True also where no file can be made."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:
            yield True
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)

    def _read(self) -> OutageState | None:
        try:
            known = orjson.loads((self._folder / FILE).read_bytes())
            return OutageState(
                known["id"],
                datetime.fromisoformat(known["since"]),
                datetime.fromisoformat(known["bad_at"]),
                known["began"],
                known["over"],
            )
        except (OSError, ValueError, KeyError):
            return self._kept

    def _write(self, state: OutageState) -> None:
        target = self._folder / FILE
        fresh = target.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(orjson.dumps(state))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
            self._kept = None
        except OSError as error:
            self._kept = state
            self._log.warning("alerts.not_kept", error=type(error).__name__)

    def _forget(self) -> None:
        self._kept = None
        with suppress(OSError):  # where it cannot be removed it cannot have been written either
            (self._folder / FILE).unlink()


def _tried(state: OutageState, turn: str, name: str, what: str) -> OutageState:
    if turn == BEGAN:
        return replace(state, began={**state.began, name: what})
    return replace(state, over={**state.over, name: what})


def _pause() -> timedelta:
    return timedelta(seconds=TRY_AGAIN_S)
