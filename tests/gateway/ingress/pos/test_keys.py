"""Who may call what: keys, scopes, and one till's sales seen from another."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from gateway.config.loyalty import CallerSection
from gateway.contract import ConfigInvalid, StoreError, TillBusy, TillRefused
from gateway.ingress.pos.callers import Callers
from gateway.telemetry import build_log
from tests.gateway.ingress.pos.served import (
    CARD,
    KEY,
    OTHER_KEY,
    PHONE,
    PLANTED,
    READER_KEY,
    SITE_KEY,
    application,
    basket,
    opened,
    sale,
    without_cards,
)
from tests.gateway.ingress.test_door import problem_of

_HEADERS = {"key": "Idempotency-Key"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": "Bearer guess"}, id="unknown"),
        pytest.param({"Authorization": f"Bearer {KEY}4"}, id="longer"),
        pytest.param({"Authorization": f"Bearer {KEY[:-1]}"}, id="shorter"),
        pytest.param({"Authorization": f"Basic {KEY}"}, id="another scheme"),
        pytest.param({"Authorization": KEY}, id="no scheme"),
        pytest.param({"Authorization": ""}, id="empty"),
        pytest.param({"Authorization": "Bearer"}, id="no key"),
        pytest.param({"Authorization": "Bearer \xff\xfe".encode("latin-1")}, id="bytes"),
    ],
)
async def test_a_wrong_key_learns_nothing(headers: dict[str, Any]) -> None:
    """An answer that tells a wrong key from a missing one helps to guess."""
    async with opened() as served:
        answer = await served.call("/pos/v1/quote", basket(), headers=headers)
        body = problem_of(answer, 401, "unproved")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        missing = await served.http.post("/pos/v1/quote", json=basket())
        other = problem_of(missing, 401, "unproved")
        assert body["detail"] == other["detail"]
        assert served.service.asked == []
        assert not [secret for secret in PLANTED if secret in served.log.getvalue()]


async def test_a_key_may_stand_in_a_header_of_its_own() -> None:
    """1C programs set a header more easily than they build a scheme."""
    async with opened() as served:
        answer = await served.http.post(
            "/pos/v1/quote", json=basket(), headers={"X-Api-Key": READER_KEY}
        )
        assert answer.status_code == httpx.codes.OK


@pytest.mark.parametrize(
    ("path", "body", "scope"),
    [
        ("/pos/v1/sales/s-1/commit", sale(), "sell"),
        ("/pos/v1/sales/s-1/cancel", None, "sell"),
        ("/pos/v1/returns/r-1", {}, "sell"),
        ("/pos/v1/receipts", {}, "sell"),
        ("/pos/v1/register", {"phone": PHONE}, "register"),
        ("/pos/v1/codes", {}, "register"),
        ("/cards/v1/check", {"number": CARD}, "cards"),
    ],
)
async def test_a_missing_scope_is_named(path: str, body: object, scope: str) -> None:
    """A key for reading must not sell, and its owner must learn what it lacks."""
    async with opened() as served:
        answer = await served.call(path, body, key=READER_KEY)
        assert f"`{scope}`" in problem_of(answer, 403, "scope-missing")["detail"]
        assert served.service.asked == []


async def test_a_stolen_key_cannot_touch_another_tills_sales() -> None:
    """Whoever takes one till would take them all."""
    async with opened() as served:
        await served.call("/pos/v1/sales/s-1/reserve", sale(points=50))
        before = dict(served.service.kept)
        seen = await served.call("/pos/v1/sales/s-1", method="GET", key=OTHER_KEY)
        problem_of(seen, 404, "sale-unknown")
        back = {"sale_id": "s-1", "at": "2026-11-30T09:00:00Z"}
        problem_of(
            await served.call("/pos/v1/returns/r-1", back, key=OTHER_KEY), 422, "sale-unknown"
        )
        await served.call("/pos/v1/sales/s-1/cancel", key=OTHER_KEY)
        assert served.service.kept["till-1", "s-1"] == before["till-1", "s-1"]


def test_two_callers_with_one_key_are_refused_at_the_start() -> None:
    """One of them would sell in the other's name."""
    section = CallerSection.model_validate({"key": KEY})
    with pytest.raises(ConfigInvalid, match="another caller has the same key") as caught:
        Callers({"a": section, "b": section}, log=build_log(io.StringIO()))
    assert KEY not in str(caught.value)


