"""Message translator: JSON with a whole canonical record becomes a hint that carries it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from gateway.canonical import Customer, Kind, Order
from gateway.contract import (
    Hint,
    Observed,
    WebhookRefused,
    WebhookRequest,
    body_digest,
    valid_hmac,
)

_SIGNATURE = "x-gateway-signature"
_BAD_REQUEST = 400
_MOST_NAMED = 3
_NAME = re.compile(r"[a-z][a-z_]{0,40}")

Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Head(BaseModel):
    """What every message says about its record, see README.md."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    id: Id
    version: int | None = Field(default=None, ge=1, le=2**62, strict=True)
    changed_at: AwareDatetime | None = None


class _OrderMessage(_Head):
    kind: Literal["order"]
    customer_id: Id | None = None
    entity: Order


class _CustomerMessage(_Head):
    kind: Literal["customer"]
    entity: Customer


_MESSAGE: TypeAdapter[_OrderMessage | _CustomerMessage] = TypeAdapter(
    Annotated[_OrderMessage | _CustomerMessage, Field(discriminator="kind")]
)


@dataclass(frozen=True, slots=True)
class CanonicalMessages:
    """Verifies and reads one source's messages."""

    secret: str = field(repr=False)

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Verify and read a message; see ``WebhookSource.receive``."""
        self._prove(request)
        message = _read(request.body)
        kind = Kind(message.kind)
        version = message.version
        return [
            Hint(
                kind=kind,
                external_id=message.id,
                token=f"{kind}:{message.id}:{version}" if version else body_digest(request.body),
                event="message",
                happened_at=message.changed_at,
                carried=Observed(
                    external_id=message.id,
                    entity=message.entity,
                    changed_at=message.changed_at,
                    customer_external_id=getattr(message, "customer_id", None),
                    sequence=version,
                ),
            )
        ]

    def _prove(self, request: WebhookRequest) -> None:
        if request.proved:
            return
        if not self.secret:
            msg = "this account takes no calls: set `secret` to sign them with, or use its queue"
            raise WebhookRefused(msg)
        signature = request.headers.get(_SIGNATURE)
        if not valid_hmac(request.body, secret=self.secret, signature=signature):
            msg = f"the header {_SIGNATURE} is not the HMAC-SHA256 of the body with the secret"
            raise WebhookRefused(msg)


def _read(body: bytes) -> _OrderMessage | _CustomerMessage:
    """Read a body. Raises ``WebhookRefused`` that names the fields, never their values."""
    try:
        return _MESSAGE.validate_json(body)
    except ValidationError as error:
        told = [_sentence(one) for one in error.errors(include_input=False, include_url=False)]
    more = f"; {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    raise WebhookRefused("; ".join(told[:_MOST_NAMED]) + more, status=_BAD_REQUEST)


def _sentence(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Say what is wrong where, in pydantic's own words: a message of ours may quote a value.

    A key that does not look like the name of a field may be data that got into the wrong place.
    """
    names = [
        str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "(no name of a field)"
        for part in error["loc"][1:]
    ]
    where = ".".join(names) or "the message"
    what = str(error["type"]).replace("_", " ")
    return f"{where}: {what}"
