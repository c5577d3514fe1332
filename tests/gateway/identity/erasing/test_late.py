"""Sales that come late: a till's own log brings nobody back who was erased meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.identity.erasing.late import LateSales
from gateway.loyalty.stories import Stories
from gateway.ports import SaleProgress, SaleRow, Tx
from gateway.store import Sealer, SqlStore, StoreSaleLog, open_sale_log
from tests.gateway.identity.erasing.planting import (
    CARD,
    DIGESTER,
    EMAIL,
    OLD_PHONE,
    PHONE,
    found_in,
    neighbour,
    plant,
)
from tests.gateway.identity.erasing.test_erasing import begun, erasing, settle
from tests.store.conftest import OpenStore
from tests.store.rows import NOON, HeldClock, later, sale
from tests.store.sale_logs import Events, MoodyStore
from tests.store.test_sale_log import moved
from tests.stores import upgrade

SIEVE = LateSales(DIGESTER)
STRANGER = {"phone": "+79990001122"}


def sold(key: str, member: Mapping[str, str], version: int = 1, **changes: Any) -> SaleRow:
    """Return a sale that is settled."""
    content = {"id": key, "number": f"R-{key}", "member": member, **changes.pop("more", {})}
    ended = {"progress": SaleProgress.COMMITTED, "due_at": None, "processor": "crm"}
    kept = {"reference": f"r-{key}", "points_earned": "7.00"}
    return sale(key, version, **({"content": content, "kept": kept} | ended | changes))


def left_of(key: str, version: int = 1) -> SaleRow:
    """Return what stays of such a sale: its money and numbers, and nobody."""
    row = sold(key, {}, version)
    return replace(row, content={"id": key, "number": f"R-{key}"})


NAMED = {"phone": PHONE}, {"email": EMAIL.upper()}, {"card": CARD}, {"external_id": "17"}
HIS = [sold(f"{n}", member) for n, member in enumerate((*NAMED, {"phone": OLD_PHONE}))]
TOLD = {"lines": [{"id": "1", "discounts": [{"id": f"card:{CARD}", "amount": "5"}]}]}
OTHERS = [
    sold("other", STRANGER), sold("nobody", {}),
    sold("again", {"phone": PHONE}, at=later(60), changed_at=later(60)),
    sold("promo", STRANGER, more={"promo_codes": [CARD, "SPRING"]}),
    sold("told", {"phone": PHONE}, more=TOLD, kept={"reference": "r", "note": f"to {EMAIL}"}),
    sold("open", {"phone": PHONE}, progress=SaleProgress.COMMITTING),
]  # fmt: skip


async def test_a_sale_that_comes_late_comes_without_its_buyer(
    store: SqlStore, clock: HeldClock, url: str, sealer: Sealer, tmp_path: Path
) -> None:
    """P8: the shop's till was cut off for an hour, and what it brings names the forgotten."""
    await store.run(plant)
    await store.run(neighbour)
    moody, path = MoodyStore(store), tmp_path / "sales.db"
    moody.mood = "away"
    log = await open_sale_log(
        path, moody, sealer=sealer, log=Events(), story=Stories(DIGESTER), sieve=SIEVE
    )
    await log.write([*HIS, *OTHERS])
    service = erasing(store, clock)
    await begun(service)
    await settle(store, clock)
    clock.move(30)
    await service.work_off()
    assert found_in(url, sealer) == set()
    moody.mood = "forgetful"  # a death between the store's commit and the file: it is moved again
    await moved(log)
    await log.write([sold("open", {"phone": PHONE}, 2)])
    await moved(log)
    await log.close()

    kept = await store.read(lambda tx: tx.sales([row.id for row in (*HIS, *OTHERS)]))
    by_key = {row.id.partition(":")[2]: row for row in kept.values()}
    assert [by_key[f"{n}"] for n in range(5)] == [left_of(f"{n}") for n in range(5)]
    assert by_key["open"] == left_of("open", 2), "its settled version brought him back"
    assert [by_key["other"], by_key["nobody"], by_key["again"]] == OTHERS[:3]
    assert by_key["promo"].content["promo_codes"] == ["", "SPRING"]
    assert by_key["told"].kept == {"reference": "r"}
    assert by_key["told"].content["lines"] == [{"id": "1", "discounts": [{"amount": "5"}]}]
    await store.run(lambda tx: tx.put_sales([replace(by_key["again"], version=9, content={})]))
    assert found_in(url, sealer) == set()
    await _assert_empty(path, sealer)


async def _assert_empty(path: Path, sealer: Sealer) -> None:
    """See that the file itself holds no sale any more."""
    again = await open_sale_log(path, MoodyStore(None), sealer=sealer, log=Events())  # type: ignore[arg-type]
    assert again.waiting == 0
    await again.close()


@pytest.mark.services
async def test_a_sale_that_is_being_stored_meanwhile_is_searched(
    postgres_schema: str, open_it: OpenStore, clock: HeldClock, sealer: Sealer
) -> None:
    """The search would have passed its table a moment before it came in."""
    upgrade(postgres_schema)
    here, there = open_it(postgres_schema), open_it(postgres_schema)
    await here.run(plant)
    looked, go_on = threading.Event(), threading.Event()

    def slowly(tx: Tx, rows: Sequence[SaleRow]) -> Sequence[SaleRow]:
        found = SIEVE(tx, rows)
        looked.set()
        assert go_on.wait(30)
        return found

    row = sold("late", {"phone": PHONE})
    writing = asyncio.create_task(StoreSaleLog(here, sieve=slowly).write([row]))
    await asyncio.to_thread(looked.wait, 30)
    service = erasing(there, clock)
    erased = asyncio.create_task(begun(service))
    async with asyncio.timeout(30):
        while not (erased.done() or await asyncio.to_thread(_waits, postgres_schema)):  # noqa: ASYNC110 - a lock tells nobody
            await asyncio.sleep(0.01)
    assert not erased.done(), "the erasure does not wait for a sale of his that is being stored"
    go_on.set()
    assert await writing == [True]
    await erased
    await settle(there, clock)
    clock.move(60)
    await service.work_off()
    assert found_in(postgres_schema, sealer) == set()


def _waits(url: str) -> bool:
    """Tell whether anybody waits for another's advisory lock."""
    with psycopg.connect(url) as raw:
        asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        found = raw.execute(asked).fetchone()
    return found is not None and found[0] > 0


async def test_what_named_the_erased_goes_with_the_oldest_sales(store: SqlStore) -> None:
    """Digests of the forgotten would be kept for ever."""
    await store.run(lambda tx: tx.remember_erased(["erased:a", "erased:b"], until=NOON))
    await store.run(lambda tx: tx.remember_erased(["erased:b"], until=later(60)))
    await store.run(lambda tx: tx.remember_erased(["erased:b"], until=NOON))
    known = await store.read(lambda tx: tx.erased_names(["erased:a", "erased:b", "erased:c"]))
    assert known == {"erased:a": NOON, "erased:b": later(60)}
    assert await store.run(lambda tx: tx.purge_erased_names(before=later(9), limit=9)) == 1
    assert await store.read(lambda tx: tx.erased_names(["erased:a"])) == {}
