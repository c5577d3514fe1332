"""Answers in the vendor's four formats (reference, 1, 1.2 and 1.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape

from starlette.responses import JSONResponse, Response

from mocks.smsc.state import STATUS_NAMES, Message, Refused

TEXT, COMMAS, XML, JSON = "0", "1", "2", "3"
UNKNOWN = -3
_MOSCOW = timezone(timedelta(hours=3))


def refusal(refused: Refused, fmt: str) -> Response:
    """Return a refusal; HTTP 200 like everything."""
    code, text = refused.code, str(refused)
    if fmt == JSON:
        body: dict[str, Any] = {"error": text, "error_code": code}
        if refused.message_id is not None:
            body["id"] = refused.message_id
        return JSONResponse(body)
    if fmt == XML:
        body_xml = f"<result><error>{escape(text)}</error><error_code>{code}</error_code></result>"
        return Response(body_xml, media_type="application/xml")
    return Response(f"0,-{code}" if fmt == COMMAS else f"ERROR = {code} ({text})")


def fields(told: Mapping[str, Any], fmt: str) -> Response:
    """Return named values in a format."""
    if fmt == JSON:
        return JSONResponse(dict(told))
    if fmt == XML:
        inside = "".join(f"<{name}>{escape(str(one))}</{name}>" for name, one in told.items())
        return Response(f"<result>{inside}</result>", media_type="application/xml")
    if fmt == COMMAS:
        return Response(",".join(str(one) for one in told.values()))
    return Response("OK - " + ", ".join(f"{name} = {one}" for name, one in told.items()))


def statuses(found: Sequence[Mapping[str, Any]], fmt: str, *, as_list: bool) -> Response:
    """Return states: a list for lists and for a trailing comma, an object for one pair (1.3)."""
    if fmt == JSON and as_list:
        return Response(json.dumps(list(found), ensure_ascii=False), media_type="application/json")
    return fields(found[0], fmt)


def status_of(
    message: Message | None, *, phone: str, message_id: int, detail: str, as_list: bool
) -> dict[str, Any]:
    """Return what ``status.php`` says of a message."""
    if message is None:
        told: dict[str, Any] = {"status": UNKNOWN, "err": 0}
    else:
        moment = message.at.astimezone(_MOSCOW).strftime("%d.%m.%Y %H:%M:%S")
        stamp = int(message.at.timestamp())
        told = {
            "status": message.status,
            "last_date": moment,
            "last_timestamp": stamp,
            "err": message.err,
        }
        if detail == "2":
            told |= {
                "send_date": moment,
                "send_timestamp": stamp,
                "phone": phone,
                "cost": str(message.cost),
                "sender_id": message.sender,
                "status_name": STATUS_NAMES.get(message.status, ""),
                "message": message.text,
            }
    return {**told, "id": message_id, "phone": phone} if as_list else told
