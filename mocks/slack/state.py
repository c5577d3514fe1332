"""State of the double: messages by channel, and the addresses of later answers."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from mocks.slack.settings import SlackSettings

MOST_LATER = 5
LATER = timedelta(minutes=30)
NO_CHANNEL = "channel_not_found"
NO_TEXT = "no_text"
EXPIRED = "expired_url"
NOT_AUTHED = "not_authed"
INVALID_AUTH = "invalid_auth"
INVALID_JSON = "invalid_json"
INVALID_BLOCKS = "invalid_blocks"


class Refused(Exception):
    """A refusal of the Web API, by its word."""


class TooMany(Exception):
    """Over the limit of a channel; ``wait_s`` goes into ``Retry-After``."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(str(wait_s))
        self.wait_s = wait_s


@dataclass
class Message:
    """A message. ``user`` is set for one that only that person sees."""

    channel: str
    ts: str
    text: str
    blocks: list[Any]
    user: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for the side door."""
        return asdict(self)


@dataclass
class Later:
    """An address of later answers: five times within half an hour (5.3)."""

    channel: str
    user: str
    until: datetime
    left: int = MOST_LATER


@dataclass
class State:
    """What one workspace holds."""

    settings: SlackSettings
    messages: list[Message] = field(default_factory=list)
    later: dict[str, Later] = field(default_factory=dict)
    ahead: timedelta = timedelta()
    _posted: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make ids repeat with the seed."""
        self._ids = random.Random(self.settings.seed)  # noqa: S311 - repeatable ids

    def now(self) -> datetime:
        """Return the machine's time and what the side door added."""
        return datetime.now(UTC) + self.ahead

    def post(self, channel: str, text: str, blocks: list[Any]) -> Message:
        """Take a message of the bot. Raises ``Refused`` and ``TooMany`` (5.5)."""
        if channel not in self.settings.channels:
            raise Refused(NO_CHANNEL)
        if not text and not blocks:
            raise Refused(NO_TEXT)
        self._pace(channel)
        return self.keep(channel, text, blocks)

    def keep(self, channel: str, text: str, blocks: list[Any], *, user: str = "") -> Message:
        """Put a message into a channel."""
        stamp = f"{self.now().timestamp():.0f}.{len(self.messages):06}"
        made = Message(channel, stamp, text, blocks, user)
        self.messages.append(made)
        return made

    def command(self, body: Mapping[str, Any], url: str) -> dict[str, Any]:
        """Return a signed call of a slash command, as it leaves for the app (5.1, 5.2)."""
        number = f"{self._ids.getrandbits(64):016x}"
        user, channel = str(body["user_id"]), str(body["channel_id"])
        self.later[number] = Later(channel, user, self.now() + LATER)
        form = {
            "token": "deprecated",
            "team_id": self.settings.team,
            "team_domain": "shop",
            "channel_id": channel,
            "channel_name": "support",
            "user_id": user,
            "user_name": str(body.get("user_name", "someone")),
            "command": str(body["command"]),
            "text": str(body.get("text", "")),
            "response_url": f"{url}/commands/{number}",
            "trigger_id": f"trigger.{number}",
        }
        if body.get("ssl_check"):
            form = {"ssl_check": "1", "token": "deprecated"}
        raw, stamp = urlencode(form), str(int(self.now().timestamp()))
        secret = self.settings.signing_secret.encode()
        mac = hmac.new(secret, f"v0:{stamp}:{raw}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={mac}",
        }
        return {"body": raw, "headers": headers}

    def answer_later(self, number: str, text: str, blocks: list[Any], *, public: bool) -> Message:
        """Take a later answer. Raises ``Refused``."""
        later = self.later.get(number)
        if later is None or self.now() > later.until or not later.left:
            raise Refused(EXPIRED)
        later.left -= 1
        return self.keep(later.channel, text, blocks, user="" if public else later.user)

    def _pace(self, channel: str) -> None:
        limit, now = self.settings.limit_per_s, self.now()
        last = self._posted.get(channel)
        if limit and last is not None and (now - last).total_seconds() < 1 / limit:
            raise TooMany(1)
        self._posted[channel] = now


def acted(state: State, body: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    """Do what a person in the workspace does. Raises ``ValueError``."""
    action = body.get("action")
    if action == "clock.advance":
        state.ahead += timedelta(seconds=float(body["seconds"]))
        return {"ok": True}
    if action == "slash":
        return state.command(body, url)
    msg = "no such action; known are clock.advance, slash"
    raise ValueError(msg)
