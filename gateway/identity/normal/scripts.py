"""Scripts: Cyrillic and Latin letters that look alike, folded one way or the other."""

from __future__ import annotations

import re

_LATIN = "aceopxyABCEHKMOPTXYykmt"
_CYRILLIC = "асеорхуАВСЕНКМОРТХУукмт"
_TO_LATIN = {ord(cyrillic): latin for latin, cyrillic in zip(_LATIN, _CYRILLIC, strict=True)} | {
    ord("і"): "i", ord("ѕ"): "s", ord("ј"): "j",
}  # fmt: skip
_TO_CYRILLIC = {ord(latin): cyrillic for latin, cyrillic in zip(_LATIN, _CYRILLIC, strict=True)}
_HAS_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HAS_LATIN = re.compile(r"[A-Za-z]")


def has_cyrillic(text: str) -> bool:
    """Tell whether a Cyrillic letter is in the text."""
    return _HAS_CYRILLIC.search(text) is not None


def has_latin(text: str) -> bool:
    """Tell whether a Latin letter is in the text."""
    return _HAS_LATIN.search(text) is not None


def latin_of(text: str) -> str:
    """Return the text with Cyrillic letters that look Latin as Latin ones."""
    return text.translate(_TO_LATIN)


def cyrillic_of(text: str) -> str:
    """Return the text with Latin letters that look Cyrillic as Cyrillic ones."""
    return text.translate(_TO_CYRILLIC)
