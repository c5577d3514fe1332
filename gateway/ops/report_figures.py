"""Figures: what each fact adds to which sum. Pure.

A sum is changed by what a fact adds now less what it added before, in the transaction that changes
the fact; so a sum is always that of the facts, whatever order they came in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from enum import StrEnum

from gateway.ports.reports import (
    BuyerFact,
    CardFact,
    FactKind,
    FactSource,
    PersonFact,
    Place,
    PurchaseFact,
    SumKey,
)

AGAIN_DAYS = (30, 90, 365)
"""Within so many days a second purchase is looked for."""


class Figure(StrEnum):
    """What is summed up.

    What was bought is tagged by its currency, and customers by their source.
    """

    RECEIPTS = "receipts"
    IDENTIFIED = "identified"
    PURCHASES = "purchases"
    KNOWN = "known"
    TURNOVER = "turnover"
    RETURNS = "returns"
    RETURNED = "returned"
    EARNED = "earned"
    SPENT = "spent"
    FIRST = "first"
    AGAIN_30 = "again_30"
    AGAIN_90 = "again_90"
    AGAIN_365 = "again_365"
    PEOPLE = "people"
    WITH_PHONE = "with_phone"
    WITH_EMAIL = "with_email"
    WITH_CARD = "with_card"
    CARDS = "cards"
    MATCHED = "matched"


AGAIN = dict(zip(AGAIN_DAYS, (Figure.AGAIN_30, Figure.AGAIN_90, Figure.AGAIN_365), strict=True))
Sums = Counter[SumKey]


def sums_of(
    purchases: Iterable[PurchaseFact] = (),
    *,
    buyers: Iterable[BuyerFact] = (),
    people: Iterable[tuple[PersonFact, BuyerFact | None]] = (),
    cards: Iterable[CardFact] = (),
) -> Sums:
    """Return what facts add to sums; a customer comes with the buyer that he is, if he is one."""
    total: Sums = Counter()
    for purchase in purchases:
        _add(total, _of_purchase(purchase), purchase.day, purchase.shop)
    for buyer in buyers:
        _add(total, _of_buyer(buyer), buyer.day, buyer.shop)
    for person, first in people:
        for figure, day, tag in _of_person(person):
            total[figure.value, day, first.shop if first is not None else "", tag] += 1
    for card in cards:
        total[Figure.CARDS.value, card.day, "", ""] += 1
        if card.matched_day is not None:
            total[Figure.MATCHED.value, max(card.day, card.matched_day), "", ""] += 1
    return total


def _add(total: Sums, parts: Iterable[tuple[Figure, str, int]], day: date, shop: str) -> None:
    for figure, tag, value in parts:
        total[figure.value, day, shop, tag] += value


def _of_purchase(one: PurchaseFact) -> Iterator[tuple[Figure, str, int]]:
    moves_points = one.source is FactSource.SALE or not (one.part_of or one.twin)
    if one.stands and moves_points:
        yield Figure.EARNED, one.currency, one.earned
        yield Figure.SPENT, one.currency, one.spent
    if not one.counts:
        return
    if one.kind is FactKind.RETURN:
        yield Figure.RETURNS, one.currency, 1
        yield Figure.RETURNED, one.currency, one.amount
        return
    yield Figure.PURCHASES, one.currency, 1
    yield Figure.TURNOVER, one.currency, one.amount
    is_known = int(bool(one.buyer))
    yield Figure.KNOWN, "", is_known
    if one.place is Place.TILL:
        yield Figure.RECEIPTS, "", 1
        yield Figure.IDENTIFIED, "", is_known


def _of_buyer(one: BuyerFact) -> Iterator[tuple[Figure, str, int]]:
    yield Figure.FIRST, "", 1
    for days, figure in AGAIN.items():
        if one.again_days is not None and one.again_days <= days:
            yield figure, "", 1


def _of_person(one: PersonFact) -> Iterator[tuple[Figure, date, str]]:
    """A customer counts from the day on which he came, a contact never before that."""
    yield Figure.PEOPLE, one.day, one.source
    since = (
        (Figure.WITH_PHONE, one.phone_day),
        (Figure.WITH_EMAIL, one.email_day),
        (Figure.WITH_CARD, one.card_day),
    )
    for figure, day in since:
        if day is not None:
            yield figure, max(one.day, day), ""
