"""The double against the reference's own shapes, asked by a bare HTTP client."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mocks.serving import serve
from mocks.slack.app import SlackSettings, build_app

BEARER = {"Authorization": "Bearer xoxb-double-token"}
MESSAGE = {"channel": "C0ALERTS", "text": "Привет"}


@pytest.fixture
async def door() -> AsyncIterator[httpx.AsyncClient]:
    """A fresh double and a client of it."""
    async with serve(build_app(SlackSettings())) as url, httpx.AsyncClient(base_url=url) as client:
        await client.post("/__mock__/seed", json={"url": url})
        yield client


async def test_a_message_is_posted(door: httpx.AsyncClient) -> None:
    """5.5."""
    answer = await door.post("/api/chat.postMessage", json=MESSAGE, headers=BEARER)
    told = answer.json()
    assert (answer.status_code, told["ok"], told["channel"]) == (200, True, "C0ALERTS")
    assert told["message"]["ts"] == told["ts"]
    found = (await door.get("/__mock__/messages?channel=C0ALERTS")).json()["messages"]
    assert [one["text"] for one in found] == ["Привет"]


@pytest.mark.parametrize(
    ("body", "headers", "word"),
    [
        pytest.param({**MESSAGE, "channel": "C0NONE"}, BEARER, "channel_not_found", id="5.5"),
        pytest.param(MESSAGE, {}, "not_authed", id="no token"),
        pytest.param(MESSAGE, {"Authorization": "Bearer x"}, "invalid_auth", id="wrong token"),
        pytest.param({"channel": "C0ALERTS"}, BEARER, "no_text", id="nothing said"),
        pytest.param(
            {**MESSAGE, "blocks": [{"type": "section", "text": {"text": "x" * 3001}}]},
            BEARER,
            "invalid_blocks",
            id="5.4",
        ),
    ],
)
async def test_refusals_come_with_200(
    door: httpx.AsyncClient, body: dict[str, Any], headers: dict[str, str], word: str
) -> None:
    """5.5."""
    answer = await door.post("/api/chat.postMessage", json=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"ok": False, "error": word})


async def test_a_channel_has_a_limit(door: httpx.AsyncClient) -> None:
    """5.5: one message a second, then 429 with Retry-After; other channels go on."""
    await door.post("/__mock__/settings", json={"limit_per_s": 1.0})
    codes = [
        (await door.post("/api/chat.postMessage", json=MESSAGE, headers=BEARER)).status_code
        for _ in range(2)
    ]
    other = {**MESSAGE, "channel": "C0SUPPORT"}
    third = await door.post("/api/chat.postMessage", json=other, headers=BEARER)
    assert [*codes, third.status_code] == [200, 429, 200]
    await door.post("/__mock__/act", json={"action": "clock.advance", "seconds": 1})
    again = await door.post("/api/chat.postMessage", json=MESSAGE, headers=BEARER)
    assert again.json()["ok"]


async def test_a_webhook_says_ok(door: httpx.AsyncClient) -> None:
    """5.3."""
    path = f"/services/{SlackSettings().hook}"
    answer = await door.post(path, json={"text": "Привет"})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert (await door.post(f"{path}x", json={"text": "Привет"})).status_code == 404


async def test_a_command_is_signed_over_its_raw_body(door: httpx.AsyncClient) -> None:
    """5.1 and 5.2."""
    asked = {"action": "slash", "command": "/client", "text": "8 916", "user_id": "U1"}
    made = (await door.post("/__mock__/act", json={**asked, "channel_id": "C1"})).json()
    stamp, body = made["headers"]["X-Slack-Request-Timestamp"], made["body"]
    secret = SlackSettings().signing_secret.encode()
    mac = hmac.new(secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    assert made["headers"]["X-Slack-Signature"] == f"v0={mac}"
    form = {name: values[0] for name, values in parse_qs(body).items()}
    assert form["command"] == "/client"
    assert form["text"] == "8 916"
    assert {"team_id", "team_domain", "channel_name", "user_name", "trigger_id"} <= set(form)


async def test_a_later_answer_is_taken_five_times(door: httpx.AsyncClient) -> None:
    """5.3: five times within half an hour, without a token; ephemeral unless said otherwise."""
    asked = {"action": "slash", "command": "/client", "user_id": "U1", "channel_id": "C1"}
    made = (await door.post("/__mock__/act", json=asked)).json()
    path = urlsplit(parse_qs(made["body"])["response_url"][0]).path
    codes = [(await door.post(path, json={"text": "Нашли"})).status_code for _ in range(6)]
    assert codes == [200] * 5 + [404]
    found = (await door.get("/__mock__/messages")).json()["messages"]
    assert {one["user"] for one in found} == {"U1"}


async def test_a_later_answer_is_refused_after_half_an_hour(door: httpx.AsyncClient) -> None:
    """5.3."""
    asked = {"action": "slash", "command": "/client", "user_id": "U1", "channel_id": "C1"}
    made = (await door.post("/__mock__/act", json=asked)).json()
    path = urlsplit(parse_qs(made["body"])["response_url"][0]).path
    await door.post("/__mock__/act", json={"action": "clock.advance", "seconds": 1801})
    assert (await door.post(path, json={"text": "Нашли"})).status_code == 404
