"""Building: facts follow what changes, batch by batch, and are made of all there is at first.

One process at a time does it, under a lease and a mark of who had it last, both of which each
write checks: a process that slept through the end of its lease cannot write what it read before,
even when the others are gone again. How far the first build has come stands in a
checkpoint that moves with its facts, so a killed one goes on where it was. Between batches it
rests, so that delivery has the machine.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

import orjson

from gateway.contract import Clock, Log, StoreError
from gateway.ops.report_reading import Reader
from gateway.ops.report_settling import settle
from gateway.ports import Store, Tx
from gateway.ports.reports import SALE_SUBJECT, Subject

BATCH = 100
"""Records of a transaction in the background: the writer is held for some hundredths of a second.
"""
BULK = 500
"""And where somebody waits for the end."""
LEASE_S = 60.0
REST_SHARE = 4.0
"""So many times as long as a batch took it rests, twice that in the first build: a tenth of one
core at most, later a fifth."""
LOOK_AGAIN = timedelta(days=1)
"""How often sales of buyers whom nobody knew are looked at again."""
FACTS_VERSION = 1
"""Grows when facts are made otherwise: then all are made anew."""
_LEASE = "reports"
_ACCOUNT, _STREAM, _TURN = "", "reports", "reports:turn"
_UNKNOWN, _DONE = "unknown", "done"
_READ = frozenset({"entity", SALE_SUBJECT})
"""Stages in which something is read for the first time."""
_STAGES = ("entity", SALE_SUBJECT, "purchase", _UNKNOWN, _DONE)


class LeaseLost(Exception):
    """Another process builds now; nothing was written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the build has come.

    Shape: ``stage`` is ``entity``, ``sale``, ``purchase``, ``unknown`` or ``done``; ``after`` the
    last id of it, ``seen`` how many records were read; ``whole``: all that there was is in the
    facts. ``first``: there were none before, so that none of them needs a second look. ``waiting``:
    changes that no fact shows yet. ``at``: when it moved last, ``None`` for never.
    """

    stage: str = _STAGES[0]
    after: str = ""
    seen: int = 0
    whole: bool = False
    first: bool = False
    rules: str = ""
    waiting: int = 0
    at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """True when facts show all that was stored at the time of reading."""
        return self.whole and self.waiting == 0


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds facts. ``holder`` names the process; ``rest_share`` 0 is for who waits for the end."""

    PERIOD_S: ClassVar[float] = 5.0

    store: Store
    reader: Reader
    clock: Clock
    log: Log
    holder: str
    rest_share: float = REST_SHARE
    batch: int = BATCH

    async def run(self) -> None:
        """Build until cancelled; failures are logged and it is tried again."""
        while True:
            try:
                await self.catch_up()
            except StoreError as error:
                self.log.warning("store.unavailable", loop="reports", cause=str(error))
            except Exception as error:  # noqa: BLE001 - reports would stand still without this loop
                self.log.warning("reports.build_failed", error=type(error).__name__)
            await asyncio.sleep(self.PERIOD_S)

    async def catch_up(self) -> None:
        """Build until nothing is left, with rests. Raises ``StoreError``."""
        was_whole = (await self.progress()).whole
        since = self.clock.monotonic()
        while await self.step():
            now = self.clock.monotonic()
            await asyncio.sleep(self.rest_share * (now - since) * (1 if was_whole else 2))
            since = self.clock.monotonic()
        ended = await self.progress()
        if ended.whole and not was_whole:
            self.log.info("reports.built", seen=ended.seen)

    async def step(self) -> bool:
        """Do one batch of each; False when nothing is left, or another process is at it.

        Raises ``StoreError``.
        """
        has_work, is_mine = await self.store.read(self._look)
        if not has_work or not (is_mine or await self.store.run(self._take)):
            return False
        try:
            was_changed = await self._follow_changes()
            return await self._read_page() or was_changed
        except LeaseLost:
            return False

    async def release(self) -> None:
        """Let another process begin at once, where this one holds the lease."""

        def end(tx: Tx) -> None:
            now = self.clock.now()
            tx.lease(_LEASE, holder=self.holder, now=now, until=now)

        await self.store.run(end)

    async def progress(self) -> Progress:
        """Tell how far it has come."""
        return await self.store.read(
            lambda tx: replace(_stored(tx), waiting=tx.count_fact_changes())
        )

    async def restart(self) -> None:
        """Let all facts be made anew; those that are there stay until then."""
        await self.store.run(lambda tx: self._move(tx, Progress(rules=self._rules())))

    def _look(self, tx: Tx) -> tuple[bool, bool]:
        has_work = bool(tx.fact_changes(limit=1)) or self._due(_stored(tx)).stage != _DONE
        return has_work, _turn(tx) == self.holder

    async def _follow_changes(self) -> bool:
        rows = await self.store.read(lambda tx: tx.fact_changes(limit=self.batch))
        if not rows:
            return False
        read = await self.store.read(lambda tx: self.reader.read(tx, {one for _, one in rows}))

        def write(tx: Tx) -> None:
            self._require_lease(tx)
            settle(tx, read)
            tx.drop_fact_changes([number for number, _ in rows])

        await self.store.run(write)
        return True

    async def _read_page(self) -> bool:
        stored = await self.store.read(_stored)
        progress = self._due(stored)
        if progress.stage == _DONE:
            return False
        subjects = await self.store.read(lambda tx: _subjects(tx, progress, self.batch))
        read = await self.store.read(lambda tx: self.reader.read(tx, subjects))
        following = _advanced(progress, subjects, self.batch)

        def write(tx: Tx) -> None:
            self._require_lease(tx)
            if _stored(tx) != stored:  # somebody let all be made anew meanwhile
                raise LeaseLost
            settle(tx, read)
            self._move(tx, following)

        await self.store.run(write)
        return True

    def _lease(self, tx: Tx) -> bool:
        now = self.clock.now()
        until = now + timedelta(seconds=LEASE_S)
        return tx.lease(_LEASE, holder=self.holder, now=now, until=until)

    def _take(self, tx: Tx) -> bool:
        """Take the lease, and leave the mark by which those before see that they lost it."""
        if not self._lease(tx):
            return False
        now, old = self.clock.now(), _turn(tx)
        return tx.move_checkpoint(_ACCOUNT, _TURN, old=old, new=self.holder, now=now)

    def _require_lease(self, tx: Tx) -> None:
        if _turn(tx) != self.holder or not self._lease(tx):
            raise LeaseLost

    def _move(self, tx: Tx, new: Progress) -> None:
        known = tx.checkpoint(_ACCOUNT, _STREAM)
        old = None if known is None else known.cursor
        tx.move_checkpoint(_ACCOUNT, _STREAM, old=old, new=_text(new), now=self.clock.now())

    def _due(self, progress: Progress) -> Progress:
        """Return where to go on: anew under other rules, and once a day with unknown buyers."""
        rules = self._rules()
        if progress.rules != rules:
            return Progress(rules=rules, first=not progress.rules)
        is_old = progress.at is not None and self.clock.now() - progress.at >= LOOK_AGAIN
        if progress.stage == _DONE and is_old:
            return replace(progress, stage=_UNKNOWN, after="")
        return progress

    def _rules(self) -> str:
        """Return what facts are made by; when that changes they are all made anew."""
        zones = self.reader.zones
        named = sorted((shop, zone.key) for shop, zone in zones.shops.items())
        told = orjson.dumps([FACTS_VERSION, zones.common.key, named])
        return hashlib.blake2b(told, digest_size=8).hexdigest()


