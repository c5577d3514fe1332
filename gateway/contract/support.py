"""Support chat: what the people of the support desk ask of the gateway in their chat.

The connector proves and reads a call, and puts the answer into the chat's own form; the core finds
what is asked for, masks it, and writes down who asked. The chat wants its answer within seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from gateway.canonical import Money
from gateway.contract.webhook import WebhookRequest


class SupportTopic(StrEnum):
    """What is asked for."""

    CUSTOMER = "customer"
    """A person by phone, e-mail or card: contacts, balances, what unfreezes, orders."""
    ORDER = "order"
    """An order by its number: its state, and the points that it earned and took."""


class SupportTrouble(StrEnum):
    """Why there is no answer."""

    FORBIDDEN = "forbidden"
    """This person, or this room of the chat, may not ask."""
    NOTHING = "nothing"
    """Nothing is known under what was asked for."""
    LATE = "late"
    """It was not found in time, or the store takes no work now."""


@dataclass(frozen=True, slots=True)
class SupportQuestion:
    """A proved call. Shape: ``about`` is what was typed; ``who`` and ``place`` are the chat's ids.

    ``is_allowed``: the account's settings let this person ask in this place.
    """

    topic: SupportTopic
    about: str = field(repr=False)
    who: str
    place: str
    is_allowed: bool = True


@dataclass(frozen=True, slots=True)
class SupportBalance:
    """Points in one programme. ``is_fresh``: the processor said so just now."""

    programme: str
    available: Decimal | None
    pending: Decimal | None
    blocked: Decimal | None
    tier: str | None
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class SupportUnfreeze:
    """Points that may be spent from a moment on; ``order`` is the order that brought them."""

    programme: str
    at: datetime
    points: Decimal
    order: str | None


@dataclass(frozen=True, slots=True)
class SupportOrder:
    """One order. ``earned`` and ``spent`` are points, ``None`` where nobody told."""

    number: str
    placed_at: datetime | None
    status: str
    total: Money | None
    earned: Decimal | None
    spent: Decimal | None
    shop: str | None


@dataclass(frozen=True, slots=True)
class SupportCustomer:
    """One person. What the account's settings do not show is masked already.

    ``silent`` are processors that did not answer in time: their figures are those last known.
    """

    id: str
    name: str = field(repr=False)
    phones: Sequence[str] = field(default=(), repr=False)
    emails: Sequence[str] = field(default=(), repr=False)
    cards: Sequence[str] = field(default=(), repr=False)
    balances: Sequence[SupportBalance] = ()
    unfreezes: Sequence[SupportUnfreeze] = ()
    orders: Sequence[SupportOrder] = ()
    more_orders: bool = False
    silent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SupportFound:
    """What was found; an order stands with its buyer, where that is known."""

    customers: Sequence[SupportCustomer] = ()
    orders: Sequence[SupportOrder] = ()


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """An answer in the chat's own form."""

    body: bytes = field(repr=False)
    media_type: str = "application/json"
    status: int = 200


class SupportChat(Protocol):
    """A chat in which the support desk asks. Pure and fast: it calls nobody."""

    @property
    def shows(self) -> frozenset[str]:
        """What is shown in clear: some of ``name``, ``phones``, ``emails``, ``cards``."""

    def question(self, request: WebhookRequest) -> SupportQuestion | ChatAnswer:
        """Verify and parse a call; an answer at once to what asks for nothing (help, a probe).

        Raises ``WebhookRefused`` when the call does not prove its origin or cannot be read.
        """

    def answer(self, question: SupportQuestion, found: SupportFound) -> ChatAnswer:
        """Put what was found into an answer that only whoever asked can see."""

    def trouble(self, question: SupportQuestion, trouble: SupportTrouble) -> ChatAnswer:
        """Say why there is none."""
