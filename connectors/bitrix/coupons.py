"""Keyed operation: issues a pool of promo codes as coupons of a basket rule, once per key.

The site extension stores the key in the transaction of its effect, so that the same call repeated
is answered from there; the parameters are therefore made of the payload and the account alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from gateway.contract import (
    Blame,
    ConnectorError,
    Operation,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
    Unsupported,
)

from .client import BitrixClient
from .errors import NOT_FOUND, VendorRefused

MOST_CODES = 500

_ADD = "gateway.coupon.add"
_LOOK_UP = "gateway.operation.get"
_FEATURE = "coupon"
_NO_METHOD = "error_method_not_found"
_KEY_REUSED = "gw_key_reused"
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# Not empty, because the shop would make a code up; all else is the shop's to refuse, code by code.
_CODE = r"^\S(.*\S)?$"
_ERROR_CODE = re.compile(r"[A-Za-z0-9_]{1,64}")


class PromoPool(BaseModel):
    """Payload of ``promo.issue``.

    Shape: ``codes`` as the shop shall hold them, at most 500; ``discount_id`` is the basket rule;
    ``type`` says whether a code is good for one row, one order or many; ``max_use`` counts for
    ``many`` only, 0 is without a limit; ``external_ids`` go with the codes place by place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    codes: Annotated[
        tuple[Annotated[StrictStr, Field(pattern=_CODE)], ...],
        Field(min_length=1, max_length=MOST_CODES),
    ]
    discount_id: Annotated[StrictInt, Field(ge=1)]
    type: Literal["row", "order", "many"]
    active_to: AwareDatetime | None = None
    max_use: Annotated[StrictInt, Field(ge=0)] | None = None
    external_ids: tuple[Annotated[StrictStr, Field(max_length=100)] | None, ...] | None = None

    @field_validator("active_to", mode="before")
    @classmethod
    def _is_written_out(cls, value: object) -> object:
        """Refuse a bare number, which would be read as seconds since 1970."""
        if value is not None and not isinstance(value, str):
            msg = "must be an ISO 8601 text with an offset"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _ids_fit(self) -> Self:
        if self.external_ids is not None and len(self.external_ids) != len(self.codes):
            msg = "external_ids must be as many as codes"
            raise ValueError(msg)
        return self

    def coupons(self) -> list[dict[str, Any]]:
        """Return the coupons as the extension takes them; what is absent is left to the shop."""
        shared: dict[str, Any] = {"discountId": self.discount_id, "type": self.type}
        if self.active_to is not None:
            shared["activeTo"] = self.active_to.replace(microsecond=0).isoformat()
        if self.max_use is not None:
            shared["maxUse"] = self.max_use
        ids = self.external_ids or (None,) * len(self.codes)
        return [
            {"code": code, **shared, **({"externalId": external_id} if external_id else {})}
            for code, external_id in zip(self.codes, ids, strict=True)
        ]


class _WireItem(BaseModel):
    """What became of one coupon."""

    index: int = Field(ge=0)
    status: Literal["created", "exists", "error"]
    error: str | None = None


class _WireItems(BaseModel):
    """Answer of ``gateway.coupon.add``."""

    items: tuple[_WireItem, ...]

    def counted(self) -> dict[str, Any]:
        """Return how many codes came to be, and by place why the others did not."""
        statuses = [item.status for item in self.items]
        return {
            "created": statuses.count("created"),
            "exists": statuses.count("exists"),
            "refused": [
                {"index": item.index, "error": _code(item.error)}
                for item in self.items
                if item.status == "error"
            ],
        }


