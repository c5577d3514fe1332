"""Reading: from the bytes of a call to its shape, once, and strictly.

JSON is read by the standard library, because it alone hands over what a careful reader asks of it:
a number's own digits instead of a float, and every key of an object, also one that comes twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum
from http import HTTPStatus
from typing import Any, TypeVar

from fastapi import Request
from pydantic import ValidationError

from gateway.ingress.body import bounded_body
from gateway.ingress.pos.answers_refused import WrongAnswer
from gateway.ingress.pos.shapes import Shape
from gateway.ingress.pos.wrong import shown, wrongs
from gateway.ingress.problems import Problem

MOST_BYTES = 64 * 1024
MOST_BATCH_BYTES = 1024 * 1024

S = TypeVar("S", bound=Shape)

_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json", re.ASCII)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_UTF_8_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,64})"|([A-Za-z0-9_.:-]{1,64})', re.ASCII)


class _TwiceError(Exception):
    """An object names a key twice; ``args`` holds the key."""


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _TwiceError(key)
            seen.add(key)
    return found


def _number(text: str) -> Decimal:
    """Return a number with all its digits; one beyond all exponents is none.

    Such a one, NaN and Infinity are decimals too, so that the field that holds them is named.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_number)


async def read_shape(request: Request, shape: type[S], *, most: int = MOST_BYTES) -> S:
    """Return the body as its shape. Raises ``Problem`` that names every field that is wrong."""
    _expect_json(request.headers)
    body = await bounded_body(request, most=most, what="a call of this kind")
    try:
        return shape.model_validate(_parsed(body))
    except ValidationError as error:
        raise InvalidCall(wrongs(error)) from None


class BadCall(Problem):
    """A call that cannot be read. Shape: ``errors`` name what is wrong with it."""

    def __init__(
        self, status: int, code: str, detail: str, *, errors: Sequence[WrongAnswer]
    ) -> None:
        super().__init__(status, code, detail, more={"errors": errors})
        self.errors = errors


class InvalidCall(BadCall):
    """A call whose fields are wrong."""

    def __init__(self, errors: Sequence[WrongAnswer]) -> None:
        detail = "the call does not fit its description: see `errors`"
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


def idempotency_key(headers: Mapping[str, str]) -> str:
    """Return the caller's key, empty for none: a text in quotes, as the draft has it, or bare.

    Source: draft-ietf-httpapi-idempotency-key-header. Raises ``Problem``.
    """
    given = headers.get("idempotency-key")
    if given is None:
        return ""
    found = _KEY.fullmatch(given.strip())
    if found is None:
        wrong = WrongAnswer(
            "Idempotency-Key",
            "is no key",
            "send 1-64 Latin letters, digits, `_`, `.`, `:` or `-`, such as a UUID",
        )
        detail = "the header cannot be read: see `errors`"
        status = HTTPStatus.BAD_REQUEST
        raise BadCall(status, "idempotency-key-invalid", detail, errors=[wrong])
    return found.group(1) or found.group(2)


def _expect_json(headers: Mapping[str, str]) -> None:
    kind = headers.get("content-type", "application/json")
    charset = _CHARSET.search(kind)
    if not _JSON.fullmatch(kind.partition(";")[0].strip().lower()):
        detail = "send JSON, and say so: `Content-Type: application/json`"
        raise _media(detail, "Content-Type", "names another format")
    if charset and charset.group(1).lower() not in {"utf-8", "utf8"}:
        detail = "send the body in UTF-8, and name no other charset"
        raise _media(detail, "Content-Type", "names another charset")
    if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        detail = "send the body as it is, without compression"
        raise _media(detail, "Content-Encoding", "names a compression")


def _media(detail: str, header: str, problem: str) -> Problem:
    errors = [WrongAnswer(header, problem, detail)]
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    return BadCall(status, "unsupported-media-type", detail, errors=errors)


class _Bad(Enum):
    """Bodies that cannot be read. Shape: code, problem, remedy."""

    EMPTY = ("not-json", "is empty", "send an object")
    SPELLING = ("not-json", "is no JSON", "see the place that the detail names")
    DEEP = ("not-json", "is nested too deeply", "send it as described in /openapi.json")
    LONG = ("not-json", "holds a number too long to read", "send fewer digits")
    MARK = (
        "byte-order-mark",
        "begins with a byte order mark",
        "write it without one (1C: ИспользованиеByteOrderMark.НеИспользовать)",
    )
    WIDE = ("not-utf-8", "is UTF-16 or UTF-32", "send it in UTF-8 (1C: КодировкаТекста.UTF8)")
    OTHER = (
        "not-utf-8",
        "is not UTF-8; windows-1251 perhaps",
        "send it in UTF-8 (1C: КодировкаТекста.UTF8)",
    )

    def problem(self, where: str = "") -> Problem:
        """Return the refusal."""
        code, problem, remedy = self.value
        errors = [WrongAnswer("(body)", problem, remedy)]
        detail = f"the body {problem}{where}: {remedy}"
        return BadCall(HTTPStatus.BAD_REQUEST, code, detail, errors=errors)


def _parsed(body: bytes) -> object:
    try:
        return _DECODER.decode(_text(body))
    except _TwiceError as twice:
        name = shown(str(twice.args[0]))
        raise InvalidCall(
            [WrongAnswer(name, "comes twice in one object", "send it once")]
        ) from None
    except json.JSONDecodeError as error:
        where = f" at line {error.lineno}, column {error.colno}"
        raise _Bad.SPELLING.problem(where) from None
    except RecursionError:
        raise _Bad.DEEP.problem() from None
    except ValueError:
        # Beyond the interpreter's limit of digits of a whole number.
        raise _Bad.LONG.problem() from None


def _text(body: bytes) -> str:
    if not body:
        raise _Bad.EMPTY.problem()
    if body.startswith(_UTF_8_MARK):
        raise _Bad.MARK.problem()
    if body.startswith(_OTHER_MARKS) or b"\0" in body[:4]:
        raise _Bad.WIDE.problem()
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _Bad.OTHER.problem() from None
