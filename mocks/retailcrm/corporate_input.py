"""What the API takes of a corporate customer and its parts (reference, section 7)."""

from __future__ import annotations

from collections.abc import Mapping

from mocks.retailcrm import shapes
from mocks.retailcrm.customer_input import ADDRESS, CONTRAGENT
from mocks.retailcrm.shapes import Shape

CORPORATE = Shape(
    {
        **dict.fromkeys(("externalId", "nickName", "discountCardNumber"), shapes.text),
        **dict.fromkeys(("vip", "bad"), shapes.flag),
        **dict.fromkeys(("personalDiscount", "cumulativeDiscount"), shapes.amount),
        "createdAt": shapes.moment,
        "managerId": shapes.whole,
        "type": shapes.one_of("customer_corporate"),
        "customFields": shapes.mapping,
        "addresses": shapes.Rows(ADDRESS),
        "companies": shapes.Rows(shapes.mapping),
        "customerContacts": shapes.Rows(shapes.mapping),
    },
    frozenset({"id", "site", "mainAddress", "mainCompany", "mainCustomerContact", "ordersCount"}),
)
COMPANY = Shape(
    {
        **dict.fromkeys(("externalId", "name", "brand"), shapes.text),
        **dict.fromkeys(("isMain", "active"), shapes.flag),
        "contragent": CONTRAGENT,
        "address": Shape({"id": shapes.whole, "externalId": shapes.text}),
        "customFields": shapes.mapping,
    },
    frozenset({"id", "site", "createdAt"}),
)
CONTACT = Shape(
    {
        "isMain": shapes.flag,
        "customer": Shape(
            {"id": shapes.whole, "externalId": shapes.text, "site": shapes.text},
            frozenset({"browserId"}),
        ),
        "companies": shapes.Rows(shapes.mapping),
    },
    frozenset({"id"}),
)
SHAPES: Mapping[str, Shape] = {"addresses": ADDRESS, "companies": COMPANY, "contacts": CONTACT}
# The feed's code of a part, and the code that tells the main one of them.
FEED_CODES = {
    "addresses": ("address", "address"),
    "companies": ("company", "main_company"),
    "contacts": ("contact", "main_contact"),
}
