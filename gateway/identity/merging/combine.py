"""Combine: two snapshots of one person as one, field by field, without losing a value.

Owner over others, confirmed over unconfirmed, newer over older, the survivor where nothing else
decides. What belongs together (a name, an address, a consent with its text and time) comes from one
side whole. Pure; no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.canonical import Confirmation, Kind
from gateway.canonical.contact import MAIN, OTHER
from gateway.canonical.paths import Fields, items_of
from gateway.ports import EntityRow
from gateway.sync.merge import EVERYWHERE, Origins
from gateway.sync.ownership import Ownership, RuleKind

_TOGETHER = frozenset({"name", "address"})
_CONTACTS = frozenset({"phones", "emails"})
_OF_SURVIVOR = frozenset({"bonuses"})
"""What vendors count is read anew when they have merged; a sum of two would be invented."""
_PROOF = (Confirmation.UNKNOWN, Confirmation.UNCONFIRMED, Confirmation.CONFIRMED)
_NEVER = ("", "")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was decided about a part that both have. ``rule`` says why; no value is told."""

    part: str
    survivors: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Combined:
    """The snapshot of both. Shape: as in ``EntityRow``; one decision for each disagreement."""

    fields: Fields
    origins: Origins
    chosen: tuple[Chosen, ...]


def combined(survivor: EntityRow, absorbed: EntityRow, ownership: Ownership) -> Combined:
    """Return what the survivor shall be."""
    sides = (_parts(survivor.fields), _parts(absorbed.fields))
    fields: Fields = {}
    origins: Origins = dict(survivor.origins)
    chosen: list[Chosen] = []
    for part in dict.fromkeys([*sides[0], *sides[1]]):
        ours, theirs = sides[0].get(part, {}), sides[1].get(part, {})
        if not theirs or ours == theirs or (ours and part.split("/")[0] in _OF_SURVIVOR):
            fields |= ours
            continue
        if not ours:
            taken = theirs
        else:
            decision = _decided(part, survivor, absorbed, ownership)
            chosen.append(decision)
            taken = _filled(part, *((ours, theirs) if decision.survivors else (theirs, ours)))
        fields |= taken
        for path in taken:
            if path not in ours or ours[path] != taken[path]:
                origins[path] = origin_of(absorbed, path)
    _one_main(fields, survivor.fields)
    return Combined(fields, origins, tuple(chosen))


def origin_of(entity: EntityRow, path: str) -> tuple[str, str]:
    """Return who set a field and when: (account, ISO time)."""
    found = entity.origins.get(path) or entity.origins.get(EVERYWHERE) or _NEVER
    return found[0], found[1]


def _parts(fields: Fields) -> dict[str, Fields]:
    """Group paths by what belongs together."""
    parts: dict[str, Fields] = {}
    for path, value in fields.items():
        items = items_of(path, Kind.CUSTOMER)
        top = path.split("/")[0]
        part = items[0] if items else top if top in _TOGETHER else path
        parts.setdefault(part, {})[path] = value
    return parts


def _decided(part: str, survivor: EntityRow, absorbed: EntityRow, ownership: Ownership) -> Chosen:
    rule = ownership.rule(Kind.CUSTOMER, part)
    latest = [_latest(one, part) for one in (survivor, absorbed)]
    if rule.kind is RuleKind.OWNER:
        owned = [account == rule.account for account, _ in latest]
        if owned[0] != owned[1]:
            return Chosen(part, survivors=owned[0], rule=str(rule))
    proofs = [_proof(one.fields, part) for one in (survivor, absorbed)]
    if proofs[0] != proofs[1]:
        return Chosen(part, survivors=proofs[0] > proofs[1], rule="confirmed")
    if latest[0][1] != latest[1][1]:
        return Chosen(part, survivors=latest[0][1] > latest[1][1], rule="newest")
    return Chosen(part, survivors=True, rule="survivor")


def _latest(entity: EntityRow, part: str) -> tuple[str, str]:
    inside = [path for path in entity.fields if path == part or path.startswith(f"{part}/")]
    at = entity.fields.get(f"{part}/at")
    if part.startswith("consents/") and at:
        # When the person said so counts, not when a system passed it on.
        return origin_of(entity, part)[0], str(at)
    return max((origin_of(entity, path) for path in inside), key=lambda one: one[1], default=_NEVER)


def _proof(fields: Fields, part: str) -> int:
    if part.split("/", maxsplit=1)[0] not in _CONTACTS:
        return 0
    return _PROOF.index(Confirmation(fields.get(f"{part}/confirmation", Confirmation.UNKNOWN)))


def _filled(part: str, winner: Fields, loser: Fields) -> Fields:
    """Fill what the winner leaves open, unless that would mix two different persons' names."""
    if part.startswith("consents/"):
        return winner
    shared = [path for path in winner if path in loser]
    if part in _TOGETHER and any(winner[path] != loser[path] for path in shared):
        return winner
    return {**loser, **winner}


def _one_main(fields: Fields, survivors: Fields) -> None:
    """Let only one phone and one e-mail be the main one: the survivor's, where he has one."""
    for name in sorted(_CONTACTS):
        mains = [path for path in _ranks(fields, name) if fields[path] == MAIN]
        kept = next((path for path in mains if survivors.get(path) == MAIN), None)
        for path in mains:
            if kept is not None and path != kept:
                fields[path] = OTHER


def _ranks(fields: Fields, name: str) -> Iterable[str]:
    return sorted(path for path in fields if path.startswith(f"{name}/") and path.endswith("/rank"))
