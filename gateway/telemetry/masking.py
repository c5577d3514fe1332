"""Masking of personal data and secrets: for logs wholly, for people's displays in part.

Two nets, because either alone has holes: the name of a key tells what a value is, and a pattern
finds what was put into a value of another name. Personal names in free text are found by neither;
events therefore carry ids and never texts of vendors or people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from itertools import pairwise
from urllib.parse import urlsplit
from uuid import UUID

HIDDEN = "***"
_DEEPEST = 8
_LEAST_PHONE_DIGITS = 10
_RU_DIGITS = 11

_SECRET_WORDS = frozenset(
    {
        "phone",
        "phones",
        "tel",
        "telephone",
        "mobile",
        "msisdn",
        "email",
        "emails",
        "mail",
        "name",
        "names",
        "fullname",
        "firstname",
        "lastname",
        "middlename",
        "surname",
        "patronymic",
        "fio",
        "address",
        "street",
        "flat",
        "birth",
        "birthday",
        "birthdate",
        "passport",
        "snils",
        "inn",
        "card",
        "cards",
        "pan",
        "cvv",
        "pin",
        "otp",
        "token",
        "tokens",
        "secret",
        "secrets",
        "password",
        "passwd",
        "pwd",
        "authorization",
        "auth",
        "apikey",
        "cookie",
        "cookies",
        "signature",
        "body",
        "payload",
        "content",
        "text",
        "url",
        "uri",
        "href",
        "link",
        "телефон",
        "телефоны",
        "почта",
        "имя",
        "фамилия",
        "отчество",
        "фио",
        "карта",
        "пароль",
        "адрес",
        "паспорт",
    }
)
_KEY_PAIRS = (("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"))
_PLAIN_KEYS = frozenset(
    {
        "account_name",
        "content_type",
        "event_name",
        "field_name",
        "file_name",
        "operation_name",
        "queue_name",
        "text_version",
    }
)
_WORDS = re.compile(r"[A-ZА-ЯЁ]+(?![a-zа-яё])|[A-ZА-ЯЁ]?[a-zа-яё]+")

_GAP = r"[\s().\-‐-―_/]{0,3}"
_DIGITS_7 = rf"\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=\-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(r"(?i)\b([\w\-]*(?:key|token|auth|secret|password|pwd|sign)\w*)=[^\s&\"']+"),
        rf"\1={HIDDEN}",
    ),
    # A long run of letters and digits between slashes is how inbound webhooks spell their secret.
    (re.compile(r"(?<=/)(?=[\w\-]*\d)(?=[\w\-]*[A-Za-z])[\w\-]{10,}"), HIDDEN),
    (
        re.compile(rf"(?<!\d)(?:\+?{_GAP}7|8){_GAP}[3-9]{_GAP}\d{_GAP}\d{_GAP}{_DIGITS_7}(?!\d)"),
        HIDDEN,
    ),
    (re.compile(rf"\+{_GAP}\d(?:{_GAP}\d){{7,14}}(?!\d)"), HIDDEN),
    (re.compile(rf"(?<!\d)9{_GAP}\d{_GAP}\d{_GAP}{_DIGITS_7}(?!\d)"), HIDDEN),
    (re.compile(r"(?<!\d)\d(?:[ \-]?\d){12,18}(?!\d)"), HIDDEN),
)
# What no rule can match without: most texts of a log end here.
_SUSPECT = re.compile(r"[@=]|://|\d\D{0,3}\d|/[\w\-]*\d|(?i:bearer|basic|token)\s")
_ADDRESS = re.compile(r"(?i)\b[a-z][a-z0-9+.\-]*://[^\s\"'<>]+")
_ID_OR_TIME = re.compile(
    r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
)


def redacted(value: object) -> object:
    """Return ``value`` for a log: plain, JSON-ready, without personal data or secrets.

    Shape: mappings and sequences are walked; a value under a telling key is hidden whole (absent
    and true-or-false values stay); strings and numbers lose what looks like a phone, an e-mail, a
    card, a path of a web address or a credential. Any other object becomes the name of its type.
    """
    return _walk(value, depth=0)


@lru_cache(maxsize=2048)
def is_telling(key: str) -> bool:
    """Say whether a key names personal data or a secret: ``clientPhone``, ``api_key``, ``ФИО``."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if key in _PLAIN_KEYS or not words:
        return False
    return not _SECRET_WORDS.isdisjoint(words) or any(
        pair in _KEY_PAIRS for pair in pairwise(words)
    )


def mask_phone(phone: str | None) -> str:
    """Show a phone to people: ``+7916***4567``; what is too short to be one is hidden."""
    digits = "".join(char for char in phone or "" if char.isdecimal())
    if len(digits) == _LEAST_PHONE_DIGITS:
        digits = f"7{digits}"
    elif len(digits) == _RU_DIGITS and digits.startswith("8"):
        digits = f"7{digits[1:]}"
    return f"+{digits[:4]}{HIDDEN}{digits[-4:]}" if len(digits) >= _RU_DIGITS else HIDDEN


def mask_email(email: str | None) -> str:
    """Show an e-mail to people: ``a***@example.ru``; what is none is hidden."""
    local, at, domain = (email or "").strip().partition("@")
    return f"{local[:1]}{HIDDEN}@{domain}" if at and local and domain else HIDDEN


def mask_name(name: str | None) -> str:
    """Show a name to people: the first letter of each part, ``П*** И***``."""
    return " ".join(f"{part[0]}{HIDDEN}" for part in (name or "").split()) or HIDDEN


def _walk(value: object, *, depth: int) -> object:
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {_text(str(k)): _under(str(k), v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_walk(item, depth=depth + 1) for item in value]
    return _leaf(value)


def _leaf(value: object) -> object:
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return HIDDEN if _text(str(value)) == HIDDEN else value
    if isinstance(value, str | Decimal | datetime | date | time | timedelta | UUID):
        return _text(str(value))
    return f"<{type(value).__name__}>"


def _under(key: str, value: object, depth: int) -> object:
    if is_telling(key):
        return value if value is None or isinstance(value, bool) else HIDDEN
    return _walk(value, depth=depth)


def _text(text: str) -> str:
    if _SUSPECT.search(text) is None or _ID_OR_TIME.fullmatch(text):
        return text
    if "://" in text:
        text = _ADDRESS.sub(lambda found: _origin(found.group()), text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _origin(url: str) -> str:
    """Keep scheme and host of an address: user, path and query may each be the secret."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or HIDDEN, parts.port
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}/{HIDDEN}"
