"""Prices that change between the reckoning of a sale and its saving."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway.contract import (
    Kept,
    OutcomeUnknown,
    Rejected,
    Sale,
    SaleState,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, inspected, journal
from tests.connectors.mindbox.sales import (
    MINUS,
    PLAIN,
    SALE,
    loyalty,
    stored,
)


async def meanwhile(
    project: Bench, sale: Sale, deed: Callable[[], Awaitable[None]], *more: dict[str, Any]
) -> Kept:
    """Reserve a sale, and do a deed at the vendor between its reckoning and its saving."""
    await project.faults(
        {"kind": "delay", "path": "CreateAuthorizedOrder", "times": 1, "delay_s": 0.7},
        *more,
    )
    task = asyncio.create_task(loyalty(project).reserve(sale, key="k-1"))
    while not [one for one in await journal(project) if one["op"] == "Offline.AuthorizedPreorder"]:
        pass
    await deed()
    kept: Kept = await task
    return kept


@pytest.mark.parametrize("place", ["order", "envelope"])
async def test_price_that_changed_is_reckoned_again(open_project: OpenProject, place: str) -> None:
    """The sale is refused at the till, or saved at a price that nobody saw."""
    project = await open_project(price_changed_place=place)

    async def stop() -> None:
        await project.act("promotion.stop", externalId="SPR26")

    kept = await meanwhile(project, SALE, stop)
    assert kept.state is SaleState.RESERVED
    # Goods 6240 without the code, points 594.
    assert (await stored(project))["totalPrice"] == 5646
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize("form", ["priceChanged", "validation", "protocol400"])
async def test_line_that_must_be_split_is_reckoned_again(
    open_project: OpenProject, form: str
) -> None:
    """A promotion that began this minute fails every sale of three."""
    project = await open_project(split_error=form)

    async def start() -> None:
        await project.seed(promotions=[MINUS])

    await meanwhile(project, PLAIN, start)
    row = await stored(project, "A-1600")
    assert [(one["lineId"], one["quantity"], one["priceOfLine"]) for one in row["lines"]] in (
        [("1", 1, 1166.66), ("1~2", 2, 2333.34)],
        [("1", 2, 2333.34), ("1~2", 1, 1166.66)],
    )
    assert row["totalPrice"] == 3500


async def test_price_that_changes_for_ever_is_told(project: Bench) -> None:
    """The till tries for ever, with the customer before it."""
    body = '{"status":"Success","order":{"processingStatus":"PriceHasBeenChanged"}}'
    rule = {"kind": "status", "path": "CreateAuthorizedOrder", "status": 200, "body": body}
    await project.faults(rule)
    with pytest.raises(Rejected) as caught:
        await loyalty(project).reserve(SALE, key="k-1")
    assert caught.value.vendor_code == "PriceHasBeenChanged"
    assert await inspected(project, "orders") == []


async def test_used_up_code_of_a_refused_save_is_no_sale(open_project: OpenProject) -> None:
    """A vendor that keeps the code of a refused save makes the repeat look like a lost sale."""
    project = await open_project(key_after_failure="burned")

    async def stop() -> None:
        await project.act("promotion.stop", externalId="SPR26")

    lost = {"kind": "cut_before", "path": "CreateAuthorizedOrder", "times": 1}
    with pytest.raises(OutcomeUnknown):
        await meanwhile(project, SALE, stop, lost)
    assert await inspected(project, "orders") == []
    kept = await loyalty(project).reserve(SALE, key="k-1")

    assert kept.state is SaleState.RESERVED
    assert (await stored(project))["totalPrice"] == 5646
