"""House port: members, ledger and sales of the programme that the gateway keeps itself.

The ledger is double-entry: an entry's postings sum up to zero, entries are only ever added, each
under a unique key, and every balance is a sum of postings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from gateway.ports.sales import SaleKind


class LedgerAccount(StrEnum):
    """The accounts. A member's are kept by lot; those of the programme are their counterparts."""

    POINTS = "points"
    """Accrued to a member: pending until the lot's ``active_from``, dead from ``expires_at``."""
    BLOCKED = "blocked"
    """Reserved for a sale under way."""
    AWAITING = "awaiting"
    """Earned with an order that is not handed over."""
    DEBT = "debt"
    """What a return could not withdraw: zero or less, paid first by whatever comes next."""
    ISSUED = "issued"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    ADJUSTED = "adjusted"


OF_MEMBER = frozenset(
    {LedgerAccount.POINTS, LedgerAccount.BLOCKED, LedgerAccount.AWAITING, LedgerAccount.DEBT}
)


class EntryKind(StrEnum):
    """What an entry is about."""

    ACCRUE = "accrue"
    GRANT = "grant"
    HAND_OVER = "hand_over"
    BLOCK = "block"
    RELEASE = "release"
    REDEEM = "redeem"
    RETURN = "return"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    SETTLE = "settle"
    ADJUST = "adjust"
    JOIN = "join"
    """All that the ledger says of one member is said of another: they are one person."""
    PART = "part"
    """That is taken back, as far as it is still there."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that came together. Shape: ``""`` is the lot of a debt. ``None``: no such moment."""

    id: str = ""
    active_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry. Units: points, at most four decimals, either sign."""

    account: LedgerAccount
    lot: Lot
    points: Decimal


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A balanced movement of one member's points. Shape: ``key`` is unique for ever."""

    key: str
    kind: EntryKind
    member_id: str
    at: datetime
    postings: tuple[Posting, ...]
    sale_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """An entry as its member sees it. Units: ``points`` by which it changed what the member has.

    Shape: ``id`` grows; the two moments are those of the lot when the entry made exactly one.
    """

    id: int
    key: str
    kind: EntryKind
    at: datetime
    points: Decimal
    sale_id: str = ""
    reason: str = ""
    active_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HouseMemberRow:
    """A member.

    Shape: ``fields`` is the ``Customer`` as JSON; ``entity_id`` the canonical one; ``joined_into``
    the member who has everything of his since both are one person, empty for a member of his own.
    """

    id: str
    registered_at: datetime
    changed_at: datetime
    tier: str
    entity_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    joined_into: str = ""


class HouseSaleState(StrEnum):
    """How far a sale or return of the house has come; ``LAPSED`` is a hold that ran out."""

    RESERVED = "reserved"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    COMMITTED = "committed"


class Accrual(StrEnum):
    """Whether earned points wait for the order to be handed over."""

    NONE = "none"
    AWAITING = "awaiting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class HouseSaleRow:
    """A sale or a return at the house.

    Shape: ``of`` is the sale that a return gives back; ``member_id`` empty for an anonymous buyer;
    ``round`` counts reservations; ``body`` is what was reckoned and by which conditions, as JSON.
    Units: ``turnover`` money that counts for the tier at ``counted_at``, negative for a return;
    ``at`` the moment at the till.
    """

    id: str
    kind: SaleKind
    state: HouseSaleState
    at: datetime
    counted_at: datetime
    changed_at: datetime
    of: str = ""
    member_id: str = ""
    round: int = 0
    shop: str = ""
    number: str = ""
    expires_at: datetime | None = None
    accrual: Accrual = Accrual.NONE
    turnover: Decimal = Decimal(0)
    body: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OrderKeyRow:
    """A secret key of one order: only its digest is kept."""

    digest: str
    sale_id: str
    issued_at: datetime
    expires_at: datetime
    issued_by: str
    uses: int = 0
    used_at: datetime | None = None


