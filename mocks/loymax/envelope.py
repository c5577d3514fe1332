"""The envelope ``{data, result}`` and its refusals (reference, section 3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BUSINESS = "Business.Base"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class NoData:
    """The mark of an answer whose ``data`` is absent."""


NO_DATA = NoData()


@dataclass(frozen=True)
class Answer:
    """A success; ``key`` and ``effect`` go to the journal."""

    data: Any = NO_DATA
    status: int = 200
    key: object = ""
    effect: str = "none"
    message: str | None = None


@dataclass(frozen=True)
class Bare:
    """An answer outside of the envelope: a token, a redirect, plain text."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    key: object = ""
    effect: str = "none"


class Refused(Exception):
    """A refusal inside HTTP 200."""

    def __init__(
        self,
        *,
        text: str | None,
        code: str | None = BUSINESS,
        state: str = "Error",
        data: Any = NO_DATA,
        errors: Sequence[Mapping[str, Any]] | None = None,
        is_coded: bool = True,
    ) -> None:
        """Keep what ``result`` and ``data`` will say; ``is_coded`` off leaves out ``httpCode``."""
        super().__init__(text or state)
        self.data = data
        self.result: dict[str, Any] = {
            "state": state,
            "httpCode": 400,
            "message": text,
            "messageCode": code,
            "exception": None,
            "validationErrors": errors,
        }
        if not is_coded:
            del self.result["httpCode"]


class HttpRefused(Exception):
    """A real HTTP error with a body of its own."""

    def __init__(self, *, status: int, body: Any) -> None:
        """Keep the whole answer."""
        super().__init__(status)
        self.answer = Bare(status, body)


def invalid(name: str, text: str = "Неверный формат.") -> Refused:
    """Refuse a value of a wrong type or format; ``data`` is an empty array then."""
    return Refused(
        text=None,
        code=None,
        state="ValidationError",
        data=[],
        errors=[{"field": name, "errorMessages": [text]}],
    )


def required(name: str) -> Refused:
    """Refuse a call without a parameter that it needs: a business refusal, not a validation."""
    return Refused(text=f"Не указан обязательный параметр {name}")


def failure(number: str) -> Refused:
    """Tell of a system failure."""
    return Refused(text=f"Идентификатор ошибки: {number}", state="Fail", data={}, errors=[])


def denied() -> HttpRefused:
    """Refuse a token that is unknown, expired or of the wrong kind."""
    return HttpRefused(
        status=401, body={"message": "Authorization has been denied for this request."}
    )


def no_token() -> HttpRefused:
    """Refuse a call without a token."""
    return HttpRefused(status=401, body={"message": "Запрещён анонимный доступ к методу."})


def body_of(answer: Answer | Refused, *, is_legacy: bool) -> dict[str, Any]:
    """Return the enveloped body; a legacy answer has no ``httpCode`` (section 12)."""
    if isinstance(answer, Refused):
        result = dict(answer.result)
    else:
        result = {
            "state": "Success",
            "httpCode": answer.status,
            "message": answer.message,
            "messageCode": None,
            "exception": None,
            "validationErrors": None,
        }
        # Creation answers 201 on the wire; its recorded envelope still says 200.
        result["httpCode"] = 200
    if is_legacy:
        result.pop("httpCode", None)
    body: dict[str, Any] = {}
    if not isinstance(answer.data, NoData):
        body["data"] = answer.data
    body["result"] = result
    return body


def dump(body: Any) -> bytes:
    """Encode an answer."""
    return _ENCODER.encode(body).encode()
