"""Wire: the vendor's answers, in its spelling; money comes as text or number (reference, 1.2)."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Base: keys that the vendor adds are no fault; values never stand in error texts."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class SentWire(Wire):
    """Answer of ``send.php``. Shape: no ``id`` for a price; ``cost`` with ``cost`` 1 to 3 only."""

    id: int | None = None
    cnt: int = 1
    cost: Decimal | None = None
    balance: Decimal | None = None


class StatusWire(Wire):
    """One element of the answer of ``status.php`` (1.3); an unknown message has no dates."""

    status: int
    err: int = 0


class BalanceWire(Wire):
    """Answer of ``balance.php?cur=1`` (1.3)."""

    balance: Decimal
    currency: str = ""
    credit: Decimal | None = None


class Status(IntEnum):
    """States that mean more than "on its way" (1.3); all others count as sent."""

    UNKNOWN = -3
    UNDELIVERABLE = 20
    WRONG_NUMBER = 22
    FORBIDDEN = 23
    NO_MONEY = 24
    NO_ROUTE = 25


FAILED = frozenset({Status.UNDELIVERABLE, Status.WRONG_NUMBER, Status.FORBIDDEN, Status.NO_ROUTE})
"""Final states in which nobody got the message and another try would not help."""

NEVER_SENT = frozenset({Status.UNKNOWN, Status.NO_MONEY})
"""States in which the same message may be handed over (again)."""
