"""Cards: a holder of whom nothing is known becomes one with whoever ordered by his card."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.service import WHO, Merging, Wanted
from gateway.ports import Tx

CAUSE = "card"


@dataclass(frozen=True, slots=True)
class NamelessHolders:
    """Asks for such merges: there is nobody who could confirm them."""

    merging: Merging

    def __call__(self, tx: Tx, survivor: str, absorbed: str) -> None:
        """Ask in the transaction in which the card changed hands; it is done soon after."""
        with suppress(MergeRefused):
            self.merging.propose_in(tx, Wanted(survivor, absorbed, CAUSE, WHO, vouched=True))
