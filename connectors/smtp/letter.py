"""Message translator: a notice as a letter. Pure; the moment is handed in."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gateway.contract import Notice, Rejected

from .config import SmtpSettings

_LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, less the brackets."""


def message_id(key: str, domain: str) -> str:
    """Return the ``Message-ID`` of a key: the same letter keeps its name when it goes twice."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


def letter(notice: Notice, settings: SmtpSettings, *, key: str, at: datetime) -> EmailMessage:
    """Return the letter: text in UTF-8, base64 so that any server takes it.

    ``Auto-Submitted`` keeps absence notes from answering (reference, 3.1).
    Raises: ``Rejected`` for an address that is none and for an empty text.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    made["To"] = _address(notice.to)
    made["Subject"] = " ".join(notice.subject.split())
    made["Date"] = format_datetime(at)
    made["Message-ID"] = message_id(key, settings.domain)
    made["Auto-Submitted"] = "auto-generated"
    if settings.reply_to is not None:
        made["Reply-To"] = settings.reply_to
    if settings.unsubscribe is not None:
        made["List-Unsubscribe"] = f"<{settings.unsubscribe}>"
    if not notice.text.strip():
        msg = "the text is empty"
        raise Rejected(msg, operation="DATA")
    made.set_content(notice.text, charset="utf-8", cte="base64")
    return made


def _address(text: str) -> Address:
    """Return a recipient. Raises ``Rejected`` for what would not be one address."""
    made = Address()
    if len(text) <= _LONGEST_ADDRESS and not any(one.isspace() for one in text):
        with suppress(ValueError, IndexError):  # what the parser raises for what is no address
            made = Address(addr_spec=text)
    if not made.username or not made.domain:
        msg = "the address is none"
        raise Rejected(msg, operation="RCPT")
    return made
