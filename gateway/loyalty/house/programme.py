"""Programme: the rules in force, how members are found, and how their accounts are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from gateway.canonical import (
    BonusAccount,
    BonusPoints,
    Customer,
    Kind,
    normal_email,
    normal_phone,
)
from gateway.config import HouseSection, TierSection
from gateway.contract import Member, MemberKey
from gateway.loyalty.house.book import Book
from gateway.loyalty.house.lots import Holdings
from gateway.loyalty.house.reckoning import tier_of
from gateway.ports import HouseMemberRow, HouseSaleRow, JournalRow, Lot, Tx
from gateway.sync.lookup import CARD, EMAIL, PHONE, Digester

NOBODY = ""
HOUSE_ACCOUNT = "house"
"""The name under which the house stands in the journal and among the checkpoints."""


class NoticeKind(StrEnum):
    """What a member is told."""

    EXPIRING = "points-expiring"
    TIER = "tier-changed"


class Notify(Protocol):
    """Puts a notice to a member into the transaction, once for a key."""

    def __call__(
        self, key: str, member: Member, kind: NoticeKind, params: Mapping[str, str], tx: Tx
    ) -> None:
        """Submit the notice; ``params`` are texts for the template, none of them personal."""


def no_notices(
    key: str, member: Member, kind: NoticeKind, params: Mapping[str, str], tx: Tx
) -> None:
    """Tell nobody anything, where no notifier is configured."""


def version_of(rules: HouseSection) -> str:
    """Return the name of a version of the rules: a digest of their content."""
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()[:16]


@dataclass(slots=True)
class Programme:
    """What all parts of the house share.

    Shape: ``new_id`` makes ids that nothing else has; ``digester`` makes the look-up digests.
    """

    rules: HouseSection
    digester: Digester
    new_id: Callable[[], str]
    notify: Notify = no_notices
    version: str = field(init=False)

    def __post_init__(self) -> None:
        """Name the version."""
        self.version = version_of(self.rules)

    def book(self, tx: Tx, member_id: str, now: datetime) -> Book:
        """Open a member's part of the ledger; the caller holds the member's lock."""
        return Book(tx, member_id, now, self.new_id)

    def find(self, tx: Tx, key: MemberKey) -> HouseMemberRow | None:
        """Return the member who is named, or whom he was joined into; ``None`` for nobody."""
        member_id = self.named(tx, key)
        return living(tx, member_id) if member_id else None

    def named(self, tx: Tx, key: MemberKey) -> str | None:
        """Return the id of the member who is named, also when he was joined into another."""
        if key.external_id is not None:
            return key.external_id
        digest = self._digest(key)
        return tx.house_contacts([digest]).get(digest) if digest else None

    def digests_of(self, customer: Customer) -> list[str]:
        """Return the digests under which a customer is found, the stronger proof first."""
        phones = [normal_phone(one.number) for one in customer.phones]
        emails = [normal_email(one.address) for one in customer.emails]
        named = [(PHONE, one) for one in phones] + [(EMAIL, one) for one in emails]
        named += [(CARD, one.number.strip() or None) for one in customer.cards]
        return [self.digester.digest(sort, value) for sort, value in named if value]

    def tier_at(
        self, tx: Tx, member_id: str, at: datetime, rules: HouseSection | None = None
    ) -> TierSection:
        """Return the tier that the purchases until then lead to."""
        chosen = rules or self.rules
        since = at - timedelta(days=chosen.window_days) if chosen.window_days else None
        return tier_of(chosen, tx.house_purchases(member_id, since=since, until=at))

    def account(self, held: Holdings, tier: str) -> BonusAccount:
        """Show a member's points; a debt only as far as the rules let a balance fall below zero."""
        shown = held.available - min(held.debt, -self.rules.min_balance)
        pending = sum((piece.points for piece in held.pending), held.awaiting)
        return BonusAccount(
            programme=self.rules.programme,
            available=BonusPoints(points=shown),
            pending=BonusPoints(points=pending),
            blocked=BonusPoints(points=held.blocked),
            tier=tier,
        )

    def member(self, row: HouseMemberRow, account: BonusAccount | None = None) -> Member:
        """Show a member."""
        customer = Customer.model_validate(row.fields)
        known = {"tier": account.tier, "bonuses": (account,)} if account else {"tier": row.tier}
        return Member(row.id, customer.model_copy(update=known))

    def retier(self, tx: Tx, row: HouseMemberRow, now: datetime, tier: str) -> bool:
        """Note a tier that changed, tell the member, and write it down; False for the same."""
        if tier == row.tier:
            return False
        changed = replace(row, changed_at=now, tier=tier)
        tx.put_house_member(changed, digests=())
        told = {"from": row.tier, "to": tier}
        tx.write_journal([self.sentence(now, row, "house.tier", "changed", told)])
        key = f"house:{NoticeKind.TIER}:{row.id}:{now.isoformat()}:{tier}"
        self.notify(key, self.member(changed), NoticeKind.TIER, told, tx)
        return True

    def sentence(
        self,
        now: datetime,
        row: HouseMemberRow | None,
        event: str,
        outcome: str,
        detail: Mapping[str, object],
    ) -> JournalRow:
        """Return a sentence for the story of the member's customer, as far as there is one."""
        about = row.entity_id if row is not None else NOBODY
        return JournalRow(now, about, Kind.CUSTOMER, HOUSE_ACCOUNT, event, outcome, "", detail)

    def _digest(self, key: MemberKey) -> str | None:
        if key.phone is not None:
            phone = normal_phone(key.phone)
            return self.digester.digest(PHONE, phone) if phone else None
        if key.email is not None:
            email = normal_email(key.email)
            return self.digester.digest(EMAIL, email) if email else None
        return self.digester.digest(CARD, (key.card or "").strip())