class HouseMemberTx(Protocol):
    """Members and the keys of orders in a transaction of the store."""

    def house_members(self, ids: Sequence[str]) -> Mapping[str, HouseMemberRow]:
        """Members by id."""

    def house_members_of(self, entity_ids: Sequence[str]) -> Sequence[str]:
        """Ids of the members who stand for canonical customers, in order."""

    def house_joined(self, ids: Sequence[str]) -> Sequence[str]:
        """Ids of the members who were joined into any of these, in order."""

    def house_contacts(self, digests: Sequence[str]) -> Mapping[str, str]:
        """Member ids by the digest of a contact."""

    def put_house_member(self, row: HouseMemberRow, *, digests: Sequence[str]) -> None:
        """Store a member, and contacts that nobody has yet."""

    def house_purchases(
        self, member_id: str, *, since: datetime | None, until: datetime
    ) -> Decimal:
        """Money that counts in (since, until]."""

    def house_tiers(
        self, *, since: datetime | None, until: datetime, after: str, limit: int
    ) -> Sequence[tuple[str, str, Decimal]]:
        """(member id, tier, purchases in (since, until]) of unjoined members by id, after one."""

    def put_house_rules(self, version: str, rules: str, *, now: datetime) -> None:
        """Note a version of the rules, unless it is known."""

    def house_rules(self, version: str) -> str | None:
        """The rules of a version, as JSON."""

    def put_order_key(self, row: OrderKeyRow) -> None:
        """Store a key or its use."""

    def order_key(self, digest: str) -> OrderKeyRow | None:
        """A key by its digest."""


class HouseLedgerTx(Protocol):
    """The ledger in a transaction of the store."""

    def post_entries(self, entries: Sequence[LedgerEntry]) -> Sequence[bool]:
        """Append entries; False for a key that is there already (nothing is added).

        Raises ``ValueError`` for an entry that is not balanced.
        """

    def house_lots(self, member_id: str) -> Sequence[Posting]:
        """Sums of a member's own accounts by lot, without zeros."""

    def house_page(self, member_id: str) -> Sequence[Posting]:
        """Sums of a member's entries by account and lot, those of the programme too, no zeros."""

    def house_sale_lots(self, sale_id: str) -> Sequence[Posting]:
        """Sums of the entries of one sale by account and lot, without zeros."""

    def house_lot_sums(self, member_id: str, lot_id: str) -> Mapping[LedgerAccount, Decimal]:
        """Sums of one lot by account, those of the programme too."""

    def house_history(
        self, member_id: str, *, before: int | None, limit: int
    ) -> Sequence[Movement]:
        """Entries that changed what the member has, newest first, with ids below ``before``."""

    def house_dying(
        self, *, since: datetime, until: datetime, after: str, limit: int
    ) -> Sequence[str]:
        """Members with lots that expire in (since, until], in order, after that one."""

    def house_sums(self) -> Mapping[LedgerAccount, Decimal]:
        """Sums of all accounts of the programme."""


class HouseSaleTx(Protocol):
    """Sales and returns in a transaction of the store."""

    def house_sales(self, ids: Sequence[str]) -> Mapping[str, HouseSaleRow]:
        """Sales and returns by id."""

    def put_house_sales(self, rows: Sequence[HouseSaleRow]) -> None:
        """Insert or replace."""

    def house_refunds(self, sale_id: str) -> Sequence[HouseSaleRow]:
        """Returns of a sale, in the order in which they came."""

    def house_holds(
        self, *, now: datetime, limit: int, member_id: str = ""
    ) -> Sequence[HouseSaleRow]:
        """Reserved sales whose time is over, of one member or of all."""

    def house_awaiting(self, *, after: str, limit: int) -> Sequence[HouseSaleRow]:
        """Sales whose accrual waits, in the order of their ids, after that one."""

    def house_numbered(self, number: str) -> Sequence[HouseSaleRow]:
        """Sales with a number of an order or a receipt."""

    def house_sales_of(self, member_id: str, *, until: datetime) -> Sequence[HouseSaleRow]:
        """Committed sales and returns of a member until then, by their moments."""

    def house_sales_with(self, member_id: str) -> Sequence[HouseSaleRow]:
        """All sales and returns of a member, whatever their state, by their ids."""

    def house_buyers(
        self, *, since: datetime, until: datetime, after: str, limit: int
    ) -> Sequence[str]:
        """Members with committed sales in [since, until), in order, after that one."""

    def ask_house(self, key: str, what: str) -> str:
        """Note what a caller's key was used for, unless it was used; return what for."""


class HouseTx(HouseMemberTx, HouseLedgerTx, HouseSaleTx, Protocol):
    """The house's part of a transaction."""
