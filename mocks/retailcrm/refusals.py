"""Refusals: the vendor's error bodies and codes (reference, section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

INVALID = "This value is not valid."
EXTRA = "This form should not contain extra fields."
PARTIAL = 460

Errors = Mapping[str, str] | Sequence[str]


class Refused(Exception):
    """An answer that is not a success. ``body`` is what the vendor would send."""

    def __init__(self, status: int, text: str, errors: Errors | None = None, **extra: Any) -> None:
        """Keep status and body; ``extra`` are further top-level keys such as ``combinedTo``."""
        super().__init__(text)
        self.status = status
        self.errors = errors
        self.body: dict[str, Any] = {"success": False, "errorMsg": text}
        if errors is not None:
            self.body["errors"] = errors
        self.body.update(extra)


def entity_errors(errors: Errors) -> Refused:
    """A field of the entity is malformed."""
    return Refused(400, "Errors in the entity format", errors)


def input_errors(errors: Errors | None = None) -> Refused:
    """A parameter of the call, not of the entity, is malformed."""
    return Refused(400, "Errors in the input parameters", errors)


def invalid_input() -> Refused:
    """The short form that the combine calls and ``orders/fix-external-ids`` use."""
    return Refused(400, "Invalid input parameters")


def order_not_loaded(errors: Errors) -> Refused:
    """An order names something that the account does not have."""
    return Refused(400, "Order is not loaded", errors)


def missing(parameter: str) -> Refused:
    """A required parameter is absent."""
    return Refused(400, f"Parameter '{parameter}' is missing")


def not_found(combined_to: Mapping[str, Any] | None = None) -> Refused:
    """The entity does not exist; a merged customer names its survivor."""
    if combined_to is None:
        return Refused(404, "Not found")
    return Refused(404, "Not found", combinedTo=combined_to)


def no_method() -> Refused:
    """The route does not exist."""
    return Refused(404, "API method not found")
