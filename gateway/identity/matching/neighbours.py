"""Neighbours: one customer is compared with all who share something, at once.

For what happens between two scans: a code proved a contact, or an order brought a phone and an
e-mail of two customers together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.config import IdentitySection
from gateway.contract import Clock
from gateway.identity.matching.decide import Decider, Decision
from gateway.identity.matching.evidence import Hands, hands_of
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.profile import Profile
from gateway.identity.matching.record import Recorder
from gateway.ports import ProofRow, Tx
from gateway.sync.lookup import Digester


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Compares and writes down, in the caller's transaction."""

    graph: Graph
    decider: Decider
    recorder: Recorder
    clock: Clock

    @classmethod
    def by(cls, section: IdentitySection, digester: Digester, clock: Clock) -> Neighbours:
        """Build it by the rules of the configuration."""
        return cls(Graph(digester, section), Decider(section), Recorder(clock), clock)

    def prove(
        self, tx: Tx, entity_id: str, sort: str, value: str, *, source: str
    ) -> Sequence[Decision]:
        """Note that somebody gave back a code sent to this phone or e-mail, and compare again.

        ``sort`` and ``value`` as in ``gateway.sync.lookup``: a normal form. Whoever proved it
        earlier and is somebody else loses it.
        """
        digest = self.graph.digester.digest(sort, value)
        tx.put_proofs([ProofRow(digest, entity_id, "code", source, self.clock.now())])
        return self.compare(tx, entity_id)

    def compare(self, tx: Tx, entity_id: str) -> Sequence[Decision]:
        """Decide about a customer and all who share something; return what was decided."""
        profiles = self.graph.load(tx, [entity_id])
        mine = profiles.get(entity_id)
        if mine is None:
            return ()
        most = self.decider.section.most_holders
        counts = tx.count_holders(sorted(mine.held))
        few = sorted(key for key, number in counts.items() if number <= most)
        holders = {key: ids for key, ids in tx.match(few).items() if len(ids) > 1}
        others = {name for ids in holders.values() for name in ids} - {entity_id}
        profiles |= self.graph.load(tx, sorted(others))
        crowd = {key: Hands(number, at_odds=True) for key, number in counts.items()}
        for key, ids in holders.items():
            crowd[key] = hands_of(_holding(key, ids, profiles))._replace(holders=counts[key])
        decisions = [
            self.decider.decide(mine, profiles[name], crowd)
            for name in sorted(others)
            if name in profiles
        ]
        self.recorder.record(tx, decisions)
        return decisions


def _holding(key: str, ids: Sequence[str], profiles: dict[str, Profile]) -> list[Profile]:
    found = (profiles.get(name) for name in ids)
    return [one for one in found if one is not None and key in one.held]
