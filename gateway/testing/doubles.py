"""Faults through the side door that every double of this project has (``/__mock__/faults``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class SideDoorFaults:
    """Scripts a double that speaks the shared side door.

    Shape: ``writes`` maps what the kit cuts (a kind, an operation, ``sale``) to a regular
    expression of the path that writes it; ``method`` is the method of writing calls, where reading
    has the same path. ``refusal`` are the fields of the fault by which the
    vendor refuses credentials: ``status``, ``body``, ``content_type``. ``limit`` are fields of the
    answer 429, where the vendor has a body for it.
    """

    door: httpx.AsyncClient
    writes: Mapping[str, str]
    refusal: Mapping[str, Any]
    limit: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""

    async def answer(self, status: int, *, retry_after_s: int | None = None) -> None:
        """Answer the next call with a status; see ``Faults``."""
        rule = {"kind": "status", "status": status, "times": 1}
        if status == httpx.codes.TOO_MANY_REQUESTS:
            rule |= self.limit
        hint = {} if retry_after_s is None else {"retry_after": str(retry_after_s)}
        await self._script({**rule, **hint})

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the next writing call; see ``Faults``."""
        kind = "cut_after" if after else "cut_before"
        rule = {"kind": kind, "path": self.writes[what], "times": 1}
        await self._script({**rule, **({"method": self.method} if self.method else {})})

    async def revoke(self) -> None:
        """Refuse our credentials from now on; see ``Faults``."""
        await self._script({"kind": "status", **self.refusal})

    async def clear(self) -> None:
        """Let everything work again."""
        await self._script()

    async def _script(self, *rules: Mapping[str, Any]) -> None:
        answer = await self.door.post("/__mock__/faults", json={"seed": 1, "rules": list(rules)})
        answer.raise_for_status()
