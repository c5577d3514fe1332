"""What a full load says by silence: goods that it leaves out are not sold any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.connectors.onec.exchange import seen
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.files import catalogue, good, offer, package


async def test_goods_that_a_full_load_leaves_out_are_switched_off(shop: Shop) -> None:
    """A product that 1C does not sell any more stays on the shelf of the shop for ever."""
    served, onec = await shop.open()
    first = (good("1"), good("2")), (offer("1"), offer("2#a"), offer("2#b"))
    await onec.catalogue(("import.xml", catalogue(first[0])), ("offers.xml", package(first[1])))
    later = int(onec.timestamp) + 5
    deactivate = f"type=catalog&mode=deactivate&timestamp={later}"
    assert await onec.said(deactivate) == "success\nОбработано записей: 0.\n"

    await _forget_seconds(shop, 10)
    await onec.catalogue(
        ("import.xml", catalogue([good("1")])), ("offers.xml", package([offer("2#a")]))
    )
    deactivate = f"type=catalog&mode=deactivate&timestamp={onec.timestamp}"
    assert await onec.said(deactivate) == "success\nОбработано записей: 2.\n"
    found = await seen.products(served, ["1", "2", "2#a", "2#b"])
    assert {id_: one.get("active") for id_, one in found.items()} == {
        "1": None, "2": False, "2#a": None, "2#b": False,
    }  # fmt: skip
    assert await onec.said(deactivate) == "success\nОбработано записей: 0.\n"
    await onec.catalogue(("import.xml", catalogue([good("2")], only_changes=True)))
    assert (await seen.products(served, ["2"]))["2"]["active"] is True


async def test_changes_alone_switch_nothing_off(shop: Shop) -> None:
    """After a file with one changed price the whole shop is empty."""
    served, onec = await shop.open()
    await onec.catalogue(("import.xml", catalogue([good("1"), good("2")])))
    await _forget_seconds(shop, 10)
    await onec.catalogue(("import.xml", catalogue([good("1")], only_changes=True)))
    deactivate = f"type=catalog&mode=deactivate&timestamp={onec.timestamp}"
    assert await onec.said(deactivate) == "success\nОбработано записей: 0.\n"
    assert "active" not in (await seen.products(served, ["2"]))["2"]


async def _forget_seconds(shop: Shop, seconds: int) -> None:
    """Let what was brought so far be that much older."""
    with closing(sqlite3.connect(shop.spool / "book.db")) as base, base:
        base.execute("update goods set seen = seen - ?", (seconds,))
        base.execute("update loads set at = at - ?", (seconds,))


async def test_deleted_product_is_switched_off(shop: Shop) -> None:
    """1C marks a product as deleted, and the shop goes on selling it."""
    served, onec = await shop.open()
    await onec.catalogue(("import.xml", catalogue([good("1"), good("2")])))
    gone = good("1").replace("<Товар>", '<Товар Статус="Удален">')
    await onec.catalogue(("import.xml", catalogue([gone], only_changes=True)))
    found = await seen.products(served, ["1", "2"])
    assert (found["1"]["active"], found["2"].get("active")) == (False, None)
