"""Story: sentences of the journal as people read them, structured and in plain words.

A sentence says what happened, in which tone, which fields were decided about by which rule, and
whatever else is worth telling. Faces only choose the language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.ops.story_words import (
    ANY,
    BUYER_REFUSED,
    CONFLICT,
    IN_DOUBT,
    LISTS,
    MATCHED,
    MOMENTS,
    NOTES,
    REASONS,
    REMARKED,
    RULES,
    TAKEN,
    UNKNOWN,
    VALUES,
    VIA,
    Tone,
    Wording,
    wordings,
)
from gateway.ops.words import ENGLISH, Argument, Moments, Phrase
from gateway.ports import JournalRow
from gateway.sync.correct import OPERATOR
from gateway.telemetry import redacted

_PLAIN = frozenset({"external_id", "correlation_id", "merged_into", "waits_for", "of", "letter"})
"""Ids: redacting would take a long number for a phone or a card."""


@dataclass(frozen=True, slots=True)
class FieldStory:
    """What was decided about one field; values are never told.

    Shape: ``taken`` into the snapshot or kept out, ``rule`` and ``why`` in words, ``conflict`` when
    two systems had changed it.
    """

    field: str
    taken: bool
    conflict: bool
    rule: Phrase
    why: Phrase


@dataclass(frozen=True, slots=True)
class Sentence:
    """A step in plain words. ``is_known`` is false for a pair that has no words of its own."""

    tone: Tone
    text: Phrase
    notes: tuple[Phrase, ...]
    fields: tuple[FieldStory, ...]
    is_known: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One sentence of the journal. ``count`` is how many happenings it stands for.

    Shape: ``id`` grows, ``entity_id`` is empty for what concerns no entity, ``detail`` holds what
    was written, redacted.
    """

    at: datetime
    account: str
    event: str
    outcome: str
    correlation_id: str
    detail: Mapping[str, Any]
    count: int = 1
    id: int = 0
    entity_id: str = ""
    kind: str = ""

    @property
    def sentence(self) -> Sentence:
        """The step in plain words."""
        return sentence_of(self)

    def said(self, language: str = ENGLISH, moment: Moments | None = None) -> str:
        """Return the whole sentence with its notes and fields, on one line."""
        told = self.sentence
        parts = [one.said(language, moment) for one in (told.text, *told.notes)]
        fields = "; ".join(
            f"{one.field}: {one.why.said(language)} ({one.rule.said(language)})"
            for one in told.fields
        )
        return " ".join([*parts, *([f"{fields}."] if fields else [])])


def step_of(row: JournalRow) -> Step:
    """Return a row for people's eyes."""
    detail = {
        key: str(value) if key in _PLAIN else redacted(value) for key, value in row.detail.items()
    }
    return Step(
        row.at, row.account, row.event, row.outcome, row.correlation_id, detail, row.count,
        row.id, row.entity_id, str(row.kind),
    )  # fmt: skip


def words_of(account: str, event: str, outcome: str) -> Wording | None:
    """Return the words of a pair, ``None`` when it has none."""
    pair = (event, outcome)
    if account == OPERATOR and pair in wordings(operators=True):
        return wordings(operators=True)[pair]
    return wordings().get(pair) or wordings().get((event, ANY))


def sentence_of(step: Step) -> Sentence:
    """Say a step in plain words."""
    known = words_of(step.account, step.event, step.outcome)
    words = known or UNKNOWN
    args = _args(step)
    return Sentence(
        tone=words.tone,
        text=Phrase(words.text, args),
        notes=tuple(_notes(step, words.text, args)),
        fields=tuple(_fields(step.detail.get("fields"))),
        is_known=known is not None,
    )


def _args(step: Step) -> dict[str, Argument]:
    told = {name: _argument(name, value) for name, value in step.detail.items() if _is_said(value)}
    for name, values in VALUES.items():
        if told.get(name) in values:
            told[name] = Phrase(values[str(told[name])], dict(told))
    own: dict[str, Argument] = {
        "account": step.account, "event": step.event, "outcome": step.outcome, "kind": step.kind,
        "count": str(step.count),
    }  # fmt: skip
    # An operator's sentence names the account that it is about in its detail.
    return {**own, **told} if step.account == OPERATOR else {**told, **own}


def _notes(step: Step, text: str, args: Mapping[str, Argument]) -> Iterator[Phrase]:
    detail = step.detail
    if step.event == "received" and "via" in args:
        yield Phrase(VIA.get(str(args["via"]), VIA[ANY]), args)
    if args.get("matched_by") in MATCHED:
        yield Phrase(MATCHED[str(args["matched_by"])], args)
    if step.event == "remark" and detail:
        yield Phrase(REMARKED, {"told": _shown(detail)})
    for name, note in NOTES.items():
        first = name in {"attempt", "attempts"} and args.get(name) == "1"
        if name in args and f"{{{name}}}" not in text and not first:
            yield Phrase(note, args)
    if detail.get("unknown") is True:
        yield Phrase(IN_DOUBT, args)
    if detail.get("buyer") == "refused":
        yield Phrase(BUYER_REFUSED, args)
    for name, note in LISTS.items():
        values = detail.get(name)
        if isinstance(values, list) and values and all(isinstance(one, str) for one in values):
            yield Phrase(note, {**args, name: ", ".join(values)})


def _fields(told: object) -> Iterator[FieldStory]:
    if not isinstance(told, Sequence):
        return
    for one in told:
        if isinstance(one, Mapping):
            yield _field(one)


def _field(one: Mapping[str, Any]) -> FieldStory:
    rule, _, owner = str(one.get("rule") or "").partition(":")
    is_taken = bool(one.get("taken"))
    conflict = bool(one.get("conflict"))
    return FieldStory(
        field=str(one.get("field", "")),
        taken=is_taken,
        conflict=conflict,
        rule=Phrase(RULES.get(rule, TAKEN), {"owner": owner}),
        why=_why(str(one.get("why") or ""), is_taken=is_taken, conflict=conflict),
    )


def _why(reason: str, *, is_taken: bool, conflict: bool) -> Phrase:
    if is_taken or not reason:
        return Phrase(CONFLICT if conflict and not is_taken else TAKEN)
    if reason.startswith("owned_by_"):
        return Phrase(REASONS["owned_by"], {"owner": reason.removeprefix("owned_by_")})
    return Phrase(REASONS.get(reason, reason))


def _argument(name: str, value: object) -> Argument:
    if name in MOMENTS and isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return value
    return _shown(value)


def _is_said(value: object) -> bool:
    return value not in ("", None, [], 0) and value is not False


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_shown(one)}" for name, one in value.items())
    return str(value)
