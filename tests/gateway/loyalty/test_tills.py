"""Tills over a real store and log: the start and what it refuses, a restart, an operator's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.till_extras import Extras
from gateway.bootstrap.tills import Tills, open_tills
from gateway.config import ConfigProblems
from gateway.contract import Caller, ConfigInvalid, OfflineReceipt, SaleState, Stage
from gateway.loyalty.sale import told_id
from gateway.loyalty.stories import SALE, Stories
from gateway.ops.faults import NotFound, Refused
from gateway.ops.replay import Replayer
from gateway.ops.sales import SaleDesk
from gateway.ports import SaleProgress
from gateway.sync.lookup import Digester
from tests.gateway.loyalty.entries import Entry, Fault
from tests.gateway.loyalty.ledger import Ledger
from tests.gateway.loyalty.world import ANNA, World
from tests.gateway.ops.house import House, house

__all__ = ["house"]

PHONE = ANNA.phone or ""
START = Decimal(500)
WAIT_S = 30.0
TILL = Caller("till-1", "north", deadline_s=20.0)
POS = """
[pos.callers.till-1]
key = { env = "FAKE_TOKEN" }
shop = "north"
scopes = ["read", "sell"]
deadline_ms = 20000
"""
ROUTE = '\n[[loyalty.routes]]\nprocessor = "house"\n'
HOUSE = '\n[[house.tiers]]\nname = "all"\npercent = 3\nshare = 50\n'


@pytest.fixture
def world() -> World:
    """A ledger and a maker of sales."""
    made = World()
    made.ledger.balances[PHONE] = START
    return made


def configured(house: House, text: str) -> None:
    """Add to the configuration."""
    house.config.write_text(house.config.read_text("utf-8") + text, "utf-8")


@asynccontextmanager
async def serving(foundation: Foundation, ledger: Ledger) -> AsyncIterator[Tills]:
    """Run the service over a ledger."""
    tills = await open_tills(foundation, extras=Extras(house=ledger))
    assert tills is not None
    await tills.start()
    try:
        yield tills
    finally:
        await tills.stop()


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds, or fail."""
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - the service has no event for a test
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(POS, "loyalty.routes", id="callers and no route"),
        pytest.param(POS + ROUTE, "loyalty.routes.0.processor", id="no programme inside"),
        pytest.param(
            POS + ROUTE.replace("house", "nobody"), "loyalty.routes.0.processor", id="no account"
        ),
        pytest.param(
            POS + ROUTE.replace("house", "crm"), "loyalty.routes.0.processor", id="no points"
        ),
        pytest.param(
            POS + ROUTE.replace("house", "crm") + 'shadow = "nobody"\n',
            "loyalty.routes.0.shadow",
            id="no shadow",
        ),
    ],
)
async def test_a_wrong_route_is_refused_with_its_path(house: House, text: str, path: str) -> None:
    """The first customer of the day would find out."""
    configured(house, text)
    async with house.foundation() as foundation:
        with pytest.raises(ConfigProblems) as caught:
            await open_tills(foundation)
    assert path in {problem.path for problem in caught.value.problems}


async def test_codes_that_nobody_sends_are_refused(house: House) -> None:
    """Spending would wait for a code that never comes."""
    configured(house, POS + "\n[loyalty]\ncode_needed = true\n" + ROUTE + HOUSE)
    async with house.foundation() as foundation:
        with pytest.raises(ConfigProblems, match=r"loyalty\.code_needed"):
            await open_tills(foundation)


async def test_own_codes_want_an_account_that_sends(house: House) -> None:
    """The first customer would learn that no account of this name sends messages."""
    configured(house, POS + ROUTE + HOUSE + '\n[codes]\nmode = "own"\nsms = "crm"\n')
    async with house.foundation() as foundation:
        with pytest.raises(ConfigInvalid, match=r"codes\.sms"):
            await open_tills(foundation)


async def test_an_account_may_not_take_the_programmes_name(house: House) -> None:
    """A route to ``house`` would mean two things."""
    house.edit_config("[accounts.crm]", "[accounts.house]")
    house.edit_config("[accounts.crm.settings]", "[accounts.house.settings]")
    configured(house, POS + ROUTE)
    async with house.foundation() as foundation:
        with pytest.raises(ConfigProblems, match=r"accounts\.house"):
            await open_tills(foundation)


