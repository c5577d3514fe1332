"""Finding participations by phone and card at the speed of a till."""

from __future__ import annotations

from collections.abc import Iterator

from mocks.retailcrm.customer import digits
from mocks.retailcrm.participation import Participation


class MemberIndex:
    """Participations by the digits of phone and card: what the filters may match, and little more.

    Whether the vendor compares strings or digits is unsettled; strings that are equal have equal
    digits, so one index serves both.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._held: dict[tuple[str, str], dict[int, Participation]] = {}

    def put(self, member: Participation) -> None:
        """Enter a participation."""
        for mark in _marks(member):
            self._held.setdefault(mark, {})[member.id] = member

    def take(self, member: Participation) -> None:
        """Withdraw a participation; call before its phone or card change, then put it again."""
        for mark in _marks(member):
            self._held.get(mark, {}).pop(member.id, None)

    def find(self, kind: str, text: str) -> list[Participation]:
        """Return the participations whose ``phone`` or ``card`` has these digits."""
        return list(self._held.get((kind, digits(text)), {}).values())


def _marks(member: Participation) -> Iterator[tuple[str, str]]:
    if member.phone is not None:
        yield "phone", digits(member.phone)
    if member.card is not None:
        yield "card", digits(member.card)
