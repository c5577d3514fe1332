"""Error tree of the connector contract: an error is named by what the caller should do next.

    GatewayError
    ├ ConfigInvalid              refused at start, never at message time
    ├ StoreError                 the store cannot take work now (full disk, newer schema, away)
    ├ WebhookRefused             a call to our door that does not prove who it is or cannot be read
    └ ConnectorError             blame, operation, vendor_code, http_status, retry_after_s
      ├ TransientError           → RETRY with growing, jittered delay; retry_after_s wins
      │ ├ RateLimited  ├ Unavailable  └ StaleWrite (read again first)
      ├ OutcomeUnknown           → RECONCILE: sent, no trustworthy answer: probe before repeating
      │ └ Deferred               done later, without a word: probe after retry_after_s
      ├ AuthRejected             → PARK the account and tell the operator once
      ├ ContractViolated         → PARK the account: the connector broke its promise
      ├ TranslationFailed        → DEAD_LETTER at ``path``
      └ PermanentError           → DEAD_LETTER
        ├ Rejected (vendor validation)  ├ Missing (target is gone)  └ Unsupported

No message, argument or ``repr`` of these errors holds a body, phone, e-mail, name, card number or
secret: data that a person may need lie encrypted in the store and are found by id.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Disposition(StrEnum):
    """What the core does with a failed exchange."""

    RETRY = "retry"
    RECONCILE = "reconcile"
    PARK = "park"
    DEAD_LETTER = "dead_letter"


class Blame(StrEnum):
    """Whose fault it is, so that the right person is told."""

    VENDOR = "vendor"
    OPERATOR = "operator"
    PAYLOAD = "payload"
    GATEWAY = "gateway"


class GatewayError(Exception):
    """Root of all errors that the gateway raises on purpose."""

    remedy: ClassVar[str] = "Read the cause and correct what it names."


class ConfigInvalid(GatewayError):
    """The configuration cannot be used; the message names the path in it and the remedy."""

    remedy: ClassVar[str] = "Correct the named entry of gateway.toml and start again."


class StoreError(GatewayError):
    """The store cannot take work now; nothing that was acknowledged is lost."""

    remedy: ClassVar[str] = "Bring the database back or free its disk; work resumes by itself."


class WebhookRefused(GatewayError):
    """A webhook call that is not from the vendor, or not in the vendor's form.

    ``status`` is the HTTP status to answer with: 403 for a wrong token, 400 for a wrong form.
    """

    remedy: ClassVar[str] = "Compare the token at the vendor with the account's configuration."

    def __init__(self, reason: str, *, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


class ConnectorError(GatewayError):
    """A vendor exchange failed.

    Units: ``retry_after_s`` in seconds, as the vendor asked.
    """

    disposition: ClassVar[Disposition] = Disposition.DEAD_LETTER
    blame: Blame = Blame.VENDOR

    def __init__(
        self,
        reason: str,
        *,
        operation: str = "",
        vendor_code: str = "",
        http_status: int | None = None,
        retry_after_s: float | None = None,
        blame: Blame | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.operation = operation
        self.vendor_code = vendor_code
        self.http_status = http_status
        self.retry_after_s = retry_after_s
        if blame is not None:
            self.blame = blame


class TransientError(ConnectorError):
    """The vendor could not do it now; the same call may succeed later."""

    disposition: ClassVar[Disposition] = Disposition.RETRY
    remedy: ClassVar[str] = "Nothing to do: it is repeated with growing delays."


class RateLimited(TransientError):
    """The vendor's limit was met. It is repeated after ``retry_after_s``."""


class Unavailable(TransientError):
    """The vendor cannot answer now; nothing happened, or the call is safe to repeat."""


class StaleWrite(TransientError):
    """The record changed at the vendor since it was read: read it again, merge, then write."""


class OutcomeUnknown(ConnectorError):
    """The call was sent and no trustworthy answer came: it may have had its effect."""

    disposition: ClassVar[Disposition] = Disposition.RECONCILE
    remedy: ClassVar[str] = "Nothing to do: the vendor is asked whether it happened first."


class Deferred(OutcomeUnknown):
    """It is done later, and nothing says when: the vendor took it, or it leaves with others.

    This is no sign of the vendor's absence. ``retry_after_s`` says when to ask whether it happened.
    """


class AuthRejected(ConnectorError):
    """The vendor refuses our credentials or their rights."""

    disposition: ClassVar[Disposition] = Disposition.PARK
    blame: Blame = Blame.OPERATOR
    remedy: ClassVar[str] = "Renew the key or its rights at the vendor; `gateway check` proves it."


class ContractViolated(ConnectorError):
    """A connector broke the contract; this is a bug and must be loud."""

    disposition: ClassVar[Disposition] = Disposition.PARK
    blame: Blame = Blame.GATEWAY
    remedy: ClassVar[str] = "Report the connector's fault; the account rests until it is mended."


class TranslationFailed(ConnectorError):
    """A record cannot be translated; ``path`` names the field, never its value."""

    blame: Blame = Blame.PAYLOAD
    remedy: ClassVar[str] = "Correct the field at its source, or map its value in the account."

    def __init__(self, reason: str, *, path: str, operation: str = "") -> None:
        super().__init__(f"{path}: {reason}", operation=operation)
        self.path = path


class PermanentError(ConnectorError):
    """The vendor refused for good; repeating the same call would be refused again."""

    blame: Blame = Blame.PAYLOAD


class Rejected(PermanentError):
    """The vendor's validation refused the content."""

    remedy: ClassVar[str] = "Correct what the vendor names, then replay."


class Missing(PermanentError):
    """The target does not exist at the vendor any more."""

    remedy: ClassVar[str] = "Restore the record at the vendor or drop this delivery."


class Unsupported(PermanentError):
    """The connector does not have this capability."""

    blame: Blame = Blame.GATEWAY
    remedy: ClassVar[str] = "Take the route out of the configuration or use another connector."


def in_doubt(error: ConnectorError) -> ConnectorError:
    """Return what to raise for a write of several calls that one of them cut short.

    An error that says "not now" says it of one call: others may have had their effect, and what is
    read meanwhile may be our own half-told change. A refusal keeps its name: it would come again.
    """
    if not isinstance(error, RateLimited | Unavailable):
        return error
    return OutcomeUnknown(
        f"it may have been done in part: {error.reason}",
        operation=error.operation,
        vendor_code=error.vendor_code,
        http_status=error.http_status,
        retry_after_s=error.retry_after_s,
    )


def disposition(error: BaseException) -> Disposition:
    """Say what to do after ``error``. Total: an unknown exception is a dead letter."""
    return error.disposition if isinstance(error, ConnectorError) else Disposition.DEAD_LETTER
