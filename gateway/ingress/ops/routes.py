"""Routes of the operator API, put together."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.contract import GatewayError, StoreError
from gateway.ingress.ops import approvals
from gateway.ingress.ops.part import OpsPart, problem_of
from gateway.ops.entrance import LoginRefused
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import Forbidden

SLICES = (approvals,)
_REFUSALS = (Forbidden, LoginRefused, NotFound, Refused, StoreError)


def serve_operators(app: FastAPI, part: OpsPart) -> None:
    """Add the operator API to an application."""
    for one in SLICES:
        app.include_router(one.routes(part))

    async def refused(_: Request, error: Exception) -> Response:
        if not isinstance(error, GatewayError):
            raise error
        return problem_of(error).response()

    for kind in _REFUSALS:
        app.add_exception_handler(kind, refused)
