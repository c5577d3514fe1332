"""What a till was quoted is reserved as it was quoted, and how many calls a receipt costs."""

from __future__ import annotations

from dataclasses import replace

from connectors.mindbox.reckonings import KEPT_S, Reckonings
from connectors.mindbox.wire_order import OrderWire
from gateway.contract import SaleState
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, journal
from tests.connectors.mindbox.sales import SALE, loyalty, points, stored
from tests.gateway.contract.fakes import FakeClock


async def calls(project: Bench) -> list[str]:
    """Return the operations that the vendor was asked for, in order."""
    return [str(one["op"]).removeprefix("Offline.") for one in await journal(project)]


async def test_a_receipt_is_reckoned_saved_and_paid(project: Bench) -> None:
    """Each step asks twice, and a customer waits twice as long at the till."""
    till = loyalty(project)
    await till.quote(SALE)
    kept = await till.reserve(SALE, key="k-1")
    done = await till.commit(SALE, kept, key="k-2")

    told = await calls(project)
    assert told[-3:] == ["AuthorizedPreorder", "CreateAuthorizedOrder", "ChangeStatus"]
    assert told.count("AuthorizedPreorder") == 1
    assert (done.state, done.points_earned) == (SaleState.COMMITTED, points(265))
    assert await till.find(SALE.id) == done


async def test_another_sale_is_reckoned_by_itself(project: Bench) -> None:
    """A sale is saved with the sums of another, or a quote pays for two sales."""
    till = loyalty(project)
    plain = replace(SALE, id="A-1", points=None, promo_codes=[])
    await till.quote(SALE)
    await till.reserve(plain, key="k-1")
    await till.reserve(SALE, key="k-2")
    assert (await calls(project)).count("AuthorizedPreorder") == 2
    await till.quote(plain)
    await till.reserve(replace(plain, id="A-2"), key="k-3")
    await till.reserve(replace(plain, id="A-3"), key="k-4")
    assert (await calls(project)).count("AuthorizedPreorder") == 4


def test_an_old_answer_is_not_given() -> None:
    """What was reckoned before lunch is saved after it."""
    clock = FakeClock()
    memory, answer = Reckonings(clock), OrderWire()
    memory.keep({"order": 1}, answer)
    clock.seconds += KEPT_S + 1
    assert memory.take({"order": 1}) is None
    memory.keep({"order": 1}, answer)
    assert memory.take({"order": 2}) is None
    assert memory.take({"order": 1}) is answer


async def test_a_price_that_changed_since_the_quote_is_reckoned_again(project: Bench) -> None:
    """The sale is saved at a price that was true when the first item was scanned."""
    till = loyalty(project)
    await till.quote(SALE)
    await project.act("promotion.stop", externalId="SPR26")
    kept = await till.reserve(SALE, key="k-1")

    assert kept.state is SaleState.RESERVED
    assert (await stored(project))["totalPrice"] == 5646


async def test_a_quote_in_need_is_not_saved(open_project: OpenProject) -> None:
    """A vendor that could not reckon for a moment costs the customer his points."""
    project = await open_project()
    till = loyalty(project)
    await project.switch(degraded="all")
    await till.quote(SALE)
    await project.switch(degraded="off")
    kept = await till.reserve(SALE, key="k-1")

    assert kept.points_spent == points(594)
