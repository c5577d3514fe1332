"""Explaining: the doubles' own records of what they were asked, held against the story.

A double writes down each call with its time. What changed something there must stand in the story
as a sending, or as an attempt whose outcome was in doubt; and each sending that the story tells
must have been seen. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.ops.story import Step, sentence_of
from gateway.ops.story_words import REASONS

Entry = Mapping[str, Any]
CHANGED = frozenset({"created", "changed"})
SENDS = frozenset({("delivered", "created"), ("delivered", "sent")})
_DOUBTS = frozenset({("delivered", "found"), ("delivery", "retried"), ("delivery", "dead")})
_PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Witness:
    """What one double saw of one record. ``entries`` are in order."""

    account: str
    entries: Sequence[Entry]


def names(entry: Entry, ids: Iterable[str]) -> bool:
    """Tell whether a call is about one of these ids; a call may be about several records."""
    return not set(str(entry["key"]).split(",")).isdisjoint(ids)


def unexplained(story: Sequence[Step], witness: Witness) -> list[str]:
    """Return what a double saw and the story does not tell, and what only the story tells."""
    found: list[str] = []
    left = list(witness.entries)
    for step in story:
        if step.account != witness.account or not _explains(step):
            continue
        seen = [entry for entry in left if datetime.fromisoformat(entry["at"]) <= step.at]
        left = left[len(seen) :]
        pair = (step.event, step.outcome)
        if pair in SENDS and not seen:
            found.append(f"{witness.account}: sentence {step.id} tells a sending that nobody saw")
        if pair == ("delivered", "created") and not _may_have_made(seen, witness):
            found.append(f"{witness.account}: sentence {step.id} tells a making that nobody saw")
    found += [
        f"{witness.account}: call {entry['n']} ({entry['op']}) stands in no sentence"
        for entry in left
        if entry["effect"] in CHANGED
    ]
    return found


def _explains(step: Step) -> bool:
    pair = (step.event, step.outcome)
    is_probe = step.event == "received" and step.detail.get("via") == _PROBE
    return pair in SENDS or pair in _DOUBTS or is_probe


def _may_have_made(seen: Sequence[Entry], witness: Witness) -> bool:
    """Tell whether a call of these made the record, where the double tells making apart."""
    tells = any(entry["effect"] == "created" for entry in witness.entries)
    return not tells or any(entry["effect"] == "created" for entry in seen)


def makings(witness: Witness) -> int:
    """Count how often a double made the record."""
    return sum(entry["effect"] == "created" for entry in witness.entries)


def without_reason(story: Sequence[Step]) -> Iterator[str]:
    """Yield the changes that were not taken over and whose sentence does not say why."""
    for step in story:
        told = sentence_of(step)
        if not told.is_known:
            yield f"sentence {step.id} ({step.event} {step.outcome}) has no words"
        for one in step.detail.get("fields", ()):
            if not isinstance(one, Mapping) or one.get("taken"):
                continue
            why = str(one.get("why") or "")
            known = "owned_by" if why.startswith("owned_by_") else why
            if known not in REASONS:
                yield f"sentence {step.id}: {one.get('field')} was kept out without a reason"
        if (step.event, step.outcome) == ("received", "refused") and not told.fields:
            yield f"sentence {step.id}: all was kept out, and nothing is said of it"


def kept_out(story: Sequence[Step], account: str) -> set[str]:
    """Return the fields of which an account's change was not taken over, with a reason."""
    return {
        str(one["field"])
        for step in story
        if step.account == account and step.event == "received"
        for one in step.detail.get("fields", ())
        if isinstance(one, Mapping) and not one.get("taken") and one.get("why")
    }
