"""Proofs and codes: what the service asks of whoever sends one-time codes and vouches for them.

A confirmed code becomes a proof: a signed, expiring text that the till hands back with ``reserve``.
So a till may confirm at one process and reserve at another, and nothing is kept of it. The service
makes a proof when ``TillCodes.confirm`` says that a code is right, and spends points of whom it was
made for only.
"""

from __future__ import annotations

from typing import Protocol

from gateway.contract import Caller, CodePurpose, CodeSent, MemberKey


class Proofs(Protocol):
    """Makes and checks proofs; both are quick and call nobody."""

    def make(self, caller: Caller, member: MemberKey, purpose: CodePurpose) -> str:
        """Return a proof that this caller confirmed a code of this member just now."""

    def holds(self, proof: str, caller: Caller, member: MemberKey) -> bool:
        """Tell whether a proof is ours, not too old, and of this caller and member, for spending.

        The service asks for each name by which it knows the member (phone, card, …): a code that
        was sent to the phone is proof for the same member's card.
        """


class TillCodes(Protocol):
    """Sends one-time codes and checks them: our own, or the processor's (``vendor``)."""

    async def send(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send a code. Raises ``TillBusy`` when it was asked for too often, ``TillRefused``."""

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code; ``False`` for a wrong or stale one. Raises ``TillBusy``: too many tries."""
