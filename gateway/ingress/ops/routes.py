"""Routes of the operator API, put together."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from gateway.contract import GatewayError, StoreError, TillBusy, TillRefused
from gateway.identity.erasing.wipe import ErasureBusy, ErasureRefused
from gateway.identity.merging.join import MergeBusy, MergeRefused
from gateway.ingress.ops import (
    accounts,
    alerts,
    approvals,
    due,
    journal,
    letters,
    merges,
    overview,
    people,
    reports,
    reviews,
)
from gateway.ingress.ops.part import OpsPart, problem_of
from gateway.ops.entrance import LoginRefused
from gateway.ops.faults import NotFound, Refused
from gateway.ops.rights import Forbidden
from gateway.sync.correct import CorrectionRefused

SLICES = (
    overview,
    accounts,
    due,
    journal,
    letters,
    alerts,
    merges,
    reviews,
    people,
    reports,
    approvals,
)
_REFUSALS = (
    CorrectionRefused,
    ErasureBusy,
    ErasureRefused,
    Forbidden,
    LoginRefused,
    MergeBusy,
    MergeRefused,
    NotFound,
    Refused,
    StoreError,
    TillBusy,
    TillRefused,
)


def operator_routes(part: OpsPart) -> list[BaseRoute]:
    """Return the routes of the operator API.

    They are taken over as they are: including a router builds each of them once more.
    """
    return [route for one in SLICES for route in one.routes(part).routes]


def answer_refusals(app: FastAPI) -> None:
    """Answer what the services refuse with a problem."""

    async def refused(_: Request, error: Exception) -> Response:
        if not isinstance(error, GatewayError):
            raise error
        return problem_of(error).response()

    for kind in _REFUSALS:
        app.add_exception_handler(kind, refused)
