"""Golden samples of the vendor reference (27.3, 27.4), as far as several tests read them."""

from __future__ import annotations

from typing import Any

from gateway.canonical import CardRef, Customer, PersonName, PhoneContact

from .scripted import Answer

CHECK = "3f0c8a52-7d1e-4c55-9a3b-0d6f2b9e7a10"
PHONE, CARD = "+79050001122", "2000 0000 0071"
LEVEL = {"type": "bonus_percent", "id": 3, "name": "Silver", "sum": 0, "privilegeSize": 5}
PARTY = {
    "id": 9001,
    "externalId": "gw-501",
    "site": "shop-ru",
    "customFields": {"favourite_store": "main"},
    "firstName": "Olga",
    "lastName": "Petrova",
}
WAITING: dict[str, Any] = {
    "active": False,
    "id": 71,
    "loyalty": {"id": 2, "currency": "RUB"},
    "customer": PARTY,
    "phoneNumber": PHONE,
    "cardNumber": CARD,
    "amount": 0,
    "ordersSum": 0,
    "nextLevelSum": 10000,
    "level": LEVEL,
    "createdAt": "2026-03-09 10:00:02",
    "status": "not_confirmed",
    "customFields": [],
}
MEMBER: dict[str, Any] = {
    **WAITING,
    "active": True,
    "activatedAt": "2026-03-09 10:01:10",
    "confirmedPhoneAt": "2026-03-09 10:01:10",
    "lastCheckId": CHECK,
    "status": "activated",
}
PAGES = {"limit": 20, "totalCount": 1, "currentPage": 1, "totalPageCount": 1}
VERIFICATION = {
    "createdAt": "2026-03-09 10:00:03",
    "expiredAt": "2026-03-09 10:05:03",
    "checkId": CHECK,
    "actionType": "register",
}
CUSTOMER = {
    "id": 9001,
    "externalId": "gw-501",
    "site": "shop-ru",
    "createdAt": "2026-03-09 10:00:01",
    "firstName": "Olga",
    "lastName": "Petrova",
    "email": "",
    "phones": [{"number": PHONE}],
    "customFields": [],
}
PERSON = Customer(
    name=PersonName(first="Olga", last="Petrova"),
    phones=(PhoneContact(number=PHONE, rank=0),),
    cards=(CardRef(number=CARD),),
)
L6_FOUND: Answer = (200, {"success": True, "pagination": PAGES, "loyaltyAccounts": [MEMBER]})
L9_NOBODY: Answer = (200, {"success": True, "pagination": {}, "loyaltyAccounts": []})
FOUND_WAITING: Answer = (200, {"success": True, "pagination": PAGES, "loyaltyAccounts": [WAITING]})
CUSTOMERS: Answer = (200, {"success": True, "pagination": PAGES, "customers": [CUSTOMER]})
NO_CUSTOMERS: Answer = (200, {"success": True, "pagination": {}, "customers": []})


OPERATIONS: list[dict[str, Any]] = [
    {"type": "cancel_of_credit", "createdAt": "2026-03-09 12:00:00", "amount": -44,
     "order": {"id": 4501, "externalId": "pos-1-000123"}},
    {"type": "cancel_of_charge", "createdAt": "2026-03-09 12:00:00", "amount": 20,
     "order": {"id": 4501, "externalId": "pos-1-000123"}},
    {"type": "charge_manual", "createdAt": "2026-03-09 11:00:00", "amount": -24},
    {"type": "credit_for_order", "createdAt": "2026-03-09 10:20:00", "amount": 44,
     "order": {"id": 4501, "externalId": "pos-1-000123"},
     "bonus": {"activationDate": "2026-03-09"}},
    {"type": "charge_for_order", "createdAt": "2026-03-09 10:10:02", "amount": -20,
     "order": {"id": 4501, "externalId": "pos-1-000123"}},
    {"type": "credit_manual", "createdAt": "2026-03-09 10:05:00", "amount": 300,
     "bonus": {"activationDate": "2026-03-09"}},
]  # fmt: skip
L14: Answer = (
    200,
    {"success": True, "pagination": {**PAGES, "totalCount": 6}, "bonusOperations": OPERATIONS},
)


L11: dict[str, Any] = {
    "success": True,
    "order": {
        "bonusesCreditTotal": 44,
        "bonusesChargeTotal": 20,
        "privilegeType": "loyalty_level",
        "totalSumm": 880,
        "loyaltyAccount": {"id": 71, "amount": 300},
        "loyaltyLevel": {"id": 3, "name": "Silver"},
        "items": [
            {
                "bonusesChargeTotal": 20,
                "bonusesCreditTotal": 44,
                "priceType": {"code": "base"},
                "initialPrice": 900,
                "discounts": [{"type": "bonus_charge", "amount": 20}],
                "discountTotal": 20,
                "prices": [{"price": 880, "quantity": 1}],
                "quantity": 1,
                "offer": {"externalId": "sku-1"},
            }
        ],
    },
    "calculations": [
        {"privilegeType": "loyalty_level", "discount": 20, "creditBonuses": 44,
         "maxChargeBonuses": 270, "maximum": True},
        {"privilegeType": "none", "discount": 20, "creditBonuses": 0,
         "maxChargeBonuses": 270, "maximum": False},
    ],
    "loyalty": {"name": "Club", "chargeRate": 1},
}  # fmt: skip


L4_REFUSALS: dict[str, Answer] = {
    "active": (400, {"success": False, "errorMsg": "LoyaltyAccount has been already activated"}),
    "unfilled": (
        400,
        {
            "success": False,
            "errorMsg": "Loyalty account is not activated",
            "errors": [
                (
                    "To activate participation in the loyalty program, the following fields should"
                    " be filled in for the customer: Last name, Email"
                )
            ],
        },
    ),
    "done": (200, {"success": True, "loyaltyAccount": MEMBER}),
}