@dataclass(frozen=True, slots=True)
class PromoIssue:
    """Performer of ``promo.issue``; its result holds counts and places, never a code."""

    client: BitrixClient
    origin: str

    async def perform(self, operation: Operation) -> Mapping[str, Any]:
        """Issue the codes of a pool; see ``OperationPerformer.perform``.

        Shape: ``{"created": n, "exists": n, "refused": [{"index": place, "error": code}]}``. A
        refused code does not stop its neighbours. ``exists`` counts codes that the shop had
        already, whoever made them.

        Raises besides: ``Rejected`` for a key or payload that the shop would not take.
        """
        key, pool = _checked_key(operation.key), _checked_pool(operation)
        params = {"idempotencyKey": key, "origin": self.origin, "coupons": pool.coupons()}
        try:
            answer = await self.client.ask(_ADD, params, repeatable=False)
        except VendorRefused as refused:
            failure = refused
        else:
            return _result_of(answer, len(pool.codes))
        raise await self._error(failure)

    async def find(self, key: str) -> Mapping[str, Any] | None:
        """Ask what a key did; see ``OperationPerformer.find``.

        The shop forgets keys after 30 days. Codes are unique there, so that even a later repeat
        makes none twice.

        Raises besides: ``Rejected`` when the key belongs to a call of another kind.
        """
        if not _KEY.fullmatch(key):
            return None
        try:
            answer = await self.client.ask(_LOOK_UP, {"idempotencyKey": key})
        except VendorRefused as refused:
            if refused.refusal.code == NOT_FOUND:
                return None
            error = self.client.error(refused, repeatable=True)
        else:
            return _found(answer)
        raise error

    async def _error(self, refused: VendorRefused) -> ConnectorError:
        if refused.refusal.code == _KEY_REUSED:
            return _reused(refused.refusal.http_status)
        error = self.client.error(refused, repeatable=False)
        if refused.refusal.code == _NO_METHOD and await self._is_switched_off():
            # The rest of the account works, so it must not be parked for this.
            msg = "the site extension's feature coupon is switched off: switch it on at the shop"
            return Unsupported(
                msg, operation=_ADD, vendor_code=error.vendor_code, blame=Blame.OPERATOR
            )
        return error

    async def _is_switched_off(self) -> bool:
        """Tell a feature that is off from an extension that is not there."""
        try:
            info = await self.client.ask("gateway.info")
        except VendorRefused:
            return False
        return _FEATURE not in info.get("features", ())


def _checked_key(key: str) -> str:
    if _KEY.fullmatch(key):
        return key
    msg = "key: submit it under a key of 1 to 64 letters, digits, dots, colons, _ and -"
    raise Rejected(msg, operation=_ADD)


def _checked_pool(operation: Operation) -> PromoPool:
    try:
        return PromoPool.model_validate(operation.payload)
    except ValidationError as error:
        # The texts of these errors are made here or by pydantic, and quote no value.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        path, text = ".".join(str(step) for step in first["loc"]), first["msg"]
    if path == "codes" and first["type"] == "too_long":
        text = f"submit them in parts of at most {MOST_CODES}, each under a key of its own"
    msg = f"{path}: {text}" if path else text
    raise Rejected(msg, operation=_ADD)


def _result_of(answer: object, codes: int) -> dict[str, Any]:
    """Read the answer of a call that surely arrived; an unreadable one proves no more than that."""
    try:
        read = _WireItems.model_validate(answer)
    except ValidationError:
        read = None
    if read is None or sorted(item.index for item in read.items) != list(range(codes)):
        msg = "the site extension's answer does not tell what became of each code"
        raise OutcomeUnknown(msg, operation=_ADD)
    return read.counted()


def _found(answer: object) -> dict[str, Any]:
    stored = answer if isinstance(answer, dict) else {}
    if str(stored.get("method", "")).lower() != _ADD:
        raise _reused(None)
    try:
        return _WireItems.model_validate(stored.get("result")).counted()
    except ValidationError as error:
        path = ".".join(str(step) for step in ("result", *error.errors()[0]["loc"]))
    msg = "the site extension's stored answer cannot be read"
    raise TranslationFailed(msg, path=path, operation=_LOOK_UP)


def _reused(http_status: int | None) -> Rejected:
    msg = "key: it belongs to another call at the shop: submit these codes under a new key"
    return Rejected(msg, operation=_ADD, vendor_code=_KEY_REUSED.upper(), http_status=http_status)


def _code(error: str | None) -> str:
    """Return the shop's error code; anything that is not one could quote what was sent."""
    return error if error and _ERROR_CODE.fullmatch(error) else "unreadable"
