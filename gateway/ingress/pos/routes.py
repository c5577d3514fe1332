"""Routes of the doors: from a request to an operation and back.

They are plain Starlette routes: a framework's dependencies and response models would cost more than
the call itself. ``describe.py`` describes them from the same operations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from gateway.contract import StoreError, TillBusy, TillRefused
from gateway.ingress.pos.answers import DealAnswer
from gateway.ingress.pos.answers_refused import WrongAnswer
from gateway.ingress.pos.callers import Known, address
from gateway.ingress.pos.from_wire import Moments
from gateway.ingress.pos.operation import Incoming, Nothing, Operation
from gateway.ingress.pos.operations import DOORS, ONLINE
from gateway.ingress.pos.part import TillPart
from gateway.ingress.pos.reading import BadCall, InvalidCall, idempotency_key, read_shape
from gateway.ingress.pos.shapes import Shape
from gateway.ingress.problems import Problem

B = TypeVar("B", bound=Shape)

REPLAYED = "Idempotent-Replayed"
CONFLICTS = frozenset({"sale-differs", "sale-committed", "sale-cancelled", "sale-open"})
"""The call itself is right: what was done before stands against it."""
_LIMITED = "-limited"
"""So end the codes of calls that came too often."""
_PRIVATE = {"Cache-Control": "no-store"}
_AS_REPLAYED = {**_PRIVATE, REPLAYED: "true"}
_RETRY_AFTER = {"Retry-After": "5"}
_IDS: Mapping[str, re.Pattern[str]] = {
    "id": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII),
    "member_id": re.compile(r"[\x21-\x7e]{1,64}", re.ASCII),
}


def till_routes(part: TillPart) -> list[BaseRoute]:
    """Return the routes of all doors of tills and sites."""
    return [
        Mount(
            prefix,
            routes=[
                Route(
                    one.path,
                    _served(part, one, is_online=prefix in ONLINE),
                    methods=[one.method],
                    name=one.name,
                )
                for one in operations
            ],
        )
        for prefix, operations in DOORS.items()
    ]


def _served(
    part: TillPart, operation: Operation[B], *, is_online: bool
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            known = await part.callers.proved(request, operation.scope)
            answer = await _answered(part, operation, request, known, is_online=is_online)
        except TillRefused as refusal:
            raise _of_refusal(refusal) from refusal
        except TillBusy as busy:
            raise _of_busy(busy) from busy
        except StoreError as error:
            part.log.warning("till.postponed", call=operation.name, cause=type(error).__name__)
            detail = "the gateway cannot keep this call now: repeat it"
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, "store-unavailable", detail, headers=_RETRY_AFTER) from error
        replayed = operation.is_write and isinstance(answer, DealAnswer) and answer.replayed
        headers = _AS_REPLAYED if replayed else _PRIVATE
        return Response(orjson.dumps(answer), headers=headers, media_type="application/json")

    return endpoint


async def _answered(
    part: TillPart, operation: Operation[B], request: Request, known: Known, *, is_online: bool
) -> object:
    try:
        call = await _read(part, operation, request, known, is_online=is_online)
        return await operation.handle(part, call)
    except BadCall as wrong:
        part.log.warning(
            "till.malformed",
            caller=known.caller.name,
            call=operation.name,
            code=wrong.code,
            at=[one.path for one in wrong.errors],
        )
        raise


async def _read(
    part: TillPart, operation: Operation[B], request: Request, known: Known, *, is_online: bool
) -> Incoming[B]:
    path: Mapping[str, str] = request.path_params
    for name, value in path.items():
        if not _IDS[name].fullmatch(value):
            remedy = "use 1-64 Latin letters, digits, `_`, `.` and `-`, such as a UUID"
            raise InvalidCall([WrongAnswer(name, "has characters that are not allowed", remedy)])
    key = idempotency_key(request.headers) if operation.is_write else ""
    body = (
        operation.body()
        if operation.body is Nothing
        else await read_shape(request, operation.body, most=operation.most_bytes)
    )
    return Incoming(
        known,
        body,
        Moments(known.zone, part.clock.now(), future_s=part.future_s),
        is_online=is_online,
        client=address(request),
        key=key,
        path=path,
        query=request.query_params if operation.paged else {},
    )


def _of_refusal(refusal: TillRefused) -> Problem:
    conflict = refusal.code in CONFLICTS
    status = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    field = "Idempotency-Key" if refusal.field == "key" else refusal.field
    wrong = [WrongAnswer(field, refusal.reason, refusal.remedy)] if field else []
    return Problem(status, refusal.code, refusal.reason, more={"errors": wrong})


def _of_busy(busy: TillBusy) -> Problem:
    limited = busy.code.endswith(_LIMITED)
    status = HTTPStatus.TOO_MANY_REQUESTS if limited else HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(max(1, math.ceil(busy.retry_after_s)))}
    return Problem(status, busy.code, busy.reason, headers=headers)
