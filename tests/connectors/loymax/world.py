"""The world of these tests: Anna with her points, a shop's lines, and looks into the double."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    BonusPoints,
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.contract import LoyaltyProcessing, MemberKey, OneTimeCodes, Sale
from tests.connectors.bench import Bench, Copy

ANNA, PHONE, CARD = "5012", "+79000005012", "7000000000012345"
FREE_CARD = "7000000000099999"
AT = datetime(2026, 2, 3, 10, 15, tzinfo=UTC)
KEY = "c-01hzx0000000000000000001"

SEED: dict[str, Any] = {
    "rules": {
        "discounts": [{"id": 41, "name": "Весна", "percent": 10, "goods": ["A-17"], "emission": 11}]
    },
    "emissions": [{"id": 11, "title": "Весна", "description": "Скидка 10 % на чай"}],
    "customers": [
        {
            "id": 5012,
            "phone": "79000005012",
            "email": "anna@example.com",
            "password": "Secret-1",
            "answers": {
                "FirstName": "Анна",
                "LastName": "Иванова",
                "BirthDay": "1990-05-17",
                "Sex": "Женский",
            },
            "attributes": {"FavoriteCategory": "чай", "ExternalCode": ""},
            "consents": {"Advertisement": True},
            "lots": [{"amount": 410}, {"amount": 20, "activates": "2036-02-10T00:00:00Z"}],
        }
    ],
    "cards": [
        {"id": 456, "number": CARD, "category": "VirtualCard", "owner": 5012},
        {"id": 457, "number": FREE_CARD},
    ],
    "coupons": [{"id": 71, "code": "SPRING25", "emission": 11, "owner": 5012}],
}

IVAN = Customer(
    name=PersonName(last="Ёлкин", first="Иван", patronymic="Ильич"),
    birth_date=date(1985, 12, 31),
    gender=Gender.MALE,
    phones=(PhoneContact(number="+79161234567", rank=0),),
    emails=(EmailContact(address="ivan@example.ru", rank=0),),
    consents=(
        Consent(id="mailing:email", granted=True),
        Consent(id="mailing:sms", granted=False),
    ),
)


def own_settings(url: str, **more: Any) -> dict[str, Any]:
    """Return the account's settings for a double at ``url``."""
    found: dict[str, Any] = {
        "url": url,
        "username": "gateway",
        "password": "operator-secret",
        "currency_code": "Currency1",
        "application": {
            "client_id": "shop-app",
            "client_secret": "app-secret",
            "redirect_uri": "https://shop.example.ru/cb",
        },
        "deposit": {"legal_id": 5, "currency_id": 1, "loyalty_program_id": 1, "partner_id": 2},
        **more,
    }
    if "smart" in found:
        found["smart"] = {"url": f"{url}/sc", **found["smart"]}
    return found


def line(goods: str, name: str, price: int | str, quantity: int = 1) -> OrderLine:
    """Return a line of a sale."""
    return OrderLine(
        id=f"l-{goods}",
        product=ProductRef(external_id=goods, name=name),
        quantity=Decimal(quantity),
        base_price=Money.of(price),
        price=Money.of(price),
    )


TEA, HONEY = line("A-17", "Чай", 300, 2), line("B-03", "Мёд", 460)


def sale(sale_id: str = "SHOP100045", **more: Any) -> Sale:
    """Return the basket of the vendor's sample: tea for 600 and honey for 460."""
    points = more.pop("points", None)
    return Sale(
        id=sale_id,
        lines=more.pop("lines", (TEA, HONEY)),
        at=more.pop("at", AT),
        member=more.pop("member", MemberKey(phone=PHONE)),
        points=BonusPoints(points=Decimal(points)) if points is not None else None,
        **more,
    )


def order(status: OrderStatus = OrderStatus.NEW, **more: Any) -> Order:
    """Return an order of the same goods."""
    return Order(
        number="SITE-1",
        status=status,
        placed_at=AT,
        lines=more.pop("lines", (TEA, HONEY)),
        **more,
    )


def loyalty(bench: Bench) -> LoyaltyProcessing:
    """Return the connector's processing."""
    found = bench.connector.services.loyalty
    assert found is not None
    return found


def codes(base: Bench) -> OneTimeCodes:
    """Return the connector's codes."""
    found = base.connector.services.codes
    assert found is not None
    return found


async def last_code(base: Bench) -> str:
    """Return the code that was sent last."""
    return str((await part(base, "messages"))[-1]["code"])


async def part(bench: Bench, name: str) -> list[dict[str, Any]]:
    """Return a part of the double's state."""
    answer = await bench.door.get("/__mock__/inspect", params={"part": name})
    rows: list[dict[str, Any]] = answer.json()[name]
    return rows


async def person(bench: Bench, person_id: str = ANNA) -> dict[str, Any]:
    """Return a person as the double holds it."""
    return next(row for row in await part(bench, "customers") if str(row["id"]) == person_id)


async def balance(bench: Bench, person_id: str = ANNA) -> tuple[float, float]:
    """Return what a person may spend, and what is blocked."""
    row = await person(bench, person_id)
    return row["balance"], row["blocked"]


async def journal(bench: Bench) -> list[dict[str, Any]]:
    """Return the calls that the double took."""
    rows: list[dict[str, Any]] = (await bench.door.get("/__mock__/journal")).json()["entries"]
    return rows


async def made(base: Bench, snapshot: Customer = IVAN) -> Copy:
    """Register a customer and return what the core remembers."""
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, snapshot)
    return copy


async def edited(base: Bench, copy: Copy, **fields: Any) -> dict[str, Any]:
    """Edit a customer, see that it reads back as written, and return it as the double has it."""
    await base.tell(Kind.CUSTOMER, copy, IVAN.model_copy(update=fields))
    assert await told_back(base, copy) == {}
    return await person(base, copy.external_id or "")


async def told_back(bench: Bench, copy: Copy) -> dict[str, Any]:
    """Return what reads back otherwise than written, but for what only the vendor tells."""
    found = await bench.news(Kind.CUSTOMER, copy)
    return {
        path: value
        for path, value in found.items()
        if not path.startswith(("bonuses", "registered_at")) and not path.endswith("/confirmation")
    }


def cut(path: str, times: int = 1) -> dict[str, Any]:
    """Return the fault that loses an answer after its effect."""
    return {"kind": "cut_after", "path": path, "times": times}
