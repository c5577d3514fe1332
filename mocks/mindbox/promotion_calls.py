"""Promotions, personal offers and catalogue prices (section 18)."""

from __future__ import annotations

from mocks.mindbox.calculation import Wish
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.clock import read
from mocks.mindbox.customers import existing, find
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order_answers import calculation_blocks
from mocks.mindbox.pricing import calculate
from mocks.mindbox.promotions import Promotion
from mocks.mindbox.reading import Json, amount, node, rows, text

PRODUCT_LIMIT = 100


def save_promotion(call: Call) -> Answer:
    """Create or change an external promotion; it must exist before an order names it."""
    project, sent = call.project, call.required("promotion")
    external_id = text(node(sent, "ids").get("externalId"))
    if not external_id or text(sent.get("type") or "external") != "external":
        msg = "/promotion: ожидалась внешняя промоакция с externalId"
        raise ProtocolRefused(msg)
    known = project.promotions.get(external_id)
    if known is not None and known.benefit != "external":
        msg = "/promotion/ids/externalId: идентификатор занят"
        raise ProtocolRefused(msg)
    starts, ends = text(sent.get("startDateTimeUtc")), text(sent.get("endDateTimeUtc"))
    project.promotions[external_id] = Promotion(
        known.id if known is not None else project.next_id("promotion"),
        external_id,
        text(sent.get("name")),
        "external",
        starts=read(starts, "/promotion/startDateTimeUtc") if starts else None,
        ends=read(ends, "/promotion/endDateTimeUtc") if ends else None,
    )
    return Answer({}, "changed" if known is not None else "created", external_id)


def archive_promotion(call: Call) -> Answer:
    """Archive an external promotion."""
    external_id = text(node(call.required("promotion"), "ids").get("externalId"))
    known = call.project.promotions.get(external_id)
    if known is None or known.benefit != "external":
        msg = "/promotion/ids/externalId: промоакция не найдена"
        raise ProtocolRefused(msg)
    del call.project.promotions[external_id]
    return Answer({}, "changed", external_id)


def personal_offers(call: Call) -> Answer:
    """Return a customer's personal offers."""
    customer = existing(call.project, call.required("customer"))
    offers = call.project.offers.get(customer.id, [])
    return Answer({"personalOffers": offers}, key=str(customer.id))


def catalogue_prices(call: Call) -> Answer:
    """Compute prices of product cards, each product for itself."""
    project = call.project
    sent = call.required("productList")
    items = rows(sent, "items")
    if not items or len(items) > PRODUCT_LIMIT:
        msg = f"/productList/items: ожидалось от 1 до {PRODUCT_LIMIT} продуктов"
        raise ProtocolRefused(msg)
    search = find(project, node(call.body, "customer")) if node(call.body, "customer") else None
    customer = search.customer if search is not None else None
    found: list[Json] = []
    status = "Calculated"
    for item in items:
        line = {"quantity": 1, "lineNumber": 1, **item}
        wish = Wish(project, {"lines": [line]}, call.place, customer)
        calculation = calculate(wish)
        order = calculation_blocks(calculation, None)["order"]
        status = order["processingStatus"]
        priced = order["lines"][0]
        found.append(
            {
                "basePricePerItem": priced["basePricePerItem"],
                "priceForCustomer": amount(calculation.goods),
                "priceWithDiscountsAndSpentBonusPoints": amount(calculation.goods),
                "product": {"ids": node(item, "product", "ids"), "promoLabels": []},
                "appliedPromotions": priced["appliedPromotions"],
            }
        )
    return Answer({"productList": {"processingStatus": status, "items": found}})
