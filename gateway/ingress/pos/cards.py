"""Card checks: what the door asks of whoever knows the cards of the shop."""

from __future__ import annotations

from typing import Protocol

from gateway.contract import Caller
from gateway.loyalty.cards import CardAnswer


class CardChecks(Protocol):
    """The directory of cards, with its limits for those who guess."""

    async def check(self, caller: Caller, number: str, *, client: str, session: str) -> CardAnswer:
        """Look a card up. Raises ``TillBusy`` when this client or session asked too often.

        ``client`` is the visitor as the site knows it, else the address that called; ``session`` is
        empty where the site told none.
        """
