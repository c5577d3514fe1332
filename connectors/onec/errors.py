"""Errors: what an answer of a 1C publication stands for. Source: vendor reference, 1.10.

| answer | class | why |
| --- | --- | --- |
| 401, code 20 | ``AuthRejected`` | login or rights |
| 403 with "session start is forbidden" | ``RateLimited``, a long rest | the base is locked |
| 404 code 9 | ``Missing`` | no such object |
| 404 code 8, HTML | ``Rejected`` | nothing is published there |
| 406 | ``Unavailable`` | no session became free, so nothing was executed |
| 429 of a proxy | ``RateLimited`` | it says when to come again |
| 502-504, 500 with HTML | ``Unavailable``, or unknown | proxy, platform |
| 412 | ``StaleWrite`` | somebody wrote in between |
| 500 with code -1 | ``Rejected`` | the configuration refused, and would again |
| 200 with HTML | ``Unavailable`` | troubles of the publication |
| code 15 | ``Rejected`` with ``exists`` | an object of this reference is there |

Texts are the configuration's own and may name persons: they never leave this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import httpx
from lxml import etree

from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    StaleWrite,
    Unavailable,
)
from gateway.contract.http import answer_error

EXISTS = "exists"
NO_OBJECT = "9"
_BUSINESS = "-1"
_NO_RIGHT = "20"
_THERE = "15"
_BOM = b"\xef\xbb\xbf"
_LOCKED = re.compile("Начало сеанса|session start", re.IGNORECASE)
_CODE = re.compile(r"^-?\d{1,4}$")
_LOCK_REST_S = 60.0
_LATER = frozenset(
    {
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def checked(response: httpx.Response, *, operation: str, repeatable: bool) -> bytes:
    """Return the body of a success without its byte order mark.

    Raises: what the table of this module says.
    """
    body = response.content.removeprefix(_BOM)
    if response.is_success:
        if _is_page(response, body):
            msg = "the publication answered with a page: see its web server"
            raise Unavailable(msg, operation=operation, vendor_code="html")
        return body
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        limited = answer_error(response, operation=operation, repeatable=repeatable)
        if limited is not None:
            raise limited
    raise _error(response, body, operation=operation, repeatable=repeatable)


def json_of(response: httpx.Response, *, operation: str, repeatable: bool) -> Mapping[str, Any]:
    """Return an answer's JSON object with exact numbers; an empty body is an empty object."""
    body = checked(response, operation=operation, repeatable=repeatable)
    if not body.strip():
        return {}
    try:
        told = json.loads(body, parse_float=Decimal)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        failed = Unavailable if repeatable else OutcomeUnknown
        msg = "the answer is no JSON object"
        raise failed(msg, operation=operation, vendor_code="unreadable")
    return told


def _is_page(response: httpx.Response, body: bytes) -> bool:
    kind = response.headers.get("Content-Type", "")
    return "text/html" in kind or body[:1024].lstrip()[:5].lower() in (b"<html", b"<!doc")


def _error(
    response: httpx.Response, body: bytes, *, operation: str, repeatable: bool
) -> ConnectorError:
    status, code = response.status_code, _code(body)
    said: dict[str, Any] = {
        "operation": operation, "http_status": status, "vendor_code": code,
    }  # fmt: skip
    if status == HTTPStatus.UNAUTHORIZED or code == _NO_RIGHT:
        return AuthRejected("1C does not admit this user", **said)
    if status == HTTPStatus.FORBIDDEN and _LOCKED.search(body.decode("utf-8", "replace")):
        return RateLimited("the base is locked", retry_after_s=_LOCK_REST_S, **said)
    if status == HTTPStatus.PRECONDITION_FAILED:
        return StaleWrite("somebody changed the object in between", **said)
    if status == HTTPStatus.NOT_ACCEPTABLE:
        # Without a session nothing was executed, whatever was asked for.
        return Unavailable("1C has no free session", **said)
    if status in _LATER or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        and code != _BUSINESS
        and status != HTTPStatus.NOT_IMPLEMENTED
    ):
        failed = Unavailable if repeatable else OutcomeUnknown
        return failed(f"1C answered {status}", **said)
    return _refusal(said)


def _refusal(said: Mapping[str, Any]) -> ConnectorError:
    status, code = said["http_status"], said["vendor_code"]
    if code == _BUSINESS:
        return Rejected("the configuration refused it: see 1C", **said)
    if code == _THERE:
        return Rejected("the object exists", **{**said, "vendor_code": EXISTS})
    if status == HTTPStatus.NOT_FOUND and code == NO_OBJECT:
        return Missing("1C does not know the object", **said)
    if status == HTTPStatus.NOT_FOUND:
        return Rejected("nothing is published there: publish it, correct url or layout", **said)
    return Rejected(f"1C refused the request ({code or status})", **said)


def _code(body: bytes) -> str:
    """Return the code of an error in either form, empty for none (1.10)."""
    code: object = ""
    if body.lstrip()[:1] == b"{":
        try:
            told = json.loads(body)
        except ValueError:
            return ""
        error = told.get("odata.error") if isinstance(told, Mapping) else None
        code = error.get("code") if isinstance(error, Mapping) else ""
    elif body.lstrip()[:1] == b"<":
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(body, parser)
        if root is not None:
            code = next((one.text for one in root.iter("{*}code")), "")
    text = str(code or "")
    return text if _CODE.match(text) else ""
