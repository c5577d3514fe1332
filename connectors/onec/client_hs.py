"""HTTP services: a customer's own service, whose paths and forms of errors are configured.

There is no standard: errors come as a status with a text, as ``success: false`` in a 200, or as a
plain text of an exception; content types may be wrong and a mark may stand before the JSON. So the
body decides. Source: vendor reference, 2.1 to 2.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from gateway.contract import HttpClient, Unavailable

from .config_services import HttpServices
from .errors import checked
from .loyalty_service import refusal

_BOM = b"\xef\xbb\xbf"
_ROOM = re.compile(r"\{(\w+)\}")
_CODE = re.compile(r"^\s*([A-Z_]{3,40}):")
_REFUSALS = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
) | {HTTPStatus.BAD_REQUEST}


@dataclass(frozen=True, slots=True)
class HsLoyalty:
    """The service of cards and points over HTTP; see ``LoyaltyService``."""

    http: HttpClient
    settings: HttpServices
    root: str

    async def call(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation at its route; see ``LoyaltyService.call``."""
        route = self.settings.routes[operation]
        left = {name: value for name, value in values.items() if value is not None}
        path = _ROOM.sub(lambda room: quote(str(left.pop(room[1], "")), safe=""), route.path)
        sent: dict[str, Any] = {}
        if route.verb == "GET":
            sent["query"] = [(name, _text(value)) for name, value in left.items()]
        else:
            sent["json"] = {name: _json(value) for name, value in left.items()}
        headers = {name: it.get_secret_value() for name, it in self.settings.headers.items()}
        response = await self.http.call(
            route.verb, f"hs/{self.root}{path}", operation=operation, repeatable=True,
            headers=headers, **sent,
        )  # fmt: skip
        return self._told(response, operation)

    def _told(self, response: httpx.Response, operation: str) -> Mapping[str, Any]:
        told = _object(response.content)
        if told is None:
            code = _CODE.match(response.content.removeprefix(_BOM)[:100].decode("utf-8", "replace"))
            if code is not None and not response.is_success:
                raise refusal(code[1], operation, status=response.status_code)
            checked(response, operation=operation, repeatable=True)
            msg = "the answer is no JSON object: is the service switched on?"
            raise Unavailable(msg, operation=operation, vendor_code="unreadable")
        code_told = _first(told, "code", "Code", "ErrorCode")
        is_refused = told.get("success") is False or told.get("Error") is True or bool(code_told)
        if is_refused or response.status_code in _REFUSALS:
            raise refusal(code_told, operation, status=response.status_code)
        checked(response, operation=operation, repeatable=True)
        return {**told, "return": told.get(self.settings.result)}


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(content.removeprefix(_BOM), parse_float=Decimal)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _first(told: Mapping[str, Any], *names: str) -> object:
    return next((told[name] for name in names if told.get(name)), None)


def _text(value: object) -> str:
    return str(_json(value)) if not isinstance(value, Decimal) else format(value, "f")


def _json(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Write moments as 1C does, without a zone; nothing is left out."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _json(it) for name, it in value.items() if it is not None}
    return value
