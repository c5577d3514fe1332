"""Notifier: letters. A mail server cannot be asked what it took.

A key that was answered here is remembered and not sent again. One that was sent and not answered is
an unknown outcome: a notice of it waits for a person, and a one-time code is better made anew.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import (
    Clock,
    Notice,
    NoticeChannel,
    Operation,
    Rejected,
    Unsupported,
)
from gateway.contract.operations import NOTICE_SEND, NoticeSending, payload_of

from .client import SmtpClient
from .letter import letter

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class SmtpNotifier:
    """See ``Notifier``."""

    client: SmtpClient
    clock: Clock
    channels: frozenset[NoticeChannel] = frozenset({NoticeChannel.EMAIL})
    sent: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)

    async def send(self, notice: Notice, *, key: str) -> str:
        """Send a letter, unless this process sent it; return its ``Message-ID``."""
        if notice.channel is not NoticeChannel.EMAIL:
            msg = "this account sends letters only"
            raise Rejected(msg, operation="DATA")
        if key in self.sent:
            return self.sent[key]
        made = letter(notice, self.client.settings, key=key, at=self.clock.now())
        await self.client.deliver(notice.to, made.as_bytes())
        self.sent[key] = made["Message-ID"]
        while len(self.sent) > REMEMBERED:
            self.sent.popitem(last=False)
        return self.sent[key]


@dataclass(frozen=True, slots=True)
class NoticeSend:
    """The operation ``notice.send``."""

    notifier: SmtpNotifier

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Send a letter."""
        return {"id": await self.notifier.send(notice_of(operation), key=operation.key)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Refuse: only what this process was answered is known."""
        if key in self.notifier.sent:
            return {"id": self.notifier.sent[key]}
        msg = "a mail server does not tell what it took: ask the recipient, or let it go again"
        raise Unsupported(msg, operation=NOTICE_SEND)


def notice_of(operation: Operation) -> Notice:
    """Read a payload. Raises ``TranslationFailed`` that names the field, never its value."""
    sending = payload_of(NoticeSending, operation)
    return Notice(sending.channel, sending.to, sending.text, sending.subject)
