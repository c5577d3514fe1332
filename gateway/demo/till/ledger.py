"""Day ledger: what the tills closed, what they were told of it, and what was wrong with that.

What a till closed is the truth of the day, for the goods and the money changed hands; the reference
reckons from it, and everything that the gateway says is compared with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from gateway.demo.till.api import Call, Reply
from gateway.demo.till.plan import Back, Plan, Ring, Step
from gateway.demo.till.reference import Line, Reference, Rules

_SHOWN = 20
_OPEN = frozenset({"accepted"})
_ENDED = frozenset({"committed", "cancelled"})


@dataclass(slots=True)
class DayLedger:
    """The books of a day.

    Shape: ``unsettled`` are sales and returns of which the gateway said that it will see to them,
    by the till that handed them in; ``findings`` are for people and hold no personal data.
    """

    reference: Reference
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    unsettled: set[str] = field(default_factory=set)
    lines: dict[str, tuple[Line, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, plan: Plan, rules: Rules) -> DayLedger:
        """Open the books with the members' opening balances."""
        reference = Reference(rules)
        for buyer in plan.buyers:
            reference.open(buyer.number, buyer.opening)
        return cls(reference)

    def closed(self, ring: Ring, spent: Decimal) -> None:
        """Count a receipt that a till closed."""
        self.reference.close(ring.id, ring.member, ring.lines, spent)
        self.counts["receipts"] += 1
        self.counts["anonymous"] += ring.member is None
        self.counts["spending"] += bool(spent)
        self.counts["without_points"] += bool(ring.spend) and not spent

    def gave_back(self, back: Back) -> None:
        """Count goods that came back."""
        self.reference.give_back(back.id, back.sale, back.parts)
        self.counts["returns"] += 1

    def answered(self, name: str, call: Call, reply: Reply) -> None:
        """Take an answer to a step that must not be lost."""
        if not reply.is_good:
            self.refused(call, reply)
            return
        self._stage(name, reply.stage, str(reply.body.get("cause") or ""))

    def batch(self, names: Sequence[str], reply: Reply) -> None:
        """Take the answers to receipts that were closed alone."""
        results = reply.body.get("results") or ()
        if not reply.is_good or len(results) != len(names):
            self.find("lost", f"a batch of {len(names)} receipts: {reply.problem}", len(names))
            return
        for name, result in zip(names, results, strict=True):
            deal = result.get("deal") or {}
            problem = (result.get("problem") or {}).get("code", "")
            if not result.get("taken"):
                self.find("lost", f"{name} was not taken: {deal.get('cause') or problem}")
            else:
                self._stage(name, str(deal.get("stage")), str(deal.get("cause") or ""))

    def same(self, call: Call, first: Reply, again: Reply) -> None:
        """Compare the answers to a call and its repeat: the second may only know more."""
        self.counts["repeats"] += 1
        pair = (first.stage or first.problem, again.stage or again.problem)
        known_more = pair[0] in _OPEN | {"unavailable"} and again.is_good
        if pair[0] != pair[1] and not known_more:
            self.find("differing", f"{call.name} was answered {pair[0]}, and {pair[1]} again")

    def refused(self, call: Call, reply: Reply) -> None:
        """Note a refusal of what a till had every right to do."""
        what = "lost" if call.name in {Step.COMMIT, Step.REFUND} else "refused"
        self.find(what, f"{call.name} {call.path}: {reply.problem}")

    def settle(self, name: str, stage: str, cause: str = "") -> None:
        """Take a later word on a sale or return."""
        self._stage(name, stage, cause)

    def find(self, what: str, detail: str, count: int = 1) -> None:
        """Note a finding."""
        self.counts[what] += count
        if len(self.findings) < _SHOWN:
            self.findings.append(f"{what}: {detail}")

    def _stage(self, name: str, stage: str, cause: str) -> None:
        if stage in _ENDED:
            self.unsettled.discard(name)
        elif stage in _OPEN:
            self.unsettled.add(name)
        else:
            self.unsettled.discard(name)
            self.find("lost", f"{name} is {stage}: {cause}")
