"""Message translator: texts as the vendor wants them. Pure."""

from __future__ import annotations

from gateway.contract import Notice, NoticeChannel, Rejected

from .client import POST

LONGEST = 3000
"""Letters that a block of text holds; a message's plain text is kept to it too (reference, 5.4)."""


def escaped(text: str) -> str:
    """Escape what would become a link or a mention (5.4)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shortened(text: str, most: int = LONGEST) -> str:
    """Cut a text that is too long, and show that it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def text_of(notice: Notice) -> str:
    """Return the text of a message. Raises ``Rejected`` for an empty one and other channels."""
    if notice.channel is not NoticeChannel.CHAT:
        msg = "this account posts into channels only"
        raise Rejected(msg, operation=POST)
    if not notice.text.strip():
        msg = "the text is empty"
        raise Rejected(msg, operation=POST)
    return shortened(escaped(notice.text.strip()))
