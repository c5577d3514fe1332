"""Reading: what changed is read and made into facts, with all that must be looked at with it.

A sale names its buyer by a phone, a card or a processor's id, so whose purchase it is may change
with the customer; so may whose card a card is. A sale that retention has deleted is remembered by
its fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.canonical import Kind
from gateway.loyalty.stories import Stories, member_of
from gateway.ops.report_facts import Zones, card_fact, order_fact, person_fact, sale_fact
from gateway.ports import COUNTED_PROGRESS, EntityRow, SaleRow, Tx
from gateway.ports.reports import (
    SALE_SUBJECT,
    CardFact,
    FactSource,
    PersonFact,
    PurchaseFact,
    Subject,
)
from gateway.sync.lookup import CARD, EMAIL, PHONE, Digester

MEMBER = "member"
"""Sort of the digests of processors' ids of members."""
_FOUND_BY = (PHONE, EMAIL, CARD)


@dataclass(slots=True)
class Read:
    """What subjects are now, by id; ``None`` for what reports do not count (any more)."""

    purchases: dict[str, PurchaseFact | None] = field(default_factory=dict)
    people: dict[str, PersonFact | None] = field(default_factory=dict)
    cards: dict[str, CardFact | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads subjects; changes nothing."""

    digester: Digester
    stories: Stories
    zones: Zones

    def read(self, tx: Tx, subjects: Iterable[Subject]) -> Read:
        """Return subjects, and what depends on them, as they are now."""
        wanted = _by_kind(subjects)
        done = Read()
        customers = _living(tx, wanted[Kind.CUSTOMER])
        for one in wanted[Kind.CUSTOMER]:
            done.people[one] = person_fact(customers[one], self.zones) if one in customers else None
        self._read_orders(tx, wanted[Kind.ORDER], done)
        sales = {*wanted[SALE_SUBJECT], *self._bought(tx, wanted[Kind.CUSTOMER], customers)}
        self._read_sales(tx, _with_returns(tx, sales), done)
        cards = {*wanted[Kind.CARD], *self._carried(tx, wanted[Kind.CUSTOMER], customers)}
        self._read_cards(tx, sorted(cards), done)
        return done

    def _read_orders(self, tx: Tx, ids: Sequence[str], done: Read) -> None:
        found = tx.entities(ids)
        for one in ids:
            done.purchases[one] = order_fact(found[one], self.zones) if one in found else None

    def _read_sales(self, tx: Tx, ids: Sequence[str], done: Read) -> None:
        rows = tx.sales(ids)
        known = {**rows, **tx.sales(_missing(rows, (row.of for row in rows.values())))}
        # What is not settled is not noted as a change, so nothing may depend on it.
        sold = {key: row for key, row in known.items() if row.progress in COUNTED_PROGRESS}
        buyers = self.stories.people(tx, list(rows.values()), sold=sold)
        for key, row in rows.items():
            named = self._named(row, sold.get(row.of, row))
            done.purchases[key] = sale_fact(
                row, sold=sold.get(row.of), buyer=buyers.get(key, named), named=named,
                zones=self.zones,
            )  # fmt: skip
        done.purchases |= self._remembered(tx, [one for one in ids if one not in rows])

    def _read_cards(self, tx: Tx, ids: Sequence[str], done: Read) -> None:
        found = tx.entities(ids)
        digests = {
            one: self.digester.digest(CARD, str(row.fields["number"]))
            for one, row in found.items()
            if row.fields.get("number")
        }
        matched = tx.match(sorted(set(digests.values())))
        holders = _living(tx, sorted({one for ids in matched.values() for one in ids} - {*ids}))
        for one in ids:
            row = found.get(one)
            of = [holders[key] for key in matched.get(digests.get(one, ""), ()) if key in holders]
            carried = [other for other in of if other.kind is Kind.CUSTOMER]
            done.cards[one] = None if row is None else card_fact(row, carried, self.zones)

    def _named(self, row: SaleRow, sold: SaleRow) -> str:
        """Return the digest under which a sale's buyer was named, empty for nobody."""
        for sort, value in member_of(sold).items():
            if sort in _FOUND_BY:
                return self.digester.digest(sort, str(value))
            return self.digester.digest(MEMBER, f"{row.processor}:{value}")
        return ""

    def _bought(
        self, tx: Tx, ids: Sequence[str], customers: Mapping[str, EntityRow]
    ) -> Iterable[str]:
        """Return the sales of customers as known before, and as their contacts tell now."""
        digests = self._digests(customers, _FOUND_BY)
        facts = tx.purchase_facts(buyers=ids, named=digests)
        return [one.id for one in facts if one.source is FactSource.SALE]

    def _carried(
        self, tx: Tx, ids: Sequence[str], customers: Mapping[str, EntityRow]
    ) -> Iterable[str]:
        """Return the cards of customers as known before, and as they carry now."""
        matched = tx.match(self._digests(customers, (CARD,)))
        found = {one for ids in matched.values() for one in ids}
        known = _living(tx, sorted(found - {*customers}))
        now = [one for one, row in known.items() if row.kind is Kind.CARD]
        return [*now, *tx.card_facts([], holders=ids)]

    def _digests(self, customers: Mapping[str, EntityRow], sorts: Sequence[str]) -> list[str]:
        return [
            digest
            for row in customers.values()
            for digest in self.digester.of_entity(Kind.CUSTOMER, row.fields)
            if digest.startswith(tuple(f"{sort}:" for sort in sorts))
        ]

    def _remembered(self, tx: Tx, ids: Sequence[str]) -> Mapping[str, PurchaseFact]:
        """Return facts of sales that are no longer stored; whose they are may change still."""
        facts = tx.purchase_facts(ids=ids)
        matched = tx.match(sorted({one.named for one in facts if one.named}))
        people = _living(tx, sorted({one.buyer for one in facts if one.buyer != one.named}))
        found: dict[str, PurchaseFact] = {}
        for one in facts:
            day = self.zones.day(one.at, one.shop)
            known = [key for key in matched.get(one.named, ()) if key.startswith("c-")]
            is_kept = not one.named or (_is_member(one.named) and one.buyer in people)
            buyer = known[0] if len(known) == 1 else one.buyer if is_kept else one.named
            found[one.id] = replace(one, day=day, buyer=buyer)
        return found


def _is_member(named: str) -> bool:
    return named.startswith(f"{MEMBER}:")


def _by_kind(subjects: Iterable[Subject]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {kind: set() for kind in (*map(str, Kind), SALE_SUBJECT)}
    for kind, subject in subjects:
        found[kind].add(subject)
    return {kind: sorted(ids) for kind, ids in found.items()}


def _living(tx: Tx, ids: Sequence[str]) -> dict[str, EntityRow]:
    return {one: row for one, row in tx.entities(ids).items() if not row.deleted}


def _with_returns(tx: Tx, ids: set[str]) -> list[str]:
    """Add the returns of sales: they are of the same buyer."""
    return sorted(ids | {one.id for one in tx.purchase_facts(of=sorted(ids))})


def _missing(known: Mapping[str, SaleRow], ids: Iterable[str]) -> list[str]:
    return sorted({one for one in ids if one and one not in known})
