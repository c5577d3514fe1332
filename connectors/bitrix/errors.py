"""Vendor code → contract error, one row per code with its place in the vendor reference.

The code decides, not the HTTP status: statuses differ between the documentation, the core and the
cloud (reference 1.4). Codes are compared in lower case and as strings. No error text holds the
vendor's own description, because that may quote what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    StaleWrite,
    Unavailable,
    Unsupported,
)

TOO_MANY_REQUESTS = "query_limit_exceeded"
TIME_SPENT = "operation_time_limit"
EXPIRED = "expired_token"
DUPLICATE = "gw_duplicate"
NOT_FOUND = "gw_not_found"
AMBIGUOUS = "gw_ambiguous"
CURSOR_GONE = "gw_cursor_gone"
CURSOR = "gw_cursor"
ORDER_MISSING = "200540400001"

DEFAULT_REST_S = 1.0
TIME_WINDOW_S = 600.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused call: the vendor's code in lower case and the keys beside it."""

    code: str
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)
    http_status: int | None = None

    def seconds(self, name: str) -> float | None:
        """Return a number that stands beside the code, or ``None``."""
        value = self.extra.get(name)
        try:
            return float(str(value)) if value is not None else None
        except ValueError:
            return None

    def ids(self) -> list[int]:
        """Return the ids of the records that stand in the way, smallest first."""
        found = self.extra.get("ids")
        return sorted(int(str(item)) for item in found) if isinstance(found, list) else []


class VendorRefused(Exception):
    """One call or one command of a batch was refused; the caller knows what that means to it."""

    def __init__(self, refusal: Refusal, *, operation: str) -> None:
        super().__init__(f"{operation} was refused: {refusal.code or 'without a code'}")
        self.refusal = refusal
        self.operation = operation


@dataclass(frozen=True, slots=True)
class _Row:
    error: type[ConnectorError]
    reason: str
    blame: Blame | None = None


_LOST = _Row(OutcomeUnknown, "the shop failed in the middle of the call")
_NO_RIGHT = _Row(AuthRejected, "the webhook lacks a right: give it the scopes sale and gateway")
_NO_KEY = _Row(AuthRejected, "the shop refuses the webhook: make a new one and set its address")
_NO_ADMIN = _Row(AuthRejected, "the webhook's owner may not do this in module sale")

