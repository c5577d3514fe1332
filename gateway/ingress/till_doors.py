"""Till doors: ``/till/{account}/…`` takes the calls of a till that speaks its own protocol.

A till changes its processor by changing an address, so nothing is asked of it here: what it sends
is handed to the account's protocol as it came, and the answer is the protocol's own. Clients of
that kind ask with a body in a GET, and some write values into the address as they are.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.contract import StoreError, TillDoor, TillReply, TillRequest, TillService
from gateway.ingress.body import bounded_body
from gateway.ingress.door import Door
from gateway.ingress.problems import Problem

MOST_BYTES = 2 * 1024 * 1024

_RETRY_AFTER = {"Retry-After": "5"}


def till_doors(door: Door) -> APIRouter:
    """Return the routes of tills' own protocols."""
    router = APIRouter(tags=["till"])

    # The first route serves both methods; the second is there to be described, as with the hooks.
    @router.post("/till/{account}/{path:path}", operation_id="till", response_model=None)
    @router.api_route(
        "/till/{account}/{path:path}",
        methods=["GET", "POST"],
        include_in_schema=False,
        response_model=None,
    )
    async def call(account: str, path: str, request: Request) -> Response:
        """Pass a call on to the account's protocol."""
        protocol = _protocol(door, account)
        service = _service(door)
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.scope["headers"]
        }
        query = query_of(request.scope["query_string"])
        body = await bounded_body(request, most=MOST_BYTES, what="a call of a till")
        told = TillRequest(request.method, path, query, headers, body)
        try:
            return _response(await protocol.answer(told, service))
        except StoreError as error:
            door.log.warning("till.postponed", account=account, cause=type(error).__name__)
            detail = "the gateway cannot store this call now: repeat it"
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, "store-unavailable", detail, headers=_RETRY_AFTER) from error

    return router


def query_of(raw: bytes) -> dict[str, str]:
    """Return a query by name, raw: a client that does not encode means its ``+`` and its ``%``.

    The last of several values wins. Bytes that are no UTF-8 stay as surrogates, so that a protocol
    with another encoding gets them back.
    """
    found: dict[str, str] = {}
    for part in raw.decode("utf-8", "surrogateescape").split("&"):
        name, _, value = part.partition("=")
        if name:
            found[name] = value
    return found


def _protocol(door: Door, account: str) -> TillDoor:
    found = door.accounts.get(account)
    if found is None:
        detail = "no such account: /till/ is followed by a name from [accounts] of gateway.toml"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-account", detail)
    protocol = found.connector.services.till
    if protocol is None:
        detail = "this account speaks no protocol of tills"
        raise Problem(HTTPStatus.NOT_FOUND, "no-till", detail)
    return protocol


def _service(door: Door) -> TillService:
    if door.till is None:
        detail = "this process serves no tills: send the call to one that does"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "tills-not-served", detail)
    return door.till.service


def _response(reply: TillReply) -> Response:
    return Response(reply.body, status_code=reply.status, headers=dict(reply.headers))
