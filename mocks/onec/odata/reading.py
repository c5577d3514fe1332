"""Reads: sets, entities, properties, counts, virtual tables (reference, 1.1 to 1.4, 1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.odata import answer, atom
from mocks.onec.odata.address import Segment, key_of
from mocks.onec.odata.answer import JSON, TEXT, Answer
from mocks.onec.odata.errors import bad_url, no_access, no_instance, no_segment, not_allowed
from mocks.onec.odata.options import Format, Options
from mocks.onec.odata.searching import filtered, ordered, permitted, record_sets
from mocks.onec.odata.shaping import refuse_expand, shape
from mocks.onec.odata.virtual import FUNCTIONS, compute
from mocks.onec.schema import NAMESPACE, UNDEFINED, Entity, Key, Row

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Reader:
    """Reads for one request; ``root`` is the address of the interface with a slash at its end."""

    infobase: Infobase
    root: str
    form: Format
    options: Options

    def read(self, entity: Entity, first: Segment, rest: Sequence[Segment]) -> Answer:
        """Answer a GET.

        Raises:
            ODataRefused: what the vendor refuses.
        """
        if not first.bracketed:
            if not rest:
                return self._set(entity, None)
            name = rest[0].name
            if name == "$count" and len(rest) == 1:
                return self._count(entity)
            if name in {"Post", "Unpost"}:
                raise not_allowed()
            return self._virtual(entity, rest)
        key = key_of(entity, first)
        row = find(self.infobase, entity, key)
        if (entity.owner or entity.name, key[0]) in self.infobase.hidden_rows:
            raise no_access()
        return self._within(entity, row, rest)

    def one(self, entity: Entity, row: Row, *, status: int = 200, effect: str = "none") -> Answer:
        """Return an entity, by itself or as the answer to a write."""
        shown = shape(self.infobase, entity, self.options.select)
        key = str(row[entity.key_names[0]])
        if self.form.is_json:
            body = answer.entity_body(self.root, shown, row, self.form)
            return Answer(status, body, JSON, key=key, effect=effect)
        body = atom.document(self.root, shown, row, self.infobase.now())
        return Answer(status, body, atom.ENTRY, key=key, effect=effect)

    def _set(self, entity: Entity, rows: list[Row] | None) -> Answer:
        """Return a set: filter, rights, order, count, page, in this order."""
        options, infobase = self.options, self.infobase
        shown = shape(infobase, entity, options.select, options.expand)
        found = filtered(infobase, entity, options.filter, rows)
        found = permitted(infobase, entity, found, allowed_only=options.allowed_only)
        count = len(found) if options.counted else None
        found = ordered(infobase, entity, found, options.orderby)
        if not (options.counted and infobase.settings.inlinecount == "ignores_paging"):
            end = None if options.top is None else options.skip + options.top
            found = found[options.skip : end]
        if self.form.is_json:
            body = answer.set_body(self.root, shown, found, self.form, count=count)
            return Answer(200, body, JSON)
        now = infobase.now()
        entries = (atom.entry(self.root, shown, row, now) for row in found)
        return Answer(200, atom.feed(self.root, entries, count=count), atom.FEED)

    def _count(self, entity: Entity) -> Answer:
        found = filtered(self.infobase, entity, self.options.filter)
        found = permitted(self.infobase, entity, found, allowed_only=self.options.allowed_only)
        body = str(len(found)).encode()
        return Answer(200, _BOM + body if self.infobase.settings.bom_on_count else body, TEXT)

    def _virtual(self, entity: Entity, rest: Sequence[Segment]) -> Answer:
        call = rest[0]
        if call.name not in FUNCTIONS and not call.bracketed:
            raise no_segment(call.name)
        if len(rest) > 1 or call.positional is not None:
            raise bad_url()
        result = compute(self.infobase, entity, call.name, call.named, self.options.rest)
        return self._set(result.entity, result.rows)

    def _within(self, entity: Entity, row: Row, rest: Sequence[Segment]) -> Answer:
        """Follow a path below an instance: links, sections, properties, ``$value``."""
        refuse_expand(self.options.expand)
        if not rest:
            return self.one(entity, row)
        name, further = rest[0].name, rest[1:]
        if name in {"Post", "Unpost"}:
            raise not_allowed()
        if name in entity.sections and not further:
            part = self.infobase.composition.published(f"{entity.name}_{name}")
            if part is None:
                raise no_segment(name)
            return self._set(part, row[name])
        attribute = entity.by_name.get(name)
        if attribute is not None and attribute.form != "plain":
            kind = attribute.targets[0]
            if attribute.form == "composite":
                kind = row[attribute.wires[1]].removeprefix(NAMESPACE)
            target = self.infobase.composition.published(kind)
            if target is not None and not is_empty(row[attribute.wire]):
                found = find(self.infobase, target, (row[attribute.wire],))
                return self._within(target, found, further)
            if attribute.form == "reference" or row[attribute.wires[1]] == UNDEFINED:
                raise no_instance(kind)
        if name not in entity.by_wire:
            raise no_segment(name)
        return self._property(name, row[name], further)

    def _property(self, name: str, value: Any, further: Sequence[Segment]) -> Answer:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if further:
            if further[0].name != "$value" or len(further) > 1:
                raise bad_url()
            return Answer(200, text.encode(), TEXT)
        if not self.form.is_json:
            return Answer(200, atom.property_document(name, value), atom.XML)
        body = {"value": value}
        if self.form.level != "nometadata":
            body = {"odata.metadata": f"{self.root}$metadata#Edm.String", **body}
        return Answer(200, orjson.dumps(body), JSON)


def find(infobase: Infobase, entity: Entity, key: Key) -> Row:
    """Return an instance by its key.

    Raises:
        ODataRefused: there is none (code 9).
    """
    if entity.is_subordinate:
        records = infobase.table(f"{entity.name}_RecordType").find(entity.key_names[0], key[0])
        row = next(iter(record_sets(entity, records)), None)
    elif entity.stored_names != entity.key_names:
        same = infobase.table(entity.name).find(entity.key_names[-1], key[-1])
        row = next((one for one in reversed(same) if entity.key_of(one) == key), None)
    else:
        row = infobase.table(entity.name).get(*key)
    if row is None:
        raise no_instance(entity.name)
    return row
