"""Cards: a number as a person, a till or a scanner gives it.

Numbers are texts, and their leading zeros are part of them. Whether the shop issues numbers of such
a form is asked elsewhere (``[[cards.masks]]``).

Source: reference of services, section 12.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.identity.normal.reasons import Reason
from gateway.identity.normal.scripts import has_cyrillic, latin_of
from gateway.identity.normal.verdict import Verdict

_SPACING = dict.fromkeys(map(ord, " \t\r\n-\u00a0\u2010\u2011\u2012\u2013\u2014\u202f"))
_TRACK = re.compile(r";([0-9]+)(?:=[0-9]*)?\?")
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_PLAIN = re.compile(r"[0-9A-Z]{3,32}")
_DIGITS_ALIKE = re.compile(r"([0-9])\1*")


class CardReading(NamedTuple):
    """One card as given and as read."""

    original: str
    normal: str | None
    verdict: Verdict
    reason: Reason = Reason.NONE


def read_card(text: str | None) -> CardReading:
    """Read one card's number; never raises."""
    original = text or ""
    number = original.translate(_SPACING).upper()
    if not number:
        return CardReading(original, None, Verdict.REFUSED, Reason.EMPTY)
    track = _TRACK.fullmatch(number)
    if track:
        number = track[1]
    aim = _AIM.match(number)
    if aim:
        number = number[aim.end() :]
    verdict, reason = Verdict.OK, Reason.NONE
    if has_cyrillic(number):
        number, verdict, reason = latin_of(number), Verdict.DOUBTFUL, Reason.LOOKALIKE
    if not _PLAIN.fullmatch(number):
        return CardReading(original, None, Verdict.REFUSED, Reason.BAD_CHARACTERS)
    if _DIGITS_ALIKE.fullmatch(number):
        return CardReading(original, number, Verdict.REFUSED, Reason.PLACEHOLDER)
    return CardReading(original, number, verdict, reason)