def _turn(tx: Tx) -> str | None:
    known = tx.checkpoint(_ACCOUNT, _TURN)
    return None if known is None else known.cursor


def _stored(tx: Tx) -> Progress:
    known = tx.checkpoint(_ACCOUNT, _STREAM)
    if known is None or known.cursor is None:
        return Progress()
    return Progress(**orjson.loads(known.cursor), at=known.at)


def _advanced(progress: Progress, subjects: list[Subject], full: int) -> Progress:
    """Return the progress after a page; a short one ends its stage."""
    seen = progress.seen + (len(subjects) if progress.stage in _READ else 0)
    if len(subjects) == full:
        return replace(progress, after=subjects[-1][1], seen=seen)
    stage = _STAGES[_STAGES.index(progress.stage) + 1]
    if progress.first and stage not in _READ:
        stage = _DONE
    return replace(
        progress,
        stage=stage,
        after="",
        seen=seen,
        whole=progress.whole or stage == _DONE,
        first=progress.first and stage != _DONE,
    )


def _subjects(tx: Tx, progress: Progress, limit: int) -> list[Subject]:
    if progress.stage == _UNKNOWN:
        ids = tx.unknown_buyers(after=progress.after, limit=limit)
        return [(SALE_SUBJECT, one) for one in ids]
    return list(tx.fact_subjects(progress.stage, after=progress.after, limit=limit))


def _text(progress: Progress) -> str:
    kept = {
        "stage": progress.stage,
        "after": progress.after,
        "seen": progress.seen,
        "whole": progress.whole,
        "first": progress.first,
        "rules": progress.rules,
    }
    return orjson.dumps(kept).decode()
