"""The canonical source: what a message says, and how one that cannot be trusted is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.canonical.messages import CanonicalMessages
from gateway.canonical import Kind, OrderStatus
from gateway.contract import WebhookRefused, WebhookRequest

SECRET, PHONE = "s3cret-of-the-source", "+79161234567"
ORDER: dict[str, Any] = {
    "kind": "order",
    "id": "site-1",
    "version": 3,
    "changed_at": "2026-11-30T12:00:00+03:00",
    "customer_id": "site-77",
    "entity": {"number": "А-1025", "status": "new", "contact": {"phone": PHONE}},
}


def read(message: object, secret: str = "", **request: Any) -> list[Any]:
    """Read a message that came by a queue, unless told otherwise."""
    body = json.dumps(message, ensure_ascii=False).encode()
    call = WebhookRequest(body, **({"proved": True} | request))
    return list(CanonicalMessages(secret).receive(call))


def test_a_message_carries_its_record() -> None:
    """A record that is not carried would be asked for at a source that never answers."""
    (hint,) = read(ORDER)
    assert (hint.kind, hint.external_id, hint.token) == (Kind.ORDER, "site-1", "order:site-1:3")
    carried = hint.carried
    assert carried.sequence == 3
    assert carried.customer_external_id == "site-77"
    assert carried.changed_at == datetime(2026, 11, 30, 9, tzinfo=UTC)
    assert carried.entity.status is OrderStatus.NEW
    assert carried.entity.model_fields_set == {"number", "status", "contact"}


def test_without_a_version_only_an_equal_body_is_a_repetition() -> None:
    """Two states of one record would be taken for one."""
    first = {name: value for name, value in ORDER.items() if name != "version"}
    second = {**first, "entity": {"number": "А-1025", "status": "assembling"}}
    tokens = [read(message)[0].token for message in (first, first, second)]
    assert tokens[0] == tokens[1] != tokens[2]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        pytest.param("just a text", "the message", id="no object"),
        pytest.param({**ORDER, "kind": "receipt"}, "the message", id="another kind"),
        pytest.param({**ORDER, "version": 0}, "version", id="no version"),
        pytest.param({**ORDER, "version": "3"}, "version", id="a version in text"),
        pytest.param({**ORDER, "changed_at": "2026-11-30T12:00:00"}, "changed_at", id="no zone"),
        pytest.param({**ORDER, "surname": PHONE}, "surname", id="an unknown field"),
        pytest.param({**ORDER, "entity": {"status": PHONE}}, "entity.status", id="a wrong value"),
        pytest.param({**ORDER, "entity": {PHONE: 1}}, "entity", id="an unknown field inside"),
        pytest.param({**ORDER, "id": ""}, "id", id="no id"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_name_of_the_field(
    message: object, told: str
) -> None:
    """A message that vanishes, or a reason that quotes somebody's phone."""
    with pytest.raises(WebhookRefused, match=told) as refused:
        read(message)
    assert refused.value.status == 400
    assert PHONE not in str(refused.value)


def test_a_call_is_proved_by_its_signature() -> None:
    """Anybody who finds the address could write orders."""
    body = json.dumps(ORDER, ensure_ascii=False).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-gateway-signature": signature}
    assert read(ORDER, SECRET, proved=False, headers=headers)
    for wrong in ({}, {"x-gateway-signature": "0" * 64}):
        with pytest.raises(WebhookRefused, match="HMAC") as refused:
            read(ORDER, SECRET, proved=False, headers=wrong)
        assert refused.value.status == 403


def test_without_a_secret_no_call_is_taken() -> None:
    """An account of a queue would be open to the network as well."""
    with pytest.raises(WebhookRefused, match="secret"):
        read(ORDER, proved=False)
