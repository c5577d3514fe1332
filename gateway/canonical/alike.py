"""Keys of comparison: values that are equal for what is one mailbox, or one person's name. Pure.

They are for finding and comparing only. Nothing is ever sent to, or shown as, such a key.

Source: reference of services, sections 9 and 10.
"""

from __future__ import annotations

import re

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
YANDEX = frozenset(
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
FOLDED_DOMAINS = _GMAIL | YANDEX | _TAGGED
_WORDS = re.compile(r"[^\W\d_]+")
_FOLDS = str.maketrans("ёaceopxykmth", "еасеорхукмтн")


def mailbox_key(address: str) -> str | None:
    """Return the address under which all spellings of one mailbox are equal.

    ``None`` where the provider keeps each spelling apart, or nobody knows. A rule stands here only
    where the provider documents it or two independent implementations agree. Mail.ru's domains are
    separate mailboxes; ``+tag`` is not cut at Yandex, about which the sources disagree.
    """
    local, _, domain = address.rpartition("@")
    if domain in _GMAIL:
        return f"{local.partition('+')[0].replace('.', '')}@gmail.com"
    if domain in YANDEX:
        return f"{local.replace('.', '-')}@yandex.ru"
    if domain in _TAGGED:
        return f"{local.partition('+')[0]}@{domain}"
    return None


def folded_name(text: str | None) -> str:
    """Return a part of a name as it is compared: ``Семёнов`` and ``СЕМЕНОВ`` are equal.

    Latin letters in a Cyrillic word are read as the Cyrillic ones that they look like.
    """
    if not text:
        return ""
    lower = text.lower()
    if any("\u0400" <= char <= "\u04ff" for char in lower):
        lower = lower.translate(_FOLDS)
    return " ".join(_WORDS.findall(lower))


def person_key(last: str | None, first: str | None, born: str | None) -> str | None:
    """Return what a person can be looked for by who shares no contact: name and birth date.

    The order of the two names does not matter; without a surname, a name and a date it is ``None``.
    """
    names = sorted((folded_name(last), folded_name(first)))
    return f"{names[0]} {names[1]} {born}" if born and all(names) else None
