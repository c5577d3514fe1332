"""What a document says, with what is needed to understand it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple

from .mapping import CommerceMlMapping
from .nodes import Element, Fields, Unreadable, every, fields, pairs, text
from .offers import currency_of
from .rows import Sender
from .values import moment, switch

SEPARATE = Decimal("2.1")
"""From this version on, payments and shipments are documents of their own."""


class Hearing(NamedTuple):
    """How the documents of a file are heard: by whose words, from whom, in which version."""

    mapping: CommerceMlMapping
    sender: Sender
    version: Decimal


class Requisites:
    """``ЗначенияРеквизитов``: texts by name, and the place of what cannot be read."""

    def __init__(self, owner: Element, element: Element | None) -> None:
        self._owner = owner
        self._element = element
        self.texts = pairs(element)

    def __contains__(self, name: object) -> bool:
        return name in self.texts

    def text(self, name: str) -> str | None:
        """Return the text, ``None`` where the requisite is absent or empty."""
        return self.texts.get(name)

    def first(self, *names: str) -> str | None:
        """Return the first text that there is."""
        return next((said for name in names if (said := self.text(name))), None)

    def switch(self, *names: str) -> bool | None:
        """Read the first of the names that has a text, as true or false."""
        for name in names:
            said = self.text(name)
            if said is not None:
                try:
                    return switch(said)
                except ValueError as refused:
                    raise self._unreadable(name, refused) from None
        return None

    def moment(self, zone: tzinfo, *names: str) -> datetime | None:
        """Read the first of the names that has a text, as a moment in UTC."""
        for name in names:
            said = self.text(name)
            if said is not None:
                try:
                    return moment(said, zone)
                except ValueError as refused:
                    raise self._unreadable(name, refused) from None
        return None

    def _unreadable(self, name: str, refused: ValueError) -> Unreadable:
        rows = every(self._element, "ЗначениеРеквизита")
        row = next((it for it in rows if text(fields(it).get("Наименование")) == name), None)
        reason = f"«{name}» {refused}"
        return Unreadable(reason, self._owner if row is None else row)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document under translation; ``remarks`` grow meanwhile."""

    own: Fields
    said: Requisites
    hearing: Hearing
    currency: str
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, element: Element, hearing: Hearing) -> Paper:
        """Lay out a document by its fields and requisites."""
        own = fields(element)
        said = Requisites(element, own.get("ЗначенияРеквизитов"))
        return cls(own, said, hearing, currency_of(text(own.get("Валюта")), hearing.mapping))

    @property
    def mapping(self) -> CommerceMlMapping:
        """The account's words."""
        return self.hearing.mapping
