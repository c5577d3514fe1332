"""Words: texts in the language of whoever reads, filled in; English is the key of all others."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import TypeAlias

ENGLISH, RUSSIAN = "en", "ru"
LANGUAGES = (ENGLISH, RUSSIAN)


@dataclass(frozen=True, slots=True)
class Text:
    """One text in English and Russian; both may have the same places in braces."""

    en: str
    ru: str

    def of(self, language: str, **values: object) -> str:
        """Return it in a language, English unless that is ``ru``, with values in their places."""
        return (self.ru if language == "ru" else self.en).format(**values)


Argument: TypeAlias = "str | datetime | Phrase"
Moments = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text with what is to be filled in. ``args`` hold no personal data.

    Shape: an argument is a text, a moment, or a phrase of its own.
    """

    text: str
    args: Mapping[str, Argument] = field(default_factory=dict)

    def said(self, language: str = ENGLISH, moment: Moments | None = None) -> str:
        """Return the phrase in a language; a text without words there is said in English.

        ``moment`` spells moments; without it they are in UTC to the second.
        """
        spell = moment or _utc
        filled = {
            name: one.said(language, spell)
            if isinstance(one, Phrase)
            else spell(one)
            if isinstance(one, datetime)
            else one
            for name, one in self.args.items()
        }
        return catalogue(language).get(self.text, self.text).format_map(_Filled(filled))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


class _Filled(dict[str, str]):
    """What is filled in; a dash for what a sentence does not tell."""

    def __missing__(self, key: str) -> str:
        return "-"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of a language by their English; none for English itself."""
    if language not in LANGUAGES or language == ENGLISH:
        return {}
    folder = resources.files("gateway.ops").joinpath("locale", language)
    texts: dict[str, str] = json.loads(folder.joinpath("story.json").read_text(encoding="utf-8"))
    return texts
