"""Sales of tills: the last version counts, and the settler finds what is open."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ports import Asked, SaleKind, SaleProgress, SaleRow
from gateway.store import Sealer, SqlStore, open_store
from tests.store.conftest import KEY
from tests.store.rows import NAME, PHONE, HeldClock, later, sale
from tests.stores import upgrade

P = SaleProgress


async def _put(store: SqlStore, *rows: SaleRow) -> None:
    await store.run(lambda tx: tx.put_sales(rows))


async def _swap(store: SqlStore, *rows: SaleRow) -> list[bool]:
    return list(await store.run(lambda tx: tx.swap_sales(rows)))


async def _found(store: SqlStore, *keys: str) -> dict[str, SaleRow]:
    ids = [f"till-1:{key}" for key in keys]
    return dict(await store.read(lambda tx: tx.sales(ids)))


async def test_a_sale_comes_back_as_it_was(store: SqlStore) -> None:
    """A receipt would be told to the processor otherwise than the till closed it."""
    east = timezone(timedelta(hours=7))
    full = sale(
        "a",
        kind=SaleKind.REFUND,
        of="till-1:b",
        at=datetime(2026, 3, 2, 19, 0, tzinfo=east),
        attempts=3,
        unknown=True,
        cause_code="away",
        cause="нет ответа",
        remedy="подождите",
    )
    bare = sale("b", due_at=None, content={}, kept={}, asked={})
    await _put(store, full, bare)
    found = await _found(store, "a", "b", "none")
    assert found == {"till-1:a": full, "till-1:b": bare}
    assert await store.read(lambda tx: tx.sale_versions(["till-1:a", "x"])) == {"till-1:a": 1}


async def test_what_a_vendor_wrote_cannot_block_the_table(store: SqlStore) -> None:
    """One answer with a null character would keep every later sale from the store."""
    await _put(store, sale("a", cause="no\0pe", content={"note": "n\0"}))
    found = (await _found(store, "a"))["till-1:a"]
    assert (found.cause, found.content) == ("no\ufffdpe", {"note": "n\0"})


async def test_who_bought_and_what_was_asked_is_sealed(tmp_path: Path) -> None:
    """A stolen database would name the customers."""
    path = tmp_path / "gateway.db"
    upgrade(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}", sealer=Sealer([KEY]), clock=HeldClock())
    await _put(store, sale("a", kept={"card": PHONE}, asked={"s": Asked("digest-1", "key-1")}))
    await store.close()
    raw = path.read_bytes()
    assert b"till-1:a" in raw
    for secret in (NAME, PHONE, "digest-1", "key-1"):
        assert secret.encode() not in raw


async def test_an_earlier_version_never_replaces_a_later_one(store: SqlStore) -> None:
    """A move that is repeated would reopen a sale that is closed."""
    await _put(store, sale("a", 3), sale("a", 2), sale("b", 1), sale("a", 1))
    await _put(store, sale("a", 2), sale("a", 3, cause="other"), sale("b", 2))
    assert await _found(store, "a", "b") == {
        "till-1:a": sale("a", 3),
        "till-1:b": sale("b", 2),
    }


MOVES = st.lists(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 6)), max_size=6), max_size=8
)


@given(moves=MOVES)
@settings(max_examples=60, deadline=None)
def test_any_order_of_moves_ends_in_the_highest_version(
    moves: Sequence[Sequence[tuple[str, int]]],
) -> None:
    """What is moved late or twice would undo what came after it."""

    async def play(url: str) -> dict[str, int]:
        store = open_store(url, sealer=Sealer([KEY]), clock=HeldClock(), group_ms=0)
        try:
            for move in moves:
                await _put(store, *(sale(key, version) for key, version in move))
            found = await _found(store, "a", "b", "c")
            assert all(row.kept == {"ticket": row.version} for row in found.values())
            return {key[-1]: row.version for key, row in found.items()}
        finally:
            await store.close()

    best: dict[str, int] = {}
    for key, version in (one for move in moves for one in move):
        best[key] = max(version, best.get(key, 0))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/gateway.db"
        upgrade(url)
        assert asyncio.run(play(url)) == best


async def test_only_the_next_version_is_swapped_in(store: SqlStore) -> None:
    """Two processes would both commit one sale."""
    assert await _swap(store, sale("a", 2), sale("b", 1)) == [False, True]
    assert await _swap(store, sale("b", 1), sale("a", 1), sale("b", 3)) == [False, True, False]
    assert await _swap(store, sale("b", 2), sale("b", 2, cause="x"), sale("b", 3)) == [
        True,
        False,
        True,
    ]
    assert await _found(store, "a", "b") == {"till-1:a": sale("a", 1), "till-1:b": sale("b", 3)}
    assert await _swap(store) == []


async def test_the_settler_finds_what_is_due_in_the_order_of_the_till(store: SqlStore) -> None:
    """A cancel would overtake the sale that it undoes, or an open sale would be forgotten."""
    rows = [
        sale("late", place=3, due_at=later(5)),
        sale("first", place=1, due_at=later(9)),
        sale("done", place=2, due_at=None, progress=P.COMMITTED),
        replace(sale("other", place=2), id="till-0:other", caller="till-0", due_at=later(9)),
    ]
    await _put(store, *rows)

    async def due(at: float, limit: int = 9) -> list[str]:
        found = await store.read(lambda tx: tx.due_sales(now=later(at), limit=limit))
        return [row.id for row in found]

    assert await due(4) == []
    assert await due(5) == ["till-1:late"]
    assert await due(9) == ["till-0:other", "till-1:first", "till-1:late"]
    assert await due(9, 2) == ["till-0:other", "till-1:first"]
    places = await store.read(lambda tx: [tx.last_place(key) for key in ("till-1", "till-0", "x")])
    assert places == [3, 2, 0]


async def test_open_rows_are_read_page_by_page(store: SqlStore) -> None:
    """A start would forget open sales, or read finished ones."""
    await _put(store, *(sale(f"{n}", due_at=later(n) if n % 2 else None) for n in range(7)))
    first = await store.read(lambda tx: tx.open_sales(limit=2))
    rest = await store.read(lambda tx: tx.open_sales(limit=9, after=first[-1].id))
    assert [row.id for row in (*first, *rest)] == ["till-1:1", "till-1:3", "till-1:5"]


async def test_people_see_the_last_changes_first(store: SqlStore) -> None:
    """An operator would search for what happened just now."""
    await _put(
        store,
        sale("a", changed_at=later(1)),
        sale("b", changed_at=later(3), processor="house"),
        sale("c", changed_at=later(2), progress=P.DEAD, due_at=None),
        sale("d", changed_at=later(4), progress=P.COMMITTED, due_at=None),
        sale("e", changed_at=later(5), progress=P.DEAD, due_at=None),
    )

    async def listed(
        progress: SaleProgress | None, processor: str | None = None, limit: int = 9
    ) -> str:
        found = await store.read(
            lambda tx: tx.list_sales(progress=progress, processor=processor, limit=limit)
        )
        return "".join(row.id[-1] for row in found)

    assert await listed(None) == "edbca"
    assert await listed(None, "loyalty", 3) == "edc"
    assert await listed(P.DEAD) == "ec"
    assert await listed(P.RESERVED, "house") == "b"
    counts = await store.read(lambda tx: tx.count_sales())
    assert counts == {("loyalty", "reserved"): 1, ("house", "reserved"): 1, ("loyalty", "dead"): 2}


async def test_purge_keeps_what_is_open_dead_or_young(store: SqlStore) -> None:
    """Retention would delete a sale that somebody still has to decide about."""
    ended = replace(sale("old"), due_at=None, progress=P.COMMITTED)
    older = replace(ended, id="till-1:older", changed_at=later(-5), progress=P.CANCELLED)
    await _put(
        store,
        ended,
        older,
        replace(ended, id="till-1:young", changed_at=later(9)),
        sale("open"),
        sale("asked", progress=P.COMMITTED),
        sale("dead", due_at=None, progress=P.DEAD),
    )

    async def purge() -> int:
        return await store.run(lambda tx: tx.purge_sales(before=later(1), limit=1))

    assert await purge() == 1
    assert "till-1:older" not in await _found(store, "older", "old")
    assert [await purge(), await purge()] == [1, 0]
    left = await _found(store, "old", "older", "young", "open", "asked", "dead")
    assert sorted(key[7:] for key in left) == ["asked", "dead", "open", "young"]
