"""Decide: are two profiles one person? Pure, and every answer says why.

The rules are tried in the order of the configuration; the first that holds decides. Whatever they
find, two are never made one without a person's word when

- they share no identifier that says who somebody is,
- each proved a phone that the other has not,
- names and birth dates contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.config import IdentitySection
from gateway.identity.matching import evidence as found
from gateway.identity.matching.evidence import Crowd, Evidence, Finding, Shared, gather
from gateway.identity.matching.names import Likeness
from gateway.identity.matching.profile import EMAIL, MAILBOX, NEVER, PHONE, Profile


class Outcome(StrEnum):
    """What is done about two profiles."""

    SAME = "same"
    """They are one person: merging is proposed."""
    REVIEW = "review"
    """A person is asked."""
    DIFFERENT = "different"
    """They are two persons, though they share something."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about two profiles, and all that spoke for and against it.

    Shape: ``pair`` are the ids in order. ``rule`` is the rule that decided. ``expires`` are lines
    of the graph that a later proof of the other one ended: (profile, digest).
    """

    pair: tuple[str, str]
    outcome: Outcome
    rule: str
    points: float
    supports: tuple[Finding, ...] = ()
    against: tuple[Finding, ...] = ()
    expires: tuple[tuple[str, str], ...] = field(default=())


Judged = tuple[Outcome, str] | None


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides by the rules of the configuration."""

    section: IdentitySection

    def decide(self, one: Profile, other: Profile, crowd: Crowd) -> Decision:
        """Compare two profiles; the order in which they are given does not matter."""
        first, second = sorted((one, other), key=lambda profile: profile.id)
        evidence = gather(first, second, crowd, self.section.most_holders)
        supports, against = self._supports(evidence), self._against(evidence)
        points = sum(one.points for one in (*supports, *against))
        outcome, rule = self._judged(evidence, points)
        return Decision(
            pair=(first.id, second.id),
            outcome=outcome,
            rule=rule,
            points=points,
            supports=supports,
            against=against,
            expires=_expires(first, second, evidence) if outcome is Outcome.DIFFERENT else (),
        )

    def _judged(self, evidence: Evidence, points: float) -> tuple[Outcome, str]:
        """Apply the rules in turn, and then what no rule may overrule."""
        rules: Mapping[str, Callable[[Evidence, float], Outcome | None]] = {
            "confirmed_phone": lambda e, _: _proved(e, found.proving(e, PHONE)),
            "confirmed_email": lambda e, _: _proved(e, found.proving(e, EMAIL)),
            "card": lambda e, _: _proved(e, found.cards(e)),
            "score": self._scored,
        }
        for name in self.section.rules:
            outcome = rules[name](evidence, points)
            if outcome is not None:
                return self._guarded(evidence, outcome, name)
        return Outcome.DIFFERENT, "nothing"

    def _scored(self, evidence: Evidence, points: float) -> Outcome | None:
        if not found.identifying(evidence):
            alone = evidence.name in _NAMESAKES and evidence.born == found.SAME
            return Outcome.REVIEW if alone else Outcome.DIFFERENT
        if points >= self.section.certain:
            return Outcome.SAME
        return Outcome.REVIEW if points >= self.section.possible else Outcome.DIFFERENT

    def _guarded(self, evidence: Evidence, outcome: Outcome, rule: str) -> tuple[Outcome, str]:
        if outcome is not Outcome.SAME:
            return outcome, rule
        if not found.identifying(evidence):
            return Outcome.REVIEW, "nothing_shared"
        if evidence.apart:
            return Outcome.REVIEW, "proved_apart"
        if _contradicted(evidence):
            return Outcome.REVIEW, "contradicted"
        return outcome, rule

    def _supports(self, evidence: Evidence) -> tuple[Finding, ...]:
        weights = self.section.weights
        out = [self._identifier(one) for one in evidence.shared]
        if any(found.strongest(one) and not one.is_doubtful for one in evidence.shared):
            out.append(Finding("proved", weights.proved))
        if any(_agrees(one, evidence.name) for one in evidence.shared):
            out.append(Finding("sole", weights.sole))
        if evidence.name not in found.CONTRARY:
            code = f"name_{evidence.name}"
            out.append(Finding(code, getattr(weights, code)))
        if evidence.born in {found.SAME, found.CLOSE}:
            code = f"born_{evidence.born}"
            out.append(Finding(code, getattr(weights, code)))
        return tuple(out)

    def _identifier(self, shared: Shared) -> Finding:
        """Weigh one identifier; several of them add up."""
        weights, sort = self.section.weights, shared.one.sort
        points: float = weights.doubtful
        if not shared.is_doubtful:
            points = getattr(weights, sort)
        args: dict[str, str | int] = {
            "proof": f"{shared.one.proof.name}-{shared.other.proof.name}".lower(),
            "sources": "-".join(sorted({shared.one.source, shared.other.source} - {""})),
            "holders": shared.hands.holders,
        }
        code = f"{sort}_doubtful" if shared.is_doubtful and sort != MAILBOX else sort
        return Finding(f"shares_{code}", points, args, shared.key)

    def _against(self, evidence: Evidence) -> tuple[Finding, ...]:
        weights = self.section.weights
        out = [
            Finding("crowded", 0, {"sort": one.one.sort, "holders": one.hands.holders}, one.key)
            for one in evidence.crowded
        ]
        out += [Finding("expired", 0, {"sort": one.one.sort}, one.key) for one in evidence.expired]
        out += [Finding("proved_apart", 0, {"sort": sort}) for sort in evidence.apart]
        out += [
            Finding(f"{sort}_differs", getattr(weights, f"{sort}_differs"))
            for sort in evidence.differs
        ]
        if evidence.name in found.CONTRARY:
            code = f"name_{evidence.name}"
            out.append(Finding(code, getattr(weights, code)))
        if evidence.born == found.DIFFERENT:
            out.append(Finding("born_different", weights.born_different))
        if evidence.gender == found.DIFFERENT:
            out.append(Finding("gender_different", weights.gender_different))
        return tuple(out)


