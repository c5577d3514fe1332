"""Codes sent by SMS and e-mail, and the lock-outs around them (reference, sections 2.3 and 10)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mocks.loymax.envelope import Refused

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation

LENGTH = 6
_ONE, _FEW_MAX, _TEEN_MIN, _TEEN_MAX = 1, 4, 11, 14


def attempts(left: int) -> str:
    """Return ``Осталось N попыток`` in the right case."""
    last = left % 10
    if _TEEN_MIN <= left % 100 <= _TEEN_MAX or last == 0 or last > _FEW_MAX:
        return f"Осталось {left} попыток"
    return f"Осталось {left} {'попытка' if last == _ONE else 'попытки'}"


class SendingBlocked(Exception):
    """Too many codes were asked for."""


@dataclass
class Pending:
    """A code on its way: for whom, what for, until when and how often it may still be wrong."""

    code: str
    channel: str
    to: str
    person_id: int
    until: datetime
    left: int


class Codes:
    """Sends codes, checks them and locks after too many errors."""

    def __init__(self, installation: Installation) -> None:
        """Start with nothing sent."""
        self._installation = installation
        self._pending: dict[tuple[str, int], Pending] = {}
        self._sent: dict[tuple[str, int], deque[datetime]] = {}
        self._locked: dict[tuple[str, int], datetime] = {}

    def send(self, purpose: str, person_id: int, channel: str, to: str) -> None:
        """Send a fresh code; an earlier one of the same purpose dies.

        Raises:
            SendingBlocked: more than the limit within the block time.
        """
        settings, now = self._installation.settings, self._installation.clock.now()
        key = (purpose, person_id)
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - timedelta(minutes=settings.block_min):
            sent.popleft()
        if len(sent) >= settings.code_sends:
            raise SendingBlocked
        sent.append(now)
        code = self._installation.count.code(LENGTH)
        left = self._limit(purpose)
        known = self._pending.get(key)
        if known is not None:
            left = known.left or left
        until = now + timedelta(seconds=settings.code_lifetime_s)
        self._pending[key] = Pending(code, channel, to, person_id, until, left)
        self._installation.messages.append(
            {
                "n": len(self._installation.messages) + 1,
                "at": now.isoformat(),
                "channel": channel,
                "to": to,
                "purpose": purpose,
                "code": code,
                "personId": person_id,
            }
        )

    def _limit(self, purpose: str) -> int:
        settings = self._installation.settings
        return settings.login_attempts if purpose == "login" else settings.code_attempts

    def send_enveloped(self, purpose: str, person_id: int, channel: str, to: str) -> None:
        """Send a code on behalf of an enveloped call.

        Raises:
            Refused: sending is blocked.
        """
        try:
            self.send(purpose, person_id, channel, to)
        except SendingBlocked:
            raise self.blocked() from None

    def blocked(self) -> Refused:
        """Return the refusal of a sending over the limit; its sample has no ``httpCode`` (2.2)."""
        minutes = self._installation.settings.block_min
        return Refused(
            text="Отправка кода подтверждения заблокирована. "
            f"Разблокировка произойдет через {minutes} минут.",
            code=None,
            is_coded=False,
        )

    def is_sent(self, purpose: str, person_id: int) -> bool:
        """Tell whether a code of this purpose is out."""
        return (purpose, person_id) in self._pending

    def drop(self, purpose: str, person_id: int) -> None:
        """Forget a code."""
        self._pending.pop((purpose, person_id), None)

    def try_code(self, purpose: str, person_id: int, code: str | None) -> int | None:
        """Return None for the right code, which is used up; else the number of attempts left."""
        now, key = self._installation.clock.now(), (purpose, person_id)
        until = self._locked.get(key)
        if until is not None and until > now:
            return 0
        pending = self._pending.get(key)
        if pending is not None and pending.code == code and pending.until > now:
            del self._pending[key]
            return None
        if pending is None:
            return self._limit(purpose) - 1
        pending.left -= 1
        if pending.left <= 0:
            minutes = self._installation.settings.block_min
            self._locked[key] = now + timedelta(minutes=minutes)
            del self._pending[key]
            return 0
        return pending.left

    def check(self, purpose: str, person_id: int, code: str | None) -> None:
        """Accept the right code.

        Raises:
            Refused: wrong, expired or locked, with the attempts left (5.2).
        """
        left = self.try_code(purpose, person_id, code)
        if left is not None:
            text = f"Проверьте правильность введенных данных. {attempts(left)}."
            raise Refused(text=text, code=None)
