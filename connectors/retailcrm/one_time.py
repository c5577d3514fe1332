"""One-time codes: the SMS by which a programme confirms a membership or a charge (11.3, 12).

The vendor has no method that sends a code: an activation sends the one of a membership, and
reserving a sale the one of a charge.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.contract import (
    CodePurpose,
    CodeSent,
    MemberKey,
    Missing,
    Rejected,
    Unsupported,
)

from .errors import NOT_ENOUGH
from .participations import Participations
from .registration import Registration
from .translator_sale import check_of

_CONFIRM = "verification/sms/confirm"


@dataclass(frozen=True, slots=True)
class Codes:
    """See ``OneTimeCodes``."""

    members: Participations
    registration: Registration

    async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Let the vendor send the code of a membership that is not active yet."""
        if purpose is not CodePurpose.PHONE:
            msg = "the CRM sends codes for a membership (phone) and with a reserved sale only"
            raise Unsupported(msg, operation="loyalty/account/activate")
        row = await self.members.find(to)
        if row is None or row.id is None:
            msg = "the CRM does not know the member: register first"
            raise Missing(msg, operation="loyalty/accounts")
        check = await self.registration.activate(row.id)
        if check is None:
            msg = "the membership is active: there is nothing to confirm"
            raise Rejected(msg, operation="loyalty/account/activate", vendor_code="active")
        return CodeSent(reference=check.check_id or "")

    async def confirm(
        self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code. Shape: ``reference`` of ``send``, or of a reserved sale.

        Without one it is the check that the last registration here began.
        """
        if purpose not in (CodePurpose.PHONE, CodePurpose.SPENDING):
            msg = "the CRM confirms memberships (phone) and charges (spending) only"
            raise Unsupported(msg, operation=_CONFIRM)
        check_id = check_of(reference) or await self._last(to)
        try:
            await self.members.client.confirm(check_id, code)
        except Missing:
            return False
        except Rejected as error:
            # The text of a wrong code is not documented; one that is right and cannot be done is.
            if error.vendor_code == NOT_ENOUGH:
                raise
            return False
        return True

    async def _last(self, to: MemberKey) -> str:
        row = await self.members.find(to)
        check_id = self.members.checks.get(row.id or 0) if row is not None else None
        if check_id is None:
            msg = "no code was sent: name the reference that came with it"
            raise Rejected(msg, operation=_CONFIRM, vendor_code="no_check")
        return check_id
