"""What a file says of its own words: groups, properties, price types, stores.

A classifier stays in memory for as long as its reader, because offers refer to the properties of
the catalogue that came before them; the number of its entries is limited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gateway.contract import TranslationFailed

from .nodes import Element, every, fields, text
from .scan import Found
from .values import plain_id

_WORDS = frozenset({"Группа", "Свойство", "ТипЦены", "Склад"})


class Group(NamedTuple):
    """A group of goods; ``parent`` is the id of the group in which it lies."""

    name: str | None
    parent: str | None


class PriceType(NamedTuple):
    """A price type; ``currency`` as the file spells it."""

    name: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class Property:
    """A property; ``variants`` are its values by id where it is a reference book."""

    name: str | None
    variants: dict[str, str | None] = field(default_factory=dict)


@dataclass(slots=True)
class FileFacts:
    """What a file says of itself, known from its first record on.

    Shape: ``package`` is ``Каталог``, ``ПакетПредложений``, ``ИзмененияПакетаПредложений``, or
    ``None`` for orders. ``only_changes`` false means a full set: goods that are missing may be
    switched off. ``made_at`` as the file spells it, ``created_at`` as a moment where it is one.
    """

    version: str | None = None
    made_at: str | None = None
    created_at: datetime | None = None
    package: str | None = None
    only_changes: bool = False


@dataclass(slots=True)
class Classifier:
    """All words that the files of one exchange explained so far, by id."""

    limit: int = 200_000
    groups: dict[str, Group] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    price_types: dict[str, PriceType] = field(default_factory=dict)
    stores: dict[str, str | None] = field(default_factory=dict)
    _entries: int = 0

    def learn(self, found: Found) -> bool:
        """Take a record in if it is a word; tell whether it was one."""
        if found.kind not in _WORDS:
            return False
        learn = {
            "Группа": self._group,
            "Свойство": self._property,
            "ТипЦены": self._price_type,
            "Склад": self._store,
        }[found.kind]
        self._entries += 1
        learn(found.element)
        if self._entries > self.limit:
            reason = f"the classifier has more than {self.limit} entries"
            raise TranslationFailed(reason, path=found.kind)
        return True

    def _group(self, element: Element) -> None:
        own = fields(element)
        above = element.getparent()
        owner = None if above is None else above.getparent()
        parent = text(fields(owner).get("Ид")) if owner is not None else None
        is_nested = owner is not None and owner.tag == element.tag
        if id_ := text(own.get("Ид")):
            name = text(own.get("Наименование"))
            self.groups[plain_id(id_)] = Group(
                name, plain_id(parent) if parent and is_nested else None
            )

    def _property(self, element: Element) -> None:
        own = fields(element)
        found = Property(text(own.get("Наименование")))
        for row in every(own.get("ВариантыЗначений"), "Справочник"):
            parts = fields(row)
            if id_ := text(parts.get("ИдЗначения")):
                found.variants[plain_id(id_)] = text(parts.get("Значение"))
        self._entries += len(found.variants)
        if id_ := text(own.get("Ид")):
            self.properties[plain_id(id_)] = found

    def _price_type(self, element: Element) -> None:
        own = fields(element)
        if id_ := text(own.get("Ид")):
            name, currency = text(own.get("Наименование")), text(own.get("Валюта"))
            self.price_types[plain_id(id_)] = PriceType(name, currency)

    def _store(self, element: Element) -> None:
        own = fields(element)
        if id_ := text(own.get("Ид")):
            self.stores[plain_id(id_)] = text(own.get("Наименование"))
