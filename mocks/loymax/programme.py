"""The loyalty programme: currency, offers, questionnaire, consents, merchants.

The stock values are those of the reference's golden world (section 16); the side door changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

PARTNER_UID = "1e000000-0000-4000-8000-000000000002"
_OFFER_UID = "1f000000-0000-4000-8000-0000000000{:02d}"

BONUS: dict[str, Any] = {
    "id": 1,
    "name": "Бонусы",
    "code": "Currency1",
    "uid": "1a000000-0000-4000-8000-000000000001",
    "externalId": "1a000000-0000-4000-8000-000000000001",
    "imageId": None,
    "description": "Общая внутрисистемная валюта",
    "isDeleted": False,
    "nameCases": {
        "nominative": "бонус",
        "genitive": "бонуса",
        "plural": "бонусов",
        "abbreviation": "бнс.",
    },
}
RUB: dict[str, Any] = {
    "id": 2,
    "name": "Рубли",
    "code": "Currency2",
    "uid": "1a000000-0000-4000-8000-000000000002",
    "externalId": "1a000000-0000-4000-8000-000000000002",
    "imageId": None,
    "description": None,
    "isDeleted": False,
    "nameCases": {
        "nominative": "рубль",
        "genitive": "рубля",
        "plural": "рублей",
        "abbreviation": "руб.",
    },
}
PROGRAMME = {"name": "Default", "description": None}
LEGAL = {
    "id": 5,
    "partnerId": 1,
    "name": "ООО Лавка",
    "code": "L1",
    "uid": "21000000-0000-4000-8000-000000000005",
    "isDeleted": False,
}
MERCHANT = {
    "id": 3,
    "name": "Лавка, Мира 1",
    "uid": "1d000000-0000-4000-8000-000000000003",
    "code": "M3",
    "order": 3,
}
LOCATION = {
    "id": 3,
    "locationId": "1d000000-0000-4000-8000-000000000003",
    "description": "г. Тула, ул. Мира, 1",
    "latitude": 54.2,
    "longitude": 37.6,
    "region": None,
    "city": {"id": 1, "region": None, "name": "Тула", "prefix": "г."},
    "street": "Мира",
    "house": "1",
    "building": None,
    "office": None,
}
BRAND = {
    "externalId": "1c000000-0000-4000-8000-000000000003",
    "uid": "1c000000-0000-4000-8000-000000000003",
    "name": "Лавка",
    "images": [],
}


def money(amount: Decimal | float, currency: dict[str, Any]) -> dict[str, Any]:
    """Return a Money (5.1)."""
    return {
        "amount": float(amount),
        "currency": currency["nameCases"]["abbreviation"],
        "currencyInfo": currency,
    }


@dataclass(frozen=True)
class Offer:
    """An offer of the engine. ``goods`` empty means every line; ``emission`` asks for a coupon."""

    id: int
    name: str
    percent: Decimal
    external_id: str
    version: int = 3
    goods: tuple[str, ...] = ()
    emission: int | None = None


@dataclass(frozen=True)
class Question:
    """A question of the questionnaire; profile fields are found by ``logical_name``."""

    id: int
    name: str
    logical_name: str
    kind: str = "String"
    is_required: bool = False
    options: tuple[tuple[int, str], ...] = ()
    regexp: str | None = None
    regexp_error: str | None = None
    is_read_only: bool = False
    is_multi_select: bool = False


@dataclass(frozen=True)
class Subscription:
    """A kind of message that a member may refuse."""

    id: int
    name: str
    external_id: str
    is_read_only: bool = False


@dataclass(frozen=True)
class Attribute:
    """An attribute of persons."""

    id: int
    name: str
    logical_name: str
    kind: str = "String"


_NAME = r"[A-Za-zА-Яа-яЁё][A-Za-zА-Яа-яЁё \-']*"
STOCK_QUESTIONS = (
    Question(4, "Имя", "FirstName", is_required=True),
    Question(5, "Фамилия", "LastName"),
    Question(6, "Отчество", "PatronymicName"),
    Question(7, "Дата рождения", "BirthDay", "Date"),
    Question(9, "Пол", "Sex", "Select", options=((14, "Мужской"), (15, "Женский"))),
    Question(10, "Город", "City"),
    Question(11, "Улица", "Street"),
    Question(12, "Дом", "House"),
    Question(13, "Квартира", "Flat"),
    Question(16, "Электронный чек", "eCheque", "Boolean"),
)
NAME_RULE = {"FirstName": _NAME, "LastName": _NAME, "PatronymicName": _NAME}
STOCK_ATTRIBUTES = (
    Attribute(21, "Дисконт", "Discount", "Bool"),
    Attribute(22, "Любимая категория", "FavoriteCategory"),
    Attribute(23, "Внешний код", "ExternalCode"),
    Attribute(24, "Данные сайта", "SiteData", "Json"),
)


@dataclass
class Rules:
    """What the programme computes with; percents of the line sums, days, roubles per bonus."""

    accrual: Offer = Offer(42, "Кешбэк 5%", Decimal(5), _OFFER_UID.format(42))
    payment: Offer = Offer(43, "Оплата до 30%", Decimal(30), _OFFER_UID.format(43))
    discounts: list[Offer] = field(default_factory=list)
    activation_days: int = 0
    expiration_days: int | None = None
    rate: Decimal = Decimal(1)
    registration_bonus: Decimal = Decimal(0)


@dataclass
class Programme:
    """All reference data of the installation."""

    rules: Rules = field(default_factory=Rules)
    goods: dict[str, dict[str, Any]] = field(default_factory=dict)
    currencies: dict[int, dict[str, Any]] = field(default_factory=dict)
    questions: dict[int, Question] = field(
        default_factory=lambda: {one.id: one for one in STOCK_QUESTIONS}
    )
    subscriptions: tuple[Subscription, ...] = (
        Subscription(6, "Рассылки", "Advertisement"),
        Subscription(5, "Системная информация", "System", is_read_only=True),
    )
    attributes: dict[str, Attribute] = field(
        default_factory=lambda: {one.logical_name: one for one in STOCK_ATTRIBUTES}
    )
    contents: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    counters: dict[int, dict[int, Decimal]] = field(default_factory=dict)
