"""Record: decisions become rows, so that each can be explained, asked about, and remembered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.contract import Clock
from gateway.identity.matching.decide import Decision, Outcome
from gateway.identity.matching.evidence import Finding
from gateway.identity.matching.profile import CONFIRMED_BY_ANOTHER
from gateway.ports import PairRow, PairState, ProofRow, Tx

_STATES = {
    Outcome.SAME: PairState.PROPOSED,
    Outcome.REVIEW: PairState.OPEN,
    Outcome.DIFFERENT: PairState.APART,
}
_CENT = 100
_BY_RULES = frozenset({PairState.PROPOSED, PairState.OPEN, PairState.APART})
VENDOR_MERGED = "vendor_merged"
"""The rule of a pair whose records a vendor joined: it stays open whatever the rules say."""
ANSWERED_APART = "answered_apart"
"""The rule of a pair whose codes came from two givers: it stays open in the same way."""
_STAYING = frozenset({VENDOR_MERGED, ANSWERED_APART})
RULES = "rules"
"""Who decided, when nobody did."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes decisions. A person's word stands until there is new evidence."""

    clock: Clock

    def record(
        self, tx: Tx, decisions: Iterable[Decision], *, fresh: bool = False
    ) -> Mapping[PairState, int]:
        """Store what is new among decisions; return how many pairs came into which state.

        ``fresh``: each pair has a customer that is made in this transaction, so that nobody else
        can know it; a lock would only wait for those that this transaction holds up.
        """
        made = {one.pair: one for one in decisions if one.supports or one.against}
        if not fresh:
            tx.lock_keys(sorted(f"pair:{one}.{other}" for one, other in made))
        known, now = tx.pairs(sorted(made)), self.clock.now()
        rows = [
            row
            for pair, decision in sorted(made.items())
            if (row := _next(known.get(pair), decision, now)) is not None
        ]
        tx.put_pairs(rows)
        self._expire(tx, made.values(), now)
        return Counter(row.state for row in rows)

    def _expire(self, tx: Tx, decisions: Iterable[Decision], now: datetime) -> None:
        """End the lines that somebody else's later proof ended."""
        ended = {at: one for one in decisions for at in one.expires}
        if not ended:
            return
        held = {(row.entity_id, row.digest): row for row in tx.proofs([name for name, _ in ended])}
        tx.put_proofs(
            [
                replace(
                    held.get((name, digest)) or ProofRow(digest, name, "word", "", now),
                    expired_at=now,
                    expired=CONFIRMED_BY_ANOTHER,
                )
                for name, digest in sorted(ended)
                if not (row := held.get((name, digest))) or not row.expired
            ]
        )


def _next(row: PairRow | None, decision: Decision, now: datetime) -> PairRow | None:
    """Return what stands about a pair after a decision, ``None`` when nothing changes."""
    state = _STATES[decision.outcome]
    fresh = PairRow(
        pair=decision.pair,
        state=state,
        rule=decision.rule,
        points=round(decision.points * _CENT),
        findings=findings(decision),
        found_at=now,
        decided_at=now,
        decided_by=RULES,
    )
    if row is None:
        return fresh
    if row.state is PairState.DIFFERENT:
        is_new = state is not PairState.APART and bool(
            evidence(fresh.findings) - evidence(row.findings)
        )
        return replace(fresh, state=PairState.OPEN, rule="new_evidence") if is_new else None
    if row.state not in _BY_RULES or row.rule in _STAYING:
        return None
    same = (row.state, row.rule, row.findings) == (fresh.state, fresh.rule, fresh.findings)
    return None if same else fresh


def findings(decision: Decision) -> dict[str, list[list[Any]]]:
    """Return findings as they are stored; they tell nobody's value."""
    return {
        "supports": [_plain(one) for one in decision.supports],
        "against": [_plain(one) for one in decision.against],
    }


def _plain(one: Finding) -> list[Any]:
    return [one.code, one.points, dict(one.args), one.key]


def evidence(stored: Mapping[str, Sequence[Sequence[Any]]]) -> set[tuple[str, str, str]]:
    """Return what speaks for one person, in a form that can be compared with earlier evidence."""
    return {
        (code, key, str(args.get("proof", "")))
        for code, _, args, key in stored.get("supports", ())
        if code.startswith(("shares_", "born_same", "name_full"))
    }
