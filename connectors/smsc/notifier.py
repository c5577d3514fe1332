"""Notifier: short messages, each key once in effect.

The vendor has no idempotency key: an equal text to the same phone is refused for a minute (code 9)
and sent again after it. So the message carries an id of ours, and the vendor is asked for it before
anything is handed over (reference, 1.2 and 1.3).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import (
    Log,
    Notice,
    NoticeChannel,
    Operation,
    RateLimited,
    Rejected,
)
from gateway.contract.operations import NoticeSending, payload_of

from .client import SmscClient
from .config import SmscSettings
from .errors import BUSY
from .translator import Form, form_of, id_of, phone_of
from .wire import FAILED, NEVER_SENT, SentWire, Status, StatusWire

REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class SmscNotifier:
    """See ``Notifier``."""

    client: SmscClient
    settings: SmscSettings
    log: Log
    channels: frozenset[NoticeChannel] = frozenset({NoticeChannel.SMS})

    async def send(self, notice: Notice, *, key: str) -> str:
        """Send, unless the vendor knows the key's id for this phone already."""
        if notice.channel is not NoticeChannel.SMS:
            msg = "this account sends SMS only"
            raise Rejected(msg, operation="send.php")
        message_id = id_of(key)
        form = form_of(notice, self.settings, message_id=message_id)
        if self.settings.test:
            await self.client.price(form)
            return f"test-{message_id}"
        phone = phone_of(notice)
        if await self.is_sent(phone, message_id):
            return str(message_id)
        await self._afford(form)
        try:
            self._watch(await self.client.send(form))
        except RateLimited as error:
            # An equal request that came through a moment ago looks like too many of them.
            if error.vendor_code != BUSY or not await self.is_sent(phone, message_id):
                raise
        return str(message_id)

    async def is_sent(self, phone: str, message_id: int) -> bool:
        """Ask whether the vendor has a message. Raises ``Rejected`` for one that failed for good.

        One that lacked money may be handed over again: nobody got it.
        """
        found = await self.client.status(phone, message_id)
        if found.status in FAILED:
            msg = f"the vendor could not deliver it: {_name(found)}"
            raise Rejected(msg, operation="status.php", vendor_code=f"status:{found.status}")
        return found.status not in NEVER_SENT

    async def _afford(self, form: Form) -> None:
        limit = self.settings.cost_limit
        if limit is None:
            return
        cost = (await self.client.price(form)).cost
        if cost is None or cost > limit:
            msg = "the message costs more than `cost_limit` allows"
            raise Rejected(msg, operation="send.php", vendor_code="cost_limit")

    def _watch(self, sent: SentWire) -> None:
        if sent.balance is not None and sent.balance < self.settings.balance_floor:
            self.log.warning("notify.balance_low", balance=str(sent.balance))


@dataclass(frozen=True, slots=True)
class NoticeSend:
    """The operation ``notice.send``.

    A message is looked up by phone and id, and a key alone does not tell the phone: phones of keys
    that were performed here are remembered, and any other key is looked up when it is performed.
    """

    notifier: SmscNotifier
    phones: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Send, unless the vendor has it already."""
        notice = notice_of(operation)
        if notice.channel is NoticeChannel.SMS:
            self.phones[operation.key] = phone_of(notice)
            while len(self.phones) > REMEMBERED:
                self.phones.popitem(last=False)
        return {"id": await self.notifier.send(notice, key=operation.key)}

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask the vendor; ``None`` for a key of another process, which ``perform`` looks up."""
        phone = self.phones.get(key)
        if phone is None or self.notifier.settings.test:
            return None
        message_id = id_of(key)
        is_sent = await self.notifier.is_sent(phone, message_id)
        return {"id": str(message_id)} if is_sent else None


def notice_of(operation: Operation) -> Notice:
    """Read a payload. Raises ``TranslationFailed`` that names the field, never its value."""
    sending = payload_of(NoticeSending, operation)
    return Notice(sending.channel, sending.to, sending.text, sending.subject)


def _name(found: StatusWire) -> str:
    return Status(found.status).name.lower().replace("_", " ")
