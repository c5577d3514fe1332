"""The gate before every method: host, key, rate, route, scope (reference, sections 1 to 4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import wire
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.method import Method
from mocks.retailcrm.refusals import Refused
from mocks.retailcrm.routes import route

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.settings import ApiKey
    from mocks.sidedoor import Journal

_RATE = frozenset({429, 503})
_TELEPHONY = "/api/v5/telephony/"
_HTML = "<html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"


@dataclass(frozen=True)
class Sent:
    """A request, as far as the API reads it."""

    verb: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Given:
    """A response: JSON unless it is one of the web server's own pages."""

    status: int
    body: bytes
    content_type: str = "application/json"
    retry_after: str | None = None


class _Html(Exception):
    """An answer of the web server rather than of the application."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.page = _HTML.format(title).encode()


class Gate:
    """Lets a call through to its handler or refuses it the vendor's way; writes the journal."""

    def __init__(self, account: Account, journal: Journal) -> None:
        """Watch over one account."""
        self._account = account
        self._journal = journal
        self._taken: dict[str, deque[float]] = {}

    def handle(self, sent: Sent) -> Given:
        """Answer one request."""
        self._account.settle()
        op = ""
        names: dict[str, str] = {}
        try:
            parameters = wire.query_tree(sent.query)
            form = (
                wire.form_fields(sent.body, sent.headers.get("content-type", ""))
                if sent.verb == "POST"
                else {}
            )
            parameters.update(wire.tree(form.items()))
            self._check_host(sent)
            key = self._key(sent, parameters)
            self._check_rate(key, sent.path)
            method, names = route(sent.verb, sent.path)
            op = method.op
            self._check_scope(key, method)
            answer = method.handler(Call(self._account, key, names, parameters, form, sent.body))
        except Refused as refusal:
            self._note(sent, op, _partial(refusal, names))
            rate = refusal.status in _RATE
            retry_after = self._account.settings.retry_after if rate else None
            return Given(refusal.status, wire.dump(refusal.body), retry_after=retry_after)
        except _Html as page:
            self._note(sent, op, Answer(status=page.status, effect="refused"))
            return Given(
                page.status,
                page.page,
                "text/html",
                self._account.settings.retry_after if page.status in _RATE else None,
            )
        self._note(sent, op, answer)
        if answer.raw is not None:
            return Given(answer.status, answer.raw, "application/octet-stream")
        return Given(answer.status, wire.dump(answer.body))

    def _note(self, sent: Sent, op: str, answer: Answer) -> None:
        self._journal.write(
            sent.verb, sent.path, op=op, key=answer.key, status=answer.status, effect=answer.effect
        )

    def _check_host(self, sent: Sent) -> None:
        """Refuse a host that is no account; with no hosts listed, every host is this one."""
        hosts = self._account.settings.hosts
        if not hosts or sent.headers.get("host", "") in hosts:
            return
        rule = self._account.settings.unknown_host
        if rule == "405_html" and sent.verb != "GET":
            raise _Html(405, "405 Not Allowed")
        raise Refused(400 if rule == "400_json" else 404, "Account does not exist.")

    def _key(self, sent: Sent, parameters: Mapping[str, Any]) -> ApiKey:
        value = sent.headers.get("x-api-key") or parameters.get("apiKey")
        if not value:
            raise Refused(int(self._account.settings.key_error_code), '"apiKey" is missing.')
        for key in self._account.settings.keys:
            if key.value == value:
                return key
        raise Refused(403, 'Wrong "apiKey" value.')

    def _check_rate(self, key: ApiKey, path: str) -> None:
        """Keep the limit over any second, per key; a refused call does not count.

        Telephony has a wider limit of its own.
        """
        settings = self._account.settings
        telephony = path.startswith(_TELEPHONY)
        limit = settings.telephony_rate_limit if telephony else settings.rate_limit
        if settings.rate_limit_answer == "off" or not limit:
            return
        now = settings.ticker()
        name = f"{key.name}{_TELEPHONY}" if telephony else key.name
        taken = self._taken.setdefault(name, deque())
        while taken and taken[0] <= now - 1.0:
            taken.popleft()
        if len(taken) < limit:
            taken.append(now)
            return
        if settings.rate_limit_answer == "503_html":
            raise _Html(503, "503 Service Temporarily Unavailable")
        raise Refused(int(settings.rate_limit_answer[:3]), "Rate limit exceeded")

    def _check_scope(self, key: ApiKey, method: Method) -> None:
        if method.scope and method.scope not in key.scopes:
            raise Refused(int(self._account.settings.key_error_code), "Access denied.")


def _partial(refusal: Refused, names: Mapping[str, str]) -> Answer:
    """Return what the journal tells of a refusal; a partial upload did create some rows."""
    for name in ("uploadedCustomers", "uploadedOrders"):
        rows = refusal.body.get(name)
        if rows:
            key = ",".join(str(row.get("externalId") or row["id"]) for row in rows)
            return Answer(status=refusal.status, key=key, effect="created")
    return Answer(
        status=refusal.status, key=names.get("externalId", names.get("id", "")), effect="refused"
    )
