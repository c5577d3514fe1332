"""What a till sells arrives at the service as it was meant, and what it answers comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from gateway.contract import (
    Allowed,
    Caller,
    Degraded,
    MemberKey,
    Reason,
    Sale,
    Scope,
)
from tests.gateway.ingress.pos.memory import MemoryTills
from tests.gateway.ingress.pos.served import (
    KEY,
    OTHER_KEY,
    PHONE,
    SITE_KEY,
    basket,
    opened,
    sale,
)

OK = httpx.codes.OK
AWAY = Degraded(Reason.AWAY, datetime(2026, 11, 30, 8, tzinfo=UTC))

WHOLE = sale(
    points="10.5",
    promo_codes=["SPRING"],
    payments=[{"method": "card", "amount": "339.50"}],
    till="3",
    cashier="Ольга",
    number="Ч-77",
    lines=[
        {
            "id": "1",
            "sku": "A-1",
            "product_id": "p-1",
            "barcode": "4601234567893",
            "name": "Ботинки",
            "quantity": "2.500",
            "price": 140,
            "base_price": "200.00",
            "discounts": [{"reason": "promotion", "name": "Осень", "amount": "150.00"}],
        }
    ],
)
LINE = {
    "id": "1",
    "product": {
        "sku": "A-1",
        "external_id": "p-1",
        "barcode": "4601234567893",
        "name": "Ботинки",
    },
    "quantity": "2.5",
    "base_price": {"amount": "200.00", "currency": "RUB"},
    "price": {"amount": "140.00", "currency": "RUB"},
    "discounts": [
        {
            "id": "1.1",
            "reason": "promotion",
            "code": None,
            "name": "Осень",
            "amount": {"amount": "150.00", "currency": "RUB"},
        }
    ],
}


async def test_a_sale_arrives_whole() -> None:
    """A field that is lost on the way changes what the customer pays or gets."""
    async with opened() as served:
        answer = await served.call("/pos/v1/sales/s-7/commit", WHOLE)
        assert answer.status_code == OK, answer.text
        got = served.service.asked[0]
        assert isinstance(got, Sale)
        assert (got.id, got.shop, got.till, got.cashier, got.number, got.is_online) == (
            "s-7", "s-1", "3", "Ольга", "Ч-77", False,
        )  # fmt: skip
        assert got.at == datetime(2026, 11, 30, 9, tzinfo=UTC)
        assert got.member == MemberKey(phone=PHONE)
        assert got.points is not None
        assert (got.points.points, got.promo_codes) == (Decimal("10.5"), ("SPRING",))
        assert [(one.id, one.method, one.amount and one.amount.amount) for one in got.payments] == [
            ("1", "card", Decimal("339.50"))
        ]
        assert got.lines[0].model_dump(mode="json", exclude_unset=True) == LINE


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        pytest.param(KEY, datetime(2026, 11, 30, 9, tzinfo=UTC), id="Moscow unless said"),
        pytest.param(OTHER_KEY, datetime(2026, 11, 30, 7, tzinfo=UTC), id="the caller's zone"),
    ],
)
async def test_a_moment_without_a_zone_is_in_the_callers(key: str, moment: datetime) -> None:
    """Receipts of Yekaterinburg would be told to be two hours in the future, and be refused."""
    async with opened() as served:
        told = sale(at="2026-11-30T12:00:00")
        assert (await served.call("/pos/v1/sales/s-1/commit", told, key=key)).status_code == OK
        got = served.service.asked[0]
        assert isinstance(got, Sale)
        assert got.at == moment


async def test_a_quote_tells_what_a_cashier_and_a_printer_need() -> None:
    """What is not passed on is not shown, and nobody knows that it was there."""
    async with opened() as served:
        answer = (await served.call("/pos/v1/quote", basket(promo_codes=["SPRING"]))).json()
        assert answer == {
            "lines": [
                {
                    "id": name,
                    "price": price,
                    "discounts": [],
                    "points_earned": None,
                    "points_spent": None,
                }
                for name, price in (("1", "100.00"), ("2", "125.00"))
            ],
            "total": "350.00",
            "points_earned": "10.5",
            "points_spent": "0",
            "available": "100",
            "spendable": "100",
            "allowed": {"earning": True, "spending": True, "code_needed": False},
            "promo_codes": [{"code": "SPRING", "state": "unknown"}],
            "offers": [
                {
                    "id": "o-1",
                    "title": "Носки в подарок",
                    "discount": None,
                    "points_percent": None,
                    "valid_to": None,
                }
            ],
            "receipt_texts": ["Спасибо за покупку"],
            "cashier_hints": ["Предложите носки"],
            "price_changed": False,
            "degraded": None,
        }


async def test_an_answer_says_what_it_is_worth() -> None:
    """A cashier who reads an old balance as today's promises points that are not there."""
    service = MemoryTills(degraded=AWAY, allowed=Allowed(spending=False))
    async with opened(service) as served:
        answer = await served.call("/pos/v1/quote", basket())
        assert answer.status_code == OK
        assert answer.json()["degraded"] == {
            "reason": "away", "balance_at": "2026-11-30T08:00:00+00:00",
        }  # fmt: skip
        assert answer.json()["allowed"]["spending"] is False


