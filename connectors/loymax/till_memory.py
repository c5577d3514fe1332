"""Till memory: what a register began, and what it was answered.

Nothing here outlives the process. The service keeps what was reserved, committed and cancelled; a
purchase that was only reckoned is forgotten, and the till is told to begin again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from gateway.canonical import BonusPoints, Payment
from gateway.contract import Allowed, Caller, Deal, Member, MemberKey, Quote, Sale, Stage

from .till_cheque import Reckoned
from .till_wire import Message

V = TypeVar("V")

PURCHASES = 64
"""Purchases remembered per register: a till has one under way, and some that it put aside."""
ANSWERS = 256
"""Answers remembered per register, for repeats."""


class State(StrEnum):
    """How far a purchase has come (vendor reference, 8.4)."""

    CREATED = "created"
    CONFIRMED = "confirmed"
    CANCELED = "canceled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys. Shape: ``key`` ``None`` is nobody; ``member`` ``None``: not known just now."""

    named: tuple[str, str] | None = field(default=None, repr=False)
    key: MemberKey | None = None
    member: Member | None = field(default=None, repr=False)


@dataclass(slots=True)
class Purchase:
    """One purchase of a register.

    Shape: ``sale`` is its content before payment, ``None`` when it was met again after a restart;
    ``lines`` are those of the last answer. ``paid`` are the points reserved, ``None`` for none;
    ``is_late``: the till was alone when it sold.
    """

    id: str
    state: State = State.CREATED
    buyer: Buyer = field(default_factory=Buyer)
    sale: Sale | None = None
    lines: tuple[Reckoned, ...] = ()
    quote: Quote | None = None
    allowed: Allowed = field(default_factory=Allowed)
    payments: tuple[Payment, ...] = ()
    paid: Decimal | None = None
    is_degraded: bool = False
    is_late: bool = False
    is_calculated: bool = False
    is_accrued: bool = False
    code_reference: str = field(default="", repr=False)

    def content(self, sale: Sale) -> Sale:
        """Return the sale as it is closed: with the points it spends and how it is paid."""
        points = None if self.paid is None else BonusPoints(points=self.paid)
        return replace(sale, points=points, payments=self.payments)


def met_again(purchase_id: str, deal: Deal | None) -> Purchase | None:
    """Return a purchase that only the service knows, ``None`` for one that nobody does."""
    if deal is None:
        return None
    match deal.stage:
        case Stage.COMMITTED | Stage.ACCEPTED:
            return Purchase(purchase_id, State.CONFIRMED)
        case Stage.CANCELLED:
            return Purchase(purchase_id, State.CANCELED)
        case Stage.REFUSED:
            return Purchase(purchase_id, State.REFUSED)
        case Stage.UNAVAILABLE:
            return None
        case Stage.RESERVED:
            points = deal.kept.points_spent if deal.kept is not None else None
            return Purchase(purchase_id, paid=points.points if points else Decimal(0))


class Recent(Generic[V]):
    """A bounded drawer: what was put in last stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[str, V] = OrderedDict()

    def get(self, name: str) -> V | None:
        """Return what is there."""
        return self._held.get(name)

    def put(self, name: str, value: V) -> None:
        """Put in, and let the oldest go."""
        self._held[name] = value
        self._held.move_to_end(name)
        while len(self._held) > self._most:
            self._held.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered with success: a repeat gets the same element."""

    message: Message
    digest: str
    element: bytes = field(repr=False)


@dataclass(slots=True)
class Desk:
    """One register: who it is, and what it did lately; ``turn`` lets one call in at a time (9)."""

    caller: Caller
    device: str
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    purchases: Recent[Purchase] = field(default_factory=lambda: Recent(PURCHASES))
    answers: Recent[Answered] = field(default_factory=lambda: Recent(ANSWERS))
