"""People: who at a vendor has this phone or this e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.contract.loyalty import MemberKey


class PersonLookup(Protocol):
    """Looks customers up by a contact, at vendors that keep no points (those have ``identify``)."""

    async def find(self, key: MemberKey) -> Sequence[str]:
        """Return the external ids of all customers who have this phone or e-mail, oldest first.

        Changes nothing. A contact that several have is no error: the caller decides.
        """
