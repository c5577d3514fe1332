"""Recognise: what the rules of identity say about records that are taken in.

The core finds candidates by look-up keys; the rules tell which keys prove anything, and which
candidates a record cannot be of. They stand above the core, in ``gateway.identity``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from gateway.ports import EntityRow, Tx
from gateway.sync.incoming import Incoming


class Recognition(Protocol):
    """The rules at work on one batch of customers."""

    def proving(self, item: Incoming, digests: Sequence[str]) -> list[str]:
        """Return the digests that may prove who somebody is: no placeholder, no shop's number."""

    def unfit(self, item: Incoming, candidates: Iterable[str]) -> frozenset[str]:
        """Return the candidates that the record cannot be of, or not without a person's word."""

    def settle(self, item: Incoming, entity_id: str) -> None:
        """Take note whose the record is; what was found unfit is written down about that pair."""


class Recogniser(Protocol):
    """Makes recognitions."""

    def begin(self, tx: Tx, known: Iterable[EntityRow]) -> Recognition:
        """Begin a batch. ``known`` are all snapshots that may be candidates."""
