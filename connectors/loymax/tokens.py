"""Tokens: every grant of the vendor, each token fetched once and renewed under a lock.

The token service speaks forms, has no envelope, and answers the first step of a login by code with
400 and a temporary token in a header (vendor reference, 2). A refresh wants the expired token too
and may end the old pair, so two refreshes at once would lock each other out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import BaseModel, Field, ValidationError

from gateway.contract import (
    AuthRejected,
    Clock,
    HttpClient,
    RateLimited,
    Rejected,
    Unavailable,
    Unsupported,
)
from gateway.contract.answers import answer_error

from .config import Application, LoymaxSettings
from .errors import data_of, parsed, token_error

TOKEN = "authorizationService/token"  # noqa: S105 - a path
_AUTHORIZE = "authorizationService/oauth/authorize"
_RESEND = "authorizationService/v1.2/auth/SendConfirmationCode"
_SECOND = "X-Loymax-2FA"
_CODE_NEEDED = "TwoFactorAuthenticationCodeRequired"
_WRONG_CODE = "AuthenticationWithConfirmCodeExpired"
_EARLY_S = 30.0
"""A token is renewed so long before its end, so that none ends on the way."""
_CODE = re.compile(r"^[0-9a-fA-F]{32}$")
_MOST_MEMBERS = 1000


class TokenWire(BaseModel):
    """Tokens as the service gives them; ``refresh_token`` is not promised for every grant."""

    access_token: str = Field(repr=False)
    expires_in: float = 3600.0
    refresh_token: str | None = Field(default=None, repr=False)


@dataclass(slots=True)
class _Slot:
    """One token with its end, by the monotonic clock, and the lock of its renewal."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: TokenWire | None = field(default=None, repr=False)
    ends: float = 0.0


