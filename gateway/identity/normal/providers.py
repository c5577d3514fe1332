"""Providers: which spellings of an address reach one mailbox, as the providers themselves say.

A rule stands here only where it is documented or confirmed by two independent implementations.
Mail.ru's domains (``mail.ru``, ``bk.ru``, ``list.ru``, ``inbox.ru``) are separate mailboxes and are
not folded; nor is ``+tag`` at Yandex, about which the sources disagree.

Source: reference of services, section 9.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_YANDEX = frozenset(
    {
        "ya.ru", "yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "narod.ru",
    }
)  # fmt: skip
_TAGGED = frozenset(
    {
        "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "mac.com", "proton.me",
        "protonmail.com", "fastmail.com", "zoho.com",
    }
)  # fmt: skip
_PLAIN = frozenset(
    {
        "mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "rambler.ru", "lenta.ru",
        "autorambler.ru", "myrambler.ru", "ro.ru", "vk.com", "yahoo.com", "mail.com", "gmx.de",
        "mai.ru", "rambler.ua", "ukr.net", "i.ua", "tut.by",
    }
)  # fmt: skip
KNOWN_DOMAINS = _GMAIL | _YANDEX | _TAGGED | _PLAIN
_OFTEN = ("gmail.com", "yandex.ru", "mail.ru", "rambler.ru", "inbox.ru", "list.ru", "icloud.com",
          "outlook.com", "hotmail.com", "yahoo.com")  # fmt: skip
_THROWAWAY = frozenset(
    {
        "mailinator.com", "guerrillamail.com", "10minutemail.com", "temp-mail.org", "yopmail.com",
        "trashmail.com", "sharklasers.com", "dispostable.com", "maildrop.cc", "getnada.com",
    }
)  # fmt: skip
_MOST_EDITS = 1


def match_key(local: str, domain: str) -> str:
    """Return the address under which all spellings of one mailbox are equal."""
    if domain in _GMAIL:
        return f"{local.partition('+')[0].replace('.', '')}@gmail.com"
    if domain in _YANDEX:
        return f"{local.replace('.', '-')}@yandex.ru"
    if domain in _TAGGED:
        return f"{local.partition('+')[0]}@{domain}"
    return f"{local}@{domain}"


def is_throwaway(domain: str) -> bool:
    """Tell whether mailboxes of the domain are thrown away after minutes."""
    return domain in _THROWAWAY


@lru_cache(maxsize=50_000)
def likely_domain(domain: str) -> str:
    """Return the well-known domain of which this one is a misspelling, or nothing; only a hint."""
    if domain in KNOWN_DOMAINS:
        return ""
    for known in _OFTEN:
        if DamerauLevenshtein.distance(domain, known, score_cutoff=_MOST_EDITS) <= _MOST_EDITS:
            return known
    return ""
