"""Card checks: what the door asks of whoever knows the cards of the shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from gateway.contract import Caller


class CardAnswer(Protocol):
    """Whether a card may be used. Units: percent of the price, ``None`` for no discount."""

    @property
    def exists(self) -> bool:
        """True for a card that may be used."""

    @property
    def discount_percent(self) -> Decimal | None:
        """What it gives."""


class CardChecks(Protocol):
    """The directory of cards, with its limits for those who guess."""

    async def check(self, caller: Caller, number: str, *, client: str, session: str) -> CardAnswer:
        """Look a card up. Raises ``TillBusy`` when this client or session asked too often.

        ``client`` is the visitor as the site knows it, else the address that called; ``session`` is
        empty where the site told none.
        """
