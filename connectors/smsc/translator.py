"""Message translator: a notice as the vendor's parameters, and our key as its id. Pure."""

from __future__ import annotations

import hashlib
import re
from math import ceil

from gateway.contract import Notice, Rejected

from .config import SmscSettings
from .errors import WRONG_PHONE, code_error

LARGEST_ID = 2**31 - 1
_PHONE = re.compile(r"\+?([1-9]\d{7,14})")
_SEND = "send.php"
_DOUBLE = frozenset("^{}\\[~]|")
"""Characters that the GSM alphabet holds in two places."""
Form = list[tuple[str, str]]


def id_of(key: str) -> int:
    """Return the vendor's id of a message, the same for the same key.

    Units: 1 to 2147483647, all that the vendor takes (reference, 1.1). Two keys of one phone share
    an id once in two thousand million.
    """
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8], "big") % LARGEST_ID + 1


def phone_of(notice: Notice) -> str:
    """Return the digits of the phone. Raises ``Rejected`` for what is none."""
    match = _PHONE.fullmatch(notice.to)
    if match is None:
        raise code_error(WRONG_PHONE, operation=_SEND)
    return match.group(1)


def parts_of(text: str) -> int:
    """Return how many SMS a text makes: 160 Latin letters or 70 others, less in each of several.

    Source: 1.4 (GSM standard). What is not plain ASCII counts as UCS-2.
    """
    if text.isascii():
        length, whole, part = sum(2 if one in _DOUBLE else 1 for one in text), 160, 153
    else:
        length, whole, part = len(text.encode("utf-16-be")) // 2, 70, 67
    return ceil(length / part) if length > whole else min(length, 1)


def form_of(notice: Notice, settings: SmscSettings, *, message_id: int) -> Form:
    """Return the parameters of ``send.php`` (1.1): our id, no transliteration, no short links."""
    parts = parts_of(notice.text.strip())
    if not 0 < parts <= settings.parts:
        msg = f"the text makes {parts} SMS parts; `parts` allows {settings.parts}"
        raise Rejected(msg, operation=_SEND, vendor_code="parts")
    form = [
        ("phones", phone_of(notice)),
        ("mes", notice.text.strip()),
        ("id", str(message_id)),
        ("translit", "0"),
        ("tinyurl", "0"),
        ("maxsms", str(settings.parts)),
        ("valid", str(settings.life_h)),
    ]
    return [*form, ("sender", settings.sender)] if settings.sender is not None else form
