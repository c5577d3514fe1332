"""Errors: what an answer of Loymax stands for. Source: vendor reference, sections 3 and 8.5.

Most refusals come with HTTP 200: ``result.state`` decides, and in processing ``data[0].code``.

| answer | class | source |
| --- | --- | --- |
| state ``Fail`` | ``Unavailable`` if repeatable, else ``OutcomeUnknown`` | 3 |
| state ``Error`` | ``Rejected`` (``Missing`` for what is not found) | 3 |
| state ``ValidationError`` | ``Rejected`` with the fields | 3 |
| 401 | ``AuthRejected``, after one new token | 2.5 |
| code ``SystemError``, ``PurchaseOperationConflict`` | ``Unavailable`` | 8.5 |
| codes of set-up (device, grant, signature) | ``AuthRejected`` | 8.5 |
| other codes | ``Rejected`` with the code | 8.5 |

Texts of the vendor may hold a phone (3, trap 19) and never leave this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx
import orjson

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from gateway.contract.answers import answer_error

OK = "Ok"
REPEATED = frozenset({"NotUniqueOperationID", "NotUniquePurchaseID"})
CONFIRMED = frozenset({"OperationIsConfirmed", "ConfirmedPurchaseOperation"})
CANCELLED = "OperationIsCanceled"
NO_PURCHASE = "PurchaseNotFound"
PAID_ALREADY = "PurchaseExtraPayment"
WRONG_ORDER = "IncorrectOperationOrder"
BAD_COUPON = "CouponsException"
NO_ATTRIBUTE = "attribute_not_set"
BLOCKED = "blocked"

_LATER = frozenset({"SystemError", "PurchaseOperationConflict"})
_SET_UP = frozenset(
    {"ApplicationDeviceGrant", "DeviceNotFound", "DeviceBlocked", "SignatureError",
     "SignatureNotFound", "CertificateError"}
)  # fmt: skip
CODES = frozenset(
    {"SystemError", "VersionError", "ParseError", "FormatException", "RequereFieldException",
     "SignatureError", "SignatureNotFound", "CertificateError", "CardNotFound", "DeviceNotFound",
     "LargePaymentAmount", "NotEnoughMoney", "CardBlocked", "DeviceBlocked",
     "NotUniqueOperationID", "OperationNotFound", "OperationIsConfirmed", "OperationIsCanceled",
     "WrongPin", "CashierNotFound", "CardHolderNotFound", "CardNotActivated", "DiscountException",
     "PurchaseNotFound", "DifferentCheque", "IncorrectOperationOrder", "CardExtraPayment",
     "ConfirmedPurchaseOperation", "PurchaseExtraPayment", "LimitGained", "PaymentException",
     "DifferentPurchase", "CouponsException", "BusinessError", "ApplicationDeviceGrant",
     "NotUniquePurchaseID", "UnspecifiedLoyaltyProgram", "DivisibilityError", "DifferentLegals",
     "Created", "PayTypeIsNotExist", "PayTypeIsArchived", "CardExpired", "GiftCertificateError",
     "PurchaseOperationConflict"}
)  # fmt: skip
"""All codes of processing (8.5). An installation may refuse by ``result.state`` and without one."""
_CODE = re.compile(r"^(?!.*\d{5})[A-Za-z][A-Za-z0-9_.]{0,63}$")
_FIELD = re.compile(r"^(?!.*\d{5})[A-Za-z][A-Za-z0-9_.\[\]]{0,63}$")
_QUESTION = re.compile(r"^\d{1,9}$")
"""What may be shown of an answer: names, and nothing that may be a phone or a card."""
_NOT_SET = "Не найдено значение атрибута"
_NOT_FOUND = re.compile(r"^Не найден|не найден", re.IGNORECASE)
_LOCKED = re.compile(r"заблокирован", re.IGNORECASE)
_MINUTES = re.compile(r"через (\d+) мин")
_MOST_FIELDS = 5


class AnswersRefused(Rejected):
    """Answers were refused; ``questions`` are ids of questions, whose names the caller knows."""

    def __init__(self, reason: str, *, questions: Sequence[int], operation: str, code: str) -> None:
        super().__init__(reason, operation=operation, vendor_code=code, blame=Blame.PAYLOAD)
        self.questions = questions


def data_of(response: httpx.Response, *, operation: str, repeatable: bool) -> Any:  # noqa: ANN401 - any JSON
    """Return ``data`` of an answer that says success; one without ``result`` counts as such.

    Raises: what the table of this module says.
    """
    error = answer_error(response, operation=operation, repeatable=repeatable)
    if error is not None:
        raise error
    body = parsed(response)
    if not isinstance(body, Mapping):
        failed = Unavailable if repeatable else OutcomeUnknown
        msg = "the answer is no JSON object"
        raise failed(msg, operation=operation, vendor_code="unreadable_answer")
    result = body.get("result")
    if isinstance(result, Mapping) and result.get("state", "Success") != "Success":
        raise _refusal(body, result, operation=operation, repeatable=repeatable)
    return body.get("data")


def parsed(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    """Return the answer's JSON, ``None`` for what is none."""
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None


