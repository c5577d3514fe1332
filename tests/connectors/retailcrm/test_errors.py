"""Errors: every answer of the vendor becomes the error that says what to do next."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from connectors.retailcrm.errors import read_answer, survivor_of
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

HTML = "<html><body>nginx</body></html>"


def _answer(status: int, body: object) -> httpx.Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(status, text=text)


def _no(text: str, **more: Any) -> dict[str, Any]:
    return {"success": False, "errorMsg": text, **more}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, _no('Wrong "apiKey" value.'), AuthRejected, "key_wrong"),
        (401, _no('"apiKey" is missing.'), AuthRejected, "key_missing"),
        (403, _no("Access denied."), AuthRejected, "access_denied"),
        (404, _no("Account does not exist."), AuthRejected, "no_account"),
        (400, _no("Account does not exist."), AuthRejected, "no_account"),
        (405, HTML, AuthRejected, "no_account"),
        (503, _no("Rate limit exceeded"), RateLimited, ""),
        (503, HTML, RateLimited, ""),
        (429, _no("Rate limit exceeded"), RateLimited, ""),
        (500, _no("Internal Server Error"), Unavailable, ""),
        (502, HTML, Unavailable, ""),
        (200, HTML, Unavailable, ""),
        (404, _no("Not found"), Missing, "not_found"),
        (404, _no("Not found", combinedTo={"id": 9001}), Missing, "merged:9001"),
        (404, _no("Payment not found"), Missing, "not_found"),
        (404, _no("API method not found"), Missing, "no_method"),
        (400, _no("Order already exists."), Rejected, "already_exists"),
        (400, _no("Customer with externalId=c-1 already exists"), Rejected, "already_exists"),
        (
            400,
            _no("Errors in the entity format", errors={"externalId": "Payment already exists."}),
            Rejected,
            "already_exists",
        ),
        (
            400,
            _no("Order is not loaded", errors={"customer.externalId": "Не найден."}),
            Rejected,
            "customer_not_found",
        ),
        (
            400,
            _no("Order is not loaded", errors=["items[0].offer.id: Offer with id 1 not found."]),
            Rejected,
            "offer_not_found",
        ),
        (400, _no("Parameter 'order' is missing"), Rejected, ""),
        (460, _no("Orders are loaded with errors"), Rejected, ""),
        (200, _no("Errors in the input parameters"), Rejected, "input_parameters"),
    ],
)
def test_answers_become_errors(
    status: int, body: object, kind: type[ConnectorError], code: str
) -> None:
    """A wrong class would repeat what is refused for good, or drop what would succeed later."""
    with pytest.raises(ConnectorError) as caught:
        read_answer(_answer(status, body), operation="orders/edit", repeatable=True)
    assert (type(caught.value), caught.value.vendor_code) == (kind, code)
    assert caught.value.operation == "orders/edit"


@pytest.mark.parametrize(("status", "body"), [(500, HTML), (502, HTML), (201, "{")])
def test_a_creation_without_a_readable_answer_is_in_doubt(status: int, body: str) -> None:
    """A creation that may have happened would be repeated without asking."""
    with pytest.raises(OutcomeUnknown):
        read_answer(_answer(status, body), operation="orders/upload", repeatable=False)


def test_a_partial_upload_is_an_answer() -> None:
    """The saved rows of a partial failure would be taken for lost and sent again."""
    body = {"success": False, "errorMsg": "x", "uploadedOrders": [{"id": 1}]}
    told = read_answer(_answer(460, body), operation="o", repeatable=False, partial=True)
    assert told["uploadedOrders"] == [{"id": 1}]


def test_texts_tell_fields_and_never_values() -> None:
    """A phone or name quoted by the vendor would reach logs and letters."""
    errors = {"phone": "«+79161234567» недопустим", "Иванов Иван": "x", "items[0].vatRate": "y"}
    with pytest.raises(Rejected) as caught:
        read_answer(
            _answer(400, _no("Validation error", errors=errors)), operation="o", repeatable=True
        )
    assert "phone, items[0].vatRate" in str(caught.value)
    assert "7916" not in repr(caught.value)
    assert "Иванов" not in repr(caught.value)


def test_the_survivor_of_a_merge_is_named() -> None:
    """An edit that meets a merged customer could not be followed to the one that is left."""
    with pytest.raises(Missing) as caught:
        read_answer(
            _answer(404, _no("Not found", combinedTo={"id": 7})), operation="o", repeatable=True
        )
    assert survivor_of(caught.value) == "7"
    assert survivor_of(Missing("x", vendor_code="not_found")) is None


def test_numbers_are_read_exactly() -> None:
    """A price read through a float would differ in its last digit."""
    told = read_answer(
        _answer(200, '{"success":true,"sum":60.17310053999999}'), operation="o", repeatable=True
    )
    assert str(told["sum"]) == "60.17310053999999"
