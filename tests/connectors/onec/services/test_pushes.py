"""What 1C pushes to our door: proved, read, and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from connectors.onec.config_services import Pushes
from connectors.onec.webhook import OneCPushes
from gateway.canonical import Kind
from gateway.contract import Hint, WebhookRefused, WebhookRequest

SECRET, LOGIN = "s3cret-of-1c", ("Касса", "пароль-кассы")
EVENT = {
    "kind": "card",
    "id": "2990000000417",
    "event": "activated",
    "at": "2026-02-03T18:10:00",
    "request_id": "7e000001-2b3d-11f0-8c11-00155d0a0b0c",
}
BASIC = "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()
BY_SECRET = {"x-gateway-secret": SECRET}


def source(**more: Any) -> OneCPushes:
    """Return the reader of an account's calls."""
    told = {"secret": SECRET, "username": LOGIN[0], "password": LOGIN[1], **more}
    return OneCPushes(Pushes.model_validate(told), ZoneInfo("Europe/Moscow"))


def call(told: object, headers: dict[str, str] | None = None, **more: Any) -> WebhookRequest:
    """Return a call of 1C."""
    body = json.dumps(told, ensure_ascii=False).encode()
    return WebhookRequest(body, BY_SECRET if headers is None else headers, **more)


def test_activated_card_is_a_hint() -> None:
    """The site learns of a card a day after the till, and its owner has no discount until then."""
    (hint,) = source().receive(call(EVENT))
    assert hint == Hint(
        Kind.CARD, "2990000000417", "7e000001-2b3d-11f0-8c11-00155d0a0b0c", "activated",
        datetime(2026, 2, 3, 15, 10, tzinfo=UTC).astimezone(ZoneInfo("Europe/Moscow")),
    )  # fmt: skip


PROOFS = [
    pytest.param(BY_SECRET, True, id="secret"),
    pytest.param({"authorization": BASIC}, True, id="login"),
    pytest.param({"x-gateway-secret": "другой"}, False, id="wrong secret"),
    pytest.param({"authorization": BASIC[:-4]}, False, id="wrong password"),
    pytest.param({"authorization": "Basic ##"}, False, id="no base64"),
    pytest.param({}, False, id="nothing"),
]


@pytest.mark.parametrize(("headers", "is_taken"), PROOFS)
def test_call_proves_its_origin(headers: dict[str, str], *, is_taken: bool) -> None:
    """Anybody could let the gateway read the whole base over and over."""
    if is_taken:
        assert len(source().receive(call(EVENT, headers))) == 1
        return
    with pytest.raises(WebhookRefused) as caught:
        source().receive(call(EVENT, headers))
    assert caught.value.status == 403


def test_message_of_a_queue_needs_no_secret() -> None:
    """A broker that admits only 1C has proved it already."""
    assert len(source().receive(call(EVENT, {}, proved=True))) == 1


def test_several_events_in_one_call() -> None:
    """1C collects what happened while the link was down, and only the first of it is read."""
    events = [EVENT, {"kind": "order", "id": "a"}, {"kind": "party", "id": "b"}]
    hints = source().receive(call({"events": events}))
    assert [(hint.kind, hint.external_id) for hint in hints] == [
        (Kind.CARD, "2990000000417"), (Kind.ORDER, "a"),
    ]  # fmt: skip


def test_repeat_has_the_same_token_and_another_call_another() -> None:
    """1C repeats a call whose answer was lost, or two activations are taken for one."""
    bare = {"kind": "card", "id": "1"}
    tokens = [
        hint.token
        for told in (bare, bare, {**bare, "at": "2026-02-03T18:10:00"})
        for hint in source().receive(call(told))
    ]
    assert tokens[0] == tokens[1] != tokens[2]


BROKEN = [
    pytest.param(b"{", id="no json"),
    pytest.param(b"[]", id="no object"),
    pytest.param(b'{"kind": "card"}', id="no id"),
    pytest.param(b'{"kind": "card", "id": 7}', id="a number"),
    pytest.param(b'{"kind": "card", "id": ""}', id="empty"),
    pytest.param(b'{"events": "card"}', id="no list"),
    pytest.param(b'{"events": ["card"]}', id="no event"),
    pytest.param('{"kind": "карта"'.encode("windows-1251"), id="another encoding"),
]


@pytest.mark.parametrize("body", BROKEN)
def test_call_of_another_form_is_refused(body: bytes) -> None:
    """A call that nobody can read is answered with success and lost."""
    with pytest.raises(WebhookRefused) as caught:
        source().receive(WebhookRequest(body, BY_SECRET))
    assert caught.value.status == 400


def test_byte_order_mark_is_read_over() -> None:
    """1C writes UTF-8 with a mark by default."""
    body = b"\xef\xbb\xbf" + json.dumps(EVENT).encode()
    assert len(source().receive(WebhookRequest(body, BY_SECRET))) == 1


@pytest.mark.parametrize("told", [{}, {"secret": ""}, {"username": "a"}, {"password": "b"}])
def test_door_without_a_proof_is_not_opened(told: dict[str, str]) -> None:
    """An account without a secret takes calls of anybody."""
    with pytest.raises(ValidationError, match="set secret, or username and password"):
        Pushes.model_validate(told)
