"""Words: what operators read, in both of their languages, beside the code that decides it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in English and Russian; both may have the same places in braces."""

    en: str
    ru: str

    def of(self, language: str, **values: object) -> str:
        """Return it in a language, English unless that is ``ru``, with values in their places."""
        return (self.ru if language == "ru" else self.en).format(**values)
