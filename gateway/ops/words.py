"""Words: texts in the language of whoever reads, filled in; English is the key of all others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

ENGLISH, RUSSIAN = "en", "ru"
LANGUAGES = (ENGLISH, RUSSIAN)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text with what is to be filled in. ``args`` hold no personal data."""

    text: str
    args: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str = ENGLISH) -> str:
        """Return the phrase in a language; a text without words there is said in English."""
        return catalogue(language).get(self.text, self.text).format_map(_Filled(self.args))


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
