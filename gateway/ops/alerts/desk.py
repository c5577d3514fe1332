"""Alerts for people: what is on, what was, what each rule sees, silences, and a test message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.canonical import Kind
from gateway.config import RULES, AlertsSection
from gateway.contract import Clock
from gateway.ops.alerts.facts import Looker
from gateway.ops.alerts.message import runbook_of
from gateway.ops.alerts.readings import LOCAL
from gateway.ops.alerts.record import is_silenced
from gateway.ops.alerts.ways import NotSent, Way
from gateway.ops.alerts.words import frame, what_of, what_to_do
from gateway.ops.audit import deed
from gateway.ops.faults import NotFound, Refused
from gateway.ports import AlertRow, AlertState, JournalRow, NoteRow, SilenceRow, Store, Tx

MOST = 100
LONGEST = timedelta(days=31)
_PENDING = AlertState.PENDING


@dataclass(frozen=True, slots=True)
class NoteView:
    """What became of one message: ``waiting``, ``handed``, ``sent`` or ``failed``, and why."""

    address: str
    turn: str
    state: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert. ``state`` is ``pending`` (not lasting yet), ``on`` or ``over``."""

    id: str
    rule: str
    subject: str
    state: str
    since: datetime
    began_at: datetime | None
    ended_at: datetime | None
    told_at: datetime | None
    flaps: int
    silenced: bool
    text: str
    todo: str
    runbook: str
    value: Mapping[str, Any]
    notes: tuple[NoteView, ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """What one rule sees of one subject now; without any there is nothing to see."""

    rule: str
    subject: str
    is_bad: bool
    value: Mapping[str, Any]
    text: str
    on: bool = True


@dataclass(frozen=True, slots=True)
class SilenceView:
    """A silence. Empty ``rule`` and ``subject`` stand for all."""

    id: str
    rule: str
    subject: str
    since: datetime
    until: datetime
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A page of what was, newest first; ``before`` of the next page, empty for no more."""

    alerts: tuple[AlertView, ...]
    before: str


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test message; ``cause`` is empty when it was taken."""

    address: str
    cause: str


@dataclass(frozen=True, slots=True)
class AlertDesk:
    """Looks at alerts, silences them, and tries the addresses."""

    store: Store
    section: AlertsSection
    looker: Looker
    ways: Mapping[str, Way]
    clock: Clock
    new_id: Callable[[], str]

    async def active(self, *, language: str = "en") -> tuple[AlertView, ...]:
        """Return what is not over, what is on first."""
        now = self.clock.now()

        def look(tx: Tx) -> tuple[AlertView, ...]:
            rows, silences = tx.alerts_open(), tx.silences(at=now)
            notes = _by_alert(tx, rows)
            views = [
                self._view(row, notes, language, silenced=is_silenced(row, silences))
                for row in rows
            ]
            return tuple(sorted(views, key=lambda one: (one.state != "on", one.since)))

        return await self.store.read(look)

    async def history(
        self, *, before: str = "", limit: int = 50, language: str = "en"
    ) -> AlertPage:
        """Return a page of what is over, the newest first."""
        limit = max(1, min(limit, MOST))

        def look(tx: Tx) -> AlertPage:
            rows = tx.alerts_over(before=before, limit=limit + 1)
            shown = rows[:limit]
            notes = _by_alert(tx, shown)
            views = tuple(self._view(row, notes, language, silenced=False) for row in shown)
            return AlertPage(views, shown[-1].id if len(rows) > limit else "")

        return await self.store.read(look)

    async def rules(self, *, language: str = "en") -> tuple[RuleView, ...]:
        """Return what every rule sees now. Rules of a machine show what is noted of it."""
        look = await self.looker.look(asks=False)
        noted = await self.store.read(lambda tx: tx.alerts_open())
        seen = [
            RuleView(one.rule, one.subject, one.is_bad, one.value, what_of(one, language))
            for one in look.readings
        ]
        seen += [
            RuleView(
                row.rule, row.subject, is_bad=True, value=row.value, text=what_of(row, language)
            )
            for row in noted
            if row.rule in LOCAL and row.state is not _PENDING
        ]
        named = {one.rule for one in seen}
        idle = [
            RuleView(name, "", is_bad=False, value={}, text="", on=self.section.rule(name).on)
            for name in RULES
            if name not in named
        ]
        return tuple(sorted([*seen, *idle], key=lambda one: RULES.index(one.rule)))

    async def silences(self) -> tuple[SilenceView, ...]:
        """Return the silences that are not over."""
        now = self.clock.now()
        rows = await self.store.read(lambda tx: tx.silences(at=now))
        return tuple(_silence_view(row) for row in rows)

    async def silence(
        self, *, who: str, reason: str, minutes: float, rule: str = "", subject: str = ""
    ) -> SilenceView:
        """Tell no beginnings for a while, of a rule, of a subject, or of all.

        What begins meanwhile and lasts is told afterwards. Raises ``Refused``.
        """
        now = self.clock.now()
        if rule and rule not in RULES:
            msg = f"no rule is called so; known are {', '.join(RULES)}"
            raise Refused(msg)
        if not reason.strip():
            msg = "say why it is silenced: the next one on duty will ask"
            raise Refused(msg)
        if not 0 < minutes <= LONGEST.total_seconds() / 60:
            msg = f"silence it for a while, at most for {LONGEST.days} days"
            raise Refused(msg)
        until = now + timedelta(minutes=minutes)
        row = SilenceRow(self.new_id(), rule, subject, now, until, who, reason.strip())

        def work(tx: Tx) -> None:
            tx.put_silence(row)
            tx.write_journal([self._deed(row, "silenced", who)])

        await self.store.run(work)
        return _silence_view(row)

    async def lift(self, silence_id: str, *, who: str) -> SilenceView:
        """End a silence now. Raises ``NotFound``."""
        now = self.clock.now()

        def work(tx: Tx) -> SilenceRow:
            found = [row for row in tx.silences(at=now) if row.id == silence_id]
            if not found:
                msg = "no such silence is on: `gateway alert list` shows their ids"
                raise NotFound(msg)
            row = replace(found[0], until=now)
            tx.put_silence(row)
            tx.write_journal([self._deed(row, "unsilenced", who)])
            return row

        return _silence_view(await self.store.run(work))

    async def test(self, *, who: str, address: str = "") -> tuple[Tested, ...]:
        """Send a message to one address or to all, at once. Raises ``NotFound``."""
        if address and address not in self.ways:
            msg = f"no address is called so; [alerts.to] has {', '.join(self.ways) or 'none'}"
            raise NotFound(msg)
        names = [address] if address else list(self.ways)
        tested = [await self._try(self.ways[name]) for name in names]
        now = self.clock.now()
        row = deed(
            now, ("", Kind.CUSTOMER), event="alert", outcome="tested", who=who,
            addresses=" ".join(names), failed=" ".join(one.address for one in tested if one.cause),
        )  # fmt: skip
        await self.store.run(lambda tx: tx.write_journal([row]))
        return tuple(tested)

    async def _try(self, way: Way) -> Tested:
        key, text = f"alert-test-{self.new_id()}", frame(way.language, "test")
        try:
            if way.hook is not None:
                await way.send([], self.section, self.clock.now(), key=key)
            else:
                await way.notify(text, frame(way.language, "name"), key=key)
        except NotSent as error:
            return Tested(way.name, str(error))
        return Tested(way.name, "")

    def _view(
        self,
        row: AlertRow,
        notes: Mapping[str, list[NoteRow]],
        language: str,
        *,
        silenced: bool,
    ) -> AlertView:
        return AlertView(
            id=row.id,
            rule=row.rule,
            subject=row.subject,
            state=str(row.state),
            since=row.since,
            began_at=row.began_at,
            ended_at=row.ended_at,
            told_at=row.told_at,
            flaps=row.flaps,
            silenced=silenced,
            text=what_of(row, language),
            todo=what_to_do(row, language),
            runbook=runbook_of(row.rule, self.section),
            value=row.value,
            notes=tuple(
                NoteView(one.address, one.turn, str(one.state), one.cause)
                for one in sorted(notes.get(row.id, []), key=lambda one: (one.turn, one.address))
            ),
        )

    def _deed(self, row: SilenceRow, outcome: str, who: str) -> JournalRow:
        return deed(
            self.clock.now(), ("", Kind.CUSTOMER), event="alert", outcome=outcome, who=who,
            rule=row.rule or "*", subject=row.subject or "*",
            until=row.until.isoformat(timespec="seconds"),
        )  # fmt: skip


def _by_alert(tx: Tx, rows: Sequence[AlertRow]) -> Mapping[str, list[NoteRow]]:
    found: dict[str, list[NoteRow]] = {}
    for note in tx.notes_of([row.id for row in rows]):
        found.setdefault(note.alert_id, []).append(note)
    return found


def _silence_view(row: SilenceRow) -> SilenceView:
    return SilenceView(row.id, row.rule, row.subject, row.since, row.until, row.who, row.reason)
