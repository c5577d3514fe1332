"""OAuth: tokens, their lives and what an application may call (reference 1.8, 10.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

CLIENT = {"client_id": "app.1", "client_secret": "s"}
OLD = {"error": "expired_token", "error_description": "The access token provided has expired."}
DEAD = {"error": "invalid_grant", "error_description": "Invalid grant"}


async def _token(shop: Shop, **query: Any) -> tuple[int, AnyJson]:
    answer = await shop.http.get("/oauth/token/", params={**CLIENT, **query})
    return answer.status_code, answer.json()


async def _refresh(shop: Shop, token: str) -> tuple[int, AnyJson]:
    return await _token(shop, grant_type="refresh_token", refresh_token=token)


async def _app(shop: Shop, method: str, token: str, **body: Any) -> tuple[int, AnyJson]:
    answer = await shop.http.post(f"/rest/{method}", json={**body, "auth": token})
    return answer.status_code, answer.json()


async def test_refresh_is_the_documented_answer(shop: Shop) -> None:
    """A refresh answers a plain object without ``result``, with a new pair (10.1)."""
    await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
    status, answer = await _refresh(shop, "rt-1")
    assert status == 200
    assert answer == {
        "access_token": "at-2",
        "refresh_token": "rt-2",
        "expires": 1741003600,
        "expires_in": 3600,
        "domain": "oauth.bitrix.info",
        "client_endpoint": "https://shop.example.ru/rest/",
        "server_endpoint": "https://oauth.bitrix.info/rest/",
        "member_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "scope": "sale,catalog,pay_system,delivery,gateway",
        "status": "L",
        "user_id": 1,
    }


async def test_used_refresh_token_is_dead(shop: Shop) -> None:
    """Two workers that refresh at once: the second one holds a dead token."""
    assert (await _refresh(shop, "rt-1"))[0] == 200
    assert await _refresh(shop, "rt-1") == (400, DEAD)
    assert (await _refresh(shop, "rt-2"))[0] == 200


async def test_used_refresh_token_may_live_on_for_a_while(shop: Shop) -> None:
    """Switch S2: some portals keep the previous token alive for a moment."""
    await shop.door("settings", {"app": {"refresh_grace_s": 60}})
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    assert (await _refresh(shop, "rt-1"))[0] == 200
    assert (await _refresh(shop, "rt-1"))[0] == 200
    await shop.act("clock.freeze", at="2025-03-03T14:01:01+03:00")
    assert await _refresh(shop, "rt-1") == (400, DEAD)


async def test_access_token_grows_old_and_refresh_helps() -> None:
    """After 3600 s every call answers ``expired_token`` until a new token is used."""
    async with open_shop() as shop:
        await shop.act("clock.freeze", at="2099-01-01T00:00:00+03:00")
        assert await _app(shop, "profile", "at-1") == (401, OLD)
        assert await _refresh(shop, "rt-1") == (400, DEAD)
        url = await shop.http.get("/oauth/authorize/", params={"client_id": "app.1", "state": "x"})
        code = parse_qs(urlsplit(url.headers["location"]).query)["code"][0]
        answer = (await _token(shop, grant_type="authorization_code", code=code))[1]
        assert (await _app(shop, "profile", answer["access_token"]))[0] == 200
        await shop.act("clock.freeze", at="2099-01-01T00:59:59+03:00")
        assert (await _app(shop, "profile", answer["access_token"]))[0] == 200
        await shop.act("clock.freeze", at="2099-01-01T01:00:00+03:00")
        assert await _app(shop, "profile", answer["access_token"]) == (401, OLD)


async def test_authorization_code_lives_half_a_minute_and_once(shop: Shop) -> None:
    """The browser is sent back with code, state and portal; the code works once, for 30 s."""
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    answer = await shop.http.get("/oauth/authorize/", params={"client_id": "app.1", "state": "x&y"})
    assert answer.status_code == 302
    sent = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert sent == {
        "code": "code-2",
        "state": "x&y",
        "domain": "shop.example.ru",
        "member_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "scope": "sale,catalog,pay_system,delivery,gateway",
        "server_domain": "oauth.bitrix.info",
    }
    trade = {"grant_type": "authorization_code", "code": "code-2"}
    assert (await _token(shop, **trade))[1]["access_token"] == "at-3"
    assert await _token(shop, **trade) == (400, DEAD)
    await shop.http.get("/oauth/authorize/", params={"client_id": "app.1"})
    await shop.act("clock.freeze", at="2025-03-03T14:00:30+03:00")
    assert await _token(shop, grant_type="authorization_code", code="code-4") == (400, DEAD)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        pytest.param({}, "invalid_request", id="no-grant-type"),
        pytest.param({"grant_type": "password", "code": "x"}, "invalid_request", id="other-grant"),
        pytest.param({"grant_type": "refresh_token"}, "invalid_request", id="no-token"),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "rt-1", "client_secret": "x"},
            "invalid_client",
            id="wrong-secret",
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": "zz"}, "invalid_grant", id="unknown"
        ),
    ],
)
async def test_token_endpoint_refuses(shop: Shop, query: Json, error: str) -> None:
    """Every refusal is an object with ``error`` and a 400."""
    status, answer = await _token(shop, **query)
    assert (status, answer["error"]) == (400, error)


async def test_unpaid_application_gets_no_token(shop: Shop) -> None:
    """A subscription that ran out answers ``PAYMENT_REQUIRED`` and leaves the token alive."""
    await shop.door("settings", {"app": {"is_paid": False}})
    assert (await _refresh(shop, "rt-1"))[1]["error"] == "PAYMENT_REQUIRED"
    await shop.door("settings", {"app": {"is_paid": True}})
    assert (await _refresh(shop, "rt-1"))[0] == 200


async def test_bearer_is_a_switch(shop: Shop) -> None:
    """A token is read from ``auth``; the header counts only with switch S10."""
    headers = {"authorization": "Bearer at-1"}
    refused = await shop.http.post("/rest/profile", headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (401, "NO_AUTH_FOUND")
    await shop.door("settings", {"app": {"bearer": True}})
    taken = await shop.http.post("/rest/profile", headers=headers)
    assert taken.json()["result"]["ID"] == "1"
    by_query = await shop.http.get("/rest/profile.json", params={"auth": "at-1"})
    assert by_query.status_code == 200


async def test_application_has_its_own_scopes(shop: Shop) -> None:
    """Scopes of the application count, in a batch too; an unknown token is no auth at all."""
    await shop.door("settings", {"app": {"scopes": ["sale"]}})
    assert (await _app(shop, "sale.order.list", "at-1"))[0] == 200
    status, answer = await _app(shop, "catalog.store.list", "at-1")
    assert (status, answer["error"]) == (401, "insufficient_scope")
    cmd = {"a": "sale.order.list", "b": "catalog.store.list"}
    result = (await _app(shop, "batch", "at-1", cmd=cmd))[1]["result"]
    assert list(result["result"]) == ["a"]
    assert result["result_error"]["b"]["error"] == "insufficient_scope"
    assert (await _app(shop, "profile", "at-9"))[1]["error"] == "NO_AUTH_FOUND"


async def test_app_info(shop: Shop) -> None:
    """``app.info`` knows the application; under a webhook it is refused or not (S3)."""
    info = (await _app(shop, "app.info", "at-1"))[1]["result"]
    assert (info["CODE"], info["STATUS"], info["INSTALLED"]) == ("app.1", "L", True)
    assert await shop.refused("app.info") == (403, "ACCESS_DENIED")
    await shop.door("settings", {"app_info_webhook": "scope"})
    assert (await shop.result("app.info"))["LICENSE"] == "ru_selfhosted"


async def test_token_secrets_are_not_journaled(shop: Shop) -> None:
    """The journal names the endpoint, never the secret or a token."""
    await _refresh(shop, "rt-1")
    entry = (await shop.peek("journal"))["entries"][-1]
    assert (entry["op"], entry["path"]) == ("oauth.token", "/oauth/token/")
    assert "rt-1" not in str(entry)
