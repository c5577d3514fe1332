"""Who is named by a till arrives at the service as it was meant, and what it answers comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest

from gateway.contract import (
    Allowed,
    CodePurpose,
    Degraded,
    MemberKey,
    Reason,
    Sale,
)
from tests.gateway.ingress.pos.memory import CODE, PROOF, MemoryTills
from tests.gateway.ingress.pos.served import (
    CARD,
    EMAIL,
    FIRST,
    LAST,
    PHONE,
    SITE_KEY,
    opened,
    sale,
)

OK = httpx.codes.OK
AWAY = Degraded(Reason.AWAY, datetime(2026, 11, 30, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("named", "who"),
    [
        pytest.param({"phone": "8 (916) 123-45-67"}, MemberKey(phone=PHONE), id="phone"),
        pytest.param({"email": " Alyona@Example.RU "}, MemberKey(email=EMAIL), id="email"),
        pytest.param({"card": "2100 1234 56789"}, MemberKey(card=CARD), id="card as printed"),
        pytest.param({"barcode": f"]E0{CARD}\r\n"}, MemberKey(card=CARD), id="barcode"),
        pytest.param({"wallet": CARD, "phone": None}, MemberKey(card=CARD), id="wallet"),
        pytest.param({"member_id": "m-1"}, MemberKey(external_id="m-1"), id="earlier answer"),
    ],
)
async def test_a_member_is_found_however_the_cashier_names_it(
    named: dict[str, object], who: MemberKey
) -> None:
    """A spelling that is not understood is a customer who gets no points."""
    async with opened() as served:
        answer = await served.call("/pos/v1/identify", named)
        assert served.service.asked == [who]
        assert answer.json() == {
            "found": True,
            "member": {
                "member_id": "m-1",
                "name": {"last": LAST, "first": FIRST, "patronymic": None},
                "tier": None,
                "has_phone": True,
                "has_email": True,
                "accounts": [
                    {
                        "programme": "main",
                        "available": "100",
                        "pending": None,
                        "blocked": None,
                        "tier": "Silver",
                    }
                ],
                "offers": [
                    {
                        "id": "o-1",
                        "title": "Носки в подарок",
                        "discount": None,
                        "points_percent": None,
                        "valid_to": None,
                    }
                ],
            },
            "allowed": {"earning": True, "spending": True, "code_needed": False},
            "degraded": None,
        }
        assert answer.headers["cache-control"] == "no-store"


async def test_nobody_is_an_answer_and_no_error() -> None:
    """A till that takes an unknown phone for a fault would not offer to register it."""
    async with opened() as served:
        answer = await served.call("/pos/v1/identify", {"phone": "+7 903 111 22 33"})
        assert (answer.status_code, answer.json()["found"]) == (OK, False)


async def test_points_are_spent_with_the_proof_of_a_code() -> None:
    """A rule that wants a code is worth nothing when the door loses the proof."""
    async with opened(MemoryTills()) as served:
        told = {"phone": PHONE, "name": {"first": FIRST}, "consents": [
            {"id": "personal_data", "granted": True, "at": "2026-11-30T11:00:00"}
        ]}  # fmt: skip
        member = (await served.call("/pos/v1/register", told)).json()["member"]
        served.service.points[member["member_id"]] = Decimal(50)
        served.service.allowed = Allowed(code_needed=True)
        path, spent = "/pos/v1/sales/s-1/reserve", sale(points=5)
        assert (await served.call(path, spent)).status_code == httpx.codes.UNPROCESSABLE_ENTITY
        to = {"to": {"phone": PHONE}, "purpose": CodePurpose.SPENDING}
        sent = (await served.call("/pos/v1/codes", to)).json()
        assert sent == {"reference": "ref-1", "again_after_s": 60.0, "length": 4}
        wrong = await served.call("/pos/v1/codes/confirm", {**to, "code": "0000"})
        assert wrong.json() == {"confirmed": False, "proof": None}
        right = await served.call("/pos/v1/codes/confirm", {**to, "code": CODE})
        assert right.json() == {"confirmed": True, "proof": PROOF}
        assert (await served.call(path, {**spent, "proof": PROOF})).json()["stage"] == "reserved"


async def test_an_account_page_reads_balance_and_pages_of_history() -> None:
    """A cursor that is lost shows the first page for ever."""
    async with opened() as served:
        balance = await served.call("/checkout/v1/members/m-1/balance", method="GET", key=SITE_KEY)
        assert balance.json()["accounts"][0]["available"] == "100"
        path = "/checkout/v1/members/m-1/history?limit=2"
        first = (await served.call(path, method="GET")).json()
        assert [one["id"] for one in first["items"]] == ["p-0", "p-1"]
        rest = (await served.call(f"{path}&cursor={first['cursor']}", method="GET")).json()
        assert ([one["id"] for one in rest["items"]], rest["cursor"]) == (["p-2"], None)


async def test_products_are_reckoned_each_alone_and_online() -> None:
    """Together they would reach thresholds that one of them does not."""
    async with opened() as served:
        told = {
            "member": {"member_id": "m-1"},
            "products": [{"sku": "A", "price": "100"}, {"barcode": "4601234567893", "price": 1000}],
        }
        answer = (await served.call("/checkout/v1/products/points", told, key=SITE_KEY)).json()
        assert [(one["sku"], one["points_earned"]) for one in answer["products"]] == [
            ("A", "3"), (None, "30"),
        ]  # fmt: skip
        sales = [one for one in served.service.asked if isinstance(one, Sale)]
        assert [len(one.lines) for one in sales] == [1, 1]
        assert all(one.is_online for one in sales)
