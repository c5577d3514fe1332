"""Budget: an account's share of the vendor's limit, used to the full and never broken."""

from __future__ import annotations

from typing import Protocol


class Budget(Protocol):
    """Rate budget of one account, shared by everything that calls with the account's key."""

    async def acquire(self, calls: int = 1) -> None:
        """Wait until ``calls`` calls may leave. Fair: first come, first served."""

    def rest(self, seconds: float) -> None:
        """Let nothing leave for ``seconds`` from now: the vendor said so (Retry-After)."""
