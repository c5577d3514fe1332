"""The gate before every method: version, token, scope; it writes envelope and journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mocks.loymax import deposits
from mocks.loymax.auth import AuthRequest, TokenService
from mocks.loymax.call import Call, Services
from mocks.loymax.envelope import (
    Bare,
    HttpRefused,
    Refused,
    body_of,
    denied,
    failure,
    no_token,
)
from mocks.loymax.routes import Method, Table
from mocks.loymax.wire import Query
from mocks.loymax.wire import body_of as request_body

if TYPE_CHECKING:
    from mocks.loymax.tokens import Session
    from mocks.sidedoor import Journal

_AUTH = "authorizationservice/"
_HOLDERS = {
    "member": frozenset({"member", "customer"}),
    "shop": frozenset({"application", "customer"}),
    "operator": frozenset({"operator"}),
    "back": frozenset({"operator", "application", "customer"}),
    "any": frozenset({"member", "customer", "application"}),
}
_READ = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Sent:
    """A request, as far as the API reads it; header names are in lower case."""

    verb: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    client: str

    @property
    def address(self) -> str:
        """Return the end user's address, for which the caller vouches in X-Forwarded-For."""
        forwarded = self.headers.get("x-forwarded-for", "")
        return forwarded.partition(",")[0].strip() or self.client


class Gate:
    """Lets a call through to its handler or refuses it the vendor's way."""

    def __init__(self, services: Services, service: TokenService, journal: Journal) -> None:
        """Watch over one installation."""
        self._services = services
        self._service = service
        self._journal = journal
        self._table = Table()

    def handle(self, sent: Sent) -> Bare:
        """Answer one request."""
        deposits.work(self._services.installation)
        self._services.processing.sweep()
        path = sent.path.strip("/")
        if path.lower().startswith(_AUTH):
            answer = self._authorize(sent, path.lower().removeprefix(_AUTH))
            self._write(sent, path, answer)
            return answer
        settings = self._services.installation.settings
        if path.lower().startswith("publicapi/api/") and settings.version_profile != "v1.2":
            # One old script has this prefix (section 12).
            path = f"publicapi/{path[len('publicapi/api/') :]}"
        method, names, is_known = self._table.find(sent.verb, path, settings.version_profile)
        if method is None:
            status = 405 if is_known else 404
            answer = Bare(status, {"message": "Метод не найден."}, effect="refused")
            self._write(sent, path.split("/")[0], answer)
            return answer
        is_legacy = settings.version_profile == "legacy" or path.lower().startswith("publicapi/v1/")
        answer = self._answer(sent, method, names, is_legacy=is_legacy)
        self._write(sent, method.pattern, answer)
        return answer

    def _write(self, sent: Sent, op: str, answer: Bare) -> None:
        self._journal.write(
            sent.verb, f"/{op}", op=op, key=answer.key, status=answer.status, effect=answer.effect
        )

    def _authorize(self, sent: Sent, name: str) -> Bare:
        request = AuthRequest(Query(sent.query), sent.headers, sent.body, sent.address)
        known = {
            ("POST", "token"): self._service.token,
            ("POST", "v1.2/auth/sendconfirmationcode"): self._service.resend,
            ("GET", "oauth/authorize"): self._service.authorize,
        }
        handler = known.get((sent.verb, name))
        if handler is None:
            is_known = any(name == one for _, one in known)
            return Bare(405 if is_known else 404, {"message": "Метод не найден."}, effect="refused")
        return handler(request)

    def _answer(
        self, sent: Sent, method: Method, names: dict[str, str], *, is_legacy: bool
    ) -> Bare:
        try:
            session = self._session(sent, method)
            self._fail_if_told()
            json = None
            if sent.verb not in _READ:
                json = request_body(sent.body, sent.headers.get("content-type", ""))
            call = Call(
                self._services,
                session,
                names,
                Query(sent.query),
                json,
                sent.address,
                sent.headers,
                is_legacy,
            )
            answer = method.handler(call)
        except Refused as refusal:
            headers = {"X-Loymax-TraceId": self._services.installation.count.guid()}
            return Bare(200, body_of(refusal, is_legacy=is_legacy), headers, effect="refused")
        except HttpRefused as refusal:
            return Bare(refusal.answer.status, refusal.answer.body, effect="refused")
        return Bare(
            answer.status,
            body_of(answer, is_legacy=is_legacy),
            key=answer.key,
            effect=answer.effect,
        )

    def _fail_if_told(self) -> None:
        installation = self._services.installation
        if installation.fail_next:
            installation.fail_next -= 1
            raise failure(installation.count.secret())

    def _session(self, sent: Sent, method: Method) -> Session | None:
        kind, _, token = sent.headers.get("authorization", "").partition(" ")
        session = None
        if kind.lower() == "bearer":
            session = self._services.tokens.find(token.strip())
        access, _, scope = method.access.partition(":")
        if access == "open":
            return session
        if not token:
            raise no_token()
        if session is None or session.kind not in _HOLDERS[access]:
            raise denied()
        is_checked = self._services.installation.settings.scope_check == "on"
        if scope and is_checked and session.kind == "customer" and scope not in session.scopes:
            text = "Недостаточно прав для выполнения метода."
            raise HttpRefused(status=403, body={"message": text})
        return session