def operation_of(data: Any, *, operation: str) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    """Return the first result of a processing call. Raises as its code says."""
    rows = data if isinstance(data, Sequence) and not isinstance(data, str) else []
    first = rows[0] if rows else None
    if not isinstance(first, Mapping):
        msg = "processing answered without a result"
        raise OutcomeUnknown(msg, operation=operation)
    code = str(first.get("code") or OK)
    if code == OK:
        return first
    shown = code if _CODE.match(code) else ""
    if code in _LATER:
        msg = "processing could not do it now"
        raise Unavailable(msg, operation=operation, vendor_code=shown)
    if code in _SET_UP:
        msg = f"the application may not use its register ({shown}): bind it at the vendor"
        raise AuthRejected(msg, operation=operation, vendor_code=shown)
    msg = f"processing refused it ({shown})"
    raise Rejected(msg, operation=operation, vendor_code=shown)


def token_error(response: httpx.Response, *, operation: str) -> ConnectorError:
    """Return what a refusal of the token service stands for (2.3); its text is never shown."""
    body = parsed(response)
    code = str(body.get("error", "")) if isinstance(body, Mapping) else ""
    limit = answer_error(response, operation=operation, repeatable=True)
    if isinstance(limit, RateLimited):
        return limit
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == "Error":
        return Unavailable("the token service failed", operation=operation)
    if code == "Blocked":
        return RateLimited(
            "the login is blocked for a while",
            operation=operation,
            vendor_code=BLOCKED,
            retry_after_s=1800.0,
        )
    shown = code if _CODE.match(code) else ""
    return AuthRejected(
        "the vendor does not accept the login", operation=operation, vendor_code=shown
    )


def _refusal(
    body: Mapping[str, Any], result: Mapping[str, Any], *, operation: str, repeatable: bool
) -> ConnectorError:
    text = str(result.get("message") or "")
    code = str(result.get("messageCode") or "")
    shown = code if _CODE.match(code) else ""
    if result.get("state") == "Fail":
        failed = Unavailable if repeatable else OutcomeUnknown
        return failed("the vendor's system failed", operation=operation, vendor_code=shown)
    if text.startswith(_NOT_SET):
        return Missing("the attribute is not set", operation=operation, vendor_code=NO_ATTRIBUTE)
    if _LOCKED.search(text):
        minutes = _MINUTES.search(text)
        return RateLimited(
            "the vendor locked this for a while",
            operation=operation,
            vendor_code=BLOCKED,
            retry_after_s=60.0 * int(minutes.group(1)) if minutes else 1800.0,
        )
    if _NOT_FOUND.search(text):
        return Missing("the vendor does not find it", operation=operation, vendor_code=shown)
    questions = _questions(body)
    fields = [*_fields(result), *(f"question {one}" for one in questions)]
    where = f" in {', '.join(fields)}" if fields else ""
    msg, shown = f"the vendor refused it{where}", shown or str(result.get("state") or "")
    if questions:
        return AnswersRefused(msg, questions=questions, operation=operation, code=shown)
    return Rejected(msg, operation=operation, vendor_code=shown, blame=Blame.PAYLOAD)


def _fields(result: Mapping[str, Any]) -> list[str]:
    """Return the names of fields that an answer complains of; no values."""
    found = result.get("validationErrors") or []
    return fields_shown([str(one.get("field")) for one in found if isinstance(one, Mapping)])


def fields_shown(names: Sequence[object]) -> list[str]:
    """Return the names of fields that may be shown: nothing that may be a phone, and not many."""
    return [str(one) for one in names if _FIELD.match(str(one))][:_MOST_FIELDS]


def _questions(body: Mapping[str, Any]) -> list[int]:
    """Return the ids of questions that an answer complains of."""
    data = body.get("data")
    errors = data.get("errors") if isinstance(data, Mapping) else None
    ids = [str(one.get("idQuestion")) for one in errors or [] if isinstance(one, Mapping)]
    return [int(one) for one in ids if _QUESTION.match(one)][:_MOST_FIELDS]
