"""No request, however broken, leaves the vendor's envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.mocks.mindbox.project import DEVICE, OLGA, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project

JUNK: list[Json] = [
    {},
    {"customer": None, "order": None},
    {"customer": [], "order": []},
    {"customer": "x", "order": "y", "productList": "z", "page": 1},
    {"customer": {"ids": "x"}, "order": {"ids": "x"}},
    {"customer": {"ids": {"mindboxId": []}}, "order": {"ids": {"websiteOrder": {}}}},
    {"customer": {"mobilePhone": {}, "email": [], "discountCard": 5}},
    {"customer": OLGA, "order": {"ids": {"websiteOrder": "J"}, "lines": [{}]}},
    {"customer": OLGA, "order": {"ids": {"websiteOrder": "J"}, "lines": [1, "x"]}},
    {
        "customer": OLGA,
        "orderLinesStatus": [],
        "order": {
            "ids": {"websiteOrder": "J"},
            "totalPrice": "NaN",
            "bonusPoints": [{"amount": "Infinity"}],
            "coupons": [{"ids": 1}],
            "payments": [{"type": "giftCard", "amount": {}}],
            "lines": [
                {
                    "lineNumber": "one",
                    "product": {"ids": {"website": 1}},
                    "quantity": "NaN",
                    "basePricePerItem": True,
                    "status": 5,
                }
            ],
        },
    },
    {
        "customer": OLGA,
        "page": {"pageNumber": 0, "itemsPerPage": "x", "sinceDateTimeUtc": "yesterday"},
        "customerMergesPage": {"tillDateTimeUtc": 5},
        "balanceChanges": [{"changeAmount": "1.999"}],
        "executionDateTimeUtc": "yesterday",
        "promoCode": {"ids": {"value": []}, "pool": 7},
        "productList": {"items": [{}]},
        "promotion": {"ids": {"externalId": {}}},
        "exportId": 5,
    },
    {
        "customer": {
            **OLGA,
            "birthDate": "soon",
            "area": [],
            "customFields": 1,
            "subscriptions": 1,
        },
        "smsConfirmation": {"code": []},
        "discountCard": {"ids": {"number": {}}},
        "setProductCountInList": {"product": {"ids": {"website": "A"}}, "count": "many"},
        "addProductToList": {"product": {"ids": {"website": "A"}}, "pricePerItem": "dear"},
    },
]


async def test_junk_gets_an_envelope() -> None:
    """Every customary operation answers every broken body with a Mindbox status."""
    async with open_project(
        legacy_transaction="classic", operation_prefixes=("Website",)
    ) as project:
        names = await project.inspect("operations")
        assert len(names) > 100
        for name in names:
            for body in JUNK:
                await _answered(project, name, body)


async def _answered(project: Project, name: str, body: Json) -> None:
    answer = await project.send(name, body, deviceUUID=DEVICE)
    assert answer.status_code in {200, 400, 429}, (name, body, answer.text)
    word = answer.json()["status"]
    assert word in {"Success", "ValidationError", "ProtocolError"}, (name, body)
