"""A service of the customer's own: the operations of 3.7 as JSON over HTTP (2.4).

Our own design: there is no standard for such services, so the convention of its errors is a switch.
Dates are local without zone, points are decimals, ``RequestID`` makes writes idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from mocks.onec.hs.answers import json_answer, text_answer
from mocks.onec.hs.routing import Handler, HsRequest, HttpService, Template
from mocks.onec.soap.loyalty import LoyaltyExchange
from mocks.onec.soap.service import Operation
from mocks.onec.soap.xdto import ObjectType, Prop, text_of, value_of

_STATUS = {
    "CARD_NOT_FOUND": 404,
    "CARD_TYPE_NOT_FOUND": 404,
    "HOLD_NOT_FOUND": 404,
    "REQUEST_CONFLICT": 409,
    "CARD_EXISTS_OTHER_OWNER": 409,
}
_REFUSED, _FAILED = 422, 500
_ROUTES = (
    ("/ping", "GET", "Ping"),
    ("/cards", "GET", "FindCard"),
    ("/cards", "POST", "IssueCard"),
    ("/cards/{CardID}/status", "PUT", "SetCardStatus"),
    ("/cards/{CardID}/balance", "GET", "GetBalance"),
    ("/cards/{CardID}/movements", "GET", "GetMovements"),
    ("/cards/{CardID}/accruals", "POST", "AccrueBonuses"),
    ("/cards/{CardID}/holds", "POST", "HoldBonuses"),
    ("/holds/{HoldID}/commit", "POST", "CommitHold"),
    ("/holds/{HoldID}/cancel", "POST", "CancelHold"),
)
_ERRORS = ("ErrorCode", "ErrorMessage")


class CustomService:
    """The operations and the state of a LoyaltyExchange, with the root ``loyalty``."""

    def __init__(self, loyalty: LoyaltyExchange) -> None:
        """Share holds and requests with the SOAP service."""
        self._infobase = loyalty.infobase
        self._operations = loyalty.service().by_name

    def service(self) -> HttpService:
        """Return the service as published."""
        verbs: dict[str, dict[str, Handler]] = {}
        for pattern, verb, name in _ROUTES:
            verbs.setdefault(pattern, {})[verb] = self._handler(self._operations[name])
        return HttpService("loyalty", [Template(one, known) for one, known in verbs.items()])

    def _handler(self, operation: Operation) -> Handler:
        async def _handle(request: HsRequest) -> Response:
            sent: Mapping[str, Any] = json.loads(request.body.decode("utf-8-sig") or "{}")
            sent = {**sent, **request.query, **request.params}
            values = operation.handler({one.name: _read(one, sent) for one in operation.ins})
            return self._told(values)

        return _handle

    def _told(self, values: Mapping[str, Any]) -> Response:
        settings = self._infobase.settings
        code, text = (values.get(name) or "" for name in _ERRORS)
        body = {name: value for name, value in values.items() if name not in _ERRORS}
        body["result"] = body.pop("return")
        if not code:
            head = {"success": True} if settings.custom_errors == "flag" else {}
            return json_answer({**head, **_plain(body)}, bom=settings.custom_bom)
        if settings.custom_errors == "flag":
            refusal = {"success": False, "error": text, "code": code}
            return json_answer(refusal, bom=settings.custom_bom)
        if settings.custom_errors == "text":
            return text_answer(f"{code}: {text}", _FAILED)
        status = _STATUS.get(code, _REFUSED)
        return json_answer({"Message": text, "Code": code}, status, bom=settings.custom_bom)


def _read(prop: Prop, sent: Mapping[str, Any]) -> Any:
    """Read a parameter as one of its type; what is not sent is Неопределено.

    Raises:
        KeyError: a parameter that the operation cannot do without.
    """
    value = sent.get(prop.name)
    if value is None:
        if prop.is_nillable or prop.is_optional:
            return None
        raise KeyError(prop.name)
    if isinstance(prop.type, ObjectType):
        return {one.name: _read(one, value) for one in prop.type.props}
    return value_of(prop.type, text_of(value))


def _plain(value: Any) -> Any:
    """Return a value for JSON: dates as texts, numbers stay Decimal for the writer."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime | date):
        return text_of(value)
    return value
