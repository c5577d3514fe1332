"""Errors: the vendor's codes and texts as contract errors.

Sources per row: reference of API v5, sections "Envelope, errors, HTTP codes" and "Idempotency";
official clients (retailcrm/api-client-php ApiExceptionFactory, retailcrm/api-client-go error.go).
Error texts of the vendor quote values, so none of them is passed on: only field paths are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx

from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    Rejected,
    Unavailable,
)
from gateway.contract.http import answer_error

PARTIAL = 460
"""Some rows of an upload were saved and some were not (api-client-go ``HTTPStatusUnknown``)."""

ALREADY_EXISTS = "already_exists"
CUSTOMER_NOT_FOUND = "customer_not_found"
OFFER_NOT_FOUND = "offer_not_found"
MERGED = "merged"
ACTIVATED_ALREADY = "activated_already"
UNFILLED = "unfilled_fields"
NOT_ENOUGH = "not_enough_bonuses"

_NO_ACCOUNT = "Account does not exist."
_FIELD = re.compile(r"^[A-Za-z][A-Za-z0-9_.\[\]-]{0,79}$")
_NAMED_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9_.\[\]-]{0,79}): ")
_EXISTS = re.compile(r"already exists", re.IGNORECASE)
_MISSING_PARAMETER = re.compile(r"^Parameter '([\w\]\[-]+)'")
_UNFILLED = re.compile(
    r"^To activate participation in the loyalty program, the following fields should be filled in"
    r" for the customer: (.+)$"
)
_SHOWN_FIELDS = 5
_SHOWN_LETTERS = 200
_STABLE = {
    "Errors in the entity format": "entity_format",
    "Errors in the input parameters": "input_parameters",
    "Invalid input parameters": "input_parameters",
    "Validation error": "validation",
    "Order is not loaded": "order_not_loaded",
    "API method not found": "no_method",
    "Method not found": "no_method",
    "Not found": "not_found",
    "Payment not found": "not_found",
    "Access denied.": "access_denied",
    "LoyaltyAccount has been already activated": ACTIVATED_ALREADY,
    '"apiKey" is missing.': "key_missing",
    'Wrong "apiKey" value.': "key_wrong",
}


def read_answer(
    response: httpx.Response, *, operation: str, repeatable: bool, partial: bool = False
) -> dict[str, Any]:
    """Return the body of a success; numbers with a fraction are ``Decimal``.

    With ``partial`` the answer 460 counts as one: some rows of the batch were saved.

    Raises: the contract error that the answer stands for.
    """
    body = _body(response)
    status = response.status_code
    if response.is_success or (partial and status == PARTIAL):
        if body is None:
            failed = Unavailable if repeatable else OutcomeUnknown
            msg = "the answer is not JSON: something stands between us and the vendor"
            raise failed(msg, operation=operation, http_status=status)
        if body.get("success") is not False or status == PARTIAL:
            return body
    raise _error(response, body, operation=operation, repeatable=repeatable)


def _body(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _error(
    response: httpx.Response,
    body: Mapping[str, Any] | None,
    *,
    operation: str,
    repeatable: bool,
) -> ConnectorError:
    status = response.status_code
    text = str((body or {}).get("errorMsg") or "")
    html = body is None and response.content.lstrip()[:1] == b"<"
    if text == _NO_ACCOUNT or (html and status in _HTML_MEANS_NO_ACCOUNT):
        return AuthRejected(
            "there is no account at this address: correct `url`",
            operation=operation,
            vendor_code="no_account",
            http_status=status,
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PLAIN or body is None:
        plain = answer_error(response, operation=operation, repeatable=repeatable)
        if plain is not None:
            plain.vendor_code = _STABLE.get(text, "")
            return plain
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return _missing(body or {}, text, operation=operation, status=status)
    return _rejected(body or {}, text, operation=operation, status=status)


_HTML_MEANS_NO_ACCOUNT = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED})
_PLAIN = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


def _missing(body: Mapping[str, Any], text: str, *, operation: str, status: int) -> ConnectorError:
    survivor = combined_to(body)
    if survivor is not None:
        return Missing(
            f"the record was merged into {survivor} at the vendor",
            operation=operation,
            vendor_code=f"{MERGED}:{survivor}",
            http_status=status,
        )
    code = _STABLE.get(text, "not_found")
    return Missing(
        "the vendor does not know the record" if code == "not_found" else "no such method there",
        operation=operation,
        vendor_code=code,
        http_status=status,
    )


def combined_to(body: Mapping[str, Any]) -> str | None:
    """Return the id of the record that a merged one lives on in."""
    survivor = body.get("combinedTo")
    if isinstance(survivor, Mapping) and survivor.get("id") is not None:
        return str(survivor["id"])
    return None


def survivor_of(error: ConnectorError) -> str | None:
    """Return the id of the record into which the missing one was merged, if the vendor told it."""
    code, _, survivor = error.vendor_code.partition(":")
    return survivor if code == MERGED and survivor else None


def _rejected(body: Mapping[str, Any], text: str, *, operation: str, status: int) -> ConnectorError:
    fields = error_fields(body)
    code = _rejection_code(body, text, fields)
    parameter = _MISSING_PARAMETER.match(text)
    where = f" in {', '.join(fields)}" if fields else ""
    where = where or (f" without {parameter.group(1)}" if parameter else "")
    where = where or unfilled(body)
    return Rejected(
        f"the vendor refused it ({code or status}){where}",
        operation=operation,
        vendor_code=code,
        http_status=status,
    )


def _rejection_code(body: Mapping[str, Any], text: str, fields: tuple[str, ...]) -> str:
    """Tell what was refused; field paths are stable, texts may be localised."""
    if _EXISTS.search(text) or any(_EXISTS.search(one) for one in _texts(body)):
        return ALREADY_EXISTS
    if any(field.startswith("customer.") for field in fields):
        return CUSTOMER_NOT_FOUND
    if any(".offer" in field for field in fields):
        return OFFER_NOT_FOUND
    if "bonuses" in fields:
        return NOT_ENOUGH
    if unfilled(body):
        return UNFILLED
    return _STABLE.get(text, "")


def _texts(body: Mapping[str, Any]) -> list[str]:
    errors = body.get("errors")
    if isinstance(errors, Mapping):
        return [str(text) for text in errors.values()]
    return [str(text) for text in errors] if isinstance(errors, list) else []


def unfilled(body: Mapping[str, Any]) -> str:
    """Return what an activation lacks, as the vendor names the fields; empty for nothing.

    These are names of the account's own fields, no values (reference, 11.3).
    """
    first = next(iter(_texts(body)), "")
    match = _UNFILLED.match(first)
    return f": fill in {match.group(1)[:_SHOWN_LETTERS]}" if match else ""


def error_fields(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the field paths that an error names, from both shapes of ``errors``; no values."""
    errors = body.get("errors")
    if isinstance(errors, Mapping):
        found = [str(name) for name in errors if _FIELD.match(str(name))]
    else:
        named = (_NAMED_FIELD.match(text) for text in _texts(body))
        found = [match.group(1) for match in named if match]
    return tuple(dict.fromkeys(found))[:_SHOWN_FIELDS]
