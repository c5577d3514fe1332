"""Who comes into the console, and what he may do there."""

from __future__ import annotations

import re

import httpx
import pytest

from gateway.ops.rights import Face, Operator, Role
from gateway.telemetry import redacted
from tests.gateway.ops.backstage import PASSWORD, Browser, doors, employ
from tests.gateway.ops.house import House


async def story(browser: Browser, house: House) -> list[tuple[str, str, str]]:
    """Return what the audit says: event, outcome, who."""
    del browser
    async with house.foundation() as foundation:
        rows = await foundation.store.read(lambda tx: tx.story("", limit=500))
    return [
        (row.event, row.outcome, str(row.detail.get("who")))
        for row in rows
        if row.account == "operator"
    ]


async def test_nobody_sees_a_page_without_a_session(house: House) -> None:
    """Whoever knows an address would read the shop's customers."""
    employ(house)
    async with doors(house) as there, there.browser(None) as browser:
        for path in ("/approvals", "/", "/approvals/x/approve"):
            answer = await browser.get(path)
            assert answer.status_code in {303, 404, 405}, path
        assert (await browser.get("/approvals")).headers["location"] == "/console/login"
        part = await browser.get("/approvals", **{"HX-Request": "true"})
        assert part.headers["hx-redirect"] == "/console/login"
        assert part.text == ""


async def test_a_wrong_password_says_no_more_than_a_wrong_name(house: House) -> None:
    """Names could be collected from differing answers."""
    employ(house)
    async with doors(house) as there, there.browser(None) as browser:
        answers = [await browser.log_in("olga", "no"), await browser.log_in("nobody", "no")]
        texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
        assert [answer.status_code for answer in answers] == [401, 401]
        assert len(texts) == 1
        seen = await story(browser, house)
    assert ("login", "refused", "olga") in seen
    assert ("login", "refused", "somebody") in seen
    assert "nobody" not in {who for *_, who in seen}


async def test_waits_grow_with_wrong_passwords(house: House) -> None:
    """A password could be tried as fast as the machine goes."""
    employ(house)
    async with doors(house) as there, there.browser(None) as browser:
        for _ in range(5):
            await browser.log_in("olga", "no")
        answer = await browser.log_in("olga")
        assert answer.status_code == 401
        assert "Too many tries" in answer.text


async def test_a_stolen_session_ends_with_the_log_out(house: House) -> None:
    """A cookie that was copied would open the console for ever."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        thief = httpx.AsyncClient(
            transport=there.transport,
            base_url="http://gateway.test",
            cookies=browser.client.cookies,
        )
        async with thief:
            assert (await thief.get("/console/approvals")).status_code == 200
            assert (await browser.post("/logout")).status_code == 303
            assert (await thief.get("/console/approvals")).status_code == 303
        assert ("login", "out", "olga") in await story(browser, house)


async def test_a_new_login_gives_a_new_cookie_and_ends_the_old_session(house: House) -> None:
    """A cookie that somebody planted before the login would be his afterwards."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        before = browser.client.cookies["gateway_session"]
        await browser.log_in("olga")
        after = browser.client.cookies["gateway_session"]
        assert before != after
        browser.client.cookies.set(
            "gateway_session", before, domain="gateway.test", path="/console"
        )
        assert (await there.backstage.entrance.by_cookie(before)) is None
        assert (await there.backstage.entrance.by_cookie(after)) is not None


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
async def test_a_form_without_the_sessions_token_does_nothing(house: House, token: str) -> None:
    """Another site could send it with the operator's cookie."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        answer = await browser.post("/logout", csrf=token)
        assert answer.status_code == 403
        assert (await browser.get("/approvals")).status_code == 200


async def test_cookies_and_headers_are_those_of_a_careful_site(house: House) -> None:
    """Scripts would read the session, and other sites would frame the page."""
    employ(house, console='url = "https://gateway.shop.ru/console"')
    async with doors(house) as there, there.browser(None) as browser:
        await browser.get("/login")
        # The cookie of the form travels by https only, which the test's client is not.
        jar = {cookie.name: cookie.value or "" for cookie in browser.client.cookies.jar}
        answer = await browser.client.post(
            "/console/login",
            data={"csrf": browser.token, "name": "anna", "password": PASSWORD},
            headers={"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())},
        )
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/console"} <= set(cookie.split("; "))
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"


async def test_a_proxy_is_believed_from_its_address_only(house: House) -> None:
    """Anybody could send the header."""
    employ(
        house,
        console='proxy = { user = "X-User", groups = "X-Groups", roles = { ops = "operator" }, '
        'addresses = ["127.0.0.1/32"] }',
    )
    async with doors(house) as there:
        entrance = there.backstage.entrance
        headers = {"x-user": "ivan@shop.ru", "x-groups": "staff, ops"}
        found = await entrance.by_proxy(headers, "", address="127.0.0.1")
        assert found is not None
        visitor, entered = found
        assert visitor.operator == Operator("ivan@shop.ru", Role.OPERATOR, Face.CONSOLE)
        assert entered is not None
        again = await entrance.by_proxy(headers, entered.cookie, address="127.0.0.1")
        assert again is not None
        assert again[1] is None
        assert await entrance.by_proxy(headers, "", address="10.0.0.7") is None
        assert await entrance.by_proxy({"x-user": "eve"}, "", address="127.0.0.1") is None
        other = {"x-user": "eve", "x-groups": "ops"}
        stolen = await entrance.by_proxy(other, entered.cookie, address="127.0.0.1")
        assert stolen is not None
        assert stolen[1] is not None  # a session of her own, not his


async def test_language_and_colours_are_the_viewers_choice(house: House) -> None:
    """An operator who reads Russian only would guess."""
    employ(house)
    async with doors(house) as there, there.browser("olga", language="ru") as browser:
        page = await browser.get("/approvals")
        assert 'lang="ru"' in page.text
        assert "Согласования" in page.text
        answer = await browser.post("/like", lang="en", theme="dark", back="/approvals?x=1")
        assert answer.headers["location"] == "/console/approvals?x=1"
        page = await browser.get("/approvals")
        assert 'lang="en" data-bs-theme="dark"' in page.text
        for bad in ("//evil.example", "https://evil.example", "/\\evil.example"):
            answer = await browser.post("/like", lang="ru", back=bad)
            assert answer.headers["location"] == "/console/"


async def test_no_secret_of_an_operator_reaches_the_log(house: House) -> None:
    """The log is read by more people than the configuration."""
    employ(house)
    async with doors(house) as there, there.browser("olga") as browser:
        await browser.get("/approvals")
        cookie = browser.client.cookies["gateway_session"]
    assert redacted(PASSWORD) == PASSWORD  # no net would have caught it
    for secret in (PASSWORD, cookie, browser.token):
        assert secret not in house.log.getvalue()
