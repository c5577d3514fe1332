"""Evidence: what comparing two profiles found, as codes without any value of anybody. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from rapidfuzz.distance import OSA

from gateway.identity.matching.names import Likeness, likeness
from gateway.identity.matching.profile import (
    CARD,
    EMAIL,
    MAILBOX,
    PERSON,
    PHONE,
    PROVING,
    Held,
    Profile,
    Proof,
)


class Hands(NamedTuple):
    """In whose hands an identifier is.

    Shape: ``holders`` counts customers; ``at_odds`` tells that two of them cannot be one person.
    """

    holders: int
    at_odds: bool = False


Crowd = Mapping[str, Hands]
"""Digest → its hands; one that is not in it is in those of the two compared."""
PAIR = Hands(2)
_DAYS_ALIKE = 1
_FORMS_OWN = ("0-01-01", "5-01-01")
"""New Year of a round year: what a form proposes when nobody says another day."""


class Finding(NamedTuple):
    """One finding. Shape: ``code`` has its texts in ``texts``; ``args`` are plain and impersonal.

    ``key`` is the digest of a shared identifier; it tells nothing and is not shown.
    """

    code: str
    points: float = 0.0
    args: Mapping[str, str | int] = {}
    key: str = ""


class Shared(NamedTuple):
    """An identifier that both hold."""

    key: str
    one: Held
    other: Held
    hands: Hands

    @property
    def is_doubtful(self) -> bool:
        """It may only support other evidence."""
        return self.one.doubtful or self.other.doubtful or self.one.sort == MAILBOX

    @property
    def is_proved(self) -> bool:
        """It was proved to be in both hands."""
        return self.one.is_confirmed and self.other.is_confirmed and not self.is_doubtful


class Evidence(NamedTuple):
    """All that two profiles show beside each other.

    Shape: ``crowded`` are shared identifiers in too many hands; ``expired`` those that one of the
    two lost to somebody.
    """

    shared: tuple[Shared, ...]
    crowded: tuple[Shared, ...]
    expired: tuple[Shared, ...]
    name: Likeness
    born: str
    gender: str
    apart: tuple[str, ...]
    differs: tuple[str, ...]


SAME, CLOSE, DIFFERENT, UNKNOWN = "same", "close", "different", "unknown"
CONTRARY = frozenset({Likeness.UNLIKE, Likeness.DIFFERENT})


def gather(one: Profile, other: Profile, crowd: Crowd, most_holders: int) -> Evidence:
    """Compare two profiles."""
    shared, crowded, expired = [], [], []
    for found in _shared(one, other, crowd):
        if found.one.expired or found.other.expired:
            expired.append(found)
        elif found.hands.holders > most_holders:
            crowded.append(found)
        else:
            shared.append(found)
    return Evidence(
        shared=tuple(shared),
        crowded=tuple(crowded),
        expired=tuple(expired),
        name=likeness(one.name, other.name),
        born=_born(one.born, other.born),
        gender=_gender(one.gender, other.gender),
        apart=(PHONE,) if _apart(one, other, PHONE) else (),
        differs=tuple(sort for sort in (EMAIL, CARD) if _differs(one, other, sort)),
    )


def hands_of(holders: Sequence[Profile]) -> Hands:
    """Tell in whose hands an identifier is, of all that hold it."""
    odd = any(at_odds(one, other) for one, other in combinations(holders, 2))
    return Hands(len(holders), odd)


def at_odds(one: Profile, other: Profile) -> bool:
    """Tell whether two profiles can hardly be of one person."""
    if likeness(one.name, other.name) in CONTRARY:
        return True
    return _born(one.born, other.born) == DIFFERENT


def strangers(one: Profile, other: Profile) -> bool:
    """Tell whether two have neither name nor birth date in common: a number changed its owner."""
    is_named_otherwise = likeness(one.name, other.name) in CONTRARY
    return is_named_otherwise and _born(one.born, other.born) == DIFFERENT


def housemates(one: Profile, other: Profile) -> bool:
    """Tell whether two have other names and other phones: what they share is a household's."""
    mine, theirs = (
        {key for key, held in of.held.items() if held.sort == PHONE} for of in (one, other)
    )
    has_own = bool(mine and theirs and mine.isdisjoint(theirs))
    return has_own and likeness(one.name, other.name) in CONTRARY


def _shared(one: Profile, other: Profile, crowd: Crowd) -> Iterator[Shared]:
    both = [key for key in one.held if key in other.held]
    exact = {one.held[key].sort for key in both}
    for key in sorted(both):
        held = one.held[key]
        if held.sort == PERSON or (held.sort == MAILBOX and EMAIL in exact):
            continue
        yield Shared(key, held, other.held[key], crowd.get(key, PAIR))


def _apart(one: Profile, other: Profile, sort: str) -> bool:
    """Tell whether each proved an identifier that the other has not."""
    mine, theirs = one.confirmed(sort), other.confirmed(sort)
    return bool(mine and theirs and mine.isdisjoint(theirs))


def _differs(one: Profile, other: Profile, sort: str) -> bool:
    """Tell whether each has some of a sort and none is the other's; aliases are one mailbox."""
    sorts = {EMAIL, MAILBOX} if sort == EMAIL else {sort}
    mine = {key for key, held in one.held.items() if held.sort in sorts}
    if not mine or not mine.isdisjoint(other.held):
        return False
    return any(held.sort in sorts for held in other.held.values())


def _born(one: str, other: str) -> str:
    if not one or not other:
        return UNKNOWN
    if one == other:
        return SAME
    if one.endswith(_FORMS_OWN) or other.endswith(_FORMS_OWN):
        return UNKNOWN
    is_close = OSA.distance(one, other, score_cutoff=1) <= 1 or _turned(one) == other
    return CLOSE if is_close or _neighbours(one, other) else DIFFERENT


def _turned(born: str) -> str:
    """Return the date with day and month exchanged."""
    return f"{born[:5]}{born[8:10]}-{born[5:7]}"


def _neighbours(one: str, other: str) -> bool:
    """Tell whether a time zone may have moved one date to the other."""
    try:
        days = abs((date.fromisoformat(one) - date.fromisoformat(other)).days)
    except ValueError:
        return False
    return days <= _DAYS_ALIKE


def _gender(one: str, other: str) -> str:
    if not one or not other:
        return UNKNOWN
    return SAME if one == other else DIFFERENT


def strongest(shared: Shared) -> Proof:
    """Return the stronger of the two proofs."""
    return max(shared.one.proof, shared.other.proof)


def proving(evidence: Evidence, sort: str) -> list[Shared]:
    """Return shared identifiers of a sort that were proved in both hands."""
    return [one for one in evidence.shared if one.one.sort == sort and one.is_proved]


def cards(evidence: Evidence) -> list[Shared]:
    """Return shared cards: whoever carries it shows it."""
    return [one for one in evidence.shared if one.one.sort == CARD and not one.is_doubtful]


def identifying(evidence: Evidence) -> list[Shared]:
    """Return what is shared and says who somebody is."""
    return [one for one in evidence.shared if one.one.sort in PROVING or one.one.sort == MAILBOX]
