"""The part of the door that serves operators' programs: who calls, and what he asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from gateway.contract import GatewayError, Log, StoreError
from gateway.ingress.problems import Problem
from gateway.ops.actions import Action, Asked, Done
from gateway.ops.backstage import Backstage
from gateway.ops.entrance import LoginRefused
from gateway.ops.faults import NotFound, fault_of
from gateway.ops.rights import Forbidden, Operator, Right

PREFIX = "/ops/v1"
_BEARER = "bearer "
_JSON = "application/json"
_UNPROVED = {"WWW-Authenticate": 'Bearer realm="gateway operators"'}


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an action: done, with its result, or waiting for a second person."""

    done: bool
    result: object = None
    approval: str = ""


@dataclass(frozen=True, slots=True)
class OpsPart:
    """All that the operator API is built from."""

    backstage: Backstage
    log: Log

    def router(self, tag: str) -> APIRouter:
        """Return a router whose calls need a key and the right to see."""
        tags: list[str | Enum] = [tag]
        return APIRouter(prefix=PREFIX, tags=tags, dependencies=[Depends(self.allowed(Right.SEE))])

    def allowed(self, right: Right) -> Callable[[Request], Awaitable[None]]:
        """Return a dependency that lets in whoever has a right, and remembers him."""

        async def check(request: Request) -> None:
            operator = self._operator(request)
            if not operator.may(right):
                raise Problem(HTTPStatus.FORBIDDEN, "forbidden", str(Forbidden(operator, right)))
            request.state.operator = operator

        return check

    async def perform(self, request: Request, action: Action) -> Response:
        """Perform an action in the caller's name. 200 when it is done, 202 when it waits."""
        outcome = await self.backstage.actions.perform(operator_of(request), action)
        return answered(outcome)

    def _operator(self, request: Request) -> Operator:
        address = request.client.host if request.client else ""
        given = request.headers.get("authorization", "")
        key = given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else ""
        if key:
            operator = self.backstage.entrance.by_key(key, address=address)
            if operator is not None:
                return operator
        self.log.warning("ops.unproved")
        detail = "send an operator's key: `Authorization: Bearer KEY` (`operators.NAME.key`)"
        raise Problem(HTTPStatus.UNAUTHORIZED, "unproved", detail, headers=_UNPROVED)


def operator_of(request: Request) -> Operator:
    """Return who calls, after the router has let him in."""
    operator = request.state.operator
    if not isinstance(operator, Operator):
        msg = "the route lets in without a key"
        raise TypeError(msg)
    return operator


def answered(outcome: Done | Asked) -> Response:
    """Return an action's outcome as an answer."""
    if isinstance(outcome, Asked):
        waits = Answered(done=False, approval=outcome.approval_id)
        return Response(plain(waits), status_code=HTTPStatus.ACCEPTED, media_type=_JSON)
    return Response(plain(Answered(done=True, result=outcome.result)), media_type=_JSON)


def plain(value: object) -> bytes:
    """Return a service's values as JSON."""
    return orjson.dumps(value, default=str)


def problem_of(error: GatewayError) -> Problem:
    """Return a service's refusal as a problem."""
    if isinstance(error, LoginRefused):
        headers = {"Retry-After": str(max(1, round(error.wait_s)))}
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-often", str(error), headers=headers)
    status, code = HTTPStatus.CONFLICT, "refused"
    if isinstance(error, Forbidden):
        status, code = HTTPStatus.FORBIDDEN, "forbidden"
    elif isinstance(error, NotFound):
        status, code = HTTPStatus.NOT_FOUND, "not-found"
    elif isinstance(error, StoreError):
        status, code = HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable"
    return Problem(status, code, " ".join(fault_of(error).lines))