class Strict:
    """Admits nobody who failed once."""

    def __init__(self) -> None:
        self.bad: set[str] = set()

    async def admit(self, client: str) -> None:
        """Refuse an address that failed."""
        if client in self.bad:
            code, reason = "keys-limited", "wrong keys came too often from this address"
            raise TillBusy(code, reason, retry_after_s=30)

    def failed(self, client: str) -> None:
        """Remember an address."""
        self.bad.add(client)


async def test_an_address_that_tries_keys_is_held_up() -> None:
    """Without a hook for the limits a key can be tried as fast as the machine answers."""
    async with opened(guard=Strict()) as served:
        problem_of(await served.call("/pos/v1/quote", basket(), key="guess"), 401, "unproved")
        answer = await served.call("/pos/v1/quote", basket())
        problem_of(answer, 429, "keys-limited")
        assert answer.headers["retry-after"] == "30"


@pytest.mark.parametrize(
    ("trouble", "status", "code", "retry"),
    [
        pytest.param(TillRefused("spending-off", "not now"), 422, "spending-off", None, id="off"),
        pytest.param(
            TillRefused("sale-differs", "other", field="id"), 409, "sale-differs", None, id="other"
        ),
        pytest.param(
            TillRefused("sale-committed", "closed", field="id"), 409, "sale-committed", None,
            id="closed",
        ),
        pytest.param(
            TillRefused("key-reused", "reused", field="key"), 422, "key-reused", None,
            id="key",
        ),
        pytest.param(
            TillBusy("disk-full", "nothing can be kept", retry_after_s=4.2), 503, "disk-full", "5",
            id="full",
        ),
        pytest.param(
            TillBusy("code-limited", "wait", retry_after_s=0.0), 429, "code-limited", "1",
            id="often",
        ),
        pytest.param(StoreError("away"), 503, "store-unavailable", "5", id="store"),
    ],
)  # fmt: skip
async def test_what_the_service_refuses_is_a_problem(
    trouble: Exception, status: int, code: str, retry: str | None
) -> None:
    """A till repeats what it must not, or gives up what it may repeat."""
    async with opened() as served:
        served.service.trouble = trouble
        answer = await served.call("/pos/v1/sales/s-1/commit", sale())
        problem = problem_of(answer, status, code)
        assert answer.headers.get("retry-after") == retry
        if isinstance(trouble, TillRefused):
            field = [_HEADERS.get(trouble.field, trouble.field)] if trouble.field else []
            assert [one["path"] for one in problem["errors"]] == field


async def test_a_card_is_checked_for_the_visitor_whom_the_site_names() -> None:
    """Counted for the site's own address, one guesser would lock all visitors out."""
    async with opened() as served:
        told = {"number": "2100 1234 56789", "session": "visit-1", "client": "203.0.113.9"}
        answer = await served.call("/cards/v1/check", told, key=SITE_KEY)
        assert answer.json() == {"exists": True, "discount_percent": "7.5"}
        none = await served.call("/cards/v1/check", {"number": "123"}, key=SITE_KEY)
        assert none.json() == {"exists": False, "discount_percent": None}
        assert served.cards.asked == [(CARD, "203.0.113.9", "visit-1"), ("123", "10.0.0.7", "")]
        code, reason = "cards-limited", "cards were asked for too often"
        served.cards.trouble = TillBusy(code, reason, retry_after_s=8)
        limited = await served.call("/cards/v1/check", told, key=SITE_KEY)
        problem_of(limited, 429, "cards-limited")
        assert CARD not in served.log.getvalue()


async def test_what_is_not_connected_is_not_found() -> None:
    """A site would take a missing directory for a card that does not exist."""
    async with opened(change=without_cards) as served:
        answer = await served.call("/cards/v1/check", {"number": CARD})
        problem_of(answer, 404, "no-cards")
    transport = httpx.ASGITransport(application(None))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        assert (await http.post("/pos/v1/quote")).status_code == httpx.codes.NOT_FOUND
        assert "/pos/v1/quote" not in (await http.get("/openapi.json")).json()["paths"]


async def test_a_site_has_no_calls_of_tills() -> None:
    """A site's key would hand in receipts of shops."""
    async with opened() as served:
        for path in ("register", "receipts"):
            answer = await served.call(f"/checkout/v1/{path}", {}, key=SITE_KEY)
            problem_of(answer, 404, "not-found")
        wrong = await served.call("/checkout/v1/quote", method="GET", key=SITE_KEY)
        problem_of(wrong, 405, "method-not-allowed")


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "", "Europe"])
def test_a_zone_that_is_none_is_refused_at_the_start(zone: str) -> None:
    """It would be met by the first receipt of the day."""
    with pytest.raises(ValidationError, match="no such zone"):
        CallerSection.model_validate({"key": KEY, "zone": zone})
