"""Store port, the part of who is who: proofs of identifiers, and what was decided about pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

Pair = tuple[str, str]
"""Ids of two customers, in order."""


class PairState(StrEnum):
    """What stands about two customers."""

    PROPOSED = "proposed"
    """The rules are certain that they are one person: merging is due."""
    OPEN = "open"
    """A person is asked."""
    SAME = "same"
    """A person said that they are one: merging is due."""
    DIFFERENT = "different"
    """A person said that they are two; nobody is asked again without new evidence."""
    DENIED = "denied"
    """The person said that they are not both his: an operator is asked, and the rules are not."""
    APART = "apart"
    """The rules say that they are two, though they share something."""
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PairRow:
    """A decision about two customers, and why.

    Shape: ``pair`` in order. ``points`` in hundredths. ``findings`` holds ``supports`` and
    ``against``, lists of ``[code, points, args, digest]``; it tells nobody's value. ``note`` is
    what a person wrote, and may be personal.
    """

    pair: Pair
    state: PairState
    rule: str
    points: int
    findings: Mapping[str, Sequence[Sequence[Any]]]
    found_at: datetime
    decided_at: datetime
    decided_by: str = ""
    note: str = field(default="", repr=False)

    @property
    def id(self) -> str:
        """One text that names the pair."""
        return f"{self.pair[0]}.{self.pair[1]}"


@dataclass(frozen=True, slots=True)
class ProofRow:
    """That somebody proved an identifier to be theirs, or had it until somebody else did.

    Shape: ``proof`` is ``word`` (a vendor's) or ``code`` (given back to us), ``source`` the account
    or form. ``expired`` is the reason why it is theirs no more.
    """

    digest: str
    entity_id: str
    proof: str
    source: str
    confirmed_at: datetime
    expired_at: datetime | None = None
    expired: str = ""


class IdentityTx(Protocol):
    """Who is who, in a transaction of the store."""

    def pairs(self, pairs: Sequence[Pair]) -> Mapping[Pair, PairRow]:
        """What stands about pairs."""

    def pairs_of(self, entity_ids: Sequence[str]) -> Sequence[PairRow]:
        """All that stands about customers with anybody."""

    def put_pairs(self, rows: Sequence[PairRow]) -> None:
        """Insert or replace what stands about pairs; the first ``found_at`` is kept."""

    def list_pairs(
        self, state: PairState, *, below: tuple[int, Pair] | None, limit: int
    ) -> Sequence[PairRow]:
        """Pairs of a state, the most certain first, below a place in that order."""

    def pairs_to_ask(self, state: PairState, *, limit: int) -> Sequence[PairRow]:
        """Pairs of a state whose person was never asked, the most certain first."""

    def note_pairs_asked(self, pairs: Sequence[Pair], *, at: datetime) -> None:
        """Note that these were asked, or need not be; it outlives what is decided later."""

    def count_pairs(self) -> Mapping[PairState, int]:
        """Pairs by state."""

    def shared_digests(self, sort: str, *, after: str, limit: int) -> Sequence[tuple[str, int]]:
        """Digests of a sort that several customers have, in order, with how many have each."""

    def count_holders(self, digests: Sequence[str]) -> Mapping[str, int]:
        """How many customers have each of these digests."""

    def proofs(self, entity_ids: Sequence[str]) -> Sequence[ProofRow]:
        """All proofs of customers, expired ones too."""

    def put_proofs(self, rows: Sequence[ProofRow]) -> None:
        """Insert proofs, or replace those of the same digest and customer."""
