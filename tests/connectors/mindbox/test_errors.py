"""Errors: every body of the vendor becomes the error that says what to do next."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connectors.mindbox.errors import NEEDS_SPLIT, body_of, read_as
from connectors.mindbox.wire import CustomerAnswer
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TranslationFailed,
    Unavailable,
)

PHONE, EMAIL, KEY = "79260001122", "olga.demo@example.com", "demo-key"
SPLIT = "Splitting of lines means that current order must be recalculated"


def _answer(status: int, body: object) -> httpx.Response:
    content = b"" if body == "" else json.dumps(body).encode()
    return httpx.Response(status, content=content)


def _protocol(status: int, text: str) -> dict[str, Any]:
    return {"status": "ProtocolError", "errorMessage": text, "httpStatusCode": status}


def _invalid(*rows: dict[str, str]) -> dict[str, Any]:
    return {"status": "ValidationError", "validationMessages": list(rows)}


INTERNAL = {"status": "InternalServerError", "errorMessage": f"Нет связи {PHONE}"}
REFUSALS: list[tuple[str, int, Any, type[ConnectorError], type[ConnectorError]]] = [
    ("validation-whole", 200, _invalid({"message": "Заполните контакт."}), Rejected, Rejected),
    (
        "validation-place",
        200,
        _invalid({"message": f'"{EMAIL}" не адрес', "location": "/customer/email"}),
        Rejected,
        Rejected,
    ),
    ("protocol-400", 400, _protocol(400, "/order/ids: заказ не найден"), Rejected, Rejected),
    ("protocol-200", 200, _protocol(400, f"нет {PHONE}"), Rejected, Rejected),
    ("no-key", 401, _protocol(401, "Не передан секретный ключ"), AuthRejected, AuthRejected),
    ("wrong-key", 403, _protocol(403, f"Неверный ключ {KEY}"), AuthRejected, AuthRejected),
    ("wrong-address", 404, "", Rejected, Rejected),
    ("limit", 429, _protocol(429, "Too many requests"), RateLimited, RateLimited),
    ("internal-500", 500, INTERNAL, Unavailable, OutcomeUnknown),
    ("gateway-502", 502, "", Unavailable, OutcomeUnknown),
    ("internal-503", 503, INTERNAL, Unavailable, OutcomeUnknown),
    ("gateway-504", 504, "", Unavailable, OutcomeUnknown),
    ("internal-in-200", 200, INTERNAL, Unavailable, OutcomeUnknown),
    ("unknown-status", 200, {"status": "Processing"}, Unavailable, OutcomeUnknown),
    ("empty-200", 200, "", Unavailable, OutcomeUnknown),
    ("list-200", 200, [1], Unavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(
    ("status", "body", "of_reading", "of_writing"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_refusal_has_its_class_and_quotes_nothing(
    status: int, body: object, of_reading: type[ConnectorError], of_writing: type[ConnectorError]
) -> None:
    """A refused phone stands in the log, or a repeatable call is never repeated."""
    for repeatable, wanted in ((True, of_reading), (False, of_writing)):
        with pytest.raises(ConnectorError) as caught:
            body_of(_answer(status, body), operation="Op", repeatable=repeatable)
        assert type(caught.value) is wanted
        assert caught.value.operation == "Op"
        shown = f"{caught.value} {caught.value!r} {caught.value.vendor_code}"
        for secret in (PHONE, EMAIL, KEY, "Заполните", "заказ"):
            assert secret not in shown


@pytest.mark.parametrize(
    "body",
    [{"status": "Success"}, {"status": "TransactionAlreadyProcessed"}, {"order": {}}],
    ids=["success", "repeated", "without-status"],
)
def test_success_passes(body: dict[str, Any]) -> None:
    """A sale that was saved counts as failed, because its answer names no status."""
    assert body_of(_answer(200, body), operation="Op", repeatable=False) == body


def test_places_are_named_when_they_are_places() -> None:
    """The operator sees that something is wrong, and not where; or sees a value as a place."""
    body = _invalid(
        {"message": "плохо", "location": "/customer/email"},
        {"message": "плохо", "location": f"телефон {PHONE}"},
    )
    with pytest.raises(Rejected) as caught:
        body_of(_answer(200, body), operation="Op", repeatable=True)
    assert str(caught.value) == "the vendor found the data invalid at /customer/email"

    refused = _protocol(400, f"/order/customer/ids/mindboxId: нет {PHONE}")
    with pytest.raises(Rejected) as caught:
        body_of(_answer(400, refused), operation="Op", repeatable=True)
    assert str(caught.value) == "the vendor refused the request at /order/customer/ids/mindboxId"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, _invalid({"message": SPLIT, "location": "/order/lines"})),
        (400, _protocol(400, f"/order/lines: {SPLIT}")),
    ],
    ids=["validation", "protocol"],
)
def test_need_to_split_is_known_wherever_it_stands(status: int, body: object) -> None:
    """A sale that only wants to be reckoned again is refused for good."""
    with pytest.raises(Rejected) as caught:
        body_of(_answer(status, body), operation="Op", repeatable=True)
    assert caught.value.vendor_code == NEEDS_SPLIT


@pytest.mark.parametrize(
    ("text", "rest_s"),
    [
        ("Too many requests", 60),
        ("Only 10% of calculations for orders with over 50 lines per 2 minute(s)", 120),
    ],
)
def test_limit_asks_for_a_long_rest(text: str, rest_s: float) -> None:
    """The gateway hammers a project at its limit, and each of these calls is dropped."""
    with pytest.raises(RateLimited) as caught:
        body_of(_answer(429, _protocol(429, text)), operation="Op", repeatable=True)
    assert caught.value.retry_after_s == rest_s


def test_limit_that_names_its_time_is_believed() -> None:
    """The vendor asks for an hour, and the gateway is back after a minute."""
    named = httpx.Response(429, headers={"Retry-After": "3600"})
    with pytest.raises(RateLimited) as caught:
        body_of(named, operation="Op", repeatable=True)
    assert caught.value.retry_after_s == 3600


def test_unreadable_answer_to_a_write_is_an_unknown_outcome() -> None:
    """A registration that happened is given up, because its answer has a new form."""
    told = {"customer": {"ids": {"mindboxId": 1}, "subscriptions": [{"isSubscribed": PHONE}]}}
    with pytest.raises(TranslationFailed) as read:
        read_as(CustomerAnswer, told, operation="Op", wrote=False)
    assert read.value.path == "customer.subscriptions.0.isSubscribed"
    with pytest.raises(OutcomeUnknown) as wrote:
        read_as(CustomerAnswer, told, operation="Op", wrote=True)
    assert PHONE not in f"{read.value} {wrote.value}"
