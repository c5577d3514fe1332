"""People: one customer with all that is his, read for an export or an erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from gateway.canonical import Customer, Kind
from gateway.identity.erasing.traces import Traces, phone_digits, traces_of
from gateway.identity.merging.join import belongings
from gateway.identity.merging.record import read_record
from gateway.ports import EntityRow, LinkRow, MergeRow, Tx
from gateway.sync.lookup import CARD, EMAIL, PHONE, Digester
from gateway.sync.working_set import WorkingSet

_CUSTOMER, _CARD = "c-", "k-"
"""What canonical ids begin with."""
MEMBER = "member"
"""Sort of the digests by which reports know the members of processors."""


@dataclass(frozen=True, slots=True)
class Person:
    """A living customer, those who went into him, and what is his.

    Shape: ``digests`` are those by which the person alone is found; ``traces`` holds only what no
    other living customer has: a family's phone tells nobody apart.
    """

    customer: EntityRow
    absorbed: Sequence[EntityRow]
    orders: Sequence[EntityRow]
    cards: Sequence[EntityRow]
    links: Sequence[LinkRow]
    merges: Sequence[MergeRow] = field(repr=False)
    digests: Sequence[str]
    traces: Traces = field(repr=False)

    @property
    def ids(self) -> list[str]:
        """His canonical ids."""
        return [self.customer.id, *(one.id for one in self.absorbed)]

    @property
    def rows(self) -> list[EntityRow]:
        """All snapshots that are his."""
        return [self.customer, *self.absorbed, *self.orders, *self.cards]

    @property
    def numbers(self) -> list[str]:
        """His phones, in E.164."""
        return [one.number for one in cast("Customer", self.customer.entity).phones]

    @property
    def addresses(self) -> list[str]:
        """His e-mails."""
        return [one.address for one in cast("Customer", self.customer.entity).emails]


def person_of(tx: Tx, work: WorkingSet, entity_id: str, digester: Digester) -> Person | None:
    """Read a customer; ``None`` for one who is not there, was absorbed or erased."""
    work.load([entity_id])
    customer = work.entities.get(entity_id)
    if customer is None or customer.deleted or customer.kind is not Kind.CUSTOMER:
        return None
    merges = _merges(tx, entity_id)
    gone = [row.absorbed for row in merges if row.absorbed != entity_id]
    work.load(gone)
    absorbed = [work.entities[one] for one in dict.fromkeys(gone) if _is_gone(work, one)]
    theirs = _theirs(tx, customer, digester)
    work.load(theirs)
    theirs = [one for one in theirs if one in work.entities]
    rows = [work.entities[one] for one in theirs]
    digests = [
        digest
        for one in (customer, *_before(merges, customer, absorbed))
        for digest in digester.of_entity(Kind.CUSTOMER, one.fields)
    ]
    ids = {entity_id, *(one.id for one in absorbed)}
    links = [link for (owner, _), link in sorted(work.links.items()) if owner in {*ids, *theirs}]
    people = [customer, *_before(merges, customer, absorbed)]
    traces = _his_alone(tx, traces_of(people, rows), ids, digester, people)
    traces.ids = [*sorted(ids), *theirs]
    for link in links:
        if link.external_id is not None and link.entity_id in ids:
            traces.external.setdefault(link.account, []).append(link.external_id)
    return Person(
        customer, absorbed, [one for one in rows if one.kind is Kind.ORDER],
        [one for one in rows if one.kind is Kind.CARD], links, merges,
        list(dict.fromkeys(digests)), traces,
    )  # fmt: skip


def _theirs(tx: Tx, customer: EntityRow, digester: Digester) -> list[str]:
    """Return the ids of his orders and cards; a directory of cards may not know whose they are."""
    found = dict.fromkeys(one.id for one in belongings(tx, customer.id))
    cards = cast("Customer", customer.entity).cards
    matched = tx.match([digester.digest(CARD, one.number) for one in cards])
    for ids in matched.values():
        if any(one.startswith(_CUSTOMER) and one != customer.id for one in ids):
            continue
        found.update(dict.fromkeys(one for one in ids if one.startswith(_CARD)))
    return list(found)


def _merges(tx: Tx, entity_id: str) -> list[MergeRow]:
    """Return the merges of somebody, and of those who went into him before."""
    found: dict[str, MergeRow] = {}
    wanted, seen = [entity_id], set[str]()
    while wanted:
        rows = tx.merges_of(wanted)
        seen.update(wanted)
        found |= {row.id: row for row in rows}
        into = {row.absorbed for row in rows if row.state == "done" and row.survivor in seen}
        wanted = sorted(into - seen)
    return list(found.values())


def _is_gone(work: WorkingSet, entity_id: str) -> bool:
    one = work.entities.get(entity_id)
    return one is not None and one.deleted


def _before(
    merges: Sequence[MergeRow], customer: EntityRow, absorbed: Sequence[EntityRow]
) -> list[EntityRow]:
    """Return what those who went into him were before, by the records of the merges."""
    gone = {one.id: one for one in absorbed}
    found = []
    for row in merges:
        side = read_record(row.record).absorbed
        if row.absorbed in gone and side:
            found.append(replace(gone[row.absorbed], fields=side["fields"]))
        survivor = read_record(row.record).survivor
        if row.survivor == customer.id and survivor:
            found.append(replace(customer, fields=survivor["fields"]))
    return found


def _his_alone(
    tx: Tx, traces: Traces, ids: set[str], digester: Digester, people: Sequence[EntityRow]
) -> Traces:
    """Leave out what another living customer has too."""
    values: dict[str, tuple[str, str]] = {}
    for one in people:
        customer = cast("Customer", one.entity)
        values |= {digester.digest(PHONE, p.number): ("", p.number) for p in customer.phones}
        values |= {digester.digest(EMAIL, e.address): (EMAIL, e.address) for e in customer.emails}
        values |= {digester.digest(CARD, c.number): (CARD, c.number) for c in customer.cards}
    for digest, owners in tx.match(sorted(values)).items():
        if not any(owner.startswith(_CUSTOMER) and owner not in ids for owner in owners):
            continue
        sort, value = values[digest]
        shared = value.lower()
        traces.emails = [one for one in traces.emails if one != shared or sort != EMAIL]
        traces.cards = [one for one in traces.cards if one != shared or sort != CARD]
        if not sort:
            traces.phones = [one for one in traces.phones if one != phone_digits(value)]
    return traces
