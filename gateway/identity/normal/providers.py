"""Providers: domains that are known, those that are thrown away, and those that are misspelt.

Which spellings reach one mailbox stands in ``gateway.canonical.alike``.

Source: reference of services, section 9.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from gateway.canonical.alike import FOLDED_DOMAINS

_PLAIN = frozenset(
    {
        "mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "rambler.ru", "lenta.ru",
        "autorambler.ru", "myrambler.ru", "ro.ru", "vk.com", "yahoo.com", "mail.com", "gmx.de",
        "mai.ru", "rambler.ua", "ukr.net", "i.ua", "tut.by",
    }
)  # fmt: skip
_KNOWN = FOLDED_DOMAINS | _PLAIN
_OFTEN = ("gmail.com", "yandex.ru", "mail.ru", "rambler.ru", "inbox.ru", "list.ru", "icloud.com",
          "outlook.com", "hotmail.com", "yahoo.com")  # fmt: skip
_THROWAWAY = frozenset(
    {
        "mailinator.com", "guerrillamail.com", "10minutemail.com", "temp-mail.org", "yopmail.com",
        "trashmail.com", "sharklasers.com", "dispostable.com", "maildrop.cc", "getnada.com",
    }
)  # fmt: skip
_MOST_EDITS = 1


def is_throwaway(domain: str) -> bool:
    """Tell whether mailboxes of the domain are thrown away after minutes."""
    return domain in _THROWAWAY


@lru_cache(maxsize=50_000)
def likely_domain(domain: str) -> str:
    """Return the well-known domain of which this one is a misspelling, or nothing; only a hint."""
    if domain in _KNOWN:
        return ""
    for known in _OFTEN:
        if DamerauLevenshtein.distance(domain, known, score_cutoff=_MOST_EDITS) <= _MOST_EDITS:
            return known
    return ""
