"""Settling: facts as they are now take the place of those before, and the sums follow.

All in one transaction: a process that is killed leaves the facts and sums of before, and whoever
comes next reads the same subjects again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gateway.ops.report_figures import sums_of
from gateway.ops.report_pairs import following, paired
from gateway.ops.report_reading import Read
from gateway.ports import Tx
from gateway.ports.reports import (
    BuyerFact,
    CardFact,
    FactKind,
    PersonFact,
    PurchaseFact,
    SumKey,
)

_LOCK = "reports:facts"


def settle(tx: Tx, read: Read) -> None:
    """Replace facts and change the sums by what differs; nobody else does so at the same time."""
    tx.lock_keys([_LOCK])
    before, after = _purchases(tx, read)
    changed = [one for one in after if after[one] != before.get(one)]
    gone = [one for one in before if one not in after]
    tx.put_purchase_facts([after[one] for one in changed], gone=gone)
    old = [before[one] for one in (*changed, *gone) if one in before]
    new = [after[one] for one in changed]
    touched = sorted({one.buyer for one in (*old, *new) if one.buyer})
    buyers_before, buyers_after = _settle_buyers(tx, touched)
    sums = sums_of(new, buyers=buyers_after.values())
    sums.subtract(sums_of(old, buyers=buyers_before.values()))
    _settle_people(tx, read.people, (buyers_before, buyers_after), sums)
    _settle_cards(tx, read.cards, sums)
    tx.add_fact_sums(sums)


def forget(tx: Tx, customer_id: str, names: Sequence[str]) -> int:
    """Take the digests by which an erased customer was named out of the facts; return how many.

    ``names`` are his digests (``Digester.of_entity``), read before he is erased. His purchases stay
    those of an id that tells nobody who he was. Whoever erases him also rewrites the sales that
    name him, or a later reading would bring the digests back.
    """
    facts = tx.purchase_facts(buyers=[customer_id, *names], named=names)
    settle(tx, Read({one.id: replace(one, buyer=customer_id, named="") for one in facts}))
    return len(facts)


def _purchases(tx: Tx, read: Read) -> tuple[dict[str, PurchaseFact], dict[str, PurchaseFact]]:
    """Return purchases and returns before and after, with all whose pair is touched."""
    new = {key: one for key, one in read.purchases.items() if one is not None}
    before = _by_id(tx.purchase_facts(ids=list(read.purchases)))
    pairs = [one.pair for one in (*before.values(), *new.values()) if one.pair]
    before |= _by_id(tx.purchase_facts(pairs=pairs))
    dropped = read.purchases.keys() - new.keys()
    now = {key: one for key, one in {**before, **new}.items() if key not in dropped}
    sold = paired(now.values())
    returns = _by_id(tx.purchase_facts(of=list(sold)))
    before |= returns
    given = {key: one for key, one in {**returns, **now}.items() if _is_return(one)}
    given = {key: one for key, one in given.items() if key not in dropped}
    elsewhere = tx.purchase_facts(ids=[one.of for one in given.values() if one.of not in sold])
    return before, {**sold, **following(given.values(), {**_by_id(elsewhere), **sold})}


def _settle_buyers(
    tx: Tx, ids: Sequence[str]
) -> tuple[Mapping[str, BuyerFact], Mapping[str, BuyerFact]]:
    """Replace buyers; return them before and after."""
    before, after = tx.buyer_facts(ids), tx.first_purchases(ids)
    changed = [one for key, one in after.items() if one != before.get(key)]
    tx.put_buyer_facts(changed, gone=[one for one in before if one not in after])
    return before, after


def _settle_people(
    tx: Tx,
    read: Mapping[str, PersonFact | None],
    buyers: tuple[Mapping[str, BuyerFact], Mapping[str, BuyerFact]],
    sums: dict[SumKey, int],
) -> None:
    """Replace customers; one is summed up under the shop of the first purchase."""
    before_buying, after_buying = buyers
    moved = [
        key
        for key in {**before_buying, **after_buying}
        if before_buying.get(key) != after_buying.get(key)
    ]
    before = tx.person_facts(sorted({*read, *moved}))
    after = {key: one for key, one in {**before, **read}.items() if one is not None}
    changed = [one for key, one in after.items() if one != before.get(key)]
    tx.put_person_facts(changed, gone=[one for one in before if one not in after])
    rest = sorted({*before, *after} - {*before_buying, *after_buying})
    steady = tx.buyer_facts(rest)
    _change(
        sums,
        sums_of(people=_as_buyers(after.values(), {**steady, **after_buying})),
        sums_of(people=_as_buyers(before.values(), {**steady, **before_buying})),
    )


def _settle_cards(tx: Tx, read: Mapping[str, CardFact | None], sums: dict[SumKey, int]) -> None:
    before = tx.card_facts(sorted(read))
    after = {key: one for key, one in read.items() if one is not None}
    changed = [one for key, one in after.items() if one != before.get(key)]
    tx.put_card_facts(changed, gone=[one for one in before if one not in after])
    _change(sums, sums_of(cards=after.values()), sums_of(cards=before.values()))


def _change(
    sums: dict[SumKey, int], more: Mapping[SumKey, int], less: Mapping[SumKey, int]
) -> None:
    for key, value in more.items():
        sums[key] = sums.get(key, 0) + value
    for key, value in less.items():
        sums[key] = sums.get(key, 0) - value


def _as_buyers(
    people: Iterable[PersonFact], buyers: Mapping[str, BuyerFact]
) -> Iterable[tuple[PersonFact, BuyerFact | None]]:
    return [(one, buyers.get(one.id)) for one in people]


def _by_id(rows: Iterable[PurchaseFact]) -> dict[str, PurchaseFact]:
    return {one.id: one for one in rows}


def _is_return(one: PurchaseFact) -> bool:
    return one.kind is FactKind.RETURN
