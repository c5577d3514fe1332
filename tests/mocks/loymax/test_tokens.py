"""Tokens: grants, lifetimes, lock-outs and who may call what (reference, sections 2 and 10)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import CARD, PHONE, PUBLIC, SYSTEM, WORLD, Loymax

WRONG = "Неверное имя пользователя или пароль. Проверьте правильность введенных данных. "


async def _try(double: Loymax, ip: str = "203.0.113.7", username: str = PHONE) -> dict[str, str]:
    answer = await double.token(
        {"X-Forwarded-For": ip}, grant_type="password", username=username, password="bad"
    )
    assert answer.status_code == 400
    body: dict[str, str] = answer.json()
    return body


async def test_a_login_is_blocked_after_ten_errors_and_free_after_thirty_minutes(
    loymax: Loymax,
) -> None:
    """Without the lock a gateway that retries a wrong password would never be noticed."""
    texts = [(await _try(loymax))["error_description"] for _ in range(10)]
    assert texts[0] == WRONG + "Осталось 9 попыток."
    assert texts[6] == WRONG + "Осталось 3 попытки."
    assert texts[8] == WRONG + "Осталось 1 попытка."
    assert (await _try(loymax))["error"] == "Blocked"
    right = await loymax.token(grant_type="password", username=PHONE, password="Secret-1")
    assert right.json()["error"] == "Blocked"
    await loymax.door("clock", advance=1801)
    assert await loymax.member()


async def test_errors_count_against_the_forwarded_address(start: Start) -> None:
    """Trap 16: a gateway that hides its users' addresses gets all of them blocked."""
    double = await start(seed=WORLD, ip_attempts=3)
    for number in range(3):
        await _try(double, username=f"7900000000{number}")
    assert (await _try(double, username="79000000009"))["error"] == "Blocked"
    other = await _try(double, ip="203.0.113.8", username="79000000009")
    assert other["error"] == "IncorrectLoginOrPassword"


@pytest.mark.parametrize("username", [PHONE, CARD, "anna@example.com", "ANNA@example.com"])
async def test_a_member_logs_in_by_phone_card_or_email(loymax: Loymax, username: str) -> None:
    """All three are logins of one member."""
    token = await loymax.member(username)
    assert (await loymax.data("GET", "User", token))["id"] == 5012


async def test_a_refresh_wants_the_old_access_token_and_gives_a_new_pair(loymax: Loymax) -> None:
    """Trap 3: the expired access token must come along, and both old tokens die."""
    pair = (await loymax.token(grant_type="password", username=PHONE, password="Secret-1")).json()
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert (await loymax.token(**form)).json() == {"error": "invalid_grant"}
    await loymax.door("clock", advance=3601)
    assert (await loymax.call("GET", "User", pair["access_token"])).status_code == 401
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    fresh = (await loymax.token(bearer, **form)).json()
    assert fresh["refresh_token"] != pair["refresh_token"]
    assert (await loymax.data("GET", "User", fresh["access_token"]))["id"] == 5012
    assert (await loymax.token(bearer, **form)).json() == {"error": "invalid_grant"}


async def test_a_refresh_token_may_live_on_by_the_switch(start: Start) -> None:
    """Whether it dies is not confirmed, so both must be testable."""
    double = await start(seed=WORLD, refresh_rotation="lives")
    pair = (await double.token(grant_type="password", username=PHONE, password="Secret-1")).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert (await double.token(bearer, **form)).status_code == 200
    assert (await double.token(bearer, **form)).status_code == 200


