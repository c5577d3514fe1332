"""Errors: what an answer of Mindbox stands for. Sources: vendor reference, sections 3 and 4.

| answer | class | source |
| --- | --- | --- |
| 200 ``ValidationError`` | ``Rejected`` with the places, not the texts: they quote values | 3.1 |
| 400 ``ProtocolError`` | ``Rejected`` | 3.1 |
| 401, 403 | ``AuthRejected`` | 3.1 |
| 404 | ``Rejected``: the address is wrong, and many such calls block the caller | 2.2 |
| 429 | ``RateLimited`` with a long rest: the call was not stored | 4.4 |
| a form not to be read | ``TranslationFailed``; after a write ``OutcomeUnknown`` | |
| 500, 502, 503, 504 | ``Unavailable`` if repeatable, else ``OutcomeUnknown`` | 4.2 |

A 503 may come after the effect, unlike with other vendors, so it is no "not now" here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from gateway.contract import (
    AuthRejected,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TranslationFailed,
    Unavailable,
)
from gateway.contract.answers import answer_error

W = TypeVar("W", bound=BaseModel)

VALIDATION = "ValidationError"
PROTOCOL = "ProtocolError"
REPEATED = "TransactionAlreadyProcessed"
SUCCESS = "Success"
PRICE_CHANGED = "PriceHasBeenChanged"
UNREADABLE = "unreadable_answer"

REST_S = 60.0
"""Least rest after 429: the limit is by the minute, and a call beyond it is dropped (4.4)."""
LONG_REST_S = 120.0
"""Rest after 429 for too many large orders, which are counted in two minutes (4.4)."""

_PLACE = re.compile(r"^[A-Za-z0-9_/\[\].-]{1,120}$")
_SPLIT = "Splitting of lines means that current order must be recalculated"
NEEDS_SPLIT = "lines_must_be_split"
_LARGE_ORDERS = "per 2 minute"
_MOST_PLACES = 5


def body_of(response: httpx.Response, *, operation: str, repeatable: bool) -> Mapping[str, Any]:
    """Return the body of an answer that says success, also that of a repeated transaction.

    An answer without ``status`` counts as success (3.1).

    Raises: what the table of this module says.
    """
    error = _status_error(response, operation=operation, repeatable=repeatable)
    if error is not None:
        raise error
    body = _parsed(response)
    if body is None:
        failed = Unavailable if repeatable else OutcomeUnknown
        msg = "the answer is no JSON"
        raise failed(msg, operation=operation, vendor_code=UNREADABLE)
    status = body.get("status", SUCCESS)
    if status == VALIDATION:
        raise _invalid(body, operation=operation, status=response.status_code)
    if status == PROTOCOL:
        raise _refused(body, operation=operation, status=response.status_code)
    if status not in (SUCCESS, REPEATED, PRICE_CHANGED):
        failed = Unavailable if repeatable else OutcomeUnknown
        msg = "the vendor answered an internal error"
        raise failed(msg, operation=operation)
    return body


def read_as(model: type[W], told: Mapping[str, Any], *, operation: str, wrote: bool) -> W:
    """Read an answer by its shape.

    Raises: ``TranslationFailed`` that names the field, or ``OutcomeUnknown`` when the call wrote
    something, because the effect is there whatever the answer looks like.
    """
    try:
        return model.model_validate(told)
    except ValidationError as error:
        path = path_of(error)
        if wrote:
            msg = f"the answer has an unexpected form at {path}"
            raise OutcomeUnknown(msg, operation=operation, vendor_code=UNREADABLE) from None
        msg = "has an unexpected form"
        raise TranslationFailed(msg, path=path, operation=operation) from None


def path_of(error: ValidationError) -> str:
    """Return the first field that a validation names, never its value."""
    return ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"]) or "answer"


def _status_error(
    response: httpx.Response, *, operation: str, repeatable: bool
) -> ConnectorError | None:
    status = response.status_code
    if response.is_success:
        return None
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AuthRejected(
            "the vendor does not accept the secret key", operation=operation, http_status=status
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _limited(response, operation=operation)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        failed = Unavailable if repeatable else OutcomeUnknown
        return failed(f"the vendor answered {status}", operation=operation, http_status=status)
    return _refused(_parsed(response) or {}, operation=operation, status=status)


def _limited(response: httpx.Response, *, operation: str) -> ConnectorError:
    """Ask for the rest that the vendor names, or for the least that its limits need."""
    told = answer_error(response, operation=operation, repeatable=True)
    named = told.retry_after_s if told is not None else None
    least = LONG_REST_S if _LARGE_ORDERS in response.text else REST_S
    return RateLimited(
        "the vendor's limit is reached",
        operation=operation,
        http_status=response.status_code,
        retry_after_s=least if named is None else named,
    )


def _parsed(response: httpx.Response) -> Mapping[str, Any] | None:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _invalid(body: Mapping[str, Any], *, operation: str, status: int) -> ConnectorError:
    messages = body.get("validationMessages") or []
    rows = [one for one in messages if isinstance(one, Mapping)]
    if any(_SPLIT in str(one.get("message")) for one in rows):
        return Rejected(
            "the order must be calculated again: lines are to be split",
            operation=operation,
            vendor_code=NEEDS_SPLIT,
            http_status=status,
        )
    places = [str(one.get("location") or "") for one in rows]
    named = [place for place in places if _PLACE.match(place)][:_MOST_PLACES]
    where = f" at {', '.join(named)}" if named else ""
    return Rejected(
        f"the vendor found the data invalid{where}",
        operation=operation,
        vendor_code=VALIDATION,
        http_status=status,
    )


def _refused(body: Mapping[str, Any], *, operation: str, status: int) -> ConnectorError:
    text = str(body.get("errorMessage") or "")
    if _SPLIT in text:
        code, reason = NEEDS_SPLIT, "the order must be calculated again: lines are to be split"
    elif status == HTTPStatus.NOT_FOUND:
        code, reason = "no_such_address", "no such address: correct `url`"
    else:
        place = text.partition(":")[0]
        where = f" at {place}" if place.startswith("/") and _PLACE.match(place) else ""
        code, reason = PROTOCOL, f"the vendor refused the request{where}"
    return Rejected(reason, operation=operation, vendor_code=code, http_status=status)
