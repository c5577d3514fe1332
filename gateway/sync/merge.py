"""Three-way merge of an observation into a canonical snapshot, field by field.

What the source was *known* to hold is the base: only fields that differ from it are changes made at
the source, so an echo of our own telling changes nothing by construction. Each change is then taken
or refused by the ownership rule of its field. Pure functions; no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.canonical import Kind
from gateway.canonical.paths import Fields, Json, item_of, items_of
from gateway.canonical.paths import known as valued
from gateway.sync.ownership import Ownership, Rule, RuleKind, goes_forward

Origins = dict[str, tuple[str, str]]
NEEDS_A_DECISION = "needs_a_decision"
DISPUTED = "?"
"""The origin of a field that a human must decide: nobody is told it meanwhile."""

EVERYWHERE = ""
"""The path under which the origin of all fields stands that have none of their own."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks, and when the vendor says that it changed."""

    account: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one field: never holds the value."""

    path: str
    rule: str
    taken: bool
    conflict: bool
    reason: str = ""


@dataclass(slots=True)
class Merged:
    """Result of a merge.

    Shape: ``fields`` and ``origins`` of the new snapshot, ``known`` of the source after this
    observation, one decision per changed field. ``disputed`` holds the source's values of fields
    that a human must decide; their origin is ``DISPUTED``, and nobody is told them meanwhile.
    """

    fields: Fields
    origins: Origins
    known: Fields
    decisions: list[Decision] = field(default_factory=list)
    disputed: Fields = field(default_factory=dict)

    @property
    def taken(self) -> list[Decision]:
        """Changes that went into the snapshot."""
        return [decision for decision in self.decisions if decision.taken]

    @property
    def refused(self) -> list[Decision]:
        """Changes that the rules kept out."""
        return [decision for decision in self.decisions if not decision.taken]


def same(one: Json, other: Json) -> bool:
    """Compare leaves; absent, ``None`` and an empty list are the same: no value."""
    return (None if one == [] else one) == (None if other == [] else other)


def changes(observed: Fields, known: Fields, kind: Kind, inflight: Sequence[Fields] = ()) -> Fields:
    """Return what the source changed: path → new value, ``None`` for what it removed.

    A value equal to what is in flight to the source is the early echo of our own telling;
    ``inflight`` holds only what each telling changes there, ``None`` for what it removes.
    """
    if not known and not inflight:
        return valued(observed)
    out: Fields = {}
    for path, value in _with_emptied(observed, known).items():
        if same(value, known.get(path)):
            continue
        if inflight and any(path in sent and same(value, sent[path]) for sent in inflight):
            continue
        out[path] = None if value == [] else value
    for marker in removed_items(observed, known, kind):
        if not any(marker in sent and sent[marker] is None for sent in inflight):
            out[marker] = None
    return out


def _with_emptied(observed: Fields, known: Fields) -> Fields:
    gone = emptied(observed, known)
    return {**observed, **gone} if gone else observed


def emptied(observed: Fields, known: Fields) -> Fields:
    """Return ``None`` for all known fields of a part that is said to be empty as a whole."""
    if not known:
        return {}
    empty = {f"{path}/" for path, value in observed.items() if value is None}
    if not empty:
        return {}
    return {path: None for path in known if not empty.isdisjoint(_ancestors(path))}


def _ancestors(path: str) -> list[str]:
    """Return ``a/`` and ``a/b/`` for ``a/b/c``."""
    return [path[: place + 1] for place, char in enumerate(path) if char == "/"]


def removed_items(observed: Fields, known: Fields, kind: Kind) -> list[str]:
    """Return markers of known items that the spoken collections of ``observed`` lack."""
    missing = [path for path, value in known.items() if value is True and path not in observed]
    if not missing:
        return []
    spoken_of = {path for path, value in observed.items() if value == []}
    for path in observed:
        spoken_of.update(map(_collection, items_of(path, kind)))
    return [p for p in missing if _collection(p) in spoken_of and item_of(p, kind) == p]


def _collection(marker: str) -> str:
    return marker.rpartition("/")[0]


def without_item(fields: Fields, marker: str) -> Fields:
    """Return the map without an item and everything in it."""
    inside = f"{marker}/"
    return {p: v for p, v in fields.items() if p != marker and not p.startswith(inside)}


def updated_known(known: Fields, observed: Fields, kind: Kind) -> Fields:
    """Return what the source is known to hold after ``observed``."""
    out = dict(known)
    for marker in removed_items(observed, known, kind):
        out = without_item(out, marker)
    for path, value in _with_emptied(observed, known).items():
        if value is None or value == []:
            out.pop(path, None)
        else:
            out[path] = value
    return out


def hidden(sent: Fields, shown: Fields, kind: Kind) -> Fields:
    """Return what was sent and a reading never shows, of parts and items that are there."""
    absent = dict.fromkeys(removed_items(shown, sent, kind))
    gone = {*absent, *emptied({**shown, **absent}, sent)}
    return {
        path: value
        for path, value in sent.items()
        if value is not None and path not in shown and path not in gone
    }


def overlaid(known: Fields, told: Fields, kind: Kind) -> Fields:
    """Return what an account holds after a telling that changed ``told`` there."""
    out = dict(known)
    for path, value in told.items():
        if value is None or value == []:
            gone = item_of(path, kind) == path
            out = without_item(out, path) if gone else {p: v for p, v in out.items() if p != path}
        else:
            out[path] = value
    return out


def merge(
    kind: Kind,
    *,
    snapshot: Fields,
    origins: Mapping[str, tuple[str, str]],
    known: Fields,
    observed: Fields,
    source: Source,
    ownership: Ownership,
    holders: Iterable[str],
    inflight: Sequence[Fields] = (),
) -> Merged:
    """Merge what ``source`` shows now into ``snapshot``.

    ``holders`` are the accounts that hold a copy of this entity: an owner that holds none cannot
    refuse anybody's value.
    """
    if not snapshot and not origins:
        return _first_sight(known, observed, source, kind)
    merger = _Merger(
        kind=kind,
        fields=dict(snapshot),
        origins=dict(origins),
        known=known,
        source=source,
        ownership=ownership,
        holders=frozenset(holders),
    )
    found = changes(observed, known, kind, inflight)
    for path in sorted(found, key=lambda p: (p.count("/"), p)):
        merger.consider(path, found[path])
    after = updated_known(known, observed, kind)
    disputed = {
        decision.path: found[decision.path]
        for decision in merger.decisions
        if decision.reason == NEEDS_A_DECISION
    }
    return Merged(
        fields=merger.fields,
        origins=merger.origins,
        known=after,
        decisions=merger.decisions,
        disputed=disputed,
    )


def _first_sight(known: Fields, observed: Fields, source: Source, kind: Kind) -> Merged:
    """Take everything: there is nothing to disagree with, and one origin serves all fields."""
    after = updated_known(known, observed, kind)
    origin = (source.account, source.changed_at.isoformat())
    return Merged(fields=dict(after), origins={EVERYWHERE: origin}, known=after)


@dataclass(kw_only=True, slots=True)
class _Merger:
    """Walks over the changes, markers before what lies in their items."""

    kind: Kind
    fields: Fields
    origins: Origins
    known: Fields
    source: Source
    ownership: Ownership
    holders: frozenset[str]
    decisions: list[Decision] = field(default_factory=list)

    def consider(self, path: str, value: Json) -> None:
        """Take or refuse one change."""
        current = self.fields.get(path)
        if same(current, value):
            return
        if any(m != path and m not in self.fields for m in items_of(path, self.kind)):
            self._note(path, Rule(RuleKind.NEWEST), taken=False, reason="item_is_gone")
            return
        rule = self.ownership.rule(self.kind, path)
        conflict = not same(current, self.known.get(path))
        reason = self._refusal(rule, path, value, current, conflict=conflict)
        self._note(path, rule, taken=not reason, reason=reason, conflict=conflict)
        if not reason:
            self._take(path, value)
        elif reason == NEEDS_A_DECISION:
            self.origins[path] = (DISPUTED, self.source.changed_at.isoformat())

    def _note(
        self, path: str, rule: Rule, *, taken: bool, reason: str, conflict: bool = False
    ) -> None:
        self.decisions.append(Decision(path, str(rule), taken, conflict, reason))

    def _refusal(self, rule: Rule, path: str, value: Json, current: Json, *, conflict: bool) -> str:
        """Return why the change is refused, or an empty string when it is taken."""
        match rule.kind:
            case RuleKind.OWNER:
                owned = rule.account in self.holders and rule.account != self.source.account
                return f"owned_by_{rule.account}" if owned else ""
            case RuleKind.FORWARD:
                forward = goes_forward(self.kind, path, value, current)
                return "" if forward else "not_forward"
            case RuleKind.UNION if value is None:
                return "kept_by_union"
            case RuleKind.MANUAL if conflict or self.origins.get(path, ("",))[0] == DISPUTED:
                return NEEDS_A_DECISION
            case _ if conflict and not self._is_newer(path):
                return "older"
            case _:
                return ""

    def _is_newer(self, path: str) -> bool:
        account, at = self.origins.get(path) or self.origins.get(EVERYWHERE, ("", ""))
        if not at:
            return True
        held = datetime.fromisoformat(at)
        if self.source.changed_at == held:
            return self.ownership.outranks(self.source.account, account)
        return self.source.changed_at > held

    def _take(self, path: str, value: Json) -> None:
        origin = (self.source.account, self.source.changed_at.isoformat())
        if value is None and item_of(path, self.kind) == path:
            self.fields = without_item(self.fields, path)
        elif value is None:
            self.fields.pop(path, None)
        else:
            self.fields[path] = value
        self.origins[path] = origin
