"""Support chat: slash commands, answered so that only whoever asked can see it (5.1, 5.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from gateway.contract import (
    ChatAnswer,
    SupportFound,
    SupportQuestion,
    SupportTopic,
    SupportTrouble,
    WebhookRefused,
    WebhookRequest,
)

from .config import SlackSettings
from .render import WORDS, found_blocks
from .signature import Prover

_UNKNOWN_COMMAND = 404
_HELP = frozenset({"", "help", "помощь", "?"})


@dataclass(frozen=True, slots=True)
class SlackSupport:
    """See ``SupportChat``."""

    settings: SlackSettings
    prover: Prover

    @property
    def shows(self) -> frozenset[str]:
        """What is shown in clear."""
        return frozenset(self.settings.shows)

    def question(self, request: WebhookRequest) -> SupportQuestion | ChatAnswer:
        """Verify the signature over the raw body, then read the form."""
        self.prover.prove(request)
        form = _form(request.body)
        if form.get("ssl_check") == "1":
            return ChatAnswer(b"")
        settings = self.settings
        topics = {
            settings.customer_command: SupportTopic.CUSTOMER,
            settings.order_command: SupportTopic.ORDER,
        }
        topic = topics.get(form.get("command", ""))
        if topic is None:
            msg = "no such command here: compare the app's commands with the account's settings"
            raise WebhookRefused(msg, status=_UNKNOWN_COMMAND)
        text, who, place = form.get("text", "").strip(), form.get("user_id", ""), ""
        place = form.get("channel_id", "")
        question = SupportQuestion(topic, text, who, place, self._is_allowed(who, place))
        if question.is_allowed and text.lower() in _HELP:
            return self._said(self._word("help"))
        return question

    def answer(self, question: SupportQuestion, found: SupportFound) -> ChatAnswer:
        """Put what was found into blocks, with a plain text beside them (5.4)."""
        del question
        blocks = found_blocks(found, self.settings.language)
        return _ephemeral({"text": self._word("found"), "blocks": blocks})

    def trouble(self, question: SupportQuestion, trouble: SupportTrouble) -> ChatAnswer:
        """Say why there is no answer."""
        del question
        return self._said(self._word(str(trouble)))

    def _is_allowed(self, who: str, place: str) -> bool:
        users, channels = self.settings.users, self.settings.channels
        return (not users or who in users) and (not channels or place in channels)

    def _said(self, text: str) -> ChatAnswer:
        return _ephemeral({"text": text})

    def _word(self, key: str) -> str:
        settings = self.settings
        return WORDS[settings.language][key].format(
            customer=settings.customer_command, order=settings.order_command
        )


def _form(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, errors="strict"))
    except ValueError:
        msg = "the call is no form in UTF-8"
        raise WebhookRefused(msg, status=400) from None


def _ephemeral(body: Mapping[str, object]) -> ChatAnswer:
    said = {"response_type": "ephemeral", **body}
    return ChatAnswer(json.dumps(said, ensure_ascii=False).encode())
