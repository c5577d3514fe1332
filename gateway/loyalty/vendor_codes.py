"""Vendor codes: one-time codes that the processor sends and checks by itself."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from gateway.contract import (
    Caller,
    CodePurpose,
    CodeSent,
    ConnectorError,
    MemberKey,
    OneTimeCodes,
    RateLimited,
    TillBusy,
)
from gateway.loyalty.processor import refusal_of

R = TypeVar("R")
AGAIN_S = 5.0
LOCKED_S = 60.0
CODE_LIMITED, PROCESSOR_AWAY = "code-limited", "processor-away"


@dataclass(frozen=True, slots=True)
class VendorCodes:
    """See ``TillCodes``. The vendor's own limits are told to the till."""

    codes: OneTimeCodes

    async def send(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Let the vendor send a code."""
        del caller
        return await _asked(self.codes.send(to, purpose=purpose))

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Let the vendor check a code."""
        del caller
        return await _asked(self.codes.confirm(to, code, purpose=purpose, reference=reference))


async def _asked(call: Awaitable[R]) -> R:
    try:
        return await call
    except RateLimited as error:
        wait = error.retry_after_s or LOCKED_S
        raise TillBusy(CODE_LIMITED, error.reason, retry_after_s=wait) from error
    except ConnectorError as error:
        refusal = refusal_of(error)
        if refusal is not None:
            raise refusal from error
        wait = error.retry_after_s or AGAIN_S
        raise TillBusy(PROCESSOR_AWAY, error.reason, retry_after_s=wait) from error
