"""``{base}/hs/{root}/...``: routing, sessions and failures of HTTP services (2.1, 2.3)."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mocks.onec.front import guarded, page
from mocks.onec.hs.answers import text_answer
from mocks.onec.hs.reuse import Reuse, ServiceSessions
from mocks.onec.hs.routing import Handler, HsRequest, HttpService, NoHandler, NoTemplate
from mocks.onec.infobase import Infobase
from mocks.onec.settings import InfobaseUser

VERBS = (
    "GET", "POST", "PUT", "DELETE", "PATCH", "MERGE", "CONNECT", "OPTIONS", "TRACE", "PROPFIND",
    "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK",
)  # fmt: skip
_FAILED = 500
_REFUSED_FROM = 400


@dataclass(frozen=True)
class Published:
    """A service in the publication, with its way to reuse sessions."""

    service: HttpService
    reuse: Reuse = "auto"
    root: str = field(init=False)

    def __post_init__(self) -> None:
        """Take over the root URL."""
        object.__setattr__(self, "root", self.service.root)


class HsEndpoint:
    """All HTTP services of one infobase."""

    def __init__(self, infobase: Infobase, services: Sequence[Published]) -> None:
        """Publish the services by their roots."""
        self._infobase = infobase
        self._sessions = ServiceSessions(infobase)
        self._published: Mapping[str, Published] = {item.root: item for item in services}

    async def handle(self, request: Request, user: InfobaseUser) -> Response:
        """Answer one request of a user who is logged in."""
        root, slash, path = request.path_params["tail"].partition("/")
        published = self._published.get(root)
        if published is None:
            return page(404, "Not Found")
        if f"HTTPService.{root}" in user.hidden:
            return page(403, "Forbidden")
        try:
            handler, params = published.service.find(request.method, slash + path)
        except NoTemplate:
            return page(404, "Not Found")
        except NoHandler:
            return page(405, "Method Not Allowed")
        asked = HsRequest(
            verb=request.method,
            base=str(request.base_url),
            query=dict(request.query_params),
            body=await request.body(),
            user=user.name,
            params=params,
        )

        async def _work() -> Response:
            return await self._run(handler, asked, f"/hs/{root}/{path}")

        name = f"HTTPService.{root}"
        return await self._sessions.run(request, user, name, published.reuse, _work)

    async def _run(self, handler: Handler, asked: HsRequest, path: str) -> Response:
        try:
            response = await handler(asked)
        except Exception as error:  # noqa: BLE001 - any failure of a handler is a 500 with its text
            response = text_answer(_described(error), _FAILED)
        is_refused = response.status_code >= _REFUSED_FROM
        effect = "none" if asked.verb == "GET" else "changed"
        self._infobase.journal.write(
            asked.verb,
            path,
            op=path.strip("/").rpartition("/")[2],
            status=response.status_code,
            effect="refused" if is_refused else effect,
        )
        return response


def _described(error: Exception) -> str:
    """Return the text of an exception with module and line, as the platform writes it."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    module = PurePath(last.filename).stem
    return f"{{HTTPСервис.{module}.Модуль({last.lineno})}}: {type(error).__name__}"


def http_service_routes(infobase: Infobase, services: Sequence[Published]) -> list[Route]:
    """Return the route under which HTTP services are published."""
    endpoint = HsEndpoint(infobase, services)
    handler = guarded(infobase, endpoint.handle, takes_seat=False)
    path = f"/{infobase.settings.publication}/hs/{{tail:path}}"
    return [Route(path, handler, methods=list(VERBS))]
