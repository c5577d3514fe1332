"""Notifier: messages into channels. Slack cannot be asked what it took.

A key that was answered here is remembered and not posted again. One that was sent and not answered
is an unknown outcome.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import Notice, NoticeChannel, Operation, Unsupported
from gateway.contract.operations import NOTICE_SEND, NoticeSending, payload_of

from .client import SlackClient
from .translator import text_of

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class SlackNotifier:
    """See ``Notifier``."""

    client: SlackClient
    channels: frozenset[NoticeChannel] = frozenset({NoticeChannel.CHAT})
    sent: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)

    async def send(self, notice: Notice, *, key: str) -> str:
        """Post a message, unless this process did; return its ``ts``."""
        text = text_of(notice)
        if key in self.sent:
            return self.sent[key]
        self.sent[key] = await self.client.post(notice.to, text)
        while len(self.sent) > REMEMBERED:
            self.sent.popitem(last=False)
        return self.sent[key]


@dataclass(frozen=True, slots=True)
class NoticeSend:
    """The operation ``notice.send``."""

    notifier: SlackNotifier

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Post a message."""
        sending = payload_of(NoticeSending, operation)
        notice = Notice(sending.channel, sending.to, sending.text, sending.subject)
        return {"id": await self.notifier.send(notice, key=operation.key)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Refuse: only what this process was answered is known."""
        if key in self.notifier.sent:
            return {"id": self.notifier.sent[key]}
        msg = "Slack does not tell what it took: look into the channel, or let it go again"
        raise Unsupported(msg, operation=NOTICE_SEND)
