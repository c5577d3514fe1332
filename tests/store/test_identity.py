"""Who is who: what the store keeps of proofs and pairs, on each engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from gateway.canonical import Kind
from gateway.ports import EntityRow, PairRow, PairState, ProofRow, Tx
from gateway.store import SqlStore
from tests.store.rows import NOON


def pair(one: str, other: str, state: PairState = PairState.OPEN, points: int = 800) -> PairRow:
    """Return what stands about two."""
    findings = {"supports": [["shares_phone", 6.0, {"holders": 2}, "phone:aa"]], "against": []}
    return PairRow((one, other), state, "score", points, findings, NOON, NOON, "scan", "личное")


def customer(name: str, kind: Kind = Kind.CUSTOMER) -> EntityRow:
    """Return somebody."""
    return EntityRow(name, kind, 1, {}, {}, NOON, NOON)


async def test_pairs_come_back_whole_and_the_first_time_is_kept(store: SqlStore) -> None:
    """An operator would see another reason than the one that was found, or a later time."""
    first = pair("a", "b")
    await store.run(lambda tx: tx.put_pairs([first, pair("a", "c"), pair("b", "c")]))
    later = NOON + timedelta(days=1)
    changed = replace(first, state=PairState.SAME, found_at=later, decided_at=later, note="да")
    await store.run(lambda tx: tx.put_pairs([changed]))
    found = await store.read(lambda tx: tx.pairs([("a", "b"), ("x", "y")]))
    assert found == {("a", "b"): replace(changed, found_at=NOON)}
    of_b = await store.read(lambda tx: tx.pairs_of(["b"]))
    assert sorted(row.id for row in of_b) == ["a.b", "b.c"]


async def test_pairs_are_listed_page_by_page_the_most_certain_first(store: SqlStore) -> None:
    """A page would miss a pair of the same points, or show one twice."""
    rows = [
        pair("a", name, points=points)
        for name, points in zip("bcdef", [5, 9, 9, 9, 1], strict=True)
    ]
    await store.run(lambda tx: tx.put_pairs([*rows, pair("y", "z", PairState.APART)]))
    seen: list[str] = []
    below: tuple[int, tuple[str, str]] | None = None

    def page(tx: Tx) -> Sequence[PairRow]:
        return tx.list_pairs(PairState.OPEN, below=below, limit=2)

    while found := await store.read(page):
        seen += [row.id for row in found]
        below = found[-1].points, found[-1].pair
    assert seen == ["a.e", "a.d", "a.c", "a.b", "a.f"]
    counts = await store.read(lambda tx: tx.count_pairs())
    assert counts == {PairState.OPEN: 5, PairState.APART: 1}


async def test_shared_digests_are_those_of_several_customers(store: SqlStore) -> None:
    """A card and its holder would be taken for two people, or a scan never end."""

    def fill(tx: Tx) -> None:
        tx.put_entities([customer(name) for name in "abc"] + [customer("k", Kind.CARD)])
        tx.put_matches({"a": ["phone:1", "card:1", "phone:2"], "b": ["phone:1", "phone:2"],
                        "c": ["phone:2", "email:1"], "k": ["card:1"]})  # fmt: skip

    await store.run(fill)
    read = store.read
    assert await read(lambda tx: tx.shared_digests("phone", after="", limit=9)) == [
        ("phone:1", 2),
        ("phone:2", 3),
    ]
    assert await read(lambda tx: tx.shared_digests("phone", after="phone:1", limit=9)) == [
        ("phone:2", 3)
    ]
    assert await read(lambda tx: tx.shared_digests("phone", after="", limit=1)) == [("phone:1", 2)]
    assert await read(lambda tx: tx.shared_digests("card", after="", limit=9)) == []
    assert await read(lambda tx: tx.count_holders(["card:1", "phone:2", "x:1"])) == {
        "card:1": 1,
        "phone:2": 3,
    }


async def test_proofs_are_replaced_by_digest_and_customer(store: SqlStore) -> None:
    """A line that expired would prove something again."""
    proof = ProofRow("phone:1", "a", "code", "form", NOON)
    other = ProofRow("phone:1", "b", "word", "till", NOON)
    await store.run(lambda tx: tx.put_proofs([proof, other]))
    expired = replace(proof, expired_at=NOON, expired="confirmed_by_another")
    await store.run(lambda tx: tx.put_proofs([expired]))
    assert await store.read(lambda tx: tx.proofs(["a"])) == [expired]
    assert await store.read(lambda tx: tx.proofs(["b", "c"])) == [other]
