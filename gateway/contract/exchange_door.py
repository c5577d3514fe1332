"""Exchange door: a vendor that calls us, hands files over and takes away what is due to it.

1C speaks to a site in this way (CommerceML): it logs in, sends files in pieces, asks for their
import step by step, and asks for orders. Whoever calls decides the pace, so what is due to such an
account is not sent but handed out here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from gateway.canonical import Kind
from gateway.contract.exchange import Change, Hint, Outcome, RejectedRecord


@dataclass(frozen=True, slots=True)
class ExchangeRequest:
    """A call to ``/exchange/{account}``.

    Shape: header names in lower case; ``query`` by name, the last one wins; ``body`` in pieces as
    they come, to be read once.
    """

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: AsyncIterator[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExchangeReply:
    """The answer, as the vendor's protocol wants it; ``body`` whole or in pieces."""

    body: bytes | AsyncIterator[bytes] = field(repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class ExchangeDesk(Protocol):
    """What the core does for a door: it keeps what comes, and knows what is due."""

    @property
    def spool(self) -> Path:
        """A folder of this account's own for files under way; it outlives the process."""

    async def receive(
        self, hints: Sequence[Hint], rejected: Sequence[RejectedRecord] = (), *, kind: Kind
    ) -> None:
        """Take in records (``Hint.carried``) and open a letter for each that cannot be read.

        When it has returned, nothing of them is lost. Repeating a record changes nothing.
        Raises ``StoreError`` when the store takes no work now.
        """

    async def take(self, kind: Kind, *, limit: int) -> Sequence[Change[Any]]:
        """Claim what is due to this account, for about as long as a call of the vendor lasts.

        What is never told is due again afterwards.
        """

    def taken(self, kind: Kind) -> Sequence[Change[Any]]:
        """Return what was taken and not told yet, in the order of taking."""

    async def tell(self, outcomes: Mapping[str, Outcome[Any]]) -> None:
        """Settle what was taken: canonical id → outcome. Of what is not held any more nothing."""


class ExchangeDoor(Protocol):
    """The vendor's protocol over HTTP, for one account."""

    async def answer(self, request: ExchangeRequest, desk: ExchangeDesk) -> ExchangeReply:
        """Answer one call. Every answer comes after what it promises is committed.

        Raises ``StoreError`` when the store takes no work now; the protocol's refusals are replies.
        """

    async def tidy(self, desk: ExchangeDesk) -> None:
        """Remove files that nobody needs any more, as they may be full of people; safe at any time.

        Called every minute while the process serves. Raises ``OSError`` when the disk refuses.
        """
