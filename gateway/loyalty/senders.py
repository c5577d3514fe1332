"""Senders: which accounts send the shop's own codes; a wrong name is refused at start."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.config.codes import CodesSection
from gateway.contract import ConfigInvalid, NoticeChannel, Notifier, Services


def notifiers_of(
    section: CodesSection, services: Mapping[str, Services]
) -> Mapping[NoticeChannel, Notifier]:
    """Return who sends codes by which way; ``services`` by account.

    Raises: ``ConfigInvalid`` for an account that does not exist or does not send that way.
    """
    found: dict[NoticeChannel, Notifier] = {}
    for channel, account in (
        (NoticeChannel.SMS, section.sms),
        (NoticeChannel.EMAIL, section.email),
    ):
        if account is None:
            continue
        notifier = services[account].notifier if account in services else None
        if notifier is None or channel not in notifier.channels:
            msg = f"codes.{channel}: no account {account} that sends {channel}; name one that does"
            raise ConfigInvalid(msg)
        found[channel] = notifier
    return found
