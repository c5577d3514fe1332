"""Operations: names and payloads of what must happen once at a vendor.

A payload is JSON by the model that stands beside its name here. ``customer_external_id`` is the
customer's id at the account to which the operation goes. Vendor-specific additions go into the
payload's ``options`` and are described in the connector's README.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from gateway.canonical import BasketEvent, BonusOperationKind, Receipt
from gateway.contract.errors import TranslationFailed
from gateway.contract.exchange import Operation
from gateway.contract.notify import NoticeChannel

BONUS_POST = "bonus.post"
"""Accrue, redeem or take back points by hand: ``BonusPosting``."""

PROMO_ISSUE = "promo.issue"
"""Make promo codes at a shop; the payload is the connector's own."""

PROMO_UPLOAD = "promo.upload"
"""Hand a pool of ready codes to a vendor: ``PromoUpload``."""

RECEIPT_REGISTER = "receipt.register"
"""Tell a receipt that is closed already (offline): ``ReceiptRegistration``."""

BEHAVIOUR_TRACK = "behaviour.track"
"""Tell what a visitor did: ``BehaviourTracking``."""

CUSTOMER_MERGE = "customer.merge"
"""Merge records of one person: ``CustomerMerge``."""

CUSTOMER_ERASE = "customer.erase"
"""Take all that tells who a person is from his records: ``CustomerErasure``."""

CUSTOMER_NOTE = "customer.note"
"""Leave a note on a customer's record: ``CustomerNote``."""

NOTICE_SEND = "notice.send"
"""Send a message that may wait (points that expire, another tier): ``NoticeSending``."""


class Payload(BaseModel):
    """Base of payloads: unknown keys are refused, values never stand in error texts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    options: Mapping[str, Any] = Field(default_factory=dict)


class BonusPosting(Payload):
    """One posting. Units: ``points`` positive; ``kind`` says which way. Days whole."""

    customer_external_id: str = Field(min_length=1)
    kind: BonusOperationKind
    points: Decimal = Field(gt=0)
    programme: str | None = None
    reason: str | None = None
    order_number: str | None = None
    active_from: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None


class PromoUpload(Payload):
    """A pool of codes for one promotion of the vendor."""

    pool: str = Field(min_length=1)
    codes: tuple[str, ...] = Field(min_length=1)
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None


class ReceiptRegistration(Payload):
    """A closed receipt or return; its ``id`` is unique for the till."""

    receipt: Receipt
    customer_external_id: str | None = None


class BehaviourTracking(Payload):
    """One event of a visitor, who may be known by now."""

    event: BasketEvent
    customer_external_id: str | None = None


class CustomerMerge(Payload):
    """Records of one person at the account: ``survivor`` stays, the others go into it."""

    survivor: str = Field(min_length=1)
    losers: tuple[str, ...] = Field(min_length=1)


class CustomerErasure(Payload):
    """Records of one person at the account. Money and goods stay; who it was must not.

    Shape: what the performer answers may name under ``left`` what stays for people to do, as words
    of the field (``orders``, ``card``); never a value.
    """

    customer_external_ids: tuple[str, ...] = Field(min_length=1)
    order_external_ids: tuple[str, ...] = ()


class CustomerNote(Payload):
    """A note."""

    customer_external_id: str = Field(min_length=1)
    text: str = Field(min_length=1)


class NoticeSending(Payload):
    """A message to one person. Shape: as ``Notice``; ``subject`` for e-mail only."""

    channel: NoticeChannel
    to: str = Field(min_length=1)
    text: str = Field(min_length=1)
    subject: str = ""


P = TypeVar("P", bound=Payload)


def payload_of(model: type[P], operation: Operation) -> P:
    """Read a payload. Raises ``TranslationFailed`` that names the field, never its value."""
    try:
        return model.model_validate(operation.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"]) or "payload"
    reason = str(first["type"]).replace("_", " ")
    raise TranslationFailed(reason, path=path, operation=operation.name)
