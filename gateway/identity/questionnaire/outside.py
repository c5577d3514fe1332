"""Outside: what questionnaires ask of rooms that stand above identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from gateway.canonical import Customer
from gateway.contract import Caller, CodePurpose, CodeSent, MemberKey


class Codes(Protocol):
    """Sends one-time codes and checks them; a code is good for the caller that asked for it."""

    async def send(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send a code. Raises ``TillBusy`` (asked too often, not now) and ``TillRefused``."""

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code. Raises ``TillBusy``: tried too often, nothing was looked at."""


class Refused(Protocol):
    """A refusal of limits. Units: ``wait_s`` seconds."""

    @property
    def wait_s(self) -> float:
        """How long to wait."""


class Limits(Protocol):
    """Limits that must all agree; see ``gateway.loyalty.limits.Gate``."""

    def admit(self, keys: Mapping[str, str], now: float) -> Refused | None:
        """Count a try under each key, or refuse it."""


@dataclass(frozen=True, slots=True)
class Reward:
    """Points for a form. ``key`` is the same whoever asks again."""

    key: str
    points: Decimal
    reason: str
    days: int | None = None


class Inside(Protocol):
    """The programme inside the gateway, where a form's processor is no account of a vendor."""

    async def identify(self, key: MemberKey) -> str | None:
        """Return the id of the member with this contact."""

    async def enrol(self, customer: Customer, *, key: str) -> str:
        """Make a member, or let the one of these contacts hold the answers; return the id.

        Raises ``ConnectorError``; may be repeated.
        """

    async def reward(self, member_id: str, reward: Reward) -> bool:
        """Give points once for a key; False when they were given before."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands before a page.

    Shape: ``address`` is his network address, a personal datum; ``browser`` a digest of what his
    browser keeps, empty where nobody asks for it.
    """

    address: str = field(default="", repr=False)
    browser: str = field(default="", repr=False)
