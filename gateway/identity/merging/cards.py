"""Cards: whoever orders by a card that another record has may be that person.

Of a holder of whom nothing is known there is nobody to be asked; anybody else is.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import Merging, Wanted
from gateway.ports import Tx

CAUSE = "card"
WHO = "gateway"


@dataclass(frozen=True, slots=True)
class CardMerges:
    """Asks for merges, in the transaction in which a card was ordered by."""

    merging: Merging

    def absorb(self, tx: Tx, survivor: str, absorbed: str) -> None:
        """Let a nameless holder become one with a customer: it is done soon after."""
        self._ask(tx, Wanted(survivor, absorbed, CAUSE, WHO, vouched=True))

    def ask(self, tx: Tx, one: str, other: str) -> None:
        """Ask whether two are one person, which he must confirm; the older stays."""
        found = tx.entities([one, other])
        survivor, absorbed = sorted(found.values(), key=lambda row: (row.created_at, row.id))
        self._ask(tx, Wanted(survivor.id, absorbed.id, CAUSE, WHO))

    def _ask(self, tx: Tx, wanted: Wanted) -> None:
        with suppress(MergeRefused):
            self.merging.propose_in(tx, wanted)
