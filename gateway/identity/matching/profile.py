"""Profile: a person as the identifier graph knows one, and what each identifier is worth.

The graph has persons and identifiers; a line between them is ``Held``: whose word it stands on,
since when, and whether somebody else proved later that it is theirs. Values are keyed digests, so
that a profile tells nobody's phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from gateway.identity.matching.names import NOBODY, Names

PHONE, EMAIL, MAILBOX, CARD, PERSON = "phone", "email", "mailbox", "card", "person"
PROVING = (PHONE, EMAIL, CARD)
"""Sorts that one person has and shows; the others only make two profiles worth a comparison."""
CONFIRMED_BY_ANOTHER = "confirmed_by_another"
NEVER = datetime.min.replace(tzinfo=UTC)


class Proof(IntEnum):
    """How an identifier was proved to be the person's; more is stronger."""

    NONE = 0
    """Somebody typed it."""
    WORD = 1
    """A vendor says that it was confirmed there."""
    CODE = 2
    """The person gave back a code that we sent there."""


@dataclass(frozen=True, slots=True)
class Held:
    """An identifier in a person's hands.

    Shape: ``source`` is the account whose word it is. ``doubtful``: it may support other evidence
    only (a fixed line, a department's address). ``expired`` is why it is the person's no more.
    """

    sort: str
    proof: Proof = Proof.NONE
    source: str = ""
    seen_at: datetime = NEVER
    confirmed_at: datetime = NEVER
    doubtful: bool = False
    expired: str = ""

    @property
    def is_confirmed(self) -> bool:
        """It was proved to be the person's, and by nobody else later."""
        return self.proof > Proof.NONE and not self.expired


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer's record as matching sees it. Shape: ``held`` by digest; ``born`` is ISO."""

    id: str
    held: Mapping[str, Held] = field(repr=False)
    name: Names = field(default=NOBODY, repr=False)
    born: str = field(default="", repr=False)
    gender: str = field(default="", repr=False)

    def confirmed(self, sort: str) -> frozenset[str]:
        """Return the digests of confirmed identifiers of a sort."""
        return frozenset(
            key for key, one in self.held.items() if one.sort == sort and one.is_confirmed
        )
