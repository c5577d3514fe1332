"""A day lived without a gateway: what people can do at one system alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from gateway.demo.day import CRM, SITE, TILL, Day, Placed, Step, make_day
from gateway.demo.facts import Facts
from gateway.demo.people import People
from tests.gateway.demo.conftest import Shop

LENGTH_S = 0.6


def small_day(seed: int = 7) -> Day:
    """Return a day small enough for a test."""
    return make_day(customers=12, orders=10, seed=seed)


def without_gateway(day: Day) -> Day:
    """Leave only the steps that need nothing that a gateway would have brought."""

    def needs_nothing(step: Step) -> bool:
        if step.what == "customer.register" or step.actor == TILL:
            return True
        at_home = step.what != "customer.edit" or day.people[step.key].home == SITE
        return step.actor == SITE and at_home

    return replace(day, steps=tuple(step for step in day.steps if needs_nothing(step)))


def people_of(
    shop: Shop, day: Day, *, on_step: Callable[[Step], None] = lambda _: None, give_up_s: float = 10
) -> People:
    """Return the people of a day, with facts of their own."""
    return People(
        day=day, facts=Facts(day), site=shop.site, crm=shop.crm, erp=shop.erp,
        length_s=LENGTH_S, on_step=on_step, give_up_s=give_up_s,
    )  # fmt: skip


async def enter_into_crm(shop: Shop, facts: Facts) -> None:
    """Enter the people and orders of the site into the CRM by its API, rightly and once."""
    customers = {}
    for key in facts.customers:
        person = facts.day.people[key]
        if person.home == CRM:
            continue
        answer = await _post(
            shop, "customers/create",
            site="shop-ru", customer={
                "externalId": f"c-{key}", "lastName": person.last, "firstName": person.first,
                "patronymic": person.patronymic, "birthday": person.birth_date,
                "email": person.email, "phones": [{"number": person.typed_phone}],
            },
        )  # fmt: skip
        customers[key] = answer["id"]
    for key, number in facts.numbers.items():
        order = _crm_order(facts.day.orders[key], number, customers)
        await _post(shop, "orders/create", site="shop-ru", order=order)


def _crm_order(order: Placed, number: str, customers: Mapping[int, int]) -> dict[str, Any]:
    custom = {"promo_code": order.coupon or "", "card_number": order.card or ""}
    return {
        "externalId": f"o-{order.key}",
        "number": number,
        "status": "new",
        "customer": {"id": customers[order.person]},
        "customerComment": order.comment,
        "customFields": {name: value for name, value in custom.items() if value},
        "items": [
            {
                "offer": {"externalId": str(line.product)},
                "quantity": line.quantity,
                "initialPrice": float(line.base),
                "discountManualAmount": float(line.base - line.price),
            }
            for line in order.lines
        ],
        "payments": [{"type": "bank-card", "status": "paid" if order.paid else "not-paid"}],
    }


async def _post(shop: Shop, method: str, **form: object) -> dict[str, Any]:
    values = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()
    }
    answer = await shop.crm_api.http.post(
        f"{shop.crm_api.url}/api/v5/{method}",
        data=values,
        headers={"X-API-KEY": "retailcrm-third-party-key"},
    )
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body
