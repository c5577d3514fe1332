"""Imports of orders: many orders share one file, because the vendor takes few files an hour.

A file is taken at once and processed later, by itself; what became of its rows stands in the
vendor's admin only (vendor reference, 5 and 20).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.contract import (
    Clock,
    ConnectorError,
    Deferred,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    Unavailable,
)

from .client import MindboxClient, transaction_id
from .tables import table

OPERATION = "RetailOrder.Import"
TAKEN = "went by an import that was taken, and is not shown yet"
MOST_ORDERS = 5000
MOST_BYTES = 190_000_000
"""Room of a file: 200 MB are allowed (4.4), and there is a header."""
MOST_WAITING = 4 * MOST_ORDERS
"""Orders that are kept in memory for the next files; the store keeps the others."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One order's rows."""

    key: str
    rows: Sequence[tuple[str, ...]] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes in the file, at most: a character takes up to four, and a cell its qualifiers."""
        return sum(4 * len(cell) + 3 for row in self.rows for cell in row)


@dataclass(frozen=True, slots=True)
class Sent:
    """An order that left in a file: when, and whether the file is known to have been taken."""

    at: float
    taken: bool


class Pace:
    """One file in ``pace_s`` seconds. Units: seconds."""

    def __init__(self, clock: Clock, pace_s: float) -> None:
        self._clock = clock
        self._pace_s = pace_s
        self._next = float("-inf")

    @property
    def is_open(self) -> bool:
        """Whether a file may leave now."""
        return self._clock.monotonic() >= self._next

    def take(self) -> None:
        """Let a file leave."""
        self._next = self._clock.monotonic() + self._pace_s

    def rest(self, seconds: float) -> None:
        """Let no file leave for a while: the vendor said so."""
        self._next = max(self._next, self._clock.monotonic() + seconds)

    def turn_s(self, turn: int) -> float:
        """Seconds until the file that leaves after ``turn`` others may leave."""
        return max(0.0, self._next - self._clock.monotonic()) + turn * self._pace_s


class OrderImports:
    """Gathers orders and sends them in files.

    A file leaves by a ``put`` after its time has come, never by itself: an account that rests is
    not called. It takes what was put meanwhile by whomever. What is gathered is in memory only: to
    the core it is in doubt, so that another process looks for it and puts it again.
    """

    def __init__(self, client: MindboxClient, header: Sequence[str], clock: Clock) -> None:
        settings = client.settings
        self._client = client
        self._header = header
        self._clock = clock
        self._look_s = settings.history_look_s
        self._pace = Pace(clock, settings.history_pace_s)
        self._waiting: dict[str, Parcel] = {}
        self._turned_away = 0
        self._sent: dict[str, Sent] = {}
        self._refused: dict[str, ConnectorError] = {}

    def waits(self, key: str) -> bool:
        """Whether an order waits for its file."""
        return key in self._waiting

    def sent(self, key: str) -> Sent | None:
        """Return when an order left, if it did and nothing is known of it since."""
        return self._sent.get(key)

    def forget(self, key: str) -> None:
        """Forget an order of which all is known."""
        self._sent.pop(key, None)

    def check(self, key: str) -> None:
        """Raise what a file with this order was refused for, or that there is no room now."""
        refusal = self._refused.pop(key, None)
        if refusal is not None:
            raise refusal
        if key not in self._sent and len(self._waiting) >= MOST_WAITING:
            turn = (len(self._waiting) + self._turned_away) // MOST_ORDERS
            self._turned_away += 1
            msg = "the vendor takes few imports an hour, and enough orders wait for the next ones"
            raise RateLimited(msg, operation=OPERATION, retry_after_s=self._pace.turn_s(turn))

    async def put(self, parcels: Sequence[Parcel]) -> list[ConnectorError]:
        """Put orders into the next files; return of each why it is not known to be there."""
        again = [self._place(parcel) for parcel in parcels]
        trouble = None
        if self._waiting and self._pace.is_open:
            trouble = await self._send()
        return [
            self._state(parcel.key, trouble, again_s)
            for parcel, again_s in zip(parcels, again, strict=True)
        ]

    def _place(self, parcel: Parcel) -> float:
        """Put an order in the queue; return the seconds until it is asked for again.

        The first one of each file comes back when that may leave; the others follow it, and need
        not come before it can have been processed.
        """
        if parcel.key in self._sent:  # it left a moment ago; what is newer is an edit
            return self._look_s
        place = len(self._waiting)
        is_first = parcel.key in self._waiting or place % MOST_ORDERS == 0
        self._waiting[parcel.key] = parcel
        leaves_s = self._pace.turn_s(place // MOST_ORDERS)
        return leaves_s if is_first else leaves_s + self._look_s

    def _state(self, key: str, trouble: ConnectorError | None, again_s: float) -> ConnectorError:
        refusal = self._refused.pop(key, None)
        if refusal is not None:
            return refusal
        sent = self._sent.get(key)
        if sent is None:
            return trouble or deferred("waits for the next import", again_s)
        if sent.taken:
            return deferred(TAKEN, self._look_s)
        msg = "the order went by an import that was not answered"
        return OutcomeUnknown(msg, operation=OPERATION, retry_after_s=self._look_s)

    async def _send(self) -> ConnectorError | None:
        """Send a file; return why it surely was not taken, if its orders wait on.

        Its orders count as sent from before the first byte, whatever happens on the way.
        """
        self._pace.take()
        file = self._load()
        now = self._clock.monotonic()
        self._sent.update(dict.fromkeys(file, Sent(now, taken=False)))
        self._turned_away = max(0, self._turned_away - len(file))
        content = table(self._header, [row for one in file.values() for row in one.rows])
        try:
            transaction = self._transaction(content)
            await self._client.bulk(OPERATION, content, transaction=transaction)
        except Unavailable:
            return None
        except PermanentError as error:
            self._take_back(file)
            self._refused.update(dict.fromkeys(file, error))
            return None
        except ConnectorError as error:
            self._pace.rest(error.retry_after_s or 0)
            self._take_back(file)
            self._waiting = {**file, **self._waiting}
            return error
        self._sent.update(dict.fromkeys(file, Sent(now, taken=True)))
        return None

    def _load(self) -> dict[str, Parcel]:
        file: dict[str, Parcel] = {}
        size = 0
        for key, parcel in self._waiting.items():
            size += parcel.size
            if len(file) >= MOST_ORDERS or (file and size > MOST_BYTES):
                break
            file[key] = parcel
        for key in file:
            del self._waiting[key]
        return file

    def _take_back(self, file: dict[str, Parcel]) -> None:
        for key in file:
            del self._sent[key]

    def _transaction(self, content: bytes) -> str:
        """Return the code under which the same file has one effect while it is waited for.

        Later the same rows are another wish: what kept them out may have been mended.
        """
        spell = int(self._clock.now().timestamp() // self._look_s)
        return transaction_id(f"{hashlib.sha256(content).hexdigest()}:{spell}", OPERATION)


def deferred(state: str, after_s: float) -> Deferred:
    """Return what is known of an order that goes, or went, by an import."""
    return Deferred(f"the order {state}", operation=OPERATION, retry_after_s=after_s)
