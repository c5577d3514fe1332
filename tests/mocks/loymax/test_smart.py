"""Smart Communications: the seen methods of the other product (reference, section 14)."""

from __future__ import annotations

import httpx
import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.stand import Json, Loymax

SECRET = "sc-secret"


async def _token(double: Loymax, password: str = SECRET) -> httpx.Response:
    body = {"data": {"attributes": {"username": "sc-user", "password": password}}}
    return await double.client.post("/sc/token", json=body)


async def _call(double: Loymax, verb: str, path: str, attributes: Json = None) -> httpx.Response:
    token = (await _token(double)).json()["data"]["attributes"]["accessToken"]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"data": {"attributes": attributes}} if attributes is not None else None
    return await double.client.request(verb, f"/sc/{path}", json=body, headers=headers)


async def test_wrong_credentials_and_no_token_are_401(loymax: Loymax) -> None:
    """Real HTTP codes here, with an errors array."""
    refused = await _token(loymax, "bad")
    assert (refused.status_code, refused.json()["errors"][0]["status"]) == (401, 401)
    assert (await loymax.client.get("/sc/customer/17/channel")).status_code == 401


async def test_channels_are_set_by_letters_and_read_as_numbers(loymax: Loymax) -> None:
    """Y and N on the way in, an int on the way out."""
    await _call(loymax, "POST", "customer/17/channel", {"email": "Y", "push": "N"})
    rows = (await _call(loymax, "GET", "customer/17/channel")).json()["data"]
    values = {row["attributes"]["type"]: row["attributes"]["value"] for row in rows}
    assert values == {"email": 1, "push": 0, "sms": 0}


async def test_mailings_are_changed_one_by_one(loymax: Loymax) -> None:
    """A change of one category leaves the others."""
    body = {"categories": {"news": {"email": "N", "sms": "Y"}}}
    assert (await _call(loymax, "PATCH", "customer/17/subscribe", body)).status_code == 200
    rows = (await _call(loymax, "GET", "customer/17/subscribe")).json()["data"]
    shown = {row["attributes"]["mailingCatId"]: row["attributes"] for row in rows}
    assert (shown["news"]["statusEmail"], shown["news"]["statusSms"]) == ("N", "Y")
    assert shown["offers"]["statusEmail"] == ""


@pytest.mark.parametrize(
    ("verb", "path", "attributes", "field"),
    [
        ("POST", "customer/17/channel", {"email": "yes"}, "email"),
        ("POST", "customer/17/contact", {"contacts": []}, "contacts"),
        ("POST", "customer/17/contact", {"contacts": [{"type": "push"}]}, "contacts.type"),
        ("PATCH", "customer/17/subscribe", {"categories": {"no": {}}}, "categories.no"),
        (
            "PATCH",
            "customer/17/subscribe",
            {"categories": {"news": {"viber": "Y"}}},
            "categories.news",
        ),
    ],
)
async def test_a_wrong_body_names_its_field(
    loymax: Loymax, verb: str, path: str, attributes: dict[str, Json], field: str
) -> None:
    """The validation keys follow the request body."""
    answer = await _call(loymax, verb, path, attributes)
    assert answer.status_code == 422
    assert list(answer.json()["errors"][0]["validation"]) == [field]


async def test_events_are_listed_in_pages(loymax: Loymax) -> None:
    """Fifteen events make two pages of ten."""
    token = (await _token(loymax)).json()["data"]["attributes"]["accessToken"]
    headers = {"Authorization": f"Bearer {token}"}
    rows = [{"type": "open", "messageId": n, "externalClientId": "17"} for n in range(1, 16)]
    sent = await loymax.client.post(
        "/sc/communication/email/events", json={"data": rows}, headers=headers
    )
    assert sent.status_code == 200
    path = "/sc/event?page[number]=2&page[size]=10"
    page = (await loymax.client.get(path, headers=headers)).json()
    assert page["meta"] == {"total": 15, "count": 5}
    assert page["links"]["next"] is None
    assert [row["attributes"]["messageId"] for row in page["data"]] == [11, 12, 13, 14, 15]


async def test_the_rate_limit_is_per_minute_and_address(start: Start) -> None:
    """Over it comes 429 until a minute has passed."""
    double = await start(sc_rate_limit=3)
    for _ in range(3):
        assert (await _token(double)).status_code == 200
    over = await _token(double)
    assert (over.status_code, over.json()) == (
        429,
        {"errors": [{"status": 429, "title": "Too Many Attempts."}]},
    )
    await double.door("clock", advance=60)
    assert (await _token(double)).status_code == 200


async def test_unknown_methods_are_404(loymax: Loymax) -> None:
    """Profile endpoints are not known and must not be guessed."""
    assert (await _call(loymax, "POST", "customer/17", {"name": "x"})).status_code == 404
