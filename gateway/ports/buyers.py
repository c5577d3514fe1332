"""Store port, the part of buyers whose orders were seen before they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.canonical import Kind


@dataclass(frozen=True, slots=True)
class AwaitedBuyer:
    """An order or a card that names somebody of its account who was not seen there yet.

    Shape: ``external_id`` is that customer's id at the account, ``entity_id`` the order or card.
    """

    account: str
    external_id: str
    entity_id: str
    kind: Kind
    seen_at: datetime


class BuyerTx(Protocol):
    """Buyers who are awaited."""

    def await_buyers(self, rows: Sequence[AwaitedBuyer]) -> None:
        """Note who is awaited; what is noted already stays as it is."""

    def seen_buyers(self, *, limit: int) -> Sequence[AwaitedBuyer]:
        """Return those who have been seen since, the longest awaited first."""

    def end_awaiting(self, rows: Sequence[AwaitedBuyer]) -> None:
        """Forget that somebody is awaited."""

    def purge_awaited(self, *, before: datetime, limit: int) -> int:
        """Forget who was not seen although noted before then; return how many."""
