"""Planted data: values that must appear nowhere but at the vendors, and the search for them.

Each is looked for as it was typed and in the forms that software makes of it: escaped, encoded, in
capitals, and phones with any punctuation.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

LAST, FIRST, PATRONYMIC = "Жемчужниковская", "Аполлинария", "Ёлкиновна"
BIRTH = "1991-03-17"
PHONE = "8 (916) 765-43-21"
EMAIL = "Apollinaria.Zh@example.ru"
CARD = "2200770011223344"
ADDRESS = "Кривоколенный переулок, дом 14, кв. 203"
OTHER_PHONE = "8-921-111-22-33"
COMMENT = f"Позвоните мужу Эрасту {OTHER_PHONE}"
CRM_LAST, CRM_FIRST = "Скоропостижный", "Мефодий"
CRM_PHONE = "+7 985 444-55-66"
CRM_EMAIL = "mefodiy@example.ru"
API_KEY = "Kv93pLq7ZxTr51NbWm08"
WEBHOOK_CODE = "wq8z3r5t7y1u9p2k"
WEBHOOK_TOKEN = "c0ffee5ec2e7c0ffee5ec2e7c0ffee12"

TEXTS: Mapping[str, str] = {
    "last name": LAST,
    "first name": FIRST,
    "patronymic": PATRONYMIC,
    "birth date": BIRTH,
    "e-mail": EMAIL,
    "card": CARD,
    "address": ADDRESS,
    "street": "Кривоколенный",
    "comment": COMMENT,
    "husband's name": "Эраст",
    "CRM last name": CRM_LAST,
    "CRM first name": CRM_FIRST,
    "CRM e-mail": CRM_EMAIL,
    "api key": API_KEY,
    "webhook code": WEBHOOK_CODE,
    "webhook token": WEBHOOK_TOKEN,
}
PHONES: Mapping[str, str] = {
    "phone": "9167654321",
    "husband's phone": "9211112233",
    "CRM phone": "9854445566",
}


def forms_of(text: str) -> set[str]:
    """Return the forms in which software writes a text."""
    spelt = {text, text.lower(), text.upper()}
    written = set(spelt)
    for one in spelt:
        escaped = json.dumps(one)[1:-1]
        percent = quote(one, safe="")
        octets = repr(one.encode())[2:-1]
        written |= {escaped, escaped.upper(), percent, percent.lower(), quote_plus(one), octets}
        written.add(base64.b64encode(one.encode()).decode().rstrip("="))
    return written


_WRITTEN = {name: sorted(forms_of(text)) for name, text in TEXTS.items()}
_DIGITS = {
    name: re.compile(r"(?:[^\d]|%\d\d|\\u\d{4}){0,3}".join(digits))
    for name, digits in PHONES.items()
}


def traces(content: str | bytes) -> list[str]:
    """Return the names of the planted values that ``content`` holds in any form."""
    text = content if isinstance(content, str) else content.decode("utf-8", errors="replace")
    found = [name for name, forms in _WRITTEN.items() if any(form in text for form in forms)]
    found += [name for name, digits in _DIGITS.items() if digits.search(text)]
    return sorted(found)
