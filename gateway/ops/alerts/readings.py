"""Readings: what each rule sees now. Pure: facts in, readings out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.config import AlertsSection
from gateway.ports import AccountState

LOCAL = frozenset({"store", "bus", "disk"})
"""Rules that each machine reads for itself; their subject is its name."""

START_S = 600.0
"""Seconds after a start in which silence means nothing: what came meanwhile is still on its way."""

UNTOLD_END = timedelta(hours=6)
"""Guessing whose end nobody told: the process that watched it was started again."""

WEEK = timedelta(days=7)
LEAST_WEEKS = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule sees of a subject. ``since`` is when it went wrong, where that is known.

    Shape: ``value`` holds figures and short words, nothing about a person.
    """

    rule: str
    subject: str
    is_bad: bool
    since: datetime | None = None
    value: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """One look of some rules. ``unsure`` are rules about which nothing can be said now."""

    readings: Sequence[Reading] = ()
    unsure: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedSeen:
    """When a feed was last read, and last to its end."""

    account: str
    kind: str
    read_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Guess:
    """What was last told of guessing at ``cards`` or ``codes``."""

    what: str
    is_on: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class BalanceSeen:
    """What an account that sends messages said of its money."""

    account: str
    is_low: bool
    balance: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found out. Shape: maps by account; ``usual`` holds counts of earlier weeks."""

    started_at: datetime
    listening: frozenset[str] = frozenset()
    fetched: frozenset[str] = frozenset()
    overdue: Mapping[str, datetime] = field(default_factory=dict)
    unread: Mapping[str, datetime] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, AccountState] = field(default_factory=dict)
    feeds: Sequence[FeedSeen] = ()
    last: Mapping[str, datetime] = field(default_factory=dict)
    usual: Mapping[str, Sequence[int]] = field(default_factory=dict)
    weeks: int = 0
    guesses: Sequence[Guess] = ()
    balances: Sequence[BalanceSeen] = ()


def readings_of(facts: Facts, section: AlertsSection, now: datetime) -> Iterator[Reading]:
    """Yield what all shared rules see; rules that are off see nothing."""
    for name, rule in _RULES.items():
        if section.rule(name).on:
            yield from rule(facts, section, now)


def _rests(facts: Facts, account: str) -> bool:
    """Tell whether other rules speak of the account already: one cause, one alert."""
    state = facts.states.get(account)
    return state is not None and (state.parked or state.open_until is not None)


def _is_still(facts: Facts, account: str) -> bool:
    """Tell whether nothing is read from the account now: it rests, or an operator paused it.

    What waits for a paused one is told all the same: a pause may be forgotten.
    """
    state = facts.states.get(account)
    return _rests(facts, account) or (state is not None and state.paused is not None)


def _lag(facts: Facts, section: AlertsSection, now: datetime) -> Iterator[Reading]:
    most = timedelta(minutes=section.lag.minutes)
    for account in sorted({*facts.overdue, *facts.unread}):
        # What a vendor fetches by itself waits until it comes.
        waits = [] if account in facts.fetched else [facts.overdue.get(account)]
        oldest = min((one for one in (*waits, facts.unread.get(account)) if one), default=None)
        if oldest is None:
            continue
        is_late = now - oldest > most and not _rests(facts, account)
        value = {"minutes": _minutes(now - oldest), "limit": section.lag.minutes}
        yield Reading("lag", account, is_late, oldest, value)


def _dead(facts: Facts, section: AlertsSection, _: datetime) -> Iterator[Reading]:
    rule = section.dead
    for account, count in sorted(facts.opened.items()):
        value = {"letters": count, "limit": rule.letters, "minutes": rule.minutes}
        yield Reading("dead", account, count >= rule.letters, None, value)


def _held(facts: Facts, section: AlertsSection, _: datetime) -> Iterator[Reading]:
    for account, count in sorted(facts.held.items()):
        value = {"held": count, "limit": section.held.most}
        yield Reading("held", account, count > section.held.most, None, value)


def _auth(facts: Facts, _: AlertsSection, __: datetime) -> Iterator[Reading]:
    for account, state in sorted(facts.states.items()):
        yield Reading("auth", account, state.parked, state.since if state.parked else None)


def _circuit(facts: Facts, section: AlertsSection, _: datetime) -> Iterator[Reading]:
    value = {"limit": section.circuit.minutes}
    for account, state in sorted(facts.states.items()):
        # The row keeps the pause until a call succeeds, so that tries in between do not end it.
        is_open = state.open_until is not None and not state.parked
        yield Reading("circuit", account, is_open, None, value)


def _guessing(facts: Facts, _: AlertsSection, now: datetime) -> Iterator[Reading]:
    for one in facts.guesses:
        yield Reading("guessing", one.what, one.is_on and now - one.at < UNTOLD_END, one.at)


def _silence(facts: Facts, section: AlertsSection, now: datetime) -> Iterator[Reading]:
    rule = section.silence
    quiet = timedelta(minutes=rule.minutes)
    is_young = now - facts.started_at < timedelta(seconds=START_S)
    always = rule.always is not None and all(
        within(rule.always, at, section.zone) for at in (now, now - quiet)
    )
    for account in sorted(facts.listening):
        last, counts = facts.last.get(account), facts.usual.get(account, ())
        known = [*counts, *[0] * (facts.weeks - len(counts))]
        is_usual = len(known) >= LEAST_WEEKS and min(known, default=0) >= rule.least
        is_silent = last is None or now - last >= quiet
        is_bad = (
            is_silent and (is_usual or always) and not is_young and not _is_still(facts, account)
        )
        value = {
            "minutes": _minutes(now - last) if last is not None else None,
            "limit": rule.minutes,
            "usual": round(sum(known) / len(known)) if known else None,
            "weeks": len(known),
        }
        yield Reading("silence", account, is_bad, last, value)


def _balance(facts: Facts, _: AlertsSection, __: datetime) -> Iterator[Reading]:
    for one in facts.balances:
        yield Reading("balance", one.account, one.is_low, None, {"balance": one.balance})


def _feed(facts: Facts, section: AlertsSection, now: datetime) -> Iterator[Reading]:
    most = timedelta(minutes=section.feed.minutes)
    for one in facts.feeds:
        # A first reading may take hours; as long as it goes on it is no fault.
        base = one.ended_at or one.read_at or facts.started_at
        is_late = now - base > most and not _is_still(facts, one.account)
        value = {"minutes": _minutes(now - base), "limit": section.feed.minutes}
        yield Reading("feed", f"{one.account} {one.kind}", is_late, base, value)


_RULES = {
    "lag": _lag,
    "dead": _dead,
    "held": _held,
    "auth": _auth,
    "circuit": _circuit,
    "guessing": _guessing,
    "silence": _silence,
    "balance": _balance,
    "feed": _feed,
}


def within(hours: str, at: datetime, zone: str) -> bool:
    """Tell whether a moment is in a part of the day, which may pass midnight."""
    start, end = hours_of(hours)
    clock = at.astimezone(ZoneInfo(zone)).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def hours_of(hours: str) -> tuple[time, time]:
    """Read ``22:00-08:00``."""
    start, _, end = hours.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def _minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))
