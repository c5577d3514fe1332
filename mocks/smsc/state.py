"""State of the double: the account's money and its messages."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from mocks.smsc.settings import SmscSettings

LARGEST_ID = 2**31 - 1
MINUTE = timedelta(minutes=1)
PRICES_A_MINUTE = 5
BAD_PARAMETERS, NO_MONEY, FORBIDDEN, BAD_PHONE, UNDELIVERABLE, BUSY = 1, 3, 6, 7, 8, 9
TEXTS = {
    1: "parameters error",
    2: "authorise error",
    3: "no money",
    4: "ip blocked",
    5: "invalid date",
    6: "message is denied",
    7: "invalid number",
    8: "message to this number can not be delivered",
    9: "duplicate request",
}
STATUS_OF_REFUSAL = {NO_MONEY: 24, FORBIDDEN: 23, BAD_PHONE: 22, UNDELIVERABLE: 20}
STATUS_NAMES = {
    -3: "Сообщение не найдено",
    -1: "Ожидает отправки",
    0: "Передано оператору",
    1: "Доставлено",
    20: "Невозможно доставить",
    22: "Неверный номер",
    23: "Запрещено",
    24: "Недостаточно средств",
    25: "Недоступный номер",
}
_SHORTEST, _LONGEST = 10, 15
_LATIN, _OTHER = (160, 153), (70, 67)
"""Letters of a text in one SMS, and in each of several (1.4)."""


class Refused(Exception):
    """A refusal with its ``error_code``; ``message_id`` where the vendor tells one (1.2)."""

    def __init__(self, code: int, message_id: int | None = None) -> None:
        super().__init__(TEXTS[code])
        self.code = code
        self.message_id = message_id


@dataclass
class Message:
    """A message to one phone. ``was_sent``: it left, or will leave; the phone will ring."""

    id: int
    phone: str
    text: str
    sender: str
    parts: int
    cost: Decimal
    at: datetime
    status: int = 0
    err: int = 0
    was_sent: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return it for the side door."""
        return {**asdict(self), "cost": str(self.cost), "at": self.at.isoformat()}


@dataclass
class State:
    """What one account holds."""

    settings: SmscSettings
    balance: Decimal = field(init=False)
    messages: list[Message] = field(default_factory=list)
    ahead: timedelta = timedelta()
    _priced: list[tuple[datetime, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill the purse and make ids repeat with the seed."""
        self.balance = self.settings.balance
        self._ids = random.Random(self.settings.seed)  # noqa: S311 - repeatable ids

    def now(self) -> datetime:
        """Return the machine's time and what the side door added."""
        return datetime.now(UTC) + self.ahead

    def price(self, phones: list[str], text: str, *, most_parts: int) -> tuple[int, Decimal]:
        """Return parts and cost; the sixth equal question within a minute is refused (1.2)."""
        now = self.now()
        self._priced = [one for one in self._priced if now - one[0] < MINUTE]
        asked = (",".join(phones), text)
        if sum(one[1:] == asked for one in self._priced) >= PRICES_A_MINUTE:
            raise Refused(BUSY)
        self._priced.append((now, *asked))
        return self._cost(phones, text, most_parts)

    def send(
        self, phones: list[str], text: str, *, sender: str, message_id: int | None, most_parts: int
    ) -> tuple[int, int, Decimal]:
        """Take a message for each phone; return id, parts and cost. Raises ``Refused``.

        Two messages under one id are two messages: only an equal one within a minute is refused.
        """
        parts, cost = self._cost(phones, text, most_parts)
        number = message_id if message_id is not None else self._ids.randrange(1, LARGEST_ID)
        code = self._refusal(phones, text, cost)
        each = cost / max(len(phones), 1)
        for phone in phones:
            made = Message(number, phone, text, sender, parts, each, self.now())
            if code in STATUS_OF_REFUSAL:
                made.status, made.was_sent = STATUS_OF_REFUSAL[code], False
            if code != BUSY:
                self.messages.append(made)
        if code:
            raise Refused(code, number if code in STATUS_OF_REFUSAL else None)
        if sender and sender not in self.settings.senders:
            for made in self.messages[-len(phones) :]:
                made.status, made.err, made.was_sent = 23, 254, False
        self.balance -= cost
        return number, parts, cost

    def find(self, phone: str, message_id: int) -> Message | None:
        """Return the newest message of an id to a phone."""
        found = [one for one in self.messages if one.id == message_id and one.phone == phone]
        return found[-1] if found else None

    def forget(self, message: Message) -> None:
        """Remove a record (``del=1``)."""
        self.messages.remove(message)

    def _cost(self, phones: list[str], text: str, most_parts: int) -> tuple[int, Decimal]:
        parts = min(parts_of(text), most_parts)
        return parts, self.settings.price * parts * len(phones)

    def _refusal(self, phones: list[str], text: str, cost: Decimal) -> int:
        if not all(one.isdigit() and _SHORTEST <= len(one) <= _LONGEST for one in phones):
            return BAD_PHONE
        if any(word in text for word in self.settings.forbidden_words):
            return FORBIDDEN
        if any(one in self.settings.undeliverable for one in phones):
            return UNDELIVERABLE
        since = self.now() - MINUTE
        if any(
            one.was_sent and one.at > since and one.phone in phones and one.text == text
            for one in self.messages
        ):
            return BUSY
        return NO_MONEY if cost > self.balance else 0


def parts_of(text: str) -> int:
    """Return the SMS parts of a text: Latin 160/153, others 70/67 (1.4)."""
    whole, part = _LATIN if text.isascii() else _OTHER
    length = len(text) if text.isascii() else len(text.encode("utf-16-be")) // 2
    return 1 if length <= whole else ceil(length / part)


def acted(state: State, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do what somebody at the vendor or the operator does. Raises ``ValueError``."""
    action = body.get("action")
    if action == "clock.advance":
        state.ahead += timedelta(seconds=float(body["seconds"]))
    elif action == "balance.set":
        state.balance = Decimal(str(body["balance"]))
    elif action == "message.status":
        found = state.find(str(body["phone"]), int(body["id"]))
        if found is None:
            msg = "no such message"
            raise ValueError(msg)
        found.status, found.err = int(body["status"]), int(body.get("err", 0))
    else:
        msg = "no such action; known are clock.advance, balance.set, message.status"
        raise ValueError(msg)
    return {"ok": True}
