"""The vendor's authorization server: codes, access tokens, rotating refresh tokens (reference 1.8).

Lives are counted on the site's clock, so a frozen clock moved on makes a token old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mocks.bitrix.errors import refuse

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

SERVER = "oauth.bitrix.info"


@dataclass(frozen=True)
class Grant:
    """A token of one user and the second in which it dies."""

    user_id: int
    until: int


class Tokens:
    """What the authorization server handed out; names count up: ``at-1``, ``rt-1``."""

    def __init__(self, site: Site) -> None:
        """Hold the pair that the installation brought: ``at-1`` and ``rt-1``."""
        self._site = site
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._codes: dict[str, Grant] = {}
        self._number = 0
        if site.settings.app.is_installed:
            self.issue(site.settings.user_id)

    def issue(self, user_id: int, *, with_refresh: bool = True) -> dict[str, Any]:
        """Hand out a new access token, with a new refresh token unless told otherwise."""
        app = self._site.settings.app
        now = self._site.clock.unix()
        self._number += 1
        access, refresh = f"at-{self._number}", f"rt-{self._number}"
        self._access[access] = Grant(user_id, now + app.access_token_s)
        pair: dict[str, Any] = {"access_token": access}
        if with_refresh:
            self._refresh[refresh] = Grant(user_id, now + app.refresh_token_s)
            pair["refresh_token"] = refresh
        return {**pair, "expires": now + app.access_token_s, "expires_in": app.access_token_s}

    def new_code(self, user_id: int) -> str:
        """Hand out an authorization code."""
        self._number += 1
        until = self._site.clock.unix() + self._site.settings.app.code_s
        self._codes[f"code-{self._number}"] = Grant(user_id, until)
        return f"code-{self._number}"

    def user_of(self, access: str) -> int:
        """Return whose an access token is.

        Raises:
            RestRefused: ``NO_AUTH_FOUND``, the token is unknown; ``expired_token``, it is too old.
        """
        grant = self._access.get(access)
        if grant is None:
            refuse("NO_AUTH_FOUND", "Wrong authorization data", 401)
        if grant.until <= self._site.clock.unix():
            refuse("expired_token", "The access token provided has expired.", 401)
        return grant.user_id

    def trade_code(self, code: str) -> int:
        """Use a code up and return its user."""
        return self._spend(self._codes, code)

    def trade_refresh(self, token: str) -> int:
        """Use a refresh token up and return its user; it lives on as switch S2 says."""
        grant = self._refresh.get(token)
        user_id = self._spend(self._refresh, token)
        grace = self._site.settings.app.refresh_grace_s
        if grant is not None and grace:
            until = min(grant.until, self._site.clock.unix() + grace)
            self._refresh[token] = Grant(user_id, until)
        return user_id

    def revoke(self) -> None:
        """Forget every token: the application was removed."""
        self._access.clear()
        self._refresh.clear()
        self._codes.clear()

    def _spend(self, held: dict[str, Grant], name: str) -> int:
        grant = held.pop(name, None)
        if grant is None or grant.until <= self._site.clock.unix():
            refuse("invalid_grant", "Invalid grant")
        return grant.user_id


def authorize(site: Site, params: Mapping[str, Any]) -> str:
    """Return where the browser of an agreeing administrator is sent to (1.8, step 1).

    Raises:
        RestRefused: ``invalid_client``.
    """
    app = site.settings.app
    if params.get("client_id") != app.client_id:
        refuse("invalid_client", "Invalid client")
    query = {
        "code": site.tokens.new_code(site.settings.user_id),
        "state": str(params.get("state", "")),
        "domain": site.settings.domain,
        "member_id": site.settings.member_id,
        "scope": ",".join(app.scopes),
        "server_domain": SERVER,
    }
    return f"{app.url}{'&' if '?' in app.url else '?'}{urlencode(query)}"


def token(site: Site, params: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the token endpoint (1.8, steps 2 and 3; 10.1).

    Raises:
        RestRefused: ``invalid_request``, ``invalid_client``, ``PAYMENT_REQUIRED``,
        ``invalid_grant``.
    """
    app = site.settings.app
    kind = params.get("grant_type")
    name = {"authorization_code": "code", "refresh_token": "refresh_token"}.get(str(kind), "")
    if not name or not params.get(name):
        refuse("invalid_request", "Invalid request")
    sent = (params.get("client_id"), params.get("client_secret"))
    if sent != (app.client_id, app.client_secret):
        refuse("invalid_client", "Invalid client")
    if not app.is_paid:
        refuse("PAYMENT_REQUIRED", "Payment required")
    trade = site.tokens.trade_code if name == "code" else site.tokens.trade_refresh
    user_id = trade(str(params[name]))
    return {
        **site.tokens.issue(user_id),
        "domain": SERVER,
        "client_endpoint": f"https://{site.settings.domain}/rest/",
        "server_endpoint": f"https://{SERVER}/rest/",
        "member_id": site.settings.member_id,
        "scope": ",".join(app.scopes),
        "status": app.status,
        "user_id": user_id,
    }
