"""Entrance: who an operator is, by password, API key, session cookie or a proxy's word.

A wrong password costs the same time whoever it is for, and waits grow with failures. Nothing that
was typed is ever written down but the name of somebody who exists.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.canonical import Kind
from gateway.config import ConsoleSection, OperatorSection, ProxySection
from gateway.contract import Clock, ConfigInvalid, GatewayError
from gateway.loyalty.limits import Delays, Gate, Limit, Window
from gateway.ops.audit import deed
from gateway.ops.rights import Face, Operator, Role
from gateway.ports import SessionRow, Store

_HASHER = PasswordHasher()
_COOKIE_BYTES = 32
_SEEN_EVERY_S = 60.0
_AT_ONCE = 2
"""Passwords that are checked side by side: each takes 64 MiB for as long."""
_LIMITS = {
    "name": Limit((Window(30, 3600.0),), Delays(free=3, first_s=1.0, most_s=300.0)),
    "address": Limit((Window(60, 3600.0),), Delays(free=5, first_s=1.0, most_s=900.0)),
    "whole": Limit((Window(600, 3600.0),)),
}


class LoginRefused(GatewayError):
    """The name or the password is wrong, or it was tried too often. Units: ``wait_s`` seconds."""

    remedy = "Try again, or ask whoever keeps the configuration."

    def __init__(self, wait_s: float = 0.0) -> None:
        wait = f"wait {math.ceil(wait_s)} s" if wait_s else "the name or the password is wrong"
        super().__init__(wait)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that was opened, with the cookie that is told to nobody else."""

    cookie: str = field(repr=False)
    session: SessionRow


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose session it is. ``token`` must come with each unsafe request."""

    operator: Operator
    token: str = field(repr=False)


class Entrance:
    """Lets operators in."""

    def __init__(
        self,
        operators: Mapping[str, OperatorSection],
        console: ConsoleSection,
        *,
        store: Store,
        clock: Clock,
    ) -> None:
        """Take the configuration. Raises ``ConfigInvalid`` where two have one key."""
        self._operators = operators
        self._console = console
        self._store = store
        self._clock = clock
        self._gate = Gate(_LIMITS)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._keys: dict[bytes, str] = {}
        for name, section in operators.items():
            if section.key is None:
                continue
            digest = sha256(section.key.get_secret_value().encode()).digest()
            if digest in self._keys:
                msg = f"operators.{name}.key: another operator has the same key: make a new one"
                raise ConfigInvalid(msg)
            self._keys[digest] = name

    @property
    def console(self) -> ConsoleSection:
        """The console's part of the configuration."""
        return self._console

    async def by_password(self, name: str, password: str, *, address: str) -> Entered:
        """Open a session. Raises ``LoginRefused``."""
        keys = {"name": name[:64].casefold(), "address": address, "whole": "whole"}
        refused = self._gate.admit(keys, self._clock.monotonic())
        if refused is not None:
            raise LoginRefused(refused.wait_s)
        section = self._operators.get(name)
        known = section.password if section is not None else None
        async with self._turns:
            decoy = await asyncio.to_thread(_decoy)
            hashed = known.get_secret_value() if known is not None else decoy
            fits = await asyncio.to_thread(_fits, hashed, password)
        if section is None or known is None or not fits:
            await self._note(name if section is not None else "somebody", "refused")
            raise LoginRefused
        self._gate.excuse(keys)
        self._gate.forgive(keys, ["name", "address"])
        return await self._open(name, Role(section.role))

    def by_key(self, key: str, *, address: str) -> Operator | None:
        """Return who has an API key. Raises ``LoginRefused`` for an address that guesses."""
        keys = {"address": f"key {address}"}
        refused = self._gate.admit(keys, self._clock.monotonic())
        if refused is not None:
            raise LoginRefused(refused.wait_s)
        name = self._keys.get(sha256(key.encode()).digest())
        if name is None:
            return None
        self._gate.refund(keys)
        return Operator(name, Role(self._operators[name].role), Face.API)

    async def by_cookie(self, cookie: str) -> Visitor | None:
        """Return whose session a cookie is; a name that is configured no more has none."""
        row = await self._live(cookie)
        section = self._operators.get(row.name) if row is not None else None
        if row is None or section is None or section.password is None:
            return None
        return Visitor(Operator(row.name, Role(section.role), Face.CONSOLE), row.token)

    async def by_proxy(
        self, headers: Mapping[str, str], cookie: str, *, address: str
    ) -> tuple[Visitor, Entered | None] | None:
        """Return whom a proxy names, and the session where one had to be opened for him."""
        operator = self._named(headers, address)
        if operator is None:
            return None
        row = await self._live(cookie) if cookie else None
        if row is not None and row.name == operator.name:
            return Visitor(operator, row.token), None
        entered = await self._open(operator.name, operator.role)
        return Visitor(operator, entered.session.token), entered

    async def leave(self, cookie: str) -> None:
        """End a session: its cookie opens nothing any more."""
        digest = _digest(cookie)
        row = await self._store.read(lambda tx: tx.session(digest))
        await self._store.run(lambda tx: tx.end_sessions(digest=digest))
        if row is not None:
            await self._note(row.name, "out")

    def _named(self, headers: Mapping[str, str], address: str) -> Operator | None:
        proxy = self._console.proxy
        name = headers.get(proxy.user.lower(), "").strip() if proxy is not None else ""
        if proxy is None or not name or not _is_among(address, proxy):
            return None
        groups = {group.strip() for group in headers.get(proxy.groups.lower(), "").split(",")}
        roles = [Role(role) for group, role in proxy.roles.items() if group in groups]
        if proxy.role is not None:
            roles.append(Role(proxy.role))
        if not roles:
            return None
        return Operator(name[:64], max(roles, key=list(Role).index), Face.CONSOLE)

    async def _open(self, name: str, role: Role) -> Entered:
        now = self._clock.now()
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        row = SessionRow(
            _digest(cookie), name, str(role), secrets.token_urlsafe(_COOKIE_BYTES), now, now,
            self._until(now, now),
        )  # fmt: skip
        await self._store.run(lambda tx: tx.put_session(row))
        await self._note(name, "in")
        return Entered(cookie, row)

    async def _live(self, cookie: str) -> SessionRow | None:
        digest, now = _digest(cookie), self._clock.now()
        row = await self._store.read(lambda tx: tx.session(digest))
        if row is None or row.until <= now:
            return None
        if (now - row.seen_at).total_seconds() >= _SEEN_EVERY_S:
            until = self._until(row.created_at, now)
            await self._store.run(lambda tx: tx.prolong_session(digest, seen_at=now, until=until))
        return row

    def _until(self, created_at: datetime, now: datetime) -> datetime:
        idle = now + timedelta(seconds=self._console.idle_s + _SEEN_EVERY_S)
        return min(idle, created_at + timedelta(seconds=self._console.session_s))

    async def _note(self, who: str, outcome: str) -> None:
        row = deed(self._clock.now(), ("", Kind.CUSTOMER), event="login", outcome=outcome, who=who)
        await self._store.run(lambda tx: tx.write_journal([row]))


def hashed(password: str) -> str:
    """Return what stands in the configuration for a password."""
    return _HASHER.hash(password)


def is_token(given: str, expected: str) -> bool:
    """Compare tokens in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), expected.encode())


@cache
def _decoy() -> str:
    """Make what a password is held against when there is nobody of that name.

    Made when it is first needed: it takes 64 MiB and as long as a login.
    """
    return _HASHER.hash(secrets.token_hex(16))


def _fits(hashed_password: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed_password, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()


def _is_among(address: str, proxy: ProxySection) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in proxy.addresses)
