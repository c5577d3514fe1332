"""Consent: whether somebody may be written to for a purpose on a channel. Pure.

A withdrawal counts above all, on this channel or on all; without a word nobody may write. Codes and
receipts are no mailings and do not ask here.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from gateway.canonical import Consent
from gateway.contract import NoticeChannel

MAILING = "mailing"


class Verdict(StrEnum):
    """What the consents say."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    NO_CONSENT = "no_consent"


def verdict(consents: Sequence[Consent], channel: NoticeChannel, purpose: str = MAILING) -> Verdict:
    """Return whether a mailing on a channel is allowed."""
    said = [one.granted for one in consents if one.id in {purpose, f"{purpose}:{channel}"}]
    if not said:
        return Verdict.NO_CONSENT
    return Verdict.GRANTED if all(said) else Verdict.WITHDRAWN
