"""Texts: the English text is the key, the Russian one stands in ``locale/ru``.

``said`` translates what services say: texts with values in them, found by their pattern.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from pathlib import Path

LANGUAGES = ("ru", "en")
LOCALE = Path(__file__).with_name("locale")
_PLURALS = {
    "ru": "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
    "en": "n != 1",
}
_HOLE = re.compile(r"\\\{(\w+)\\\}")

Texts = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Language:
    """One language. ``texts`` is empty for English."""

    code: str
    texts: Texts = field(default_factory=dict, repr=False)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = field(default=(), repr=False)

    def text(self, key: str, **values: object) -> str:
        """Return a text with its values in place."""
        found = self.texts.get(key, key)
        made = found if isinstance(found, str) else key
        return made.format_map(values) if values else made

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """Return a text for a number; ``{n}`` in it is the number."""
        form: int = c2py(_PLURALS[self.code])(abs(count))
        found = self.texts.get(one)
        forms = found if isinstance(found, list) else [one, many]
        return forms[min(form, len(forms) - 1)].format_map({"n": count, **values})

    def said(self, text: str) -> str:
        """Return what a service said in this language, or as it is where there are no words."""
        found = self.texts.get(text)
        if isinstance(found, str):
            return found
        for pattern, made in self.patterns:
            match = pattern.fullmatch(text)
            if match:
                return made.format_map(match.groupdict())
        return text


@cache
def language(code: str) -> Language:
    """Return a language, read once."""
    texts = {key: made for _, key, made in read(code)} if code != "en" else {}
    patterns = [(_pattern(key), made) for key, made in texts.items() if isinstance(made, str)]
    holed = tuple(one for one in patterns if one[0].groupindex)
    return Language(code, texts, holed)


def read(code: str) -> Iterator[tuple[str, str, str | list[str]]]:
    """Yield (file, key, text) of a language."""
    for path in sorted((LOCALE / code).glob("*.json")):
        for key, made in json.loads(path.read_text("utf-8")).items():
            yield path.name, key, made


def preferred(accepted: str, default: str) -> str:
    """Return the first language of a browser's list that there is."""
    for one in accepted.split(","):
        code = one.partition(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return default


def _pattern(key: str) -> re.Pattern[str]:
    seen: set[str] = set()

    def hole(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>.+?)"

    return re.compile(_HOLE.sub(hole, re.escape(key)), re.DOTALL)
