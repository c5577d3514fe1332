"""Refusals in the vendor's form: the envelope of section 3 of the vendor reference."""

from __future__ import annotations

from typing import Any

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_MANY = 400, 401, 403, 404, 429


class ProtocolRefused(Exception):
    """A call refused with ``ProtocolError`` and an HTTP status other than 200."""

    def __init__(self, message: str, status: int = BAD_REQUEST) -> None:
        """Keep the text of ``errorMessage`` and the HTTP status."""
        super().__init__(message)
        self.message = message
        self.status = status

    def body(self, error_id: str) -> dict[str, Any]:
        """Return the envelope."""
        return {
            "status": "ProtocolError",
            "errorMessage": self.message,
            "errorId": error_id,
            "httpStatusCode": self.status,
        }


class ValidationRefused(Exception):
    """A call refused with ``ValidationError`` inside HTTP 200."""

    def __init__(self, message: str, location: str = "") -> None:
        """Keep one message; an empty location concerns the whole request."""
        super().__init__(message)
        self.message = message
        self.location = location

    def body(self) -> dict[str, Any]:
        """Return the envelope."""
        row = {"message": self.message}
        if self.location:
            row["location"] = self.location
        return {"status": "ValidationError", "validationMessages": [row]}


class NoSuchPath(Exception):
    """The web server's own 404, without a Mindbox body (2.2)."""
