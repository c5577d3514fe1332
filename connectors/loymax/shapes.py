"""Shapes: answers read by their models; what does not fit is an error of ours, without values."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from gateway.contract import TranslationFailed

T = TypeVar("T")


def shaped(adapter: TypeAdapter[T], data: object, *, operation: str) -> T:
    """Read an answer. Raises ``TranslationFailed`` that names the place, never what stands there.

    It has no cause: the model's own error would quote the answer.
    """
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        path = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
    msg = "has an unexpected form"
    raise TranslationFailed(msg, path=path or "data", operation=operation)
