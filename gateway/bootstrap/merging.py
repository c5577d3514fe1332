"""Merging: merges of persons, put together over a foundation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from zoneinfo import ZoneInfo

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.bootstrap.till_extras import own_codes
from gateway.config import ConfigProblems, MergePageSection, Problem
from gateway.contract import StoreError
from gateway.identity.merging.answering import Answering
from gateway.identity.merging.asker import Asker
from gateway.identity.merging.asking import FORM, Asking
from gateway.identity.merging.estate import NOTHING, Estate
from gateway.identity.merging.service import Merging
from gateway.identity.merging.vendors import VendorMerges
from gateway.ids import sortable_id
from gateway.loyalty.house.estate import HouseEstate
from gateway.loyalty.limits import Gate, Limit, Window
from gateway.ops.merges import MergeDesk
from gateway.ports import Wake
from gateway.sync.late_buyers import LateBuyers

SHOP_ZONE = "Europe/Moscow"
_PERIOD_S, _ASK_PERIOD_S = 5.0, 30.0
_HOUR_S, _MINUTE_S = 3600.0, 60.0


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
    merging = build_merging(foundation, wake)
    made: list[Asking] = []

    def asking() -> Asking | None:
        if foundation.config.codes.mode != "own":
            return None
        if not made:
            made.append(_asking(foundation, merging))
        return made[0]

    return MergeDesk(foundation.store, foundation.clock, merging, asking)


def build_answering(
    foundation: Foundation, wake: Callable[[Sequence[Wake]], None]
) -> Answering | None:
    """Return what serves the page at which persons answer, ``None`` without ``[merge.page]``.

    Raises ``ConfigProblems`` with all that is wrong, ``ConfigInvalid`` for an account that sends no
    codes.
    """
    page = foundation.config.merge.page
    if page is None:
        return None
    _refuse_problems(foundation)
    asking = _asking(foundation, build_merging(foundation, wake))
    looks, acts = gates_of(page)
    return Answering(foundation.store, foundation.clock, asking, looks, acts)


def build_asker(foundation: Foundation) -> Asker | None:
    """Return what writes to people by itself, ``None`` where nobody wants that. Raises as above."""
    section = foundation.config.merge
    if section.ask == "never":
        return None
    _refuse_problems(foundation)
    asking = _asking(foundation, build_merging(foundation, lambda _: None))
    zone = ZoneInfo(SHOP_ZONE)
    return Asker(foundation.store, foundation.clock, asking, section, zone, foundation.log)


def gates_of(page: MergePageSection) -> tuple[Gate, Gate]:
    """Return what limits who opens the page, and who sends it."""
    looks = Limit((Window(page.limits.check_minute, _MINUTE_S),))
    hour = Limit((Window(page.limits.address_hour, _HOUR_S),))
    whole = Limit((Window(page.limits.whole_minute, _MINUTE_S),))
    return Gate({"address": looks}), Gate({"link": hour, "address": hour, "whole": whole})


def merge_problems(foundation: Foundation) -> Iterator[Problem]:
    """Yield what is wrong with how people are asked about merges."""
    config = foundation.config
    section, page = config.merge, config.merge.page
    if page is None and section.ask == "never":
        return
    if config.codes.mode != "own":
        yield Problem("codes.mode", "merges are confirmed by codes of our own: set it to `own`")
    ways = {"sms": config.codes.sms, "email": config.codes.email}
    for channel in section.confirm:
        if ways[channel] is None:
            text = f"`merge.confirm` names {channel}: name the account that sends codes there"
            yield Problem(f"codes.{channel}", text)
    if page is None:
        return
    if FORM in config.forms:
        yield Problem(f"forms.{FORM}", "this name is the page's of merges: name it otherwise")
    if page.logo is not None and not page.logo.is_file():
        yield Problem("merge.page.logo", "there is no such file: name one that can be read")


async def go_on_with_merges(foundation: Foundation) -> None:
    """Look at late buyers and vendors' merges, do confirmed ones, end unanswered ones; for ever.

    The relay wakes what becomes due.
    """
    merging = build_merging(foundation, lambda _: None)
    vendors = VendorMerges(
        foundation.store, foundation.clock, foundation.applier, merging,
        foundation.config.merge.vendors, lambda _: None,
    )  # fmt: skip

    buyers = LateBuyers(foundation.store, foundation.applier, sortable_id, lambda _: None)

    async def every() -> None:
        await buyers.work_off()
        await vendors.work_off()
        await merging.work_off()
        await merging.lapse()

    await _again(foundation, every, _PERIOD_S)


async def ask_about_merges(foundation: Foundation, asker: Asker) -> None:
    """Write to people by itself, until cancelled."""
    await _again(foundation, asker.round, _ASK_PERIOD_S)


async def _again(
    foundation: Foundation, work: Callable[[], Awaitable[object]], period_s: float
) -> None:
    while True:
        try:
            await work()
        except StoreError as error:
            foundation.log.warning("merges.postponed", cause=str(error))
        await asyncio.sleep(period_s)


def _asking(foundation: Foundation, merging: Merging) -> Asking:
    page = foundation.config.merge.page
    return Asking(
        foundation.store, foundation.clock, merging, own_codes(foundation),
        foundation.sealer.derive("merges"), page.url if page is not None else "",
    )  # fmt: skip


def _refuse_problems(foundation: Foundation) -> None:
    problems = list(merge_problems(foundation))
    if problems:
        raise ConfigProblems(problems)
