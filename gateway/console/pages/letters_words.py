"""Words of letters' pages: what services say of them, in the viewer's language."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.ops.rehearse import REMARKS, Remarked
from gateway.ops.replay import Decided
from gateway.ops.sayings import Saying, said
from gateway.ops.words import Text


@dataclass(frozen=True, slots=True)
class Words:
    """Says it in one language, for templates."""

    language: str

    def plain(self, text: Text) -> str:
        """Return a text."""
        return text.of(self.language)

    def remarked(self, one: Remarked) -> str:
        """Return a remark."""
        return REMARKS[one.remark].of(self.language)

    def decided(self, one: Decided) -> str:
        """Return what became of a letter."""
        return said(one.saying, self.language, id=one.id, newer=one.newer)

    def saying(self, one: Saying, newer: object = 0) -> str:
        """Return what is said of a decision."""
        return said(one, self.language, newer=newer)
