"""The routes of the OData interface under ``/{publication}/odata/standard.odata/``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.onec.front import guarded
from mocks.onec.infobase import Infobase
from mocks.onec.settings import InfobaseUser

_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def odata_routes(infobase: Infobase) -> list[Route]:
    """Return the routes of the interface."""

    async def _answer(request: Request, user: InfobaseUser) -> Response:
        del request, user
        return Response(status_code=501)

    root = f"/{infobase.settings.publication}/odata/standard.odata"
    return [Route(root + "{tail:path}", guarded(infobase, _answer), methods=_VERBS)]
