"""Client: one method per call of the vendor; none may be sent twice.

There is no idempotency key: after a time-out a double post is possible (reference, 5.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import HttpClient, Rejected

from .config import SlackSettings
from .errors import NO_CHANNEL, check_hooked, read_posted

POST, HOOK = "chat.postMessage", "incoming webhook"


@dataclass(frozen=True, slots=True)
class SlackClient:
    """Calls of one app. ``hook`` is there with a webhook and takes its whole address."""

    http: HttpClient
    settings: SlackSettings
    hook: HttpClient | None = field(default=None, repr=False)

    async def post(self, channel: str, text: str) -> str:
        """Post a message; return its ``ts``, empty by a webhook (5.3, 5.5)."""
        if self.hook is not None:
            answer = await self.hook.call(
                "POST", "", operation=HOOK, repeatable=False, json={"text": text}
            )
            check_hooked(answer, operation=HOOK)
            return ""
        return await self._post({"channel": channel, "text": text})

    async def prove(self) -> None:
        """Prove the token by a message to no channel, which nobody gets.

        Raises ``AuthRejected``; the refusal of the channel is the proof.
        """
        try:
            await self._post({"channel": "", "text": "probe"})
        except Rejected as error:
            if error.vendor_code != NO_CHANNEL:
                raise

    async def _post(self, body: Mapping[str, Any]) -> str:
        token = self.settings.token
        secret = token.get_secret_value() if token is not None else ""
        answer = await self.http.call(
            "POST",
            POST,
            operation=POST,
            repeatable=False,
            json=dict(body),
            headers={"Authorization": f"Bearer {secret}"},
        )
        return read_posted(answer, operation=POST).ts
