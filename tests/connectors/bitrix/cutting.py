"""A road to the shop on which one answer is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.contract import OutcomeUnknown, Unavailable

if TYPE_CHECKING:
    import httpx

    from gateway.contract import HttpClient


@dataclass
class Cutting:
    """A client whose first answer to one operation is lost after the shop has acted.

    The double's own faults know paths, and the exchange has one path for all of its steps.
    """

    http: HttpClient
    operation: str
    is_cut: bool = False

    async def call(
        self, method: str, path: str, *, operation: str, repeatable: bool, **more: Any
    ) -> httpx.Response:
        """Send a call; lose its answer when it is the one."""
        done = await self.http.call(
            method, path, operation=operation, repeatable=repeatable, **more
        )
        if operation == self.operation and not self.is_cut:
            self.is_cut = True
            kind = Unavailable if repeatable else OutcomeUnknown
            msg = "the connection was cut"
            raise kind(msg, operation=operation)
        return done

    async def close(self) -> None:
        """Release connections."""
        await self.http.close()
