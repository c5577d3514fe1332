"""Exchange door: ``/exchange/{account}`` takes the calls of a vendor that brings and fetches files.

It is a drop-in for the address of a site to which 1C speaks, so an address that ends in a script's
name is understood too. Bodies are passed on as they come: a catalogue may be larger than memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from gateway.contract import ExchangeDoor, ExchangeReply, ExchangeRequest, StoreError
from gateway.ingress.door import Door
from gateway.ingress.problems import Problem

_RETRY_AFTER = {"Retry-After": "5"}


def exchange(door: Door) -> APIRouter:
    """Return the routes of vendors that exchange files with us."""
    router = APIRouter(tags=["exchange"])

    @router.post(
        "/exchange/{account}",
        operation_id="exchange",
        response_model=None,
        response_class=PlainTextResponse,
    )
    @router.api_route(
        "/exchange/{account}", methods=["GET", "POST"], include_in_schema=False, response_model=None
    )
    @router.api_route(
        "/exchange/{account}/{script:path}",
        methods=["GET", "POST"],
        include_in_schema=False,
        response_model=None,
    )
    async def call(account: str, request: Request) -> Response:
        """Pass a call on to the account's protocol."""
        protocol = _protocol(door, account)
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.scope["headers"]
        }
        told = ExchangeRequest(request.method, dict(request.query_params), headers, _body(request))
        try:
            reply = await protocol.answer(told, door.desks[account])
        except StoreError as error:
            door.log.warning("exchange.postponed", account=account, cause=type(error).__name__)
            detail = "the gateway cannot store this call now: repeat it"
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, "store-unavailable", detail, headers=_RETRY_AFTER) from error
        except ClientDisconnect as error:
            detail = "the caller hung up before the whole body came"
            raise Problem(HTTPStatus.BAD_REQUEST, "incomplete", detail) from error
        return _response(reply)

    return router


def _protocol(door: Door, account: str) -> ExchangeDoor:
    found = door.accounts.get(account)
    if found is None:
        detail = "no such account: the address ends with a name from [accounts] of gateway.toml"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-account", detail)
    protocol = found.connector.services.exchange
    if protocol is None:
        detail = "this account's vendor exchanges no files with us"
        raise Problem(HTTPStatus.NOT_FOUND, "no-exchange", detail)
    return protocol


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for part in request.stream():
        if part:
            yield part


def _response(reply: ExchangeReply) -> Response:
    headers = dict(reply.headers)
    if isinstance(reply.body, bytes):
        return Response(reply.body, status_code=reply.status, headers=headers)
    return StreamingResponse(reply.body, status_code=reply.status, headers=headers)
