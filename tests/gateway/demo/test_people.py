"""The people: they do all steps in order, wait for what is not there yet, and give up at last."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from gateway.demo.day import CRM, SITE, TILL, Step, make_day
from gateway.demo.ledgers import erp_cards
from gateway.demo.people import DayStuck
from gateway.demo.verdict import judge
from tests.gateway.demo.conftest import Shop
from tests.gateway.demo.living import enter_into_crm, people_of, small_day, without_gateway


async def test_without_a_gateway_everything_is_lost_at_the_other_system(shop: Shop) -> None:
    """A verdict that can be clean without a gateway proves nothing about one."""
    day = without_gateway(small_day())
    people = people_of(shop, day)
    await people.live()
    verdict = judge(people.facts, await shop.books())
    homes = Counter(person.home for person in day.people)
    assert homes[SITE] > 0
    assert homes[CRM] > 0
    assert +verdict.counts == Counter(lost=homes[SITE] + homes[CRM] + len(day.orders))
    assert sum(finding.startswith("lost at site: ") for finding in verdict.findings) == homes[CRM]


async def test_cards_of_the_tills_are_in_the_directory_of_1c(shop: Shop) -> None:
    """A card that nobody issued, or that was annulled in words only, would prove nothing."""
    day = make_day(customers=60, orders=0, seed=11)
    people = people_of(shop, replace(day, steps=tuple(s for s in day.steps if s.actor == TILL)))
    await people.live()
    assert {True, False} == {history[-1] for history in people.facts.cards.values()}
    held = await erp_cards(shop.erp)
    assert held == {number: [history[-1]] for number, history in people.facts.cards.items()}


async def test_every_step_is_done_once(shop: Shop) -> None:
    """A step done twice would feed something that the facts do not know."""
    done: list[Step] = []
    day = without_gateway(small_day())
    await people_of(shop, day, on_step=done.append).live()
    assert Counter(map(id, done)) == Counter(map(id, day.steps))


async def test_operators_wait_until_the_order_is_there_and_keep_their_order(shop: Shop) -> None:
    """A later stage done before an earlier one would leave the wrong status as the last fact."""
    done: dict[int, list[str]] = defaultdict(list)
    all_placed = asyncio.Event()

    def note(step: Step) -> None:
        if step.what == "order.status":
            done[step.key].append(step.values["status"])
        if len(people.facts.numbers) == len(day.orders):
            all_placed.set()

    stages = ("approval", "assembling", "delivery", "complete")
    kept = {"customer.register", "order.place"}
    day = small_day()
    steps = [s for s in day.steps if s.actor == SITE and s.what in kept]
    steps += [
        Step(0.8 + place / 100, CRM, "order.status", order.key, {"status": stage})
        for order in day.orders
        for place, stage in enumerate(stages)
    ]
    people = people_of(
        shop, replace(day, steps=tuple(sorted(steps, key=lambda s: s.at))), on_step=note
    )
    living = asyncio.create_task(people.live())
    async with asyncio.timeout(10):
        await all_placed.wait()
        await enter_into_crm(shop, people.facts)
        await living
    assert done == {order.key: list(stages) for order in day.orders}
    assert {history["status"][-1] for history in people.facts.orders.values()} == {"complete"}


async def test_a_day_that_cannot_go_on_says_what_is_missing(shop: Shop) -> None:
    """An operator who waits for ever would hang the demo instead of failing it."""
    people = people_of(shop, small_day(), give_up_s=0.1)
    with pytest.raises(DayStuck, match="still impossible"):
        await people.live()


async def test_a_customer_who_came_from_the_crm_is_edited_at_the_site_once_there(
    shop: Shop,
) -> None:
    """Edits of customers who are not at home at the site must find the profile made for them."""
    day = small_day()
    key = next(person.key for person in day.people if person.home == CRM)
    steps = (
        Step(0.0, CRM, "customer.register", key),
        Step(0.1, SITE, "customer.edit", key, {"patronymic": "Ильич"}),
    )
    registered = asyncio.Event()
    people = people_of(shop, replace(day, steps=steps), on_step=lambda _: registered.set())
    living = asyncio.create_task(people.live())
    async with asyncio.timeout(10):
        await registered.wait()
        person = day.people[key]
        made = await shop.site.act("customer.register", name=person.first, email=person.email)
        await living
    [user] = await shop.site_api.users()
    assert (user["id"], user["secondName"]) == (made["id"], "Ильич")
    assert people.facts.customers[key]["patronymic"] == [person.patronymic, "Ильич"]
