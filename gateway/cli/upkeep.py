"""Upkeep: the duties of a working process beside the synchronisation, each under its lease."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.bootstrap.alerting import build_alerting
from gateway.bootstrap.counting import counting
from gateway.bootstrap.erasing import go_on_with_erasures
from gateway.bootstrap.forms import Forms
from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import house_keeping
from gateway.bootstrap.merging import ask_about_merges, build_asker, go_on_with_merges
from gateway.bootstrap.reports import build_builder
from gateway.bootstrap.running import Gateway
from gateway.bus import KombuBus
from gateway.contract import StoreError
from gateway.ids import sortable_id
from gateway.ops.retention import Retention


def upkeep(gateway: Gateway, forms: Forms | None) -> list[asyncio.Task[Any]]:
    """Start all of them; cancel the tasks to end them."""
    foundation = gateway.foundation
    tasks = [asyncio.create_task(_retained(foundation, sortable_id()), name="retention")]
    tasks.append(alerting(gateway))
    reports = build_builder(foundation, sortable_id())
    tasks.append(asyncio.create_task(reports.run(), name="reports"))
    house = house_keeping(foundation, gateway.operations, sortable_id())
    if house is not None:
        tasks.append(asyncio.create_task(house.run(), name="house"))
    if forms is not None:
        tasks.append(asyncio.create_task(forms.duty.run(), name="forms"))
    tasks.append(asyncio.create_task(go_on_with_merges(foundation), name="merges"))
    asker = build_asker(foundation)
    if asker is not None:
        tasks.append(asyncio.create_task(ask_about_merges(foundation, asker), name="asking"))
    tasks.append(asyncio.create_task(go_on_with_erasures(foundation), name="erasures"))
    tasks += counting(foundation, sortable_id())
    return tasks


async def _retained(foundation: Foundation, holder: str) -> None:
    retention = Retention(
        foundation.store, foundation.config.retention, clock=foundation.clock, holder=holder
    )
    while True:
        try:
            counts = await retention.purge_when_due()
        except StoreError as error:
            foundation.log.warning("retention.postponed", cause=str(error))
        else:
            if counts:
                foundation.log.info("retention.purged", **counts)
        await asyncio.sleep(Retention.PERIOD_S)


def alerting(gateway: Gateway) -> asyncio.Task[None]:
    """Look for what is wrong. Raises ``ConfigInvalid`` for an address that cannot be reached."""
    bus = gateway.bus.health if isinstance(gateway.bus, KombuBus) else None
    watch = build_alerting(gateway.foundation, gateway.operations, bus=bus, holder=sortable_id())
    return asyncio.create_task(watch.run(), name="alerts")