async def test_a_sale_is_reserved_closed_and_looked_up() -> None:
    """The three steps of every sale with points; each shows how far it has come."""
    async with opened() as served:
        reserved = await served.call("/pos/v1/sales/s-1/reserve", sale(points=50))
        assert reserved.json()["stage"] == "reserved"
        assert "processor-s-1" not in reserved.text
        closed = await served.call("/pos/v1/sales/s-1/commit", sale(points=50))
        assert closed.json() == {
            "id": "s-1",
            "stage": "committed",
            "points_earned": "10.5",
            "points_spent": None,
            "balance": None,
            "expires_at": None,
            "degraded": None,
            "cause": None,
            "replayed": False,
        }
        seen = await served.call("/pos/v1/sales/s-1", method="GET")
        assert seen.json()["stage"] == "committed"
        back = {
            "sale_id": "s-1",
            "at": "2026-11-30T12:00:00",
            "lines": [{"id": "1", "quantity": 1}],
        }
        returned = await served.call("/pos/v1/returns/r-1", back)
        assert returned.json()["stage"] == "committed"
        late = await served.call("/pos/v1/sales/s-1/cancel")
        assert late.status_code == httpx.codes.CONFLICT


async def test_a_repeated_step_is_told_to_be_one() -> None:
    """A till that repeats after a time-out must see that nothing happened twice."""
    async with opened() as served:
        headers = {"Idempotency-Key": '"a-1"'}
        first = await served.call("/pos/v1/sales/s-1/commit", sale(), headers=headers)
        assert "idempotent-replayed" not in first.headers
        again = await served.call(
            "/pos/v1/sales/s-1/commit", sale(), headers={"Idempotency-Key": "a-1"}
        )
        assert again.headers["idempotent-replayed"] == "true"
        assert again.json()["replayed"] is True
        assert served.service.points["m-1"] == Decimal("110.5")


async def test_a_sites_sale_is_made_online() -> None:
    """Rules that differ online would not be applied."""
    async with opened() as served:
        await served.call("/checkout/v1/quote", basket(), key=SITE_KEY)
        got = served.service.asked[0]
        assert isinstance(got, Sale)
        assert got.is_online


async def test_a_caller_is_made_of_its_section() -> None:
    """A till would be answered after another's deadline, or by another shop's processor."""
    async with opened() as served:
        await served.call("/pos/v1/quote", basket())
        assert served.service.callers == [
            Caller("till-1", shop="s-1", deadline_s=1.5, scopes=frozenset(Scope))
        ]
