"""A customer's own service of cards and points, in the shape of LoyaltyExchange.

One set of operations over SOAP or HTTP. A refusal comes inside a success and has a code;
``RequestID`` makes writes idempotent: the same id gives the first answer again. Source: vendor
reference, 3.7; 2.4 for the forms that errors take over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.contract import ConnectorError, Missing, Rejected

_GONE = frozenset({"CARD_NOT_FOUND", "HOLD_NOT_FOUND"})
_CODES = _GONE | {
    "CARD_BLOCKED", "CARD_TYPE_NOT_FOUND", "CARD_EXISTS_OTHER_OWNER", "NOT_ENOUGH", "OVER_PERCENT",
    "AMOUNT_INVALID", "HOLD_EXPIRED", "HOLD_CLOSED", "REQUEST_CONFLICT", "PERIOD_CLOSED",
    "INTERNAL",
}  # fmt: skip


class LoyaltyService(Protocol):
    """Calls operations by their names and parameters."""

    async def call(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the outputs; the value is ``return``.

        Raises ``Missing`` and ``Rejected`` with the service's code for a refusal.
        """


def refusal(code: object, operation: str, *, status: int | None = None) -> ConnectorError:
    """Return the error of a refusal; a code that is not of the service's table is not told."""
    known = str(code) if code in _CODES else ""
    error = Missing if known in _GONE else Rejected
    return error(
        f"the service refused it: {known or 'without a known code'}",
        operation=operation, vendor_code=known, http_status=status,
    )  # fmt: skip


def card_of(told: Mapping[str, Any], operation: str) -> Mapping[str, Any]:
    """Return the card, or what is told of one; one of which all is nil is none (3.3)."""
    row = told.get("return")
    if not isinstance(row, Mapping) or not row.get("CardID"):
        msg = "the service does not know the card"
        raise Missing(msg, operation=operation)
    return row


class _Soap(Protocol):
    """The part of the SOAP client that is needed; its module is loaded for SOAP accounts alone."""

    async def call(
        self, file: str, operation: str, values: Mapping[str, Any], *, repeatable: bool
    ) -> Mapping[str, Any]:
        """Call an operation."""


@dataclass(frozen=True, slots=True)
class SoapLoyalty:
    """The service over SOAP. All calls may be repeated: reads, and writes with their id."""

    client: _Soap
    file: str

    async def call(self, operation: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call; see ``LoyaltyService.call``."""
        told = await self.client.call(self.file, operation, values, repeatable=True)
        if told.get("ErrorCode"):
            raise refusal(told["ErrorCode"], operation)
        return told
