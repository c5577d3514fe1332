"""Unmasking: one action for everything that can be looked at without the mask, by what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.ops.actions import Action, Executor
from gateway.ops.faults import Refused

ENTITY = "entity"


@dataclass(frozen=True, slots=True)
class Unmasking:
    """Hands an action to the executor of its parameter ``what``, ``entity`` without it."""

    by_what: Mapping[str, Executor]

    async def __call__(self, who: str, action: Action) -> object:
        """Return what is shown. Raises ``Refused`` for what nobody shows."""
        executor = self.by_what.get(str(action.params.get("what", ENTITY)))
        if executor is None:
            msg = f"what: one of {', '.join(sorted(self.by_what))}"
            raise Refused(msg)
        return await executor(who, action)
