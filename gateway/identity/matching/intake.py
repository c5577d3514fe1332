"""Intake: the same rules and stored decisions when a record is seen for the first time.

A contact that one free customer has is enough, as long as nothing contradicts it: to make a second
customer would double the person in every system. What contradicts makes a new customer, and the
pair is written down as the scan would do it: for a person to decide, or as two.

Names choose among those who have a contact. Where they would leave nobody, it is the record of
whoever proved the contact to us by a code: he was there, and a name is only what somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from gateway.canonical import Kind
from gateway.canonical.paths import known, spoken
from gateway.config import IdentitySection
from gateway.contract import Clock
from gateway.identity.matching.decide import Decider, Decision, Outcome
from gateway.identity.matching.evidence import housemates, strangers
from gateway.identity.matching.graph import Graph
from gateway.identity.matching.profile import Profile, Proof
from gateway.identity.matching.record import Recorder
from gateway.ports import EntityRow, Tx
from gateway.sync.incoming import Incoming
from gateway.sync.lookup import EMAIL, PHONE, Digester
from gateway.sync.merge import EVERYWHERE
from gateway.sync.recognise import Recognition

_CONTRARY = frozenset({"proved_apart", "name_different", "name_unlike", "born_different"})
_NEW = ""
"""The id of whoever is not anybody yet."""
Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Intake:
    """Recognises customers by the rules. See ``gateway.sync.recognise.Recogniser``."""

    graph: Graph
    decider: Decider
    recorder: Recorder
    clock: Clock

    @classmethod
    def by(cls, section: IdentitySection, digester: Digester, clock: Clock) -> Intake:
        """Build it by the rules of the configuration."""
        return cls(Graph(digester, section), Decider(section), Recorder(clock), clock)

    def begin(self, tx: Tx, known: Iterable[EntityRow]) -> Recognition:
        """Begin a batch."""
        customers = [row for row in known if row.kind is Kind.CUSTOMER]
        return _Batch(self, tx, self.graph.profiles(tx, customers))


@dataclass(slots=True)
class _Batch:
    intake: Intake
    tx: Tx
    profiles: dict[str, Profile]
    _read: dict[Ref, Profile] = field(default_factory=dict)
    _refused: dict[Ref, list[Decision]] = field(default_factory=dict)

    def proving(self, item: Incoming, digests: Sequence[str]) -> list[str]:
        """Leave out what was refused as a proof."""
        held = self._profile(item).held
        contacts = (f"{PHONE}:", f"{EMAIL}:")
        return [one for one in digests if one in held or not one.startswith(contacts)]

    def unfit(self, item: Incoming, candidates: Iterable[str]) -> frozenset[str]:
        """Compare with each candidate."""
        mine, ref = self._profile(item), _ref(item)
        decisions = {
            name: self.intake.decider.decide(mine, self.profiles[name], {})
            for name in candidates
            if name in self.profiles
        }
        refused = {name: one for name, one in decisions.items() if is_contrary(one)}
        provers = {name for name, one in decisions.items() if self._has_proved(mine, name, one)}
        if provers and (provers.isdisjoint(refused) or len(refused) == len(decisions)):
            refused = {name: one for name, one in refused.items() if name not in provers}
            self._refused[ref] = list(refused.values())
            return frozenset(decisions.keys() - provers)
        self._refused[ref] = list(refused.values())
        return frozenset(refused)

    def _has_proved(self, mine: Profile, name: str, decision: Decision) -> bool:
        """Tell whether a candidate gave back a code from a contact of a record that may be his."""
        other = self.profiles[name]
        proved = any(
            one.proof is Proof.CODE and one.is_confirmed and key in mine.held
            for key, one in other.held.items()
        )
        is_apart = any(one.code == "proved_apart" for one in decision.against)
        return proved and not (is_apart or strangers(mine, other) or housemates(mine, other))

    def settle(self, item: Incoming, entity_id: str) -> None:
        """Write down what was refused, and let later records of the batch meet this one."""
        ref = _ref(item)
        self.profiles.setdefault(entity_id, replace(self._profile(item), id=entity_id))
        decisions = [about(one, entity_id) for one in self._refused.pop(ref, ())]
        if decisions:
            self.intake.recorder.record(self.tx, decisions, fresh=True)

    def _profile(self, item: Incoming) -> Profile:
        """Return what a record says as a profile of nobody yet."""
        ref = _ref(item)
        if ref not in self._read:
            now = self.intake.clock.now()
            at = item.observed.changed_at or now
            origins = {EVERYWHERE: (item.account, at.isoformat())}
            fields = known(spoken(item.observed.entity))
            row = EntityRow(_NEW, Kind.CUSTOMER, 1, fields, origins, now, now)
            self._read[ref] = self.intake.graph.profile(row)
        return self._read[ref]


def _ref(item: Incoming) -> Ref:
    return item.account, item.observed.external_id


def is_contrary(decision: Decision) -> bool:
    """Tell whether a record cannot be taken for a candidate's without a person's word."""
    if decision.outcome is Outcome.SAME:
        return False
    return any(one.code in _CONTRARY for one in decision.against)


def about(decision: Decision, entity_id: str) -> Decision:
    """Put an id in place of nobody's."""
    one, other = sorted(name or entity_id for name in decision.pair)
    expires = tuple((name or entity_id, digest) for name, digest in decision.expires)
    return replace(decision, pair=(one, other), expires=expires)
