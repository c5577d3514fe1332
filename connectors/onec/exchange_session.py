"""Sessions of the exchange: signed tokens, so that none has to be kept.

A token names its session and its end and is signed with a key that is made from the account's
password: a new password ends all sessions. ``sessid`` is made from the session in the same way.
Source: vendor reference of Bitrix, sections 3.1 and 10.14.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple

from gateway.contract import Clock, same_secret

from .config_exchange import Exchange

_ID = 16
_ENDS = 8
_MAC = 32
_HEX = frozenset("0123456789abcdef")


class Session(NamedTuple):
    """A session. Units: ``ends`` in seconds since 1970."""

    id: str
    ends: int

    @property
    def folder(self) -> str:
        """The name of its folder, which tells when it may be removed."""
        return f"{self.id}{self.ends:0{_ENDS}x}"


def ends_of(folder: str) -> datetime | None:
    """Return when the session of a folder ends; ``None`` for a folder that is none."""
    if len(folder) != _ID + _ENDS or not _HEX.issuperset(folder):
        return None
    return datetime.fromtimestamp(int(folder[_ID:], 16), UTC)


@dataclass(slots=True)
class Sessions:
    """Opens and proves the sessions of one account."""

    account: str
    settings: Exchange = field(repr=False)
    clock: Clock
    _opened: int = 0

    def admits(self, authorization: str | None) -> bool:
        """Tell whether a header ``Authorization`` holds the login of this account.

        1C sends it in UTF-8, old releases in windows-1251.
        """
        kind, _, packed = (authorization or "").partition(" ")
        if kind.lower() != "basic":
            return False
        try:
            given = base64.b64decode(packed.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        pair = f"{self.settings.username}:{self.settings.password.get_secret_value()}"
        expected = [pair.encode(), pair.encode("windows-1251", "replace")]
        return any(hmac.compare_digest(given, one) for one in expected)

    def open(self) -> tuple[Session, str]:
        """Return a new session and its token."""
        now = self.clock.now()
        self._opened = (self._opened + 1) % 256
        micros = int(now.timestamp() * 1_000_000)
        id_ = f"{micros:x}"[-14:].rjust(14, "0") + f"{self._opened:02x}"
        session = Session(id_, int(now.timestamp()) + self.settings.session_s)
        return session, session.folder + self._mac("session", session)

    def read(self, cookies: str | None) -> Session | None:
        """Return the session of a header ``Cookie``; ``None`` for none, a forged or an old one."""
        try:
            found = SimpleCookie(cookies or "").get(self.settings.cookie)
        except CookieError:
            return None
        token = found.value if found is not None else ""
        folder, mac = token[: _ID + _ENDS], token[_ID + _ENDS :]
        if ends_of(folder) is None:
            return None
        session = Session(folder[:_ID], int(folder[_ID:], 16))
        if not same_secret(mac, self._mac("session", session)):
            return None
        return session if session.ends > self.clock.now().timestamp() else None

    def sessid(self, session: Session) -> str:
        """Return the proof that goes into the query of each call."""
        return self._mac("sessid", session)

    def _mac(self, what: str, session: Session) -> str:
        key = self.settings.password.get_secret_value().encode()
        told = f"1c-exchange:{what}:{self.account}:{session.folder}".encode()
        return hmac.new(key, told, hashlib.sha256).hexdigest()[:_MAC]
