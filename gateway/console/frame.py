"""Frame: what stands around every page: who comes, what he may open, and how refusals look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.console.assets import Assets
from gateway.console.cookies import SESSION, Cookies
from gateway.console.texts import language, preferred
from gateway.console.visit import TOKEN_FIELD, TOKEN_HEADER, Page, Visit
from gateway.contract import GatewayError, Log, StoreError
from gateway.ops.backstage import Backstage
from gateway.ops.entrance import LoginRefused, Visitor, is_token
from gateway.ops.faults import NotFound
from gateway.ops.health import Health
from gateway.ops.rights import Face, Forbidden, Operator, Role

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "HX-Request, Cookie, Accept-Language",
}
_SAFE = frozenset({"GET", "HEAD"})
NOBODY = Operator("", Role.VIEWER, Face.CONSOLE)


@dataclass(frozen=True, slots=True)
class Open:
    """A page for everybody, such as the one to log in; its form carries a token of its own."""

    path: str
    handler: Callable[[Visit, Cookies], Awaitable[Response]]
    methods: tuple[str, ...] = ("GET",)


class Frame:
    """Makes an application of pages."""

    def __init__(
        self,
        backstage: Backstage,
        environment: Environment,
        assets: Assets,
        *,
        log: Log,
        health: Health | None,
    ) -> None:
        self._backstage = backstage
        self._environment = environment
        self._assets = assets
        self._log = log
        self._health = health
        self._paths: frozenset[str] = frozenset()

    def application(self, pages: Sequence[Page], doors: Sequence[Open]) -> Starlette:
        """Return the application; ``doors`` are the pages for everybody."""
        self._paths = frozenset(page.path for page in pages)
        routes = [Route("/static/{version}/{name}", self._assets.serve)]
        routes += [Route(one.path, self._open(one), methods=list(one.methods)) for one in doors]
        routes += [Route(one.path, self._guarded(one), methods=list(one.methods)) for one in pages]
        return Starlette(routes=routes, exception_handlers={404: self._nothing})

    def _guarded(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            cookies = Cookies(request, self._backstage.entrance.console)
            try:
                visitor = await self._visitor(request, cookies)
            except StoreError as error:
                visit = self._visit(request, NOBODY, "")
                return _finished(self._refusal(visit, error), cookies)
            if visitor is None:
                return _finished(self._to_login(request), cookies)
            visit = self._visit(request, visitor.operator, visitor.token)
            try:
                response = await self._answered(page, visit)
            except GatewayError as error:
                response = self._refusal(visit, error)
            return _finished(response, cookies)

        return answer

    async def _answered(self, page: Page, visit: Visit) -> Response:
        if not visit.operator.may(page.right):
            raise Forbidden(visit.operator, page.right)
        if visit.request.method not in _SAFE:
            given = visit.request.headers.get(TOKEN_HEADER) or (await visit.form()).get(TOKEN_FIELD)
            if not is_token(given, visit.token):
                return visit.render("stale.html", status=403)
        return await page.handler(visit)

    def _open(self, door: Open) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            cookies = Cookies(request, self._backstage.entrance.console)
            visit = self._visit(request, NOBODY, "")
            try:
                response = await door.handler(visit, cookies)
            except GatewayError as error:
                response = self._refusal(visit, error)
            return _finished(response, cookies)

        return answer

    async def _visitor(self, request: Request, cookies: Cookies) -> Visitor | None:
        entrance, cookie = self._backstage.entrance, cookies.get(SESSION)
        address = request.client.host if request.client else ""
        named = await entrance.by_proxy(request.headers, cookie, address=address)
        if named is not None:
            visitor, entered = named
            if entered is not None:
                cookies.enter(entered.cookie)
            return visitor
        return await entrance.by_cookie(cookie) if cookie else None

    def _visit(self, request: Request, operator: Operator, token: str) -> Visit:
        console = self._backstage.entrance.console
        chosen = request.cookies.get("lang", "")
        code = chosen if chosen in {"ru", "en"} else ""
        accepted = request.headers.get("accept-language", "")
        theme = request.cookies.get("theme", "")
        return Visit(
            request=request,
            backstage=self._backstage,
            environment=self._environment,
            operator=operator,
            token=token,
            language=language(code or preferred(accepted, console.language)),
            zone=ZoneInfo(console.zone),
            theme=theme if theme in {"light", "dark"} else "auto",
            paths=self._paths,
            health=self._health,
        )

    def _to_login(self, request: Request) -> Response:
        root = str(request.scope.get("root_path", ""))
        if "hx-request" in request.headers:
            return Response(headers={"HX-Redirect": f"{root}/login"})
        return RedirectResponse(f"{root}/login", status_code=303)

    def _refusal(self, visit: Visit, error: GatewayError) -> Response:
        if isinstance(error, StoreError):
            self._log.warning("console.postponed", cause=type(error).__name__)
        return visit.render(
            "refused.html", status=_status(error), error=str(error), remedy=_remedy(error)
        )

    async def _nothing(self, request: Request, _: Exception) -> Response:
        visit = self._visit(request, NOBODY, "")
        error = "there is no such page"
        response = visit.render("refused.html", status=404, error=error, remedy="")
        return _finished(response, Cookies(request, self._backstage.entrance.console))


def _status(error: GatewayError) -> int:
    known: Mapping[type[GatewayError], int] = {
        Forbidden: 403, NotFound: 404, LoginRefused: 429, StoreError: 503,
    }  # fmt: skip
    return next((status for kind, status in known.items() if isinstance(error, kind)), 409)


def _remedy(error: GatewayError) -> str:
    return str(getattr(error, "remedy", ""))


def _finished(response: Response, cookies: Cookies) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    cookies.put(response)
    return response