async def test_a_refresh_token_ends_after_its_own_lifetime(loymax: Loymax) -> None:
    """After it a login is the only way."""
    pair = (await loymax.token(grant_type="password", username=PHONE, password="Secret-1")).json()
    await loymax.door("clock", advance=31 * 86400)
    answer = await loymax.token(
        {"Authorization": f"Bearer {pair['access_token']}"},
        grant_type="refresh_token",
        refresh_token=pair["refresh_token"],
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials"}, "Error"),
        ({}, "Error"),
        ({"grant_type": "password"}, "Error"),
        ({"grant_type": "anonymous", "client_id": "nobody"}, "Приложение не найдено"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        (
            {"grant_type": "password", "username": "gateway", "password": "x", "area": "users"},
            "IncorrectLoginOrPassword",
        ),
    ],
    ids=["no such grant", "empty", "no login", "no application", "bad refresh", "bad operator"],
)
async def test_a_bad_token_request_is_refused_without_envelope(
    loymax: Loymax, form: dict[str, str], error: str
) -> None:
    """The token endpoint speaks OAuth, not the envelope."""
    answer = await loymax.token(**form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "result" not in answer.json()


async def test_the_token_endpoint_takes_forms_only(loymax: Loymax) -> None:
    """A JSON body is a malformed request there."""
    answer = await loymax.client.post(
        "/authorizationService/token", json={"grant_type": "anonymous", "client_id": "shop-app"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "Error")


async def test_a_login_code_expires_and_locks(start: Start) -> None:
    """A code is good for five minutes and ten errors."""
    double = await start(seed=WORLD, two_factor="on")
    first = await double.token(grant_type="password", username=PHONE)
    header = {"X-Loymax-2FA": first.headers["X-Loymax-2FA"]}
    await double.door("clock", advance=301)
    late = await double.token(header, grant_type="password", password=await double.code())
    assert late.json()["error"] == "AuthenticationWithConfirmCodeExpired"
    answers = [
        (await double.token(header, grant_type="password", password="000000")).json()["error"]
        for _ in range(9)
    ]
    assert answers[-1] == "Blocked"
    assert answers[0] == "AuthenticationWithConfirmCodeExpired"


async def test_password_and_code_are_asked_for_together(start: Start) -> None:
    """With both settings on a right password only starts the second step."""
    double = await start(seed=WORLD, two_factor="on")
    first = await double.token(grant_type="password", username=PHONE, password="Secret-1")
    assert first.json()["error"] == "TwoFactorAuthenticationCodeRequired"
    header = {"X-Loymax-2FA": first.headers["X-Loymax-2FA"]}
    code = await double.code()
    second = await double.token(header, grant_type="password", password=code)
    assert await double.data("GET", "User/Balance", second.json()["access_token"])


async def test_resending_answers_success_for_an_unknown_temporary_token(loymax: Loymax) -> None:
    """The server does not tell whether a temporary token exists."""
    answer = await loymax.client.post(
        "/authorizationService/v1.2/auth/SendConfirmationCode",
        json={},
        headers={"X-Loymax-2FA": "nonsense"},
    )
    assert answer.json()["result"]["state"] == "Success"
    assert (await loymax.state())["messages"] == []


async def test_a_customer_token_is_bound_to_redirect_and_used_once(loymax: Loymax) -> None:
    """The code is for one exchange with the same redirect."""
    shop = await loymax.merchant()
    found = await loymax.client.get(
        "/authorizationService/oauth/authorize",
        params={
            "client_id": "shop-app",
            "redirect_uri": "https://a.example/cb",
            "response_type": "code",
            "scope": "account",
        },
        headers={"Authorization": f"Bearer {shop}", "X-Identifier": CARD},
    )
    form = {
        "grant_type": "authorization_code",
        "client_id": "shop-app",
        "client_secret": "app-secret",
        "code": found.headers["location"].partition("code=")[2],
    }
    other = await loymax.token(**form, redirect_uri="https://b.example/cb")
    assert other.json()["error"] == "invalid_grant"
    assert (await loymax.token(**form, redirect_uri="https://a.example/cb")).status_code == 200
    again = await loymax.token(**form, redirect_uri="https://a.example/cb")
    assert again.json()["error"] == "invalid_grant"


async def test_a_missing_scope_is_a_real_403(loymax: Loymax) -> None:
    """A shop's token opens what it asked for, a member's own token everything."""
    token = await loymax.customer(scope="account profile")
    assert (await loymax.call("GET", "User/Balance", token)).status_code == 200
    assert (await loymax.call("GET", "History", token)).status_code == 403
    await loymax.door("settings", scope_check="off")
    assert (await loymax.call("GET", "History", token)).status_code == 200


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("member", SYSTEM + "users/5012", 401),
        ("operator", PUBLIC + "User", 401),
        ("merchant", PUBLIC + "User", 401),
        ("operator", SYSTEM + "users/5012", 200),
        ("merchant", PUBLIC + "users/code/79000005012/balance", 200),
        ("member", PUBLIC + "users/code/79000005012/balance", 401),
    ],
)
async def test_each_area_wants_its_own_token(
    loymax: Loymax, who: str, path: str, status: int
) -> None:
    """A token of one area does not open another."""
    logins = {"member": loymax.member, "operator": loymax.operator, "merchant": loymax.merchant}
    token = await logins[who]()
    assert (await loymax.call("GET", path, token)).status_code == status


async def test_the_communication_service_refuses_a_bad_token_inside_200(loymax: Loymax) -> None:
    """Section 2.5: some modules tell of an expired token with state Fail."""
    path = "/CommunicationService/api/v1/Communication/Communications"
    answer = await loymax.call("POST", path, "expired", {})
    assert answer.status_code == 200
    assert answer.json()["data"] is None
    assert answer.json()["result"]["state"] == "Fail"
    assert (await loymax.data("POST", path, await loymax.member(), {}))["items"] == []