def living(tx: Tx, member_id: str) -> HouseMemberRow | None:
    """Return the member who has now what this one has or had; ``None`` for nobody."""
    row = tx.house_members([member_id]).get(member_id)
    while row is not None and row.joined_into:
        row = tx.house_members([row.joined_into]).get(row.joined_into)
    return row


def family(tx: Tx, member_id: str) -> Iterator[str]:
    """Yield a member and all who were joined into him, himself first."""
    wave = [member_id]
    while wave:
        yield from wave
        wave = list(tx.house_joined(wave))


def locked_member(tx: Tx, member_id: str, *, sale_id: str = "") -> HouseMemberRow | None:
    """Lock a member with a sale, or whoever he was joined into meanwhile, and return him."""
    row = living(tx, member_id)
    while row is not None:
        tx.lock_keys(locks(member_id=row.id, sale_id=sale_id))
        held, row = row.id, living(tx, row.id)
        if row is None or row.id == held:
            break
    return row


def locked_sale(tx: Tx, sale_id: str) -> HouseSaleRow | None:
    """Lock a sale with its member, also one whom it came to meanwhile, and return it."""
    row = tx.house_sales([sale_id]).get(sale_id)
    while row is not None:
        tx.lock_keys(locks(member_id=row.member_id, sale_id=sale_id))
        held, row = row.member_id, tx.house_sales([sale_id])[sale_id]
        if row.member_id == held:
            break
    return row


def lot_of(name: str, start: datetime, *, activation_days: int, expire_days: int | None) -> Lot:
    """Return a lot that begins to count at ``start``."""
    end = start + timedelta(days=expire_days) if expire_days is not None else None
    active = start + timedelta(days=activation_days)
    return Lot(name, active, end)


def earned_lot(sale_id: str) -> str:
    """Name the lot of what a sale earns."""
    return f"sale:{sale_id}"


def locks(*, member_id: str = "", sale_id: str = "") -> list[str]:
    """Name the locks of a member and of a sale."""
    named = [f"house:{member_id}"] if member_id else []
    return [*named, f"house-sale:{sale_id}"] if sale_id else named


def points_of(points: Decimal) -> BonusPoints:
    """Wrap points."""
    return BonusPoints(points=points)
