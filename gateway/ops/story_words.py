"""Words of the story: what each (event, outcome) of the journal says, in plain English.

Sentences stand in ``locale/en``; the English text is the key of the other languages. What stands in
braces is filled in from the sentence. A test finds each pair that the program can write and that
has no words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import NamedTuple


class Tone(StrEnum):
    """How a sentence is to be taken: it went well, is for knowing, wants care, went wrong."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"


class Wording(NamedTuple):
    """What a pair says."""

    tone: Tone
    text: str


ANY = "*"
"""Stands for outcomes that others choose, such as a connector's own remarks."""


@cache
def wordings(*, operators: bool = False) -> Mapping[tuple[str, str], Wording]:
    """Return the words by (event, outcome).

    Those of ``operators`` are about the account of that name, and win there over those of all.
    """
    place = resources.files("gateway.ops").joinpath("locale", "en", "story.json")
    told = json.loads(place.read_text(encoding="utf-8"))["operators" if operators else "sentences"]
    return {
        (pair.partition("/")[0], pair.partition("/")[2]): Wording(Tone(tone), text)
        for pair, (tone, text) in told.items()
    }


UNKNOWN = Wording(Tone.INFO, "{account}: {event} {outcome}.")

RULES: Mapping[str, str] = {
    "newest": "the later change wins",
    "forward": "it only goes forward",
    "union": "what is known is collected, not replaced",
    "manual": "a person decides where two disagree",
    "owner": "{owner} decides about it",
}
"""Rules of merging, as ``gateway.sync.ownership.RuleKind`` names them."""

PERSON_RULES: Mapping[str, str] = {
    "human": "a person's word counts",
    "owner": "the owner of the field decides",
    "confirmed": "the better proved one counts",
    "real": "a real value counts more than a placeholder",
    "newer": "the newer one counts",
    "older": "the first one counts",
    "priority": "the system that stands first decides",
    "value": "where nothing tells, one of the two is taken in a fixed order",
}
"""Further rules, by which two records of one person became one."""

REASONS: Mapping[str, str] = {
    "older": "kept out: what is held is newer",
    "not_forward": "kept out: it would go backwards",
    "kept_by_union": "kept out: what is known is not removed",
    "item_is_gone": "kept out: what it belongs to was removed",
    "needs_a_decision": "two systems changed it: a person decides",
    "owned_by": "kept out: {owner} decides about it",
}
"""Why a change was kept out, as ``gateway.sync.merge`` names it."""

TAKEN = "taken over"
CONFLICT = "taken over, though it was changed in two places"
KEPT_OUT = "kept out: the other value stays"

VIA: Mapping[str, str] = {
    "pull": "It came with the reading of its feed.",
    "buyer": "It was read as the buyer of an order.",
    "late_buyer": "It was looked at again for its buyer.",
    "answer": "That is what it answered when it was told.",
    "probe": "That was seen when it was looked up after a doubt.",
    "reread": "It was read once more.",
    "look_again": "It was read once more.",
    "replay": "It was read again for an operator.",
    "card": "The card {of} names this customer.",
    "order": "The order {of} names this card.",
    "card_order": "It came with an order by a card.",
    ANY: "It came by a call ({via}).",
}
MATCHED: Mapping[str, str] = {
    "link": "Known by its id there.",
    "key": "Known by the gateway's own id, which is stored there.",
    "new": "Nothing here was the same.",
    "phone": "Recognised by the phone.",
    "email": "Recognised by the e-mail.",
    "card": "Recognised by the card.",
    "code": "Recognised by the code.",
}
NOTES: Mapping[str, str] = {
    "remarks": "Its connector remarks: {remarks}.",
    "merged_into": "There it was merged into {merged_into}.",
    "path": "It cannot be read at {path}.",
    "reason": "Reason: {reason}.",
    "attempt": "That was attempt {attempt}.",
    "attempts": "That was attempt {attempts}.",
    "more": "And {more} more fields.",
    "not_written": "{not_written} differences before this one were not written down.",
    "letter": "Letter {letter}.",
    "issued_by": "It was given out by {issued_by}.",
    "because": "Because: {because}.",
    "by": "By {by}.",
    "caller": "Till {caller}.",
    "asked_by": "Asked for by {asked_by}.",
}
"""More that a sentence may tell, by the name of its detail."""

VALUES: Mapping[str, Mapping[str, str]] = {
    "action": {
        "account.budget": "changing an account's limit",
        "account.pause": "pausing an account",
        "account.probe": "asking an account now",
        "account.resume": "resuming an account",
        "alert.silence": "silencing an alert",
        "alert.test": "sending a trial message",
        "due.hurry": "sending at once",
        "letter.drop": "closing letters without sending",
        "letter.edit": "correcting a letter",
        "letter.replay": "sending letters again",
        "merge.ask": "asking for two records to become one person",
        "merge.refuse": "refusing that two records become one person",
        "merge.undo": "taking a merge of two records back",
        "merge.vouch": "vouching for two records to be one person",
        "person.erase": "erasing a person",
        "person.erase_again": "erasing persons again after a restore",
        "person.erased_by_hand": "noting an erasure that was done by hand",
        "person.export": "taking out what is held about a person",
        "review.decide": "deciding who is the same person",
        "sale.drop": "giving a sale up",
        "sale.retry": "telling a sale again",
        "unmask": "looking behind the mask",
    },
    "lacks": {
        "phone": "a phone",
        "email": "an e-mail",
        "phone_email": "a phone and an e-mail",
    },
    "feature": {"earning": "earning of points", "spending": "spending of points"},
    "scope": {"all": "for all", "brand": "for brand {name}", "shop": "for shop {name}"},
}
"""Words of values that the program itself chooses, by the name of their detail."""
MOMENTS = frozenset({"next_at", "since", "until"})
"""Details that are moments."""

IN_DOUBT = "It may have happened: {account} is asked before anything is sent again."
BUYER_REFUSED = "The customer was refused there: that must be mended first."
FIELDS_TOLD = "Fields: {fields}."
REMARKED = "It says: {told}."
LISTS: Mapping[str, str] = {
    "fields": FIELDS_TOLD,
    "paths": "They cannot be read at: {paths}.",
    "subjects": "About: {subjects}.",
    "left": "They could not be parted at: {left}.",
}

OWN_TEXTS: tuple[str, ...] = (
    UNKNOWN.text, TAKEN, CONFLICT, KEPT_OUT, IN_DOUBT, BUYER_REFUSED, REMARKED,
    *(
        text
        for texts in (RULES, PERSON_RULES, REASONS, VIA, MATCHED, NOTES, LISTS, *VALUES.values())
        for text in texts.values()
    ),
)  # fmt: skip
"""All texts of this module; those of the sentences stand in ``locale/en``."""
