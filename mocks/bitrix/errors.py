"""Refusals in the vendor's form: ``{"error": ..., "error_description".

...}`` with an HTTP status (reference 1.4).
"""

from __future__ import annotations

from typing import Any, NoReturn

READ_DENIED = 200040300010
WRITE_DENIED = 200040300020
MISSING_PARAMETER = 100
ANYTHING_ELSE = 0
SAVE_FAILED = 200550000001


class RestRefused(Exception):
    """A call that the site refuses. ``extra`` holds keys that stand beside ``error``."""

    def __init__(self, code: str | int, description: str, status: int = 400, **extra: Any) -> None:
        """Keep the code as the site spells it.

        A number stays a number at the top level (switch S4).
        """
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status
        self.extra = extra
        self.is_journaled = False

    def body(self, codes: str = "mixed") -> dict[str, Any]:
        """Return the answer of a call of its own; its code's type by switch S4."""
        code = str(self.code) if codes == "strings" else self.code
        return {"error": code, "error_description": self.description, **self.extra}

    def entry(self, codes: str = "mixed") -> dict[str, Any]:
        """Return the entry inside a batch, where a code is a string unless S4 says numbers."""
        return {**self.body(), "error": self.code if codes == "numbers" else str(self.code)}


def refuse(code: str | int, description: str, status: int = 400, **extra: Any) -> NoReturn:
    """Refuse the call.

    Raises:
        RestRefused: always.
    """
    raise RestRefused(code, description, status, **extra)


def missing_parameter(name: str) -> RestRefused:
    """Refuse a call without one of its parameters (reference 2)."""
    return RestRefused(MISSING_PARAMETER, f"Could not find value for parameter {{{name}}}")


def required_fields(names: list[str]) -> RestRefused:
    """Refuse a write without its required fields, named in camelCase (reference 2)."""
    return RestRefused(ANYTHING_ELSE, "Required fields: " + ", ".join(names))


def save_failed() -> RestRefused:
    """Refuse a save whose builder failed without a text (reference 2.1)."""
    return RestRefused(SAVE_FAILED, "unknow error")


def method_not_found() -> RestRefused:
    """Refuse a method that the site does not have."""
    return RestRefused("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
