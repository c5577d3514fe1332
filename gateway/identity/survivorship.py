"""Survivorship: which value stays when two records become one person. Pure.

Field by field, the first of these that tells the two apart decides:

1. a human's word (an operator's value) over everybody's,
2. the field's owner (``[ownership]``) over others,
3. confirmed over unconfirmed,
4. a real value over a placeholder, and over one that a human must still decide,
5. newer over older; of when and whence somebody first came, the older,
6. the account that stands first in ``ownership.priority``; then the value itself, so that the
   order in which the two are given never matters.

Phones, e-mails, cards and all other collections come together: nothing of them loses. An address,
a consent and a balance stay or lose whole: half of one and half of another would be nobody's.
Points are not added up here: that is a posting, and has a record of its own.

Promises, each of which is tested: merging is idempotent, commutative and associative, because the
rules put all values of a field in one order; every value that loses is kept with the rule by which
it lost; and both records can be given back exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from gateway.canonical import Confirmation, Kind
from gateway.canonical.paths import Fields, Json, items_of
from gateway.identity.normal import Verdict, read_parts
from gateway.sync.correct import OPERATOR
from gateway.sync.merge import DISPUTED, EVERYWHERE, same
from gateway.sync.ownership import Ownership, RuleKind

Origin = tuple[str, str]
Origins = Mapping[str, Origin]
NOWHERE: Origin = ("", "")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FIRST = frozenset({"registered_at", "source"})
"""Of these the older stays: somebody came once."""
_WHOLE = frozenset({"consents", "bonuses"})


class Cause(StrEnum):
    """By which rule a value stayed."""

    ALONE = "alone"
    """Only one of the two has a value."""
    EQUAL = "equal"
    """Both have the same; the stronger origin stays."""
    HUMAN = "human"
    OWNER = "owner"
    CONFIRMED = "confirmed"
    REAL = "real"
    NEWER = "newer"
    OLDER = "older"
    PRIORITY = "priority"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One of the records.

    Shape: ``fields`` and ``origins`` as in ``ports.EntityRow``; ``confirmed`` are the paths whose
    values somebody proved.
    """

    fields: Fields = field(repr=False)
    origins: Origins = field(repr=False)
    confirmed: frozenset[str] = frozenset()

    def origin(self, path: str) -> Origin:
        """Return whose value stands under a path, and since when."""
        return self.origins.get(path) or self.origins.get(EVERYWHERE, NOWHERE)


def snapshot_of(
    fields: Fields,
    origins: Origins,
    *,
    kind: Kind = Kind.CUSTOMER,
    proved: frozenset[str] = frozenset(),
) -> Snapshot:
    """Return a record with what is confirmed in it: contacts by their own word, ``proved`` by ours.

    ``proved`` are paths such as ``birth_date`` that somebody filled in who proved who he is.
    """
    sure = {
        path
        for path in fields
        if any(
            fields.get(f"{item}/confirmation") == Confirmation.CONFIRMED.value
            for item in items_of(path, kind)
        )
    }
    return Snapshot(fields, origins, frozenset(sure | (proved & set(fields))))


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of the two. ``took_other``: the second record's value stayed."""

    path: str
    cause: Cause
    took_other: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that did not stay, for the history. ``to`` is the origin of what stayed instead."""

    path: str
    value: Json = field(repr=False)
    origin: Origin
    to: Origin
    cause: Cause


@dataclass(frozen=True, slots=True)
class Survived:
    """What became of two records.

    Shape: ``choices`` and ``lost`` in order of their paths; ``lost`` holds every value of either
    that ``merged`` has not. ``before`` are both as they were.
    """

    merged: Snapshot
    choices: tuple[Choice, ...]
    lost: tuple[Lost, ...]
    before: tuple[Snapshot, Snapshot] = field(repr=False)


def survive(
    one: Snapshot, other: Snapshot, ownership: Ownership, *, kind: Kind = Kind.CUSTOMER
) -> Survived:
    """Make one record of two."""
    judge = _Judge(ownership, kind)
    mine, theirs = _units(one), _units(other)
    fields: Fields = {}
    origins: dict[str, Origin] = {}
    confirmed: set[str] = set()
    choices: list[Choice] = []
    lost: list[Lost] = []
    for unit in sorted({*mine, *theirs}):
        cause, took_other = judge.choose(unit, (one, mine.get(unit)), (other, theirs.get(unit)))
        winner, loser = (other, one) if took_other else (one, other)
        kept, beaten = (theirs, mine) if took_other else (mine, theirs)
        for path in kept[unit]:
            fields[path], origins[path] = winner.fields[path], winner.origin(path)
            choices.append(Choice(path, cause, took_other))
        confirmed |= winner.confirmed.intersection(kept[unit])
        to = winner.origin(kept[unit][0])
        lost += [
            Lost(path, loser.fields[path], loser.origin(path), origins.get(path, to), cause)
            for path in beaten.get(unit, ())
            if not same(loser.fields[path], fields.get(path))
        ]
    merged = Snapshot(fields, _emptied(one, other, origins), frozenset(confirmed))
    return Survived(merged, tuple(choices), tuple(lost), (one, other))


def restored(survived: Survived) -> tuple[Snapshot, Snapshot]:
    """Return both records exactly as they were."""
    return survived.before


def _emptied(one: Snapshot, other: Snapshot, origins: dict[str, Origin]) -> Origins:
    """Add the origins of fields that are empty by somebody's word."""
    empty = {*one.origins, *other.origins} - {EVERYWHERE, *origins}
    said = {
        path: max(
            (snapshot.origins[path] for snapshot in (one, other) if path in snapshot.origins),
            key=lambda origin: (_time(origin), origin[0]),
        )
        for path in empty
    }
    return {path: at for path, at in (origins | said).items() if at != NOWHERE}


