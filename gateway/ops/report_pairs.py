"""Pairs: two records of one purchase, of which reports count one. Pure.

A site's order that went through the checkout is an order and a sale; a receipt that 1C tells of is
an order, and a sale when its till speaks to the gateway. Nothing but the number tells that they are
one. Of a site's purchase the order counts, which knows what became of it; of a till's the sale
does, which knows who was named. What points moved the sale knows best in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from gateway.ports.reports import FactKind, FactSource, Place, PurchaseFact


def paired(facts: Iterable[PurchaseFact]) -> dict[str, PurchaseFact]:
    """Return purchases by id, told which counts for which.

    ``facts`` are all of each ``pair`` that occurs among them; returns are left out.
    """
    found: dict[str, PurchaseFact] = {}
    groups: dict[str, list[PurchaseFact]] = {}
    for fact in facts:
        if fact.kind is FactKind.PURCHASE:
            found[fact.id] = replace(fact, part_of="", twin="")
            if fact.pair and fact.stands:
                groups.setdefault(fact.pair, []).append(found[fact.id])
    for group in groups.values():
        for counting, other in _couples(group):
            found[counting.id] = replace(found[counting.id], twin=other.id)
            found[other.id] = replace(found[other.id], part_of=counting.id)
    return found


def following(
    returns: Iterable[PurchaseFact], sold: Mapping[str, PurchaseFact]
) -> dict[str, PurchaseFact]:
    """Return returns by id: one of a sale that does not count does not count either.

    The order that counts instead tells by itself what came back.
    """
    return {
        one.id: replace(one, part_of=sold[one.of].part_of if one.of in sold else "")
        for one in returns
    }


def _couples(group: list[PurchaseFact]) -> Iterable[tuple[PurchaseFact, PurchaseFact]]:
    """Couple each order with the sale nearest in time that has none yet: (counting, other)."""
    orders = sorted((one for one in group if one.source is FactSource.ORDER), key=_when)
    sales = sorted((one for one in group if one.source is FactSource.SALE), key=_when)
    for order in orders:
        if not sales:
            return
        at = order.at
        sale = min(sales, key=lambda one: (abs(one.at - at), one.id))
        sales.remove(sale)
        yield (order, sale) if order.place is Place.ONLINE else (sale, order)


def _when(fact: PurchaseFact) -> tuple[datetime, str]:
    return fact.at, fact.id
