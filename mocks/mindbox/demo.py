"""The state behind the golden samples of the vendor reference, sections 11 to 16 and 31."""

from __future__ import annotations

from typing import Any

_SPRING = {"available_from": "2026-03-01 00:00", "available_till": "2026-06-01 00:00"}

DEMO: dict[str, Any] = {
    "areas": [{"id": "77", "name": "Тверская область"}],
    "places": [{"id": "S-07", "name": "Тверь"}],
    "products": [{"id": "SKU-9001"}, {"id": "SKU-9002"}, {"id": "SKU-9003"}, {"id": "SKU-9004"}],
    "segmentations": [
        {"id": "loyaltyTier", "name": "Уровень", "segments": {"gold": "Золото"}},
        {"id": "vip", "name": "VIP"},
    ],
    "pools": [
        {"id": "pool-spring", "name": "Весна"},
        {"id": "pool-next", "name": "Следующий визит"},
    ],
    "promotions": [
        {
            "id": 77,
            "external_id": "SPR26",
            "name": "Весна",
            "benefit": "percent",
            "value": 10,
            "products": ["SKU-9001"],
            "pool": "pool-spring",
            "limit": 3,
            "ends": "2026-05-31 21:00",
            "message": "Скидка 10 % на две пары по промокоду",
        },
        {
            "id": 91,
            "external_id": "DLV-3",
            "name": "Доставка дешевле",
            "benefit": "delivery",
            "value": 100,
        },
        {"id": 5001, "external_id": "SCR-15", "name": "Скидка сайта", "benefit": "external"},
        {
            "id": 6,
            "name": "Кешбэк",
            "benefit": "cashback",
            "value": 5,
            "message": "Списано {spent}, будет начислено {earned} баллов",
        },
        {
            "id": 80,
            "name": "Вторая пара",
            "benefit": "hint",
            "products": ["SKU-9001"],
            "message": "Предложите вторую пару со скидкой",
            "possible": {
                "discountsCount": 1,
                "discount": {"amount": 20, "amountType": "Percent"},
                "products": [{"ids": {"website": "SKU-9004"}}],
            },
        },
        {
            "id": 90,
            "external_id": "GIFT",
            "name": "Промокод за чек",
            "benefit": "issueCoupon",
            "pool": "pool-next",
            "message": "Ваш код на следующий визит: {code}",
        },
    ],
    "cards": [
        {"number": "2900000012345"},
        {"number": "2900000099001", "virtual": True},
    ],
    "customers": [
        {
            "ids": {"websiteId": "70014"},
            "firstName": "Ольга",
            "lastName": "Демина",
            "sex": "female",
            "birthDate": "1990-04-17",
            "mobilePhone": "79260001122",
            "isMobilePhoneConfirmed": True,
            "email": "olga.demo@example.com",
            "isEmailConfirmed": True,
            "area": {"ids": {"externalId": "77"}},
            "customFields": {"city": "Тверь"},
            "subscriptions": [{"pointOfContact": "Email", "topic": "News"}],
            "discountCard": {"ids": {"number": "2900000012345"}},
            "segments": {"loyaltyTier": "gold"},
            "promotionUsage": {"SPR26": 1},
            "changed": "2026-03-01 09:15:02.118",
            "lots": [
                {"amount": 780},
                {"amount": 120, "expires": "2026-06-30"},
                {"amount": 340, "available_from": "2026-05-01"},
            ],
        }
    ],
    "promoCodes": [
        {
            "code": "SPRING-0007",
            "pool": "pool-spring",
            "customer": {"ids": {"websiteId": "70014"}},
            **_SPRING,
        },
        {"code": "SPRING-0101", "pool": "pool-spring", **_SPRING},
        {"code": "NEXT-55K2", "pool": "pool-next"},
    ],
    "giftCards": [{"number": "GC-100200", "amount": 1000, "status": "active"}],
}
