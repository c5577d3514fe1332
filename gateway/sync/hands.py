"""Hands: in whose hands a card is, and whose order is one that names a card and nobody (B4).

Cards were issued without a name, or as that of somebody of whom nothing is known. Whoever orders
with one is found by the rules of identity, which stand above the core, in ``gateway.identity``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.sync.incoming import Incoming
from gateway.sync.working_set import WorkingSet


class Hands(Protocol):
    """The rules at work on one batch of cards or orders. All happens in the working set."""

    def whose(self, item: Incoming, entity_id: str, named: str | None) -> str | None:
        """Return whose a card or order is, ``named`` being whom its source names, if anybody.

        Whoever orders by a card and is not known yet becomes a customer.
        """

    def take(self, item: Incoming, number: str, customer_id: str) -> bool:
        """Take a card out of the hands of whoever has no name, and into those of a customer.

        False: it is somebody else's, and stays so; the two were written down for a person.
        """


class Holders(Protocol):
    """Makes hands."""

    def begin(self, work: WorkingSet, batch: Sequence[Incoming]) -> Hands:
        """Begin a batch of one kind that names customers."""
