"""Smart Communications: the vendor's other product, told which channels a member allows.

Only the documented calls are made (vendor reference, 14): the token and the channels. Profiles
reach it from Loymax itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

from gateway.contract import AuthRejected, HttpClient, RateLimited, Unavailable
from gateway.contract.answers import answer_error

from .config import ConsentPlace, SmartCommunications

_REST_S = 60.0
_CHANNELS = frozenset({"email", "push", "sms"})


@dataclass(slots=True)
class SmartChannels:
    """Channels of clients; their id there is the member's id."""

    http: HttpClient
    settings: SmartCommunications
    consents: Mapping[str, ConsentPlace]
    _token: str = field(default="", repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def tell(self, client_id: str, granted: Mapping[str, bool]) -> None:
        """Tell which channels are allowed; those without a consent stay as they are.

        Channels that this product does not have are left out.
        """
        told = {
            place.channel: "Y" if granted[name] else "N"
            for name, place in self.consents.items()
            if name in granted and place.channel in _CHANNELS
        }
        if not told:
            return
        body = {"data": {"attributes": told}}
        path = f"customer/{client_id}/channel"
        for _ in range(2):
            used = await self._signed_in()
            response = await self.http.call(
                "POST",
                path,
                operation="smart/channel",
                repeatable=True,
                json=body,
                headers={"Authorization": f"Bearer {used}"},
            )
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                break
            self._token = ""
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            msg = "the limit of a minute is reached"
            raise RateLimited(msg, operation="smart/channel", retry_after_s=_REST_S)
        error = answer_error(response, operation="smart/channel", repeatable=True)
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
