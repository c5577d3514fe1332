"""Notifier: short messages to people, by SMS, by e-mail or into a chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class NoticeChannel(StrEnum):
    """The way of a message."""

    SMS = "sms"
    EMAIL = "email"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Notice:
    """A message. Shape: ``to`` in E.164, an address or a channel; ``subject`` for e-mail."""

    channel: NoticeChannel
    to: str = field(repr=False)
    text: str = field(repr=False)
    subject: str = field(default="", repr=False)


class Notifier(Protocol):
    """Sends messages now (one-time codes). What may wait goes as the operation ``notice.send``."""

    @property
    def channels(self) -> frozenset[NoticeChannel]:
        """The ways that this vendor has."""

    async def send(self, notice: Notice, *, key: str) -> str:
        """Send a message and return the vendor's id of it; the same key sends once in effect.

        Raises ``Rejected`` for an address that the vendor refuses, ``OutcomeUnknown`` when it may
        have been sent.
        """
