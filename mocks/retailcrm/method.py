"""What a method of the API is: verb, path, right, handler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mocks.retailcrm.call import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Method:
    """A method: verb, path after ``/api/`` with ``{names}``, needed scope (or empty), handler."""

    verb: str
    pattern: str
    scope: str
    handler: Handler

    @property
    def op(self) -> str:
        """Return the name under which the journal shows it."""
        return self.pattern.removeprefix("v5/")
