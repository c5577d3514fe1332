"""Visit: one request of one operator, with what a page needs to answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from jinja2 import Environment
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.console.shown import age, number, when
from gateway.console.texts import Language
from gateway.ops.actions import Action, Asked, Done
from gateway.ops.backstage import Backstage
from gateway.ops.faults import Refused
from gateway.ops.health import Health
from gateway.ops.rights import Operator, Right

MOST_BYTES = 1_000_000
MOST_FIELDS = 5_000
TOKEN_FIELD, TOKEN_HEADER = "csrf", "x-csrf-token"


class Form:
    """What was filled in. A field that was not sent reads as empty."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a field."""
        return self._fields.get(name, [default])[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(self._fields.get(name, ()))


@dataclass(slots=True)
class Visit:
    """One request.

    Shape: ``root`` is the address below which the console lives; ``token`` is what unsafe requests
    must carry.
    """

    request: Request
    backstage: Backstage
    environment: Environment
    operator: Operator
    token: str = field(repr=False)
    language: Language
    zone: ZoneInfo
    theme: str
    paths: frozenset[str]
    health: Health | None = None
    cookies: dict[str, str] = field(default_factory=dict, repr=False)
    _form: Form | None = None

    @property
    def query(self) -> QueryParams:
        """The arguments in the address."""
        return self.request.query_params

    @property
    def root(self) -> str:
        """The address below which the console lives."""
        return str(self.request.scope.get("root_path", ""))

    @property
    def path(self) -> str:
        """The page's own path, without the root."""
        return self.request.url.path.removeprefix(self.root) or "/"

    @property
    def is_fragment(self) -> bool:
        """Whether a part of a page is asked for, which is put into one that is there."""
        headers = self.request.headers
        return "hx-request" in headers and "hx-history-restore-request" not in headers

    def argument(self, name: str) -> str:
        """Return a path's argument, such as ``id``."""
        return str(self.request.path_params[name])

    def url(self, path: str) -> str:
        """Return the address of a page."""
        return f"{self.root}{path}"

    async def form(self) -> Form:
        """Return what was filled in. Raises ``Refused`` when it is too long."""
        if self._form is None:
            self._form = await read_form(self.request)
        return self._form

    async def act(self, action: Action) -> Done | Asked:
        """Perform an action in this operator's name."""
        return await self.backstage.actions.perform(self.operator, action)

    def may(self, right: str) -> bool:
        """Tell whether the operator may do something, for pages that offer it."""
        return self.operator.may(Right(right))

    def _(self, key: str, **values: object) -> str:
        """Return a text in the viewer's language."""
        return self.language.text(key, **values)

    def render(self, template: str, *, status: int = 200, **context: object) -> Response:
        """Return a page or a part of one."""
        page = self.environment.get_template(template)
        return HTMLResponse(page.render({**self._words(), **context}), status_code=status)

    def redirect(self, path: str) -> Response:
        """Send the viewer to another page."""
        if self.is_fragment:
            return Response(headers={"HX-Redirect": self.url(path)})
        return RedirectResponse(self.url(path), status_code=303)

    def _words(self) -> dict[str, object]:
        def local(moment: datetime | None) -> str:
            return when(moment, self.zone, self.language.code)

        return {
            "visit": self,
            "_": self.language.text,
            "n_": self.language.plural,
            "said": self.language.said,
            "url": self.url,
            "when": local,
            "age": lambda seconds: age(seconds, self.language),
            "number": lambda value: number(value, self.language.code),
            "may": self.may,
            "now": self.backstage.clock.now(),
        }


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its path below the console, who may open it, and what answers.

    Unsafe methods come here only with the session's token.
    """

    path: str
    handler: Handler
    right: Right = Right.SEE
    methods: tuple[str, ...] = ("GET",)


async def read_form(request: Request) -> Form:
    """Read a body of ``application/x-www-form-urlencoded``. Raises ``Refused``."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                msg = "the form is too long: send less at once"
                raise Refused(msg)
    except ClientDisconnect as error:
        msg = "the form did not arrive whole: send it again"
        raise Refused(msg) from error
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        msg = "the form cannot be read: open the page again"
        raise Refused(msg) from error
    return Form(fields)