def _units(snapshot: Snapshot) -> dict[str, list[str]]:
    """Return paths by what stays or loses whole; most paths are alone."""
    out: dict[str, list[str]] = {}
    for path in sorted(snapshot.fields):
        if not same(snapshot.fields[path], None):
            out.setdefault(_unit(path), []).append(path)
    return out


def _unit(path: str) -> str:
    parts = path.split("/")
    if parts[0] == "address":
        return "address"
    return "/".join(parts[:2]) if parts[0] in _WHOLE else path


Side = tuple[Snapshot, Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class _Judge:
    ownership: Ownership
    kind: Kind

    def choose(self, unit: str, one: Side, other: Side) -> tuple[Cause, bool]:
        """Return by which rule a value stays, and whether it is the second record's."""
        mine, theirs = one[1], other[1]
        if mine is None or theirs is None:
            return Cause.ALONE, mine is None
        values = [
            {path: snapshot.fields[path] for path in paths}
            for snapshot, paths in ((one[0], mine), (other[0], theirs))
        ]
        cause, took_other = self._stronger(unit, (one[0], mine), (other[0], theirs))
        return (Cause.EQUAL if values[0] == values[1] else cause), took_other

    def _stronger(
        self,
        unit: str,
        one: tuple[Snapshot, Sequence[str]],
        other: tuple[Snapshot, Sequence[str]],
    ) -> tuple[Cause, bool]:
        """Compare step by step; all steps together are one order of all values."""
        rule = self.ownership.rule(self.kind, unit)
        owner = rule.account if rule.kind is RuleKind.OWNER else ""
        mine, theirs = _strength(unit, *one, owner), _strength(unit, *other, owner)
        for cause, left, right in zip(_STEPS, mine, theirs, strict=True):
            if left != right:
                return cause, right > left
        times = _stamp(unit, *one), _stamp(unit, *other)
        if times[0][0] != times[1][0]:
            is_later = times[1][0] > times[0][0]
            return (Cause.OLDER, not is_later) if unit in _FIRST else (Cause.NEWER, is_later)
        accounts = times[0][1], times[1][1]
        if accounts[0] != accounts[1]:
            return Cause.PRIORITY, self.ownership.outranks(accounts[1], accounts[0])
        return Cause.VALUE, _spelled(*other) > _spelled(*one)


_STEPS = (Cause.HUMAN, Cause.OWNER, Cause.CONFIRMED, Cause.REAL)


def _strength(
    unit: str, snapshot: Snapshot, paths: Sequence[str], owner: str
) -> tuple[bool, bool, bool, bool]:
    accounts = {snapshot.origin(path)[0] for path in paths}
    return (
        OPERATOR in accounts,
        bool(owner) and owner in accounts,
        not snapshot.confirmed.isdisjoint(paths),
        DISPUTED not in accounts and _is_real(unit, snapshot),
    )


def _spelled(snapshot: Snapshot, paths: Sequence[str]) -> str:
    """Spell out all of a value, so that two which are not one have an order in any case."""
    return repr(
        [
            (path, snapshot.fields[path], snapshot.origin(path), path in snapshot.confirmed)
            for path in paths
        ]
    )


def _stamp(unit: str, snapshot: Snapshot, paths: Sequence[str]) -> tuple[datetime, str]:
    """Return when and by whom a value was set; a consent and a first coming have their own time."""
    newest, account = max((_time(at := snapshot.origin(path)), at[0]) for path in paths)
    own = snapshot.fields.get(unit if unit == "registered_at" else f"{unit}/at")
    return (_time((account, own)) if isinstance(own, str) else newest), account


def _time(origin: Origin) -> datetime:
    if not origin[1]:
        return _LONG_AGO
    at = datetime.fromisoformat(origin[1])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _is_real(unit: str, snapshot: Snapshot) -> bool:
    """Tell whether a value is no placeholder: «Покупатель» never wins over a name."""
    if not unit.startswith("name/"):
        return True
    verdict: Verdict = read_parts(None, str(snapshot.fields[unit]), None).verdict
    return verdict is not Verdict.REFUSED
