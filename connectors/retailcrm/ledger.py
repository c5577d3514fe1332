"""Ledger: whether a posting of ours stands among a participation's postings (11.4, 20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.contract import Unsupported

from .client_loyalty import LoyaltyClient
from .config import RetailCrmSettings
from .translator import moment_of
from .wire_loyalty import OperationWire

_CLOCKS = timedelta(minutes=5)
"""How far the vendor's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A posting that may be there.

    Shape: ``since`` is when it was first tried, ``None``: nobody knows. ``is_done``: the vendor
    answered that it did it.
    """

    account_id: int
    way: str
    points: Decimal
    mark: str
    since: datetime | None
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """Looks through the postings of one account's participations."""

    client: LoyaltyClient
    settings: RetailCrmSettings

    @property
    def is_readable(self) -> bool:
        """Whether the account shows the comments of postings."""
        loyalty = self.settings.loyalty
        return loyalty is not None and loyalty.comments_shown

    async def holds(self, sought: Sought, *, is_doubtful: bool) -> bool:
        """Tell whether a posting with the mark is there.

        A doubtful one was sent before. A posting that looks like it and shows no comment may be
        it: then the account shows none, and nothing can be told.

        Raises: ``Unsupported`` in that case.
        """
        alike = False
        number, last = 1, 1
        while number <= last:
            told = await self.client.postings(sought.account_id, page=number)
            for row in told.rows:
                if sought.mark in (row.comment or ""):
                    return True
                alike = alike or self._is_alike(row, sought)
            number, last = number + 1, told.pages
        if alike and (is_doubtful or sought.since is None):
            msg = "an alike posting shows no comment: set loyalty.comments_shown, look by hand"
            raise Unsupported(msg, operation="loyalty/account/bonus/operations")
        return False

    def _is_alike(self, row: OperationWire, sought: Sought) -> bool:
        if row.comment is not None or row.type != f"{sought.way}_manual":
            return False
        at = moment_of(row.created_at, self.settings.zone)
        is_old = sought.since is not None and at is not None and at < sought.since - _CLOCKS
        return abs(row.amount) == sought.points and not is_old
