"""Toy support chat: proves by the token, answers in plain text."""

from __future__ import annotations

from gateway.contract import WebhookRefused, WebhookRequest
from gateway.contract.support import (
    ChatAnswer,
    SupportFound,
    SupportQuestion,
    SupportTopic,
    SupportTrouble,
)
from tests.gateway.testing.toy.vendor import TOKEN


class ToySupport:
    """See ``SupportChat``."""

    shows: frozenset[str] = frozenset()

    def question(self, request: WebhookRequest) -> SupportQuestion | ChatAnswer:
        """Take the body for what was typed."""
        if request.headers.get("x-token") != TOKEN:
            msg = "the call does not carry the token"
            raise WebhookRefused(msg)
        return SupportQuestion(SupportTopic.CUSTOMER, request.body.decode(), "someone", "room")

    def answer(self, question: SupportQuestion, found: SupportFound) -> ChatAnswer:
        """Say how many there are."""
        del question
        return ChatAnswer(str(len(found.customers)).encode(), "text/plain")

    def trouble(self, question: SupportQuestion, trouble: SupportTrouble) -> ChatAnswer:
        """Say what is wrong."""
        del question
        return ChatAnswer(str(trouble).encode(), "text/plain")
