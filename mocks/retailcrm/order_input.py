"""What the API takes of an order (reference, sections 9.1 and 9.3)."""

from __future__ import annotations

from mocks.retailcrm import shapes
from mocks.retailcrm.customer_input import ADDRESS, CONTRAGENT, SOURCE
from mocks.retailcrm.item import ITEM
from mocks.retailcrm.payment import PAYMENT
from mocks.retailcrm.shapes import Rows, Shape

CODED = {
    "orderType": "order-types",
    "orderMethod": "order-methods",
    "status": "statuses",
    "shipmentStore": "stores",
}
DELIVERY = Shape(
    {
        "code": shapes.text,
        "service": Shape({"code": shapes.text, "name": shapes.text, "active": shapes.flag}),
        **dict.fromkeys(("cost", "netCost"), shapes.amount),
        "vatRate": shapes.text,
        "date": shapes.day,
        "time": Shape(dict.fromkeys(("from", "to", "custom"), shapes.text)),
        "address": ADDRESS,
        "integrationCode": shapes.text,
        "data": shapes.mapping,
    }
)
_PARTY = Shape(
    {
        "id": shapes.whole,
        "externalId": shapes.text,
        "browserId": shapes.text,
        "site": shapes.text,
        "type": shapes.one_of("customer", "customer_corporate"),
    }
)
_TEXTS = (
    "externalId",
    "number",
    "statusComment",
    "countryIso",
    "lastName",
    "firstName",
    "patronymic",
    "phone",
    "additionalPhone",
    "customerComment",
    "managerComment",
    "clientId",
    *CODED,
)
ORDER = Shape(
    {
        **dict.fromkeys(_TEXTS, shapes.text),
        **dict.fromkeys(("createdAt", "statusUpdatedAt", "markDatetime"), shapes.moment),
        **dict.fromkeys(("discountManualAmount", "discountManualPercent", "weight"), shapes.amount),
        **dict.fromkeys(
            (
                "mark",
                "managerId",
                "length",
                "width",
                "height",
                "dialogId",
                "loyaltyEventDiscountId",
                "loyaltyEventId",
            ),
            shapes.whole,
        ),
        **dict.fromkeys(("call", "expired", "shipped", "applyRound", "isFromCart"), shapes.flag),
        "privilegeType": shapes.one_of(
            "none", "personal_discount", "loyalty_level", "loyalty_event"
        ),
        "email": shapes.email,
        "shipmentDate": shapes.day,
        "contragent": CONTRAGENT,
        "customer": _PARTY,
        "contact": _PARTY,
        **dict.fromkeys(("company", "marketplace", "customFields"), shapes.mapping),
        "items": Rows(ITEM),
        "payments": Rows(PAYMENT),
        "delivery": DELIVERY,
        "source": SOURCE,
    },
    frozenset(
        {
            "id",
            "slug",
            "site",
            "currency",
            "summ",
            "totalSumm",
            "prepaySum",
            "purchaseSumm",
            "personalDiscountPercent",
            "loyaltyAccount",
            "loyaltyLevel",
            "loyaltyEventDiscount",
            "bonusesCreditTotal",
            "bonusesChargeTotal",
            "fullPaidAt",
            "fromApi",
            "links",
        }
    ),
)