@dataclass(slots=True)
class Tokens:
    """Tokens of one account: the operator's, the application's, and members' on its behalf."""

    http: HttpClient
    settings: LoymaxSettings
    clock: Clock
    _operator: _Slot = field(default_factory=_Slot)
    _shop: _Slot = field(default_factory=_Slot)
    _members: dict[str, _Slot] = field(default_factory=dict, repr=False)

    async def operator(self, *, instead_of: str = "") -> str:
        """Return the operator's token; a new one when ``instead_of`` was refused."""
        settings = self.settings
        form = [
            ("grant_type", "password"),
            ("username", settings.username),
            ("password", settings.password.get_secret_value()),
            ("area", "users"),
        ]
        return await self._of(self._operator, form, instead_of=instead_of)

    async def shop(self, *, instead_of: str = "") -> str:
        """Return the application's token, for purchases without a member."""
        form = [("grant_type", "anonymous"), ("client_id", self._application().client_id)]
        return await self._of(self._shop, form, instead_of=instead_of)

    async def member(self, identifier: str, *, instead_of: str = "") -> str | None:
        """Return a token to act for the member of a phone or card; ``None``: there is no such one.

        Nothing of it needs the member's password: the application is trusted by the vendor. The
        token is not refreshed but asked for anew, because the phone may be another's by then.
        """
        if len(self._members) > _MOST_MEMBERS:
            self._members.clear()
        slot = self._members.setdefault(identifier, _Slot())
        async with slot.lock:
            if self._is_good(slot, instead_of):
                return slot.token.access_token if slot.token else None
            code = await self._authorized(identifier)
            if code is None:
                slot.token = None
                return None
            application = self._application()
            form = [
                ("grant_type", "authorization_code"),
                ("client_id", application.client_id),
                ("client_secret", application.client_secret.get_secret_value()),
                ("redirect_uri", application.redirect_uri),
                ("code", code),
            ]
            self._put(slot, await self._granted(form))
            return slot.token.access_token if slot.token else None

    def forget(self, identifier: str) -> None:
        """Drop the token for a phone or card that changes hands."""
        self._members.pop(identifier, None)

    async def begin_login(self, username: str, *, user_ip: str = "") -> str:
        """Let a login code be sent; return the temporary token that goes with it.

        Raises ``Rejected`` for an unknown user or an installation without codes.
        """
        form = [("grant_type", "password"), ("username", username)]
        response = await self._post(form, headers=_for(user_ip), repeatable=False)
        body = parsed(response)
        error = body.get("error") if isinstance(body, Mapping) else None
        temporary: str = response.headers.get(_SECOND, "")
        if error == _CODE_NEEDED and temporary:
            return temporary
        if error == "IncorrectLoginOrPassword":
            msg = "the vendor knows no such login, or wants a password for it"
            raise Rejected(msg, operation="login", vendor_code=str(error))
        raise token_error(response, operation="login")

    async def resend_login(self, temporary: str) -> None:
        """Let the code of a begun login be sent again. Raises ``RateLimited`` over the limit."""
        response = await self.http.call(
            "POST",
            _RESEND,
            operation="login/resend",
            repeatable=False,
            json={},
            headers={_SECOND: temporary},
        )
        data_of(response, operation="login/resend", repeatable=False)

    async def finish_login(self, temporary: str, code: str) -> TokenWire | None:
        """Finish a login by its code; ``None`` for a wrong or stale one."""
        form = [("grant_type", "password"), ("password", code)]
        response = await self._post(form, headers={_SECOND: temporary}, repeatable=False)
        if response.is_success:
            return _read(response)
        body = parsed(response)
        error = body.get("error") if isinstance(body, Mapping) else None
        if error in (_WRONG_CODE, "IncorrectLoginOrPassword"):
            return None
        raise token_error(response, operation="login")

    async def password(self, username: str, password: str) -> TokenWire:
        """Log a member in by password."""
        return await self._granted(
            [("grant_type", "password"), ("username", username), ("password", password)]
        )

    async def _of(self, slot: _Slot, form: Sequence[tuple[str, str]], *, instead_of: str) -> str:
        async with slot.lock:
            if not self._is_good(slot, instead_of) and not await self._refreshed(slot):
                self._put(slot, await self._granted(form))
            if slot.token is None:
                msg = "the token service gave no token"
                raise AuthRejected(msg, operation="token")
            return slot.token.access_token

    def _is_good(self, slot: _Slot, instead_of: str) -> bool:
        token = slot.token
        if token is None or token.access_token == instead_of:
            return False
        return self.clock.monotonic() < slot.ends

    async def _refreshed(self, slot: _Slot) -> bool:
        """Renew a token by its refresh token; ``False`` when a new login is needed."""
        old = slot.token
        if old is None or old.refresh_token is None:
            return False
        form = [("grant_type", "refresh_token"), ("refresh_token", old.refresh_token)]
        headers = {"Authorization": f"Bearer {old.access_token}"}
        slot.token = None
        response = await self._post(form, headers=headers, repeatable=False)
        if response.is_success:
            self._put(slot, _read(response))
            return True
        if response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED):
            return False
        raise token_error(response, operation="token/refresh")

    async def _authorized(self, identifier: str) -> str | None:
        """Return a code to act for a member, ``None`` for an unknown one (2.4)."""
        used = ""
        for _ in range(2):
            used = await self.shop(instead_of=used)
            response = await self._asked_for_code(identifier, used)
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                break
        error = answer_error(response, operation="authorize", repeatable=True)
        if isinstance(error, RateLimited | Unavailable | AuthRejected):
            raise error
        where = parse_qs(urlsplit(response.headers.get("Location", "")).query)
        found = [*where.get("code", []), response.text.strip() if response.is_success else ""]
        return next((one for one in found if _CODE.match(one)), None)

    async def _asked_for_code(self, identifier: str, token: str) -> httpx.Response:
        application = self._application()
        return await self.http.call(
            "GET",
            _AUTHORIZE,
            operation="authorize",
            repeatable=True,
            query=[
                ("client_id", application.client_id),
                ("redirect_uri", application.redirect_uri),
                ("response_type", "code"),
                ("scope", application.scope),
            ],
            headers={
                "Authorization": f"Bearer {token}",
                "X-Identifier": identifier.lstrip("+"),
            },
        )

    async def _granted(self, form: Sequence[tuple[str, str]]) -> TokenWire:
        response = await self._post(form, repeatable=True)
        if not response.is_success:
            raise token_error(response, operation="token")
        return _read(response)

    async def _post(
        self,
        form: Sequence[tuple[str, str]],
        *,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
    ) -> httpx.Response:
        return await self.http.call(
            "POST", TOKEN, operation="token", repeatable=repeatable, form=form, headers=headers
        )

    def _put(self, slot: _Slot, token: TokenWire) -> None:
        slot.token = token
        slot.ends = self.clock.monotonic() + max(0.0, token.expires_in - _EARLY_S)

    def _application(self) -> Application:
        if self.settings.application is None:
            msg = "the account has no OAuth application: set `application`"
            raise Unsupported(msg, operation="token")
        return self.settings.application


def _read(response: httpx.Response) -> TokenWire:
    try:
        return TokenWire.model_validate_json(response.content)
    except ValidationError:
        msg = "the token service answered without a token"
        raise Unavailable(msg, operation="token") from None


def _for(user_ip: str) -> dict[str, str]:
    """Name the end user: the vendor counts tries by address (2.1)."""
    return {"X-Forwarded-For": user_ip} if user_ip else {}
