"""Smart Communications: the vendor's other product, told what a member allows.

Only documented calls are made (vendor reference, 14): the token, the channels and the categories of
mailings. Profiles reach it from Loymax itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    HttpClient,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.answers import answer_error

from .config import ConsentPlace, SmartCommunications
from .errors import fields_shown, parsed

_CHANNELS = frozenset({"email", "push", "sms"})
_REST_S = 60.0
_FLAGS = {True: "Y", False: "N"}


@dataclass(slots=True)
class SmartConsents:
    """Channels and mailings of clients; their id there is the member's id."""

    http: HttpClient
    settings: SmartCommunications
    consents: Mapping[str, ConsentPlace]
    _token: str = field(default="", repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def sign_in(self) -> None:
        """Prove the credentials. Raises ``AuthRejected``."""
        async with self._lock:
            self._token = await self._login()

    async def tell(self, client_id: str, granted: Mapping[str, bool]) -> None:
        """Tell which channels and mailings are allowed; those without a consent stay as they are.

        Channels that this product does not have are left out.
        """
        channels = self._channels(granted)
        if channels:
            await self._set("POST", client_id, "channel", channels)
        categories = self._categories(granted)
        if categories:
            await self._set("PATCH", client_id, "subscribe", {"categories": categories})

    def _channels(self, granted: Mapping[str, bool]) -> dict[str, str]:
        """Return the channels: mailings tell purposes apart, a consent without them cannot.

        So all of the latter must be granted for a channel, and where there are none, any consent.
        """
        told: dict[str, tuple[list[bool], list[bool]]] = {}
        for name, place in self.consents.items():
            if name in granted and place.channel in _CHANNELS:
                plain, with_mailings = told.setdefault(place.channel, ([], []))
                (with_mailings if name in self.settings.mailings else plain).append(granted[name])
        return {
            channel: _FLAGS[all(plain) if plain else any(with_mailings)]
            for channel, (plain, with_mailings) in told.items()
        }

    def _categories(self, granted: Mapping[str, bool]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name, codes in self.settings.mailings.items():
            if name in granted:
                for code in codes:
                    channel = self.consents[name].channel
                    found.setdefault(code, {})[channel] = _FLAGS[granted[name]]
        return found

    async def _set(
        self, method: str, client_id: str, what: str, attributes: Mapping[str, Any]
    ) -> None:
        """Set something of a client, which has the same effect when it is done again."""
        operation = f"smart/{what}"
        for _ in range(2):
            used = await self._signed_in()
            response = await self.http.call(
                method,
                f"customer/{client_id}/{what}",
                operation=operation,
                repeatable=True,
                json={"data": {"attributes": attributes}},
                headers={"Authorization": f"Bearer {used}"},
            )
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                break
            self._token = ""
        error = _refusal(response, operation)
        if error is not None:
            raise error

    async def _signed_in(self) -> str:
        async with self._lock:
            if not self._token:
                self._token = await self._login()
            return self._token

    async def _login(self) -> str:
        settings = self.settings
        body = {
            "data": {
                "attributes": {
                    "username": settings.username,
                    "password": settings.password.get_secret_value(),
                }
            }
        }
        response = await self.http.call(
            "POST", "token", operation="smart/token", repeatable=True, json=body
        )
        error = answer_error(response, operation="smart/token", repeatable=True)
        if error is not None:
            raise error
        try:
            told = orjson.loads(response.content)["data"]["attributes"]
            # Camel case in the models, snake case perhaps on the wire (14).
            token = told.get("accessToken") or told.get("access_token")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            msg = "the token call was answered without a token"
            raise Unavailable(msg, operation="smart/token") from None
        if not token:
            msg = "the vendor gave no token"
            raise AuthRejected(msg, operation="smart/token")
        return str(token)

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()


def _refusal(response: httpx.Response, operation: str) -> ConnectorError | None:
    """Return what an answer stands for; of what was refused the names and no values."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        msg = "the limit of a minute is reached"
        return RateLimited(msg, operation=operation, retry_after_s=_REST_S)
    error = answer_error(response, operation=operation, repeatable=True)
    if not isinstance(error, Rejected):
        return error
    body = parsed(response)
    rows = body.get("errors") if isinstance(body, Mapping) else None
    wrong = [one.get("validation") for one in rows or [] if isinstance(one, Mapping)]
    fields = fields_shown([name for one in wrong if isinstance(one, Mapping) for name in one])
    if not fields:
        return error
    msg = f"the vendor refused it in {', '.join(fields)}"
    return Rejected(msg, operation=operation, http_status=response.status_code, blame=Blame.PAYLOAD)
