"""Kin: which records and customers are the person's who proved a phone and an e-mail by codes.

A code proves more than names do: whoever answers at a number is the one of whom the record with it
speaks, though it has another name, or none. Only where name and birth date both are another's is it
somebody else: a number changed its owner, or a relative's stands there. That is left to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.canonical import Customer, Kind
from gateway.canonical.paths import Fields, item_path, spoken
from gateway.identity.matching.evidence import housemates, strangers
from gateway.identity.matching.graph import Graph, portrait
from gateway.identity.matching.profile import Profile
from gateway.identity.merging.pairs import are_two
from gateway.identity.merging.proof import clash
from gateway.identity.questionnaire.answers import Answers, day_of
from gateway.identity.questionnaire.declaration import NAME_PARTS
from gateway.identity.questionnaire.seek import Sought
from gateway.ports import EntityRow
from gateway.sync.working_set import WorkingSet


@dataclass(frozen=True, slots=True)
class Kin:
    """Judges who the visitor is not. ``said`` is what he says of himself."""

    said: Profile
    graph: Graph

    @classmethod
    def of(cls, answers: Answers, graph: Graph) -> Kin:
        """Build it by the answers."""
        values = answers.values
        fields: Fields = {f"name/{part}": values.get(part) for part in NAME_PARTS}
        born = day_of(values.get("birth_date", ""))
        fields |= {"birth_date": born.isoformat() if born else None}
        fields[item_path("phones", answers.phone)] = True
        return cls(portrait(fields, held=graph.held(fields, {})), graph)

    def is_foreign(self, record: Customer) -> bool:
        """Tell whether a record names somebody else altogether."""
        return self.is_stranger(spoken(record))

    def is_stranger(self, fields: Fields) -> bool:
        """Tell whether a snapshot is of somebody else altogether."""
        return strangers(self.said, portrait(fields))

    def others(
        self, work: WorkingSet, entity_id: str, sought: Sequence[Sought], digests: Sequence[str]
    ) -> list[str]:
        """Return further customers of ours who are this person: to be joined with him.

        Not somebody whom an operator or he himself told apart from him, who has a confirmed phone
        of his own, or another name and another phone at the same mailbox, who has the e-mail at a
        system that gives it to one only, or whose contact is there no more.
        """
        matched = work.tx.match(digests)
        names = sorted({one for ids in matched.values() for one in ids} - {entity_id})
        work.load(names)
        me = work.entities[entity_id]
        fit = [one for one in names if self._is_he(work, me, one, sought)]
        return [one for one in fit if not are_two(work.tx, entity_id, one)]

    def _is_he(self, work: WorkingSet, me: EntityRow, name: str, sought: Sequence[Sought]) -> bool:
        other = work.entities.get(name)
        if other is None or other.kind is not Kind.CUSTOMER or other.deleted:
            return False
        if clash(me, other) or self.is_stranger(other.fields):
            return False
        held = self.graph.held(other.fields, other.origins)
        if housemates(self.said, portrait(other.fields, held=held)):
            return False
        return all(self._is_his_there(work, name, one) for one in sought)

    def _is_his_there(self, work: WorkingSet, name: str, one: Sought) -> bool:
        """Tell whether a customer's record at a system, if there is one, is the visitor's."""
        link = work.links.get((name, one.account))
        if link is None or link.external_id is None:
            return True
        return link.external_id in [found.external_id for found in one.his]
