"""Seen: members and balances that were read a while ago, shown while their processor is away.

Only in memory, because they are personal, under digests of the names they were asked by; nothing is
ever computed from them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.canonical import BonusAccount, BonusPoints
from gateway.contract import Member, MemberKey
from gateway.loyalty.codec import name_digest

MOST_SEEN = 20_000


@dataclass(frozen=True, slots=True)
class Sight:
    """What was read of a member. ``at``: when the balance was true."""

    at: datetime
    member: Member | None = field(default=None, repr=False)
    accounts: Sequence[BonusAccount] = field(default=(), repr=False)

    @property
    def available(self) -> BonusPoints | None:
        """The points of the first programme that tells them."""
        return next((one.available for one in self.accounts if one.available is not None), None)


class Seen:
    """Sights by processor and name. Units: ``stale_s`` seconds after which one is forgotten."""

    def __init__(self, stale_s: float, *, most: int = MOST_SEEN) -> None:
        self._stale = timedelta(seconds=stale_s)
        self._most = most
        self._rows: OrderedDict[str, Sight] = OrderedDict()

    def member(self, processor: str, key: MemberKey, member: Member, *, now: datetime) -> None:
        """Remember a member under the name he was found by and under his id."""
        sight = Sight(now, member, member.customer.bonuses)
        self._put(name_digest(processor, key), sight)
        if key.external_id is None:
            self._put(name_digest(processor, MemberKey(external_id=member.external_id)), sight)

    def balance(
        self, processor: str, key: MemberKey, accounts: Sequence[BonusAccount], *, now: datetime
    ) -> None:
        """Remember a balance, and who it is of as far as it is known."""
        word = name_digest(processor, key)
        known = self._rows.get(word)
        fresh = replace(known, at=now, accounts=accounts) if known else Sight(now, None, accounts)
        self._put(word, fresh)

    def get(self, processor: str, key: MemberKey, *, now: datetime) -> Sight | None:
        """Return what was seen, unless it is too old."""
        sight = self._rows.get(name_digest(processor, key))
        return sight if sight is not None and now - sight.at <= self._stale else None

    def _put(self, word: str, sight: Sight) -> None:
        self._rows[word] = sight
        self._rows.move_to_end(word)
        if len(self._rows) > self._most:
            self._rows.popitem(last=False)


def names_of(member: Member) -> Sequence[MemberKey]:
    """Return all names by which a member may be called."""
    customer = member.customer
    return (
        MemberKey(external_id=member.external_id),
        *(MemberKey(phone=one.number) for one in customer.phones),
        *(MemberKey(email=one.address) for one in customer.emails),
        *(MemberKey(card=one.number) for one in customer.cards),
    )
