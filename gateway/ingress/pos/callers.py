"""Callers: which till or site a key belongs to, and what it may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request

from gateway.config.loyalty import CallerSection
from gateway.contract import Caller, ConfigInvalid, Log, Scope
from gateway.ingress.problems import Problem

_BEARER = b"bearer "
_UNPROVED = {"WWW-Authenticate": 'Bearer realm="gateway"'}


@dataclass(frozen=True, slots=True)
class Known:
    """A caller whose key was right. ``zone`` is that of its moments without one."""

    caller: Caller
    zone: ZoneInfo


class Guard(Protocol):
    """Slows those down who try keys."""

    async def admit(self, client: str) -> None:
        """Let an address try a key now. Raises ``TillBusy`` when it failed too often."""

    def failed(self, client: str) -> None:
        """Count a wrong key of an address."""


class Callers:
    """The callers of the configuration, by the digest of their keys.

    A look-up by digest takes the same time whichever byte of a key is wrong.
    """

    def __init__(
        self, sections: Mapping[str, CallerSection], *, log: Log, guard: Guard | None = None
    ) -> None:
        self._known: dict[bytes, Known] = {}
        self._log = log
        self._guard = guard
        for name, section in sections.items():
            digest = sha256(section.key.get_secret_value().encode()).digest()
            if digest in self._known:
                msg = f"pos.callers.{name}.key: another caller has the same key: make a new one"
                raise ConfigInvalid(msg)
            self._known[digest] = _known(name, section)

    async def proved(self, request: Request, scope: Scope) -> Known:
        """Return who calls. Raises ``Problem``: 401 without a right key, 403 without the scope."""
        client = address(request)
        if self._guard is not None:
            await self._guard.admit(client)
        key = _key(request.scope["headers"])
        known = self._known.get(sha256(key).digest())
        if known is None:
            if self._guard is not None:
                self._guard.failed(client)
            self._log.warning("till.unproved")
            detail = "send the key of a till or site: `Authorization: Bearer KEY`"
            raise Problem(HTTPStatus.UNAUTHORIZED, "unproved", detail, headers=_UNPROVED)
        if scope not in known.caller.scopes:
            self._log.warning("till.denied", caller=known.caller.name, scope=str(scope))
            detail = f"this key may not do that: `pos.callers.NAME.scopes` lacks `{scope}`"
            raise Problem(HTTPStatus.FORBIDDEN, "scope-missing", detail)
        return known


def address(request: Request) -> str:
    """Return the address that called."""
    return request.client.host if request.client else ""


def _known(name: str, section: CallerSection) -> Known:
    caller = Caller(
        name=name,
        shop=section.shop,
        brand=section.brand,
        deadline_s=section.deadline_ms / 1000,
        scopes=frozenset(Scope(scope) for scope in section.scopes),
    )
    return Known(caller, ZoneInfo(section.zone))


def _key(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the key of a call; 1C's programs find it easier to set a header of its own."""
    other = b""
    for name, value in headers:
        if name == b"authorization":
            return value[len(_BEARER) :].strip() if value[:7].lower() == _BEARER else b""
        if name == b"x-api-key":
            other = value.strip()
    return other
