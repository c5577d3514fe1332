"""The books: what was done at a vendor's double is read back through its API as it was fed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.demo.books import crm_book, site_book
from gateway.demo.day import SITE, Placed, Step
from gateway.demo.facts import CRM_STATUS, SITE_STATUS
from gateway.demo.verdict import judge
from tests.gateway.demo.conftest import Shop
from tests.gateway.demo.living import enter_into_crm, people_of, small_day, without_gateway

RICH = Placed(
    key=0,
    person=0,
    lines=small_day().orders[0].lines,
    coupon="ЁЛКА-2026",
    card="2000000000077",
    comment="Не звонить, писать",
    paid=True,
)


def only(*orders: Placed) -> Any:  # noqa: ANN401 - a Day whose first customer orders
    """Return a day in which one person registers and places these orders."""
    steps = [Step(0.0, SITE, "customer.register", 0)]
    steps += [Step(0.2, SITE, "order.place", order.key) for order in orders]
    return replace(small_day(), orders=orders, steps=tuple(steps))


async def test_what_people_do_at_the_site_is_read_back_as_fed(shop: Shop) -> None:
    """Books that read the site wrongly would count differences that are not there."""
    people = people_of(shop, without_gateway(small_day()))
    people.day = replace(
        people.day, steps=tuple(step for step in people.day.steps if step.actor == SITE)
    )
    await people.live()
    verdict = judge(people.facts, {"site": await site_book(shop.site_api)})
    assert len(people.facts.numbers) == 10
    assert (verdict.findings, verdict.is_clean) == ([], True)


async def test_an_order_of_the_site_is_read_with_all_that_is_judged(shop: Shop) -> None:
    """A field that the books read as empty on both sides would never be compared."""
    people = people_of(shop, only(RICH))
    await people.live()
    [number] = people.facts.numbers.values()
    book = await site_book(shop.site_api)
    [record] = book.orders[number]
    assert record["coupon"] == "ЁЛКА-2026"
    assert record["card"] == "2000000000077"
    assert record["comment"] == "Не звонить, писать"
    assert record["email"] == "buyer0@example.ru"
    assert (record["paid"], record["payments"]) == (True, 1)
    assert record["status"] == "new"
    assert record["lines"] == sorted(
        (line.product, Decimal(line.quantity), line.price) for line in RICH.lines
    )


@pytest.mark.parametrize(("code", "status"), list(SITE_STATUS.items()))
async def test_every_status_of_the_site_is_understood(shop: Shop, code: str, status: str) -> None:
    """A status read as unknown would differ for ever."""
    people = people_of(shop, only(RICH))
    await people.live()
    order = people.facts.site_orders[0]
    await shop.site.act("order.status", order_id=order["id"], status=code)
    book = await site_book(shop.site_api)
    assert book.orders[str(order["account_number"])][0]["status"] == status


async def test_a_cancelled_order_of_the_site_is_cancelled(shop: Shop) -> None:
    """The site keeps the status of a cancelled order and says so elsewhere."""
    people = people_of(shop, only(replace(RICH, paid=False)))
    await people.live()
    order = people.facts.site_orders[0]
    await shop.site.act("order.cancel", order_id=order["id"], reason="Передумал")
    book = await site_book(shop.site_api)
    assert book.orders[str(order["account_number"])][0]["status"] == "cancelled"


async def test_the_managers_comment_at_the_site_is_read(shop: Shop) -> None:
    """It is written by the gateway alone, so nothing else would show that it is read."""
    people = people_of(shop, only(RICH))
    await people.live()
    order = people.facts.site_orders[0]
    await shop.site_api.call(
        "sale.order.update", {"id": order["id"], "fields": {"comments": "Согласовано"}}
    )
    book = await site_book(shop.site_api)
    assert book.orders[str(order["account_number"])][0]["manager_comment"] == "Согласовано"


async def test_everything_is_read_over_many_pages(shop: Shop) -> None:
    """A walker that stops at the first page would count the rest as lost."""
    users = [{"name": f"Анна{n}", "email": f"x{n}@example.ru"} for n in range(130)]
    seeded = await shop.site.post("seed", {"users": users})
    orders = [
        {"customer_id": user, "items": [{"product_id": 501, "quantity": 1}]}
        for user in seeded["users"]
    ]
    await shop.site.post("seed", {"orders": orders})
    await shop.crm.post(
        "seed",
        {
            "customers": [{"firstName": u["name"], "email": u["email"]} for u in users],
            "orders": [
                {"number": f"N{n}", "items": [{"offer": {"externalId": "501"}, "quantity": 1}]}
                for n in range(130)
            ],
        },
    )
    books = await shop.books()
    assert [len(books[where].orders) for where in ("site", "crm")] == [130, 130]
    assert sum(map(len, books["site"].customers.values())) == 130
    assert set(books["site"].customers) <= set(books["crm"].customers)


async def test_what_is_entered_into_the_crm_is_read_back_as_fed(shop: Shop) -> None:
    """A perfect gateway must be judged perfect: prices, coupons, cards, comments, payments."""
    people = people_of(shop, without_gateway(small_day()))
    people.day = replace(
        people.day,
        steps=tuple(s for s in people.day.steps if s.what in {"customer.register", "order.place"}),
    )
    await people.live()
    await enter_into_crm(shop, people.facts)
    verdict = judge(people.facts, {"crm": await crm_book(shop.crm_api)})
    assert (verdict.findings, verdict.is_clean) == ([], True)


async def test_an_order_of_the_crm_is_read_with_all_that_is_judged(shop: Shop) -> None:
    """A field that is not read would be equal on both sides by accident."""
    people = people_of(shop, only(RICH))
    await people.live()
    await enter_into_crm(shop, people.facts)
    [number] = people.facts.numbers.values()
    product = RICH.lines[0].product
    await shop.crm.act("order.edit", number=number, order={"managerComment": "Согласовано"})
    change = {"offer": {"externalId": str(product)}, "quantity": 9}
    await shop.crm.act("order.edit", number=number, items={"change": [change]})
    [record] = (await crm_book(shop.crm_api)).orders[number]
    assert record["coupon"] == "ЁЛКА-2026"
    assert record["card"] == "2000000000077"
    assert record["comment"] == "Не звонить, писать"
    assert record["manager_comment"] == "Согласовано"
    assert record["email"] == "buyer0@example.ru"
    assert (record["paid"], record["payments"]) == (True, 1)
    assert record["lines"] == sorted(
        (line.product, Decimal(9 if line.product == product else line.quantity), line.price)
        for line in RICH.lines
    )


@pytest.mark.parametrize(("status", "code"), list(CRM_STATUS.items()))
async def test_every_status_of_the_crm_is_understood(shop: Shop, status: str, code: str) -> None:
    """A status that the demo's operators set must be read back under its name."""
    answer = await shop.crm.act(
        "order.create", order={"items": [{"offer": {"externalId": "501"}, "quantity": 1}]}
    )
    await shop.crm.act("order.status", number=answer["number"], status=code)
    book = await crm_book(shop.crm_api)
    assert book.orders[answer["number"]][0]["status"] == status


async def test_a_customer_without_an_email_is_seen(shop: Shop) -> None:
    """A record made out of nothing often lacks an e-mail; unseen, it could never be counted."""
    await shop.site.act("customer.register", name="Пётр", phone="8 (916) 000-00-01")
    await shop.crm.act(
        "customer.create",
        customer={"firstName": "Пётр", "phones": [{"number": "8 (916) 000-00-01"}]},
    )
    for book in (await shop.books()).values():
        [customer] = book.customers[""]
        assert customer["phones"] == {"+79160000001"}
