"""Ports of the kit: what a connector's own test provides, as far as its capabilities need it.

``seed`` works on the double as people at the vendor do and looks at what it holds; ``faults``
scripts its failures. The kit never knows how a double is driven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from gateway.canonical import Customer, Kind
from gateway.contract import (
    ExchangeDesk,
    ExchangeDoor,
    MemberKey,
    NoticeChannel,
    Sale,
    TillReply,
    TillRequest,
    WebhookRequest,
)


class Flaw(StrEnum):
    """What is odd about a record that the kit asks for."""

    NONE = "none"
    SPARSE = "sparse"
    """All that the vendor lets be empty is empty: empty strings, nulls, absent keys."""
    UNKNOWN_CODE = "unknown_code"
    """A code (status, gender, state) that no mapping of the account knows."""
    MALFORMED = "malformed"
    """The vendor answers something that cannot be a record: a date that is none, a wrong type."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """A record to put: ``text`` stands in a field that the connector reads (a name, a comment)."""

    text: str = "Алёна"
    flaw: Flaw = Flaw.NONE


class RecordSeeder(Protocol):
    """Works on the records of the double."""

    async def put(self, kind: Kind, records: Sequence[Seeded]) -> Sequence[str]:
        """Make records as people at the vendor would; return their external ids in order.

        Records of one call carry one time of change, as far as the double can hold its clock.
        """

    async def touch(self, kind: Kind, external_id: str) -> None:
        """Change a record as people at the vendor would, a moment later."""

    async def held(self, kind: Kind, key: str) -> int:
        """Return how many records of the double carry our key; deleted ones do not count."""

    async def total(self, kind: Kind) -> int:
        """Return how many records the double holds."""


class OperationSeeder(Protocol):
    """Makes what an operation needs at the double and counts what operations did."""

    async def payload(self, operation: str, number: int) -> Mapping[str, Any]:
        """Return a payload that the double takes; another number, another subject."""

    async def effects(self, operation: str) -> Decimal:
        """Return a number that grows by the same amount with every effect of this operation.

        Points moved, codes held, receipts, events, merged records or notes: whatever the double
        counts.
        """


class LoyaltySeeder(Protocol):
    """Members and sales of the double's programme."""

    async def member(self, points: int) -> str:
        """Make a member with active points; return the external id."""

    def sale(self, number: int, external_id: str | None, *, spends: int = 0) -> Sale:
        """Return a sale of goods that the double knows; ``number`` makes its id."""

    async def points(self, external_id: str) -> Decimal:
        """Return the member's active points, reserved ones not counted."""

    async def members(self, phone: str) -> int:
        """Return how many members have a phone (E.164)."""


class CodeSeeder(Protocol):
    """One-time codes of the double."""

    async def recipient(self) -> MemberKey:
        """Return somebody to whom the vendor sends codes."""

    async def code(self, to: MemberKey) -> str:
        """Return the code that the double sent last."""


class HookCaller(Protocol):
    """Speaks as the vendor's webhooks do."""

    def call(
        self, kind: Kind, external_id: str, *, forged: bool = False, unknown: bool = False
    ) -> WebhookRequest:
        """Return the vendor's call about a record.

        ``forged``: with a wrong proof of origin. ``unknown``: genuine, of an event that the vendor
        may add one day. The same arguments give the same call.
        """


class DoorVisitor(Protocol):
    """Plays the vendor at an exchange door, from logging in to its last call."""

    async def hand_over(
        self, door: ExchangeDoor, desk: ExchangeDesk, records: Sequence[Seeded], *, forged: bool
    ) -> None:
        """Bring records in a whole session; ``forged``: with wrong credentials.

        The session ends at the first refusal, as the vendor's would.
        """

    async def collect(self, door: ExchangeDoor, desk: ExchangeDesk) -> Sequence[str]:
        """Take away what is due and confirm it; return our keys that were handed out."""


class TillVisitor(Protocol):
    """Plays a till that speaks the vendor's own protocol."""

    def till_visit(self, member: Customer, *, forged: bool) -> Sequence[TillRequest]:
        """Return the calls of one visit in the order of a till, as far as the protocol goes.

        The member is found by a phone or a card of ``member``, spends a few points where the
        protocol can, and the sale is closed. ``forged``: with a wrong password. The same arguments
        give the same calls, byte by byte.
        """

    def is_till_refusal(self, reply: TillReply) -> bool:
        """Tell whether an answer is a refusal of the protocol, in its own way."""


class BehaviourSeeder(Protocol):
    """Visitors of the double."""

    async def behave(self, number: int) -> None:
        """Let a visitor do something; another number is something else."""


class NoticeSeeder(Protocol):
    """Mailboxes and telephones of the double."""

    def addressee(self, channel: NoticeChannel, *, refused: bool) -> str:
        """Return an address that the double delivers to, or one that it refuses for good."""

    async def delivered(self, channel: NoticeChannel, to: str) -> Sequence[str]:
        """Return the texts that came to an address, in order, as its owner reads them.

        What the receiver's side knows to be one message, by an id in it, is one.
        """


class Faults(Protocol):
    """Scripts what goes wrong at the double. Each call replaces the script before."""

    async def answer(self, status: int, *, retry_after_s: int | None = None) -> None:
        """Let the next call be answered with a bare status, and the ones after it as usual."""

    async def cut(self, what: str, *, after: bool) -> None:
        """Cut the connection of the next call that writes ``what``, before or after its effect.

        ``what`` is a kind, an operation's name, ``sale`` for the commit of one, or ``notice``.
        """

    async def revoke(self) -> None:
        """Let the vendor refuse our credentials from now on, in its own way."""

    async def clear(self) -> None:
        """Let everything work again."""
