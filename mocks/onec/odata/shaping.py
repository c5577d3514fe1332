"""``$select`` and ``$expand``: from stored rows to the objects of an answer (1.1, 1.3, 1.4)."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.odata.errors import ODataRefused, no_segment
from mocks.onec.odata.presentation import attribute_presentation, presentation
from mocks.onec.schema import NAMESPACE, UNDEFINED, Attribute, Entity, Row

_TAIL = "____Presentation"
Maker = Callable[[Row], Any]


@dataclass(frozen=True)
class Shape:
    """How a row of ``entity`` is shown: a maker per property, in order."""

    infobase: Infobase
    entity: Entity
    makers: Mapping[str, Maker] = field(default_factory=dict)

    def show(self, row: Row) -> Row:
        """Return the row as it travels; Int64 becomes a string."""
        return {name: make(row) for name, make in self.makers.items()}


def shape(
    infobase: Infobase, entity: Entity, select: Sequence[str] = (), expand: Sequence[str] = ()
) -> Shape:
    """Return the shape that a ``$select`` and a ``$expand`` ask for.

    Raises:
        ODataRefused: a name that is not found (code 10), or ``$expand`` of what has no links.
    """
    builder = _Builder(infobase, entity)
    inner: dict[str, list[str]] = {}
    for path in expand:
        nav, _, rest = path.partition("/")
        inner.setdefault(nav, [])
        if rest:
            inner[nav].append(rest)
    subs: dict[str, list[str]] = {}
    for word in select or ("*",):
        name, _, rest = word.partition("/")
        if rest and name in inner:
            subs.setdefault(name, []).append(rest)
            builder.link(name, inner[name], subs[name])
        else:
            builder.word(word)
    for nav, rest_paths in inner.items():
        if nav not in subs:
            builder.link(nav, rest_paths, ())
    return Shape(infobase, entity, builder.makers)


class _Builder:
    """Collects the makers of one shape."""

    def __init__(self, infobase: Infobase, entity: Entity) -> None:
        self._infobase = infobase
        self._entity = entity
        self._parts: dict[str, list[str]] = {}
        self.makers: dict[str, Maker] = {}

    def word(self, word: str) -> None:
        """Take one word of ``$select`` that needs no expansion."""
        name, _, rest = word.partition("/")
        if word in {"*", "**"}:
            self._all(with_sections=word == "*")
        elif word == "*" + _TAIL:
            self._all_presentations()
        elif word in {"Presentation", "Ref" + _TAIL} and self._entity.is_reference:
            self.makers[word] = lambda row: presentation(self._entity, row)
        elif word.endswith(_TAIL):
            self._presentation(word)
        elif name in self._entity.sections:
            self._section(name, rest)
        elif not rest and name in self._entity.by_wire:
            self.makers[name] = self._plain(name, self._entity.by_wire[name])
        else:
            raise no_segment(name if not rest else word)

    def link(self, nav: str, expand: Sequence[str], select: Sequence[str]) -> None:
        """Open a link; a composite one under ``X_Expanded`` after its type name."""
        attribute = self._entity.by_name.get(nav)
        if nav == "*":
            for name, one in self._entity.by_name.items():
                if one.form == "reference" and self._target(one.targets[0]) is not None:
                    self.link(name, (), ())
            return
        if attribute is None or attribute.form == "plain":
            raise no_segment(nav)
        if attribute.form == "reference":
            target = self._target(attribute.targets[0])
            if target is None:
                raise no_segment(nav)
            opened = shape(self._infobase, target, select, expand)
            self.makers[nav] = _opened(self._infobase, attribute, {target.name: opened})
            return
        shapes = {}
        for path in expand:
            name, _, rest = path.partition("/")
            target = self._target(name)
            if target is None or name not in attribute.targets:
                raise no_segment(name)
            shapes[name] = shape(self._infobase, target, (), (rest,) if rest else ())
        self.makers[f"{nav}_Expanded"] = _opened(self._infobase, attribute, shapes)

    def _target(self, name: str) -> Entity | None:
        return self._infobase.composition.published(name)

    def _all(self, *, with_sections: bool) -> None:
        for name, attribute in self._entity.by_wire.items():
            self.makers[name] = self._plain(name, attribute)
        if with_sections:
            for name in self._entity.sections:
                self._section(name, "")

    def _section(self, name: str, column: str) -> None:
        columns = {wire: one for one in self._entity.sections[name] for wire in one.wires}
        if column and column != "*":
            if column not in columns:
                raise no_segment(column)
            self._parts.setdefault(name, []).append(column)
            columns = {wire: columns[wire] for wire in self._parts[name]}
        makers = {wire: self._plain(wire, one) for wire, one in columns.items()}
        self.makers[name] = lambda row: [
            {wire: make(item) for wire, make in makers.items()} for item in row[name]
        ]

    def _plain(self, name: str, attribute: Attribute) -> Maker:
        """Return a maker of one property; a type that is not published is told as unavailable."""
        if name != attribute.wire:
            return lambda row: self._type_shown(row[name])
        if attribute.edm == "Edm.Int64":
            return lambda row: str(row[name])
        return operator.itemgetter(name)

    def _type_shown(self, kind: str) -> str:
        name = kind.removeprefix(NAMESPACE)
        if kind in {name, UNDEFINED} or self._target(name) is not None:
            return kind
        mark = uuid.uuid5(uuid.NAMESPACE_OID, name)
        return f"UnavailableEntities.UnavailableEntity_{mark}"

    def _presentation(self, word: str) -> None:
        attribute = self._entity.by_name.get(word.removesuffix(_TAIL))
        if attribute is None:
            raise no_segment(word)
        self.makers[word] = lambda row: attribute_presentation(self._infobase, attribute, row)

    def _all_presentations(self) -> None:
        if self._entity.is_reference:
            self.word("Ref" + _TAIL)
        for name, attribute in self._entity.by_name.items():
            if attribute.form != "plain":
                self._presentation(name + _TAIL)


def _opened(infobase: Infobase, attribute: Attribute, shapes: Mapping[str, Shape]) -> Maker:
    """Return a maker of the object behind a link; None when it leads nowhere."""

    def _make(row: Row) -> Any:
        name = attribute.targets[0]
        if attribute.form == "composite":
            name = row[attribute.wires[1]].removeprefix(NAMESPACE)
        if is_empty(row[attribute.wire]) or name not in shapes:
            return None
        found = infobase.table(name).get(row[attribute.wire])
        return None if found is None else shapes[name].show(found)

    return _make


def refuse_expand(expand: Sequence[str]) -> None:
    """Refuse ``$expand`` where the vendor knows none: reads of one entity (1.4).

    Raises:
        ODataRefused: there is an ``$expand``.
    """
    if expand:
        raise ODataRefused(400, 0, "Опция $expand не поддерживается для одной сущности")
