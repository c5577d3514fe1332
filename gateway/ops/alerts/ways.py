"""Ways: how each address is reached: an account that sends messages, or a hook."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from gateway.config import AlertAddress, AlertsSection
from gateway.contract import ConfigInvalid, ConnectorError, Notice, NoticeChannel, OutcomeUnknown
from gateway.contract.operations import NOTICE_SEND
from gateway.ops.alerts.hook import Hook, HookFailed
from gateway.ops.alerts.message import Told, json_of, text_of
from gateway.sync.account import Account

_PHONE = re.compile(r"\+?\d{8,15}")
HookMaker: TypeAlias = Callable[[str, str, str], Hook]
"""Makes a hook of an address's name, URL and secret."""


class NotSent(Exception):
    """A message was not taken, or ``in_doubt`` whether it was; the text holds no address."""

    def __init__(self, reason: str, *, in_doubt: bool = False) -> None:
        super().__init__(reason)
        self.in_doubt = in_doubt


@dataclass(frozen=True, slots=True)
class Way:
    """One address. Shape: either ``account`` with ``channel``, or ``hook``."""

    name: str
    language: str
    account: Account | None = None
    channel: NoticeChannel | None = None
    to: str = field(default="", repr=False)
    hook: Hook | None = None

    def payload(
        self, told: Sequence[Told], section: AlertsSection, now: datetime
    ) -> Mapping[str, Any]:
        """Return a message as the payload of ``notice.send``."""
        text = text_of(told, self.channel, section, now, language=self.language)
        subject = text.subject if self.channel is NoticeChannel.EMAIL else ""
        return {
            "channel": str(self.channel), "to": self.to, "text": text.body, "subject": subject,
        }  # fmt: skip

    async def send(
        self, told: Sequence[Told], section: AlertsSection, now: datetime, *, key: str
    ) -> None:
        """Send a message at once, without the store. Raises ``NotSent``."""
        if self.hook is not None:
            try:
                await self.hook.post(
                    key, json_of(told, section, message=key, language=self.language)
                )
            except HookFailed as error:
                raise NotSent(str(error)) from None
            return
        payload = self.payload(told, section, now)
        await self.notify(payload["text"], payload["subject"], key=key)

    async def notify(self, text: str, subject: str, *, key: str) -> None:
        """Send a text through the account. Raises ``NotSent``."""
        notifier = self.account.connector.services.notifier if self.account is not None else None
        if notifier is None or self.channel is None:
            msg = "the account sends no messages"
            raise NotSent(msg)
        try:
            await notifier.send(Notice(self.channel, self.to, text, subject), key=key)
        except ConnectorError as error:
            in_doubt = isinstance(error, OutcomeUnknown)
            raise NotSent(error.reason, in_doubt=in_doubt) from None


def ways_of(
    section: AlertsSection, accounts: Mapping[str, Account], make_hook: HookMaker
) -> Mapping[str, Way]:
    """Return how each address is reached. Raises ``ConfigInvalid`` for one that cannot be."""
    found = {}
    for name, address in section.to.items():
        language = address.language or section.language
        if address.hook is not None and address.secret is not None:
            url, secret = address.hook.get_secret_value(), address.secret.get_secret_value()
            found[name] = Way(name, language, hook=make_hook(name, url, secret))
        else:
            found[name] = _by_account(name, address, accounts, language)
    return found


def channel_of(to: str) -> NoticeChannel:
    """Tell by its form what an address is: an e-mail, a phone, or a chat's channel."""
    if _PHONE.fullmatch(to):
        return NoticeChannel.SMS
    return NoticeChannel.EMAIL if "@" in to.lstrip("@#") else NoticeChannel.CHAT


def _by_account(
    name: str, address: AlertAddress, accounts: Mapping[str, Account], language: str
) -> Way:
    account = accounts.get(address.account or "")
    notifier = account.connector.services.notifier if account is not None else None
    if account is None or notifier is None or NOTICE_SEND not in account.connector.operations:
        msg = (
            f"alerts.to.{name}.account: no account {address.account} that sends messages; name one "
            "that does"
        )
        raise ConfigInvalid(msg)
    channels = notifier.channels
    channel = next(iter(channels)) if len(channels) == 1 else channel_of(address.to)
    if channel not in channels or channel is not channel_of(address.to):
        kinds = ", ".join(sorted(channels))
        msg = f"alerts.to.{name}.to: the account {address.account} reaches {kinds} only"
        raise ConfigInvalid(msg)
    return Way(name, language, account, channel, address.to)
