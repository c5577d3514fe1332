"""Subscriptions of an OAuth application to the portal's events (reference 1.10, 10.9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.contract import AuthRejected

from .client import BitrixClient
from .errors import VendorRefused

_UNKNOWN = "error_event_not_found"
_BIND = "event.bind"
_ALREADY = "error_core"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """Sees to it that the portal tells its events to the gateway."""

    client: BitrixClient
    handler: str

    async def ensure(self, events: Iterable[str]) -> list[str]:
        """Bind what is not bound yet; return the events that the portal does not have.

        Raises ``AuthRejected`` when the application may not name this handler.
        """
        bound = await self._bound()
        lacking: list[str] = []
        for event in sorted(set(events) - bound):
            params = {"event": event, "handler": self.handler, "auth_type": 0}
            try:
                done = await self.client.ask(_BIND, params)
            except VendorRefused as refused:
                code = refused.refusal.code
                if code == _UNKNOWN:
                    lacking.append(event)
                    continue
                # Another process may have bound it a moment ago; the code says no more than that.
                if code == _ALREADY and event in await self._bound():
                    continue
                raise self.client.error(refused, repeatable=True) from None
            if done is not True:
                msg = "oauth.handler: the application may not name this host as a handler"
                raise AuthRejected(msg, operation=_BIND)
        return lacking

    async def _bound(self) -> set[str]:
        rows = await self.client.call("event.get")
        return {
            str(row.get("event", "")).upper() for row in rows if row.get("handler") == self.handler
        }
