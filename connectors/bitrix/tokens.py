"""Tokens of an OAuth application: traded, renewed on demand, rotated (reference 1.8)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
from pydantic import BaseModel, ValidationError

from gateway.contract import AuthRejected, HttpClient, OutcomeUnknown, Unavailable

from .config_access import OAuthSettings
from .token_store import TokenPair, TokenStore, seed_of

OPERATION = "oauth.token"
_GRANTS = {"code": "authorization_code", "refresh_token": "refresh_token"}
_REMEDIES: Mapping[str, str] = {
    "invalid_grant": "the refresh token or code is used up or too old: install the application "
    "anew and set its refresh_token",
    "invalid_client": "client_id or client_secret is not the application's",
    "payment_required": "the application or the portal is not paid",
    "invalid_scope": "the application has not these scopes",
    "insufficient_scope": "the application has not these scopes",
    "invalid_request": "the request for a token was refused: compare token_url",
}


class _WireTokens(BaseModel):
    """Answer of the authorization server (10.1)."""

    access_token: str
    refresh_token: str


@dataclass(slots=True)
class Tokens:
    """The pair of one account. A token is renewed when the portal calls it expired, never before.

    Refreshes of one process take turns by ``_lock``, those of several by the store's.
    """

    http: HttpClient
    settings: OAuthSettings
    store: TokenStore
    _pair: TokenPair | None = field(default=None, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def access(self, *, instead_of: str = "") -> str:
        """Return an access token; another one than ``instead_of``, which was refused.

        Raises ``AuthRejected`` when the tokens are dead and somebody must install anew.
        """
        if self._pair is not None and self._pair.access != instead_of:
            return self._pair.access
        async with self._lock:
            if self._pair is None or self._pair.access == instead_of:
                async with self.store.turn():
                    self._pair = await self._newer_than(instead_of)
            return self._pair.access

    async def close(self) -> None:
        """Release connections; may be called twice."""
        await self.http.close()

    async def _newer_than(self, refused: str) -> TokenPair:
        """Take what another process stored meanwhile, else trade the newest token."""
        beginning = self.settings.beginning()
        seed = seed_of(beginning)
        stored = await self.store.load()
        if stored is not None and beginning is not None and stored.seed != seed:
            stored = None
        if stored is not None and stored.access != refused:
            return stored
        grant = ("refresh_token", stored.refresh) if stored else beginning
        if grant is None:
            msg = "no token is stored: set oauth.refresh_token of the installation"
            raise AuthRejected(msg, operation=OPERATION)
        pair = await self._traded(*grant, seed=stored.seed if stored else seed)
        await self.store.save(pair)
        return pair

    async def _traded(self, name: str, secret: str, *, seed: str) -> TokenPair:
        settings = self.settings
        query = [
            ("grant_type", _GRANTS[name]),
            ("client_id", settings.client_id),
            ("client_secret", settings.client_secret.get_secret_value()),
            (name, secret),
        ]
        path = f"{settings.token_url.rstrip('/').rpartition('/')[2]}/"
        try:
            response = await self.http.call(
                "GET", path, operation=OPERATION, repeatable=False, query=query
            )
        except OutcomeUnknown:
            # The portal's call has not been made, so nothing of it is in doubt.
            response = None
        if response is None:
            msg = "the answer with the new tokens was lost"
            raise Unavailable(msg, operation=OPERATION)
        found = _tokens(response)
        return TokenPair(found.access_token, found.refresh_token, seed)


def token_base(settings: OAuthSettings) -> str:
    """Return the address to which the token path is relative."""
    return settings.token_url.rstrip("/").rpartition("/")[0]


def _tokens(response: httpx.Response) -> _WireTokens:
    """Read an answer by its ``error`` first: statuses of token errors are not confirmed (10.1)."""
    try:
        body = json.loads(response.text)
    except ValueError:
        body = None
    code = str(body.get("error", "")).lower() if isinstance(body, dict) else ""
    if code in _REMEDIES:
        raise AuthRejected(
            _REMEDIES[code],
            operation=OPERATION,
            vendor_code=code.upper(),
            http_status=response.status_code,
        )
    try:
        return _WireTokens.model_validate(body)
    except ValidationError:
        pass
    msg = "the authorization server gave no tokens"
    raise Unavailable(msg, operation=OPERATION, http_status=response.status_code)
