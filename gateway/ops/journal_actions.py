"""Journal actions: looking behind the mask of a record, which is written down with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.ops.actions import Action
from gateway.ops.entity_view import EntityView
from gateway.ops.faults import Refused
from gateway.ops.journal import Journal

_SHORTEST_REASON = 3


@dataclass(frozen=True, slots=True)
class Unmasked:
    """Shows one entity, its only subject, without the mask; a ``reason`` must be given."""

    journal: Journal

    async def __call__(self, who: str, action: Action) -> EntityView:
        """Return it. Raises ``Refused`` without a reason, and ``NotFound``."""
        reason = str(action.params.get("reason", "")).strip()
        if len(reason) < _SHORTEST_REASON:
            msg = "say why you look behind the mask: it is written down"
            raise Refused(msg)
        if len(action.subjects) != 1:
            msg = "look behind the mask of one record at a time"
            raise Refused(msg)
        return await self.journal.unmasked(action.subjects[0], who=who, reason=reason)
