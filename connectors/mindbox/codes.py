"""Codes: one-time codes that the vendor sends by SMS and checks (vendor reference, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract import CodePurpose, CodeSent, MemberKey, Missing, Rejected, Unsupported

from .client import MindboxClient
from .customers import FOUND
from .errors import VALIDATION
from .values import phone_text

_CONFIRMED = frozenset(
    {
        "SubscriptionAndMobilePhoneConfirmed",
        "SubscriptionConfirmed",
        "MobilePhoneConfirmed",
        "AlreadyConfirmed",
    }
)


@dataclass(frozen=True, slots=True)
class Codes:
    """See ``OneTimeCodes``. The vendor's letters carry links, so e-mails have no codes here."""

    client: MindboxClient

    async def send(self, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Let the vendor send a code. A second call sends a second one, so it is not repeated."""
        names = self.client.names
        operation = names.resend_confirmation if _by_confirmation(purpose) else names.send_code
        told = await self.client.sync(operation, {"customer": _who(to)}, repeatable=False)
        if _status(told, "customer") not in (None, FOUND):
            msg = "the vendor does not know whom to send the code to"
            raise Missing(msg, operation=operation)
        return CodeSent()

    async def confirm(
        self, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check a code. A wrong one is a refusal for a login, and a status for a phone."""
        del reference
        names = self.client.names
        if _by_confirmation(purpose):
            proof = {"customer": _who(to), "smsConfirmation": {"code": code}}
            told = await self.client.sync(names.confirm_phone, proof, repeatable=True)
            return _status(told, "smsConfirmation") in _CONFIRMED
        body: dict[str, Any] = {"customer": _who(to), "authentificationCode": code}
        try:
            told = await self.client.sync(names.check_code, body, repeatable=False)
        except Rejected as error:
            if error.vendor_code == VALIDATION:
                return False
            raise
        # Whether a wrong code is a validation error or a status is unconfirmed (9.3).
        return _status(told, "customer") in (None, FOUND)


def _status(told: Mapping[str, Any], block: str) -> object:
    """Return the ``processingStatus`` of a block, ``None`` where it is not told."""
    found = told.get(block)
    return found.get("processingStatus") if isinstance(found, Mapping) else None


def _by_confirmation(purpose: CodePurpose) -> bool:
    if purpose is CodePurpose.EMAIL:
        msg = "the vendor confirms e-mails by a link, not by a code"
        raise Unsupported(msg, operation="codes")
    return purpose is CodePurpose.PHONE


def _who(to: MemberKey) -> dict[str, Any]:
    if to.external_id is not None:
        return {"ids": {"mindboxId": to.external_id}}
    if to.phone is not None:
        return {"mobilePhone": phone_text(to.phone)}
    msg = "the vendor sends codes to a phone: name the member by it or by id"
    raise Unsupported(msg, operation="codes")
