"""Merging: merges of persons, put together over a foundation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.bootstrap.till_extras import own_codes
from gateway.contract import StoreError
from gateway.identity.merging.estate import NOTHING, Estate
from gateway.identity.merging.service import Merging
from gateway.identity.merging.vendors import VendorMerges
from gateway.ids import sortable_id
from gateway.loyalty.house.estate import HouseEstate
from gateway.ops.merges import MergeCodes, MergeDesk
from gateway.ports import Wake

_PERIOD_S = 5.0


def build_merging(foundation: Foundation, wake: Callable[[Sequence[Wake]], None]) -> Merging:
    """Return the service that carries merges out."""
    section = foundation.config.merge
    estate: Estate = NOTHING
    if foundation.config.house is not None:
        estate = HouseEstate(build_house(foundation).programme)
    return Merging(
        foundation.store, foundation.clock, foundation.applier, sortable_id, section.confirm,
        section.confirm_s, wake, estate,
    )  # fmt: skip


def build_merge_desk(foundation: Foundation, wake: Callable[[Sequence[Wake]], None]) -> MergeDesk:
    """Return the desk of merges; codes are made when the first one is needed."""
    made: list[MergeCodes] = []

    def codes() -> MergeCodes | None:
        if foundation.config.codes.mode != "own":
            return None
        if not made:
            made.append(own_codes(foundation))
        return made[0]

    merging = build_merging(foundation, wake)
    return MergeDesk(foundation.store, foundation.clock, merging, codes)


async def go_on_with_merges(foundation: Foundation) -> None:
    """Look at vendors' merges and do confirmed ones, until cancelled; the relay wakes."""
    merging = build_merging(foundation, lambda _: None)
    vendors = VendorMerges(
        foundation.store, foundation.clock, foundation.applier, merging,
        foundation.config.merge.vendors, lambda _: None,
    )  # fmt: skip
    while True:
        try:
            await vendors.work_off()
            await merging.work_off()
        except StoreError as error:
            foundation.log.warning("merges.postponed", cause=str(error))
        await asyncio.sleep(_PERIOD_S)