TABLE: Mapping[str, _Row] = {
    # 1.4: transport and rights
    "internal_server_error": _LOST,
    "error_unexpected_answer": _LOST,
    "error_core": _LOST,
    TOO_MANY_REQUESTS: _Row(RateLimited, "the portal's request limit is met"),
    TIME_SPENT: _Row(RateLimited, "the method's operating time is spent"),
    "overload_limit": _Row(RateLimited, "REST is blocked because of overload"),
    "error_batch_method_not_allowed": _Row(
        Unsupported, "the method may not be in a batch", Blame.GATEWAY
    ),
    "error_batch_length_exceeded": _Row(
        Unsupported, "the batch has too many commands", Blame.GATEWAY
    ),
    "no_auth_found": _NO_KEY,
    "invalid_credentials": _NO_KEY,
    "authorization_error": _NO_KEY,
    EXPIRED: _NO_KEY,
    "user_access_error": _NO_KEY,
    "error_oauth": _NO_KEY,
    "wrong_auth_type": _NO_KEY,
    "invalid_request": _Row(AuthRejected, "the shop demands https: correct the address"),
    "insufficient_scope": _NO_RIGHT,
    "access_denied": _Row(AuthRejected, "the shop's licence or the owner's rights do not allow it"),
    "method_confirm_waiting": _Row(AuthRejected, "an administrator must confirm the method"),
    "method_confirm_denied": _Row(AuthRejected, "an administrator denied the method"),
    "portal_deleted": _Row(AuthRejected, "the portal does not exist any more"),
    "payment_required": _Row(AuthRejected, "the shop's licence is not paid"),
    # An absent method is an uninstalled module: the account rests until it is back, and nothing of
    # the queue dies meanwhile.
    "error_method_not_found": _Row(
        AuthRejected, "the shop does not know the method: install the module or site extension"
    ),
    "error_not_found": _Row(Missing, "the record does not exist"),
    "error_argument": _Row(Rejected, "an argument was refused"),
    "wrong_encoding": _Row(Rejected, "the encoding was refused"),
    # 2: codes of the sale controllers
    "200040300010": _NO_ADMIN,
    "200040300020": _NO_ADMIN,
    "100": _Row(Rejected, "a mandatory parameter is missing"),
    "0": _Row(Rejected, "the shop refused the content: see its required fields"),
    ORDER_MISSING: _Row(Missing, "the order does not exist"),
    "201240400001": _Row(Missing, "the order does not exist"),
    "200140400001": _Row(Missing, "the basket row does not exist"),
    "200140400009": _Row(Missing, "the order of the basket row does not exist"),
    "200140400007": _Row(Rejected, "the product is unknown or inactive in the catalogue"),
    "200140400011": _Row(Rejected, "the line's currency is not the order's"),
    "200640400001": _Row(Missing, "the payment does not exist"),
    "201140400001": _Row(Missing, "the shipment does not exist"),
    "200550000001": _Row(
        Rejected, "the order could not be saved: check status, payer type and pay system codes"
    ),
    "200550000002": _Row(Rejected, "a shipment row has a wrong external id"),
    "sale_order_cancel_payment_exist_active": _Row(
        Rejected,
        "an order with a paid payment cannot be cancelled: mark the return first, or set "
        "on_cancel_paid to return",
    ),
    "sale_order_cancel_shipment_exist_shipped": _Row(
        Rejected, "an order with a shipped shipment cannot be cancelled"
    ),
    "sale_shipment_wrong_delivery_service": _Row(
        Rejected, "the delivery service does not exist: correct deliveries in the account"
    ),
    "sale_shipment_exist_shipped": _Row(Rejected, "a shipped shipment cannot be deleted"),
    # 10.10: the site extension
    "gw_argument": _Row(Rejected, "the site extension refused an argument"),
    "gw_limit": _Row(Unsupported, "too many items in one call", Blame.GATEWAY),
    CURSOR: _Row(Unsupported, "the cursor does not fit the filter", Blame.GATEWAY),
    CURSOR_GONE: _Row(Unsupported, "the change log does not reach back so far", Blame.GATEWAY),
    NOT_FOUND: _Row(Missing, "the record does not exist"),
    DUPLICATE: _Row(Rejected, "a unique field is taken by another user of the shop"),
    AMBIGUOUS: _Row(Rejected, "several users of the shop match"),
    "gw_key_reused": _Row(
        Unsupported, "the idempotency key belongs to another call", Blame.GATEWAY
    ),
    "gw_in_progress": _Row(Unavailable, "the same call is still running"),
    "gw_version": _Row(StaleWrite, "the user changed since it was read"),
    "gw_insufficient": _Row(Rejected, "the balance is too low"),
    "gw_state": _Row(Rejected, "the record's state does not allow it: it may be merged or blocked"),
    "gw_locked": _Row(RateLimited, "the record is locked for a while"),
    "gw_internal": _Row(Unavailable, "the site extension failed and changed nothing"),
}


def error_for(
    refusal: Refusal, *, operation: str, repeatable: bool, rest_s: float | None = None
) -> ConnectorError:
    """Return the contract error of a refusal.

    ``rest_s`` is the known time until the vendor takes calls again. An unknown code is judged by
    its HTTP status: 5xx leaves the outcome open, everything else is a refusal of the content.
    """
    row = TABLE.get(refusal.code)
    if row is None:
        is_open = (refusal.http_status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
        row = _LOST if is_open else _Row(Rejected, "the shop refused the call")
    kind = Unavailable if row is _LOST and repeatable else row.error
    argument = refusal.extra.get("argument") or refusal.extra.get("field")
    # Names of fields are told, because they point at the remedy; values never are.
    named = f" ({argument})" if isinstance(argument, str) and argument.isascii() else ""
    return kind(
        f"{row.reason}{named}",
        operation=operation,
        vendor_code=refusal.code.upper(),
        http_status=refusal.http_status,
        retry_after_s=_rest_s(refusal, rest_s) if kind is RateLimited else None,
        blame=row.blame,
    )


def _rest_s(refusal: Refusal, rest_s: float | None) -> float:
    asked = refusal.seconds("retryAfter")
    if asked is not None:
        return max(asked, DEFAULT_REST_S)
    if refusal.code == TIME_SPENT:
        return max(TIME_WINDOW_S if rest_s is None else rest_s, DEFAULT_REST_S)
    return DEFAULT_REST_S
