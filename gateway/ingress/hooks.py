"""Event-driven consumer's door: ``/hooks/{account}`` takes a vendor's word that something changed.

The call is answered only after its hints are committed to the inbox. Anything that prevents that is
answered with an error, so that the vendor repeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.contract import Hint, StoreError, WebhookRefused, WebhookRequest, WebhookSource
from gateway.ingress.body import bounded_body
from gateway.ingress.door import Door
from gateway.ingress.problems import CORRELATION, Problem

MOST_BYTES = 1024 * 1024
COMMIT_S = 10.0
"""Seconds after which the caller is asked to repeat; a commit that comes later does no harm."""

_RETRY_AFTER = {"Retry-After": "5"}


def hooks(door: Door) -> APIRouter:
    """Return the routes of vendors' webhooks."""
    router = APIRouter(tags=["webhooks"])

    # The first route serves both methods; the second is there to be described, because a route of
    # two methods would describe both under one operation id.
    @router.post("/hooks/{account}", operation_id="hook", response_model=None)
    @router.api_route(
        "/hooks/{account}", methods=["GET", "POST"], include_in_schema=False, response_model=None
    )
    async def hook(account: str, request: Request) -> Response:
        """Take in a call of an account's vendor."""
        source = _source(door, account)
        body = await bounded_body(request, most=MOST_BYTES, what="a webhook")
        correlation_id: str = request.scope["state"][CORRELATION]
        hints = _read(door, account, source, request, body)
        try:
            async with asyncio.timeout(COMMIT_S):
                receipt = await door.receiver.receive(account, hints, correlation_id=correlation_id)
        except (StoreError, TimeoutError) as error:
            door.log.warning("hook.postponed", account=account, cause=type(error).__name__)
            detail = "the gateway cannot store this call now: repeat it"
            status = HTTPStatus.SERVICE_UNAVAILABLE
            raise Problem(status, "store-unavailable", detail, headers=_RETRY_AFTER) from error
        _count(door, account, hints, fresh=receipt.fresh, repeated=receipt.duplicates)
        # There are vendors that take a callback for failed without this word.
        return Response(b'{"success":true}', media_type="application/json")

    return router


def _source(door: Door, account: str) -> WebhookSource:
    found = door.accounts.get(account)
    if found is None:
        detail = "no such account: the address ends with a name from [accounts] of gateway.toml"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-account", detail)
    if found.connector.webhooks is None:
        detail = "this account's vendor sends no webhooks that the gateway reads"
        raise Problem(HTTPStatus.NOT_FOUND, "no-webhooks", detail)
    return found.connector.webhooks


def _read(
    door: Door, account: str, source: WebhookSource, request: Request, body: bytes
) -> Sequence[Hint]:
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }
    call = WebhookRequest(body, headers, dict(request.query_params))
    try:
        return source.receive(call)
    except WebhookRefused as refusal:
        door.log.warning("hook.refused", account=account, status=refusal.status)
        door.metrics.received(account=account, kind="", result="refused")
        proved = refusal.status != HTTPStatus.FORBIDDEN
        detail = str(refusal) if proved else "the call does not prove its origin"
        raise Problem(refusal.status, "webhook-refused", detail) from None


def _count(door: Door, account: str, hints: Sequence[Hint], *, fresh: int, repeated: int) -> None:
    kinds = {str(hint.kind) for hint in hints}
    kind = kinds.pop() if len(kinds) == 1 else "mixed" if kinds else ""
    for result, count in (("new", fresh), ("repeated", repeated)):
        if count:
            door.metrics.received(account=account, kind=kind, result=result, count=count)