_NAMESAKES = frozenset({Likeness.FULL, Likeness.SAME})


def _proved(evidence: Evidence, proofs: Sequence[Shared]) -> Outcome | None:
    """Judge by an identifier that both proved: only what is known of the persons can contradict."""
    if not proofs:
        return None
    contrary = evidence.name in found.CONTRARY
    if contrary and evidence.born not in {found.SAME, found.CLOSE}:
        return Outcome.DIFFERENT
    is_anybodys = bool(evidence.differs) or all(one.hands.at_odds for one in proofs)
    if (is_anybodys and evidence.name is Likeness.UNKNOWN) or _contradicted(evidence):
        return Outcome.REVIEW
    return Outcome.SAME


def _agrees(shared: Shared, name: Likeness) -> bool:
    """Tell whether all who have an identifier look like one person: two at least by their names."""
    named = name is not Likeness.UNKNOWN or shared.hands.holders > found.PAIR.holders
    return named and not shared.hands.at_odds


def _contradicted(evidence: Evidence) -> bool:
    """Tell whether what is known of the two cannot be of one."""
    return evidence.name is Likeness.DIFFERENT or evidence.born == found.DIFFERENT


def _expires(one: Profile, other: Profile, evidence: Evidence) -> tuple[tuple[str, str], ...]:
    """Return the lines that ended when the other one proved the identifier later."""
    out = []
    for shared in evidence.shared:
        if not shared.other.is_confirmed and not shared.one.is_confirmed:
            continue
        mine = shared.one.confirmed_at if shared.one.is_confirmed else NEVER
        theirs = shared.other.confirmed_at if shared.other.is_confirmed else NEVER
        if mine > theirs and shared.other.is_confirmed:
            out.append((other.id, shared.key))
        elif theirs > mine and shared.one.is_confirmed:
            out.append((one.id, shared.key))
    return tuple(out)
