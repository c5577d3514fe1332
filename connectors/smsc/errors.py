"""Errors: the vendor's codes as contract errors; every row names its source.

A refusal comes with HTTP 200, so the code in the body is looked at first and the status after it.
The vendor's texts may quote what was sent, so none of them is passed on.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import ClassVar

import httpx

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.http import answer_error

WRONG_PHONE = "7"
BUSY = "9"
IP_REST_S = 900.0
"""Rest after code 4: "blocked for a time"; how long is not said, and hammering prolongs it."""


class NoMoney(AuthRejected):
    """The account is empty: nothing can be sent until somebody pays."""

    remedy: ClassVar[str] = "Top the account up at the vendor; `gateway check` shows its balance."


# Reference, section 1.2, "error_code (send)"; status.php and balance.php have the same shape (1.3).
CODES: dict[str, tuple[type[ConnectorError], Blame, str]] = {
    "1": (Rejected, Blame.GATEWAY, "the vendor refused the parameters"),
    "2": (
        AuthRejected,
        Blame.OPERATOR,
        "the vendor refuses the login, the key, or this address (its allow list)",
    ),
    "3": (NoMoney, Blame.OPERATOR, "there is no money on the account"),
    "4": (RateLimited, Blame.VENDOR, "the vendor blocked this address for a time"),
    "5": (Rejected, Blame.GATEWAY, "the vendor refused a date"),
    "6": (Rejected, Blame.OPERATOR, "the vendor forbids this text or this sender"),
    WRONG_PHONE: (Rejected, Blame.PAYLOAD, "the vendor refused the form of the phone"),
    "8": (Rejected, Blame.PAYLOAD, "the vendor cannot deliver to this phone"),
    BUSY: (RateLimited, Blame.VENDOR, "an equal request within a minute, or too many at once"),
}
_RESTS = {"4": IP_REST_S}


def read_answer(response: httpx.Response, *, operation: str, repeatable: bool) -> object:
    """Return the JSON of a success; fractions are ``Decimal``.

    Raises: the contract error that the answer stands for.
    """
    body = _body(response)
    code = _code(body)
    if code:
        raise code_error(code, operation=operation, http_status=response.status_code)
    error = answer_error(response, operation=operation, repeatable=repeatable)
    if error is not None:
        raise error
    if body is None:
        unread = Unavailable if repeatable else OutcomeUnknown
        msg = "the answer is not JSON: something stands between us and the vendor"
        raise unread(msg, operation=operation, http_status=response.status_code)
    return body


def code_error(code: str, *, operation: str, http_status: int | None = None) -> ConnectorError:
    """Return the error of a code; one that the reference does not have is a refusal."""
    failed, blame, reason = CODES.get(
        code, (Rejected, Blame.VENDOR, "the vendor refused it with a code that is not documented")
    )
    return failed(
        reason,
        operation=operation,
        vendor_code=code,
        http_status=http_status,
        retry_after_s=_RESTS.get(code),
        blame=blame,
    )


def _code(body: object) -> str:
    """Return the code of a refusal, empty for none; the text beside it is never looked at."""
    if not isinstance(body, dict) or not ({"error", "error_code"} & set(body)):
        return ""
    code = str(body.get("error_code", ""))
    return code if code.isascii() and code.isdigit() else "0"


def _body(response: httpx.Response) -> object:
    try:
        return json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None
