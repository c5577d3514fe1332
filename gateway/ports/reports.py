"""Reports port: impersonal facts, kept from snapshots and sales, and the sums over them.

Snapshots are sealed, so no database can count in them. A fact holds what reports count and nothing
that tells who somebody is: ids of the gateway and keyed digests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Place(StrEnum):
    """Where something was bought."""

    TILL = "till"
    ONLINE = "online"


class FactKind(StrEnum):
    """Whether goods went out or came back."""

    PURCHASE = "purchase"
    RETURN = "return"


class FactSource(StrEnum):
    """What a purchase was read from: an order's snapshot, or a sale that a till closed."""

    ORDER = "order"
    SALE = "sale"


SALE_SUBJECT = "sale"
"""Kind of a subject that is a till's sale or return; others are kinds of snapshots."""
Subject = tuple[str, str]
"""What changed and must be looked at: (kind, id)."""
SumKey = tuple[str, date, str, str]
"""What a sum is of: (figure, day, shop, tag)."""


@dataclass(frozen=True, slots=True)
class PurchaseFact:
    """An order, or a sale or return of a till.

    Shape: ``id`` is the snapshot's or the sale's; ``day`` that of ``at`` in the shop's zone;
    ``number`` the order's or receipt's in capitals. ``buyer`` is a customer's canonical id, else
    the digest ``named`` under which the till named him, else empty: nobody was named. ``of`` is the
    sale that a return gives back. ``stands``: neither cancelled nor returned whole. ``part_of``
    names the fact that counts instead of this one, ``twin`` the one that this one counts for: an
    order and the till's record of it are one purchase.
    Units: ``amount`` in kopecks, points in ten-thousandths; both as told, a return's amount above
    zero and its points as the processor signs them.
    """

    id: str
    source: FactSource
    kind: FactKind
    place: Place
    at: datetime
    day: date
    shop: str
    brand: str
    channel: str
    number: str
    amount: int
    currency: str
    buyer: str
    named: str
    earned: int
    spent: int
    of: str
    state: str
    stands: bool
    part_of: str = ""
    twin: str = ""

    @property
    def counts(self) -> bool:
        """True when sums hold it."""
        return self.stands and not self.part_of

    @property
    def pair(self) -> str:
        """What the two records of one purchase have in common; empty for what has no second one.

        A site's numbers are unique; tills begin anew each day.
        """
        if not self.number or self.kind is FactKind.RETURN:
            return ""
        day = self.day.isoformat() if self.place is Place.TILL else ""
        return f"{self.place.value}:{day}:{self.number}"


@dataclass(frozen=True, slots=True)
class BuyerFact:
    """The first purchase of a buyer, and how many days later the second one was, if there was."""

    id: str
    day: date
    shop: str
    again_days: int | None = None


@dataclass(frozen=True, slots=True)
class PersonFact:
    """A customer. ``…_day``: since when there is one, ``None`` for no such thing now."""

    id: str
    day: date
    source: str
    phone_day: date | None = None
    email_day: date | None = None
    card_day: date | None = None
    phone_confirmed: bool = False
    email_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class CardFact:
    """A card that is in somebody's hands.

    ``matched_day``: since when it is known in whose; ``holder`` is that customer's id, else empty.
    """

    id: str
    day: date
    matched_day: date | None = None
    holder: str = ""


@dataclass(frozen=True, slots=True)
class SumRow:
    """A sum over a period. Shape: ``period`` begins an ISO date: a month's or a day's."""

    figure: str
    period: str
    shop: str
    tag: str
    value: int


class FactTx(Protocol):
    """Facts in a transaction, and which subjects changed since they were read."""

    def fact_changes(self, *, limit: int) -> Sequence[tuple[int, Subject]]:
        """The oldest changes that no fact shows yet, by their numbers."""

    def drop_fact_changes(self, numbers: Sequence[int]) -> None:
        """Forget changes that facts show now."""

    def count_fact_changes(self) -> int:
        """How many changes no fact shows yet."""

    def fact_subjects(self, stage: str, *, after: str, limit: int) -> Sequence[Subject]:
        """All that facts are made of, in order of ids after that one.

        Shape: ``stage`` is ``entity`` (snapshots of any kind), ``sale``, or ``purchase``: what
        purchases were made of, whether it still exists or not.
        """

    def unknown_buyers(self, *, after: str, limit: int) -> Sequence[str]:
        """Sales whose buyer was named and is nobody whom the gateway knows, in order of ids."""

    def purchase_facts(
        self,
        *,
        ids: Sequence[str] = (),
        pairs: Sequence[str] = (),
        of: Sequence[str] = (),
        buyers: Sequence[str] = (),
        named: Sequence[str] = (),
    ) -> Sequence[PurchaseFact]:
        """Facts of any of these ids, pairs, given back sales, buyers or names, each once."""

    def put_purchase_facts(self, rows: Sequence[PurchaseFact], *, gone: Sequence[str]) -> None:
        """Replace facts by id, and forget the ``gone``."""

    def person_facts(self, ids: Sequence[str]) -> Mapping[str, PersonFact]:
        """Customers by id."""

    def put_person_facts(self, rows: Sequence[PersonFact], *, gone: Sequence[str]) -> None:
        """Replace customers by id, and forget the ``gone``."""

    def card_facts(
        self, ids: Sequence[str], *, holders: Sequence[str] = ()
    ) -> Mapping[str, CardFact]:
        """Cards by id, those of these ids and those in the hands of these customers."""

    def put_card_facts(self, rows: Sequence[CardFact], *, gone: Sequence[str]) -> None:
        """Replace cards by id, and forget the ``gone``."""


class SumTx(Protocol):
    """Sums over facts."""

    def buyer_facts(self, ids: Sequence[str]) -> Mapping[str, BuyerFact]:
        """Buyers as they are summed up now."""

    def first_purchases(self, ids: Sequence[str]) -> Mapping[str, BuyerFact]:
        """Buyers as their counting purchases tell."""

    def put_buyer_facts(self, rows: Sequence[BuyerFact], *, gone: Sequence[str]) -> None:
        """Replace buyers by id, and forget the ``gone``."""

    def add_fact_sums(self, changes: Mapping[SumKey, int]) -> None:
        """Add to sums."""

    def fact_sums(
        self,
        figures: Sequence[str],
        *,
        since: date | None,
        until: date,
        shop: str | None,
        by_month: bool,
    ) -> Sequence[SumRow]:
        """Sums from ``since`` on and before ``until``, by month or by day.

        Without ``since`` all before ``until`` is one period, named by an empty text.
        """

    def fact_shops(self) -> Sequence[str]:
        """Names of the shops that occur, in order."""

    def decided_letters(
        self, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[tuple[datetime, datetime, str]]:
        """(opened, closed, state) of letters that were closed then, the newest first."""


class FactExportTx(Protocol):
    """Facts as other programs read them."""

    def fact_columns(self, what: str) -> Sequence[str]:
        """Names of the columns of ``purchases``, ``people`` or ``cards``; the id comes first."""

    def fact_rows(self, what: str, *, after: str, limit: int) -> Sequence[tuple[object, ...]]:
        """Rows of facts in order of ids, after that one."""


class ReportTx(FactTx, SumTx, FactExportTx, Protocol):
    """Facts and sums in a transaction of the store."""
