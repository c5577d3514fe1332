"""Actions on reviews: an operator says who is one person."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.ops.actions import Action, ActionKind, Executor
from gateway.ops.faults import Refused
from gateway.ops.reviews import Judged, Reviews


def executors(reviews: Reviews) -> Mapping[ActionKind, Executor]:
    """Return what decides. Shape: subjects are pairs; params ``same`` and ``reason``."""

    async def decide(who: str, action: Action) -> tuple[Judged, ...]:
        same, reason = action.params.get("same"), action.params.get("reason", "")
        if not isinstance(same, bool) or not isinstance(reason, str):
            msg = "say `same` (true or false) and a `reason`"
            raise Refused(msg)
        return tuple(
            [
                await reviews.decide(pair, same=same, reason=reason, who=who)
                for pair in action.subjects
            ]
        )

    return {ActionKind.REVIEW_DECIDE: decide}
