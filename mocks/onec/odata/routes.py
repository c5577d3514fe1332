"""The routes of the OData interface under ``/{publication}/odata/standard.odata/``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.onec.front import guarded, page
from mocks.onec.infobase import Infobase
from mocks.onec.odata.gate import Gate, Sent
from mocks.onec.settings import InfobaseUser

_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_LENGTH_REQUIRED = 411


def odata_routes(infobase: Infobase) -> list[Route]:
    """Return the routes of the interface."""
    gate = Gate(infobase)
    root = f"/{infobase.settings.publication}/odata/standard.odata"

    async def _answer(request: Request, user: InfobaseUser) -> Response:
        headers = request.headers
        if request.method == "POST" and not {"content-length", "transfer-encoding"} & {*headers}:
            return page(_LENGTH_REQUIRED, "Length Required")
        address = f"{request.url.scheme}://{headers.get('host', 'localhost')}{root}/"
        tail = request.scope["path"][len(root) :]
        body = await request.body()
        sent = Sent(request.method, tail, request.url.query, address, headers, body)
        given = gate.handle(sent, user)
        shown = {"DataServiceVersion": "3.0", **given.headers}
        if given.content_type:
            shown["Content-Type"] = given.content_type
        return Response(given.body, given.status, shown)

    return [Route(root + "{tail:path}", guarded(infobase, _answer), methods=_VERBS)]