async def test_without_tills_nothing_is_opened(house: House) -> None:
    """A gateway that only synchronises would hold a log and a lease for nothing."""
    async with house.foundation() as foundation:
        assert await open_tills(foundation) is None
        assert list(foundation.config.data_dir.glob("sales*")) == []


async def test_two_places_do_not_serve_tills_on_one_store(house: House, world: World) -> None:
    """What one of them does not know would be taken for new and counted twice."""
    configured(house, POS + ROUTE)
    async with house.foundation() as foundation:
        now = foundation.clock.now()
        await foundation.store.run(
            lambda tx: tx.lease("tills", holder="other", now=now, until=now.replace(year=2100))
        )
        with pytest.raises(ConfigInvalid, match=r"pos\.shared"):
            await open_tills(foundation, extras=Extras(house=world.ledger))


@pytest.mark.parametrize("shared", [False, True])
async def test_a_sale_outlives_the_process(house: House, world: World, *, shared: bool) -> None:
    """A repeat after a restart would be counted again, or what was accepted be forgotten."""
    configured(house, "\n[pos]\nshared = true\n" + POS + ROUTE if shared else POS + ROUTE)
    world.ledger.script += [Fault.LOST_AFTER, *[Fault.AWAY] * 3]
    async with house.foundation() as foundation:
        async with serving(foundation, world.ledger) as tills:
            deal = await tills.service.commit(TILL, world.sale("s1"), key="k1")
            assert deal.stage is Stage.ACCEPTED
        async with serving(foundation, world.ledger) as tills:
            again = await tills.service.commit(TILL, world.sale("s1"), key="k1")
            assert again.replayed
            await until(lambda: _stage(tills) is SaleProgress.COMMITTED)
        story = await foundation.store.read(lambda tx: tx.story("", limit=50))
    told = [row.outcome for row in story if row.event == "sale"]
    assert (told[0], told[-1]) == ("sending", "committed")
    assert world.ledger.balances[PHONE] == START + 20
    assert PHONE not in repr(story)


def _stage(tills: Tills) -> SaleProgress | None:
    row = tills.running.settler.book.known("till-1:s1")
    return row.progress if row is not None else None


async def test_a_refused_sale_is_retried_by_an_operator(house: House, world: World) -> None:
    """A receipt that was refused would need a programmer to be counted."""
    configured(house, POS + ROUTE)
    told = told_id("till-1:s1")
    world.ledger.entries[told] = Entry(None, SaleState.CANCELLED, Decimal(0), has_lapsed=True)
    world.ledger.is_keyed = False
    async with house.foundation() as foundation, serving(foundation, world.ledger) as tills:
        stories = Stories(Digester(foundation.sealer.derive("lookup")))
        desk = SaleDesk(foundation.store, foundation.clock, stories)
        await tills.service.offline(TILL, [OfflineReceipt(sale=world.sale("s1"))])
        await until(lambda: _stage(tills) is SaleProgress.DEAD)
        await tills.running.write_letters()
        letters = await foundation.store.read(
            lambda tx: tx.dead_letters(state="open", account=None, limit=5)
        )
        assert [(one.source, one.subject, bool(one.remedy)) for one in letters] == [
            (SALE, "till-1:s1", True)
        ]
        by_letter = await Replayer(
            foundation.store, foundation.clock, lambda: "id", lambda _: None
        ).replay([letters[0].id], who="olga")
        assert "gateway sale retry till-1:s1" in by_letter[0].text
        await _in_store(foundation)
        del world.ledger.entries[told]
        assert (await desk.retry("till-1:s1", who="olga")).progress == "committing"
        await tills.running.settler.refresh()
        tills.running.settler.wake()
        await until(lambda: _stage(tills) is SaleProgress.COMMITTED)
        left = await foundation.store.read(
            lambda tx: tx.dead_letters(state="open", account=None, limit=5)
        )
        with pytest.raises(Refused):
            await desk.drop("till-1:s1", who="olga", reason="no")
        with pytest.raises(NotFound):
            await desk.show("till-1:none", who="olga")
    assert (list(left), world.ledger.balances[PHONE]) == ([], START + 20)


async def _in_store(foundation: Foundation) -> None:
    async with asyncio.timeout(WAIT_S):
        while True:
            rows = await foundation.store.read(lambda tx: tx.sales(["till-1:s1"]))
            if rows and rows["till-1:s1"].progress is SaleProgress.DEAD:
                return
            await asyncio.sleep(0.02)
