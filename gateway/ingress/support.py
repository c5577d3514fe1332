"""Support desk's door: ``/support/{account}`` answers a question asked in a chat, at once."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.contract import (
    ChatAnswer,
    SupportChat,
    SupportQuestion,
    WebhookRefused,
    WebhookRequest,
)
from gateway.ingress.body import bounded_body
from gateway.ingress.door import Door
from gateway.ingress.problems import Problem

MOST_BYTES = 64 * 1024


def support(door: Door) -> APIRouter:
    """Return the route of chats in which the support desk asks."""
    router = APIRouter(tags=["support"])

    @router.post("/support/{account}", operation_id="support", response_model=None)
    async def ask(account: str, request: Request) -> Response:
        """Answer a question of an account's chat."""
        chat = _chat(door, account)
        body = await bounded_body(request, most=MOST_BYTES, what="a question")
        question = _read(door, account, chat, request, body)
        if isinstance(question, ChatAnswer):
            return _response(question)
        if door.support is None:
            detail = "this process answers no questions"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "no-support", detail)
        return _response(await door.support.answer(account, chat, question))

    return router


def _chat(door: Door, account: str) -> SupportChat:
    found = door.accounts.get(account)
    if found is None:
        detail = "no such account: the address ends with a name from [accounts] of gateway.toml"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-account", detail)
    chat = found.connector.services.support
    if chat is None:
        detail = "this account answers no questions with these settings"
        raise Problem(HTTPStatus.NOT_FOUND, "no-support", detail)
    return chat


def _read(
    door: Door, account: str, chat: SupportChat, request: Request, body: bytes
) -> SupportQuestion | ChatAnswer:
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }
    try:
        return chat.question(WebhookRequest(body, headers, dict(request.query_params)))
    except WebhookRefused as refusal:
        door.log.warning("support.refused", account=account, cause=str(refusal.status))
        proved = refusal.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        detail = str(refusal) if proved else "the call does not prove its origin"
        raise Problem(refusal.status, "support-refused", detail) from None


def _response(answer: ChatAnswer) -> Response:
    if not answer.body:
        return Response(status_code=answer.status)
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)
