"""Calls: how API v5 is spoken to, below the methods of the clients.

GET takes PHP-style bracketed parameters, POST takes form fields whose structured values are JSON
strings. Reading may always be sent twice; whether writing may is said with each call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.contract import HttpClient, OutcomeUnknown, Unavailable
from gateway.contract.encoding import json_body

from .errors import read_answer
from .switch import ModuleSwitch
from .wire import Wire

W = TypeVar("W", bound=Wire)

V5 = "/api/v5"
Query = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RetailCrmCalls:
    """Sends calls of one account; ``site`` is the shop that is written to.

    Every call raises ``AuthRejected`` while the account's module is switched off.
    """

    http: HttpClient
    site: str
    switch: ModuleSwitch = field(default_factory=ModuleSwitch)

    async def get(self, path: str, query: Query, operation: str) -> dict[str, Any]:
        """Read something; ``path`` starts at the account's address."""
        self.switch.require_on(operation)
        response = await self.http.call(
            "GET", path, operation=operation, repeatable=True, query=query
        )
        return read_answer(response, operation=operation, repeatable=True)

    async def post(
        self,
        path: str,
        form: Query,
        *,
        repeatable: bool,
        partial: bool = False,
        operation: str = "",
    ) -> dict[str, Any]:
        """Send a form to a v5 method and return the answer; 460 counts if ``partial``."""
        name = operation or path
        self.switch.require_on(name)
        response = await self.http.call(
            "POST",
            f"{V5}/{path}",
            operation=name,
            repeatable=repeatable,
            form=[("site", self.site), *form],
        )
        return read_answer(response, operation=name, repeatable=repeatable, partial=partial)


def json_text(value: object) -> str:
    """Return a structured value of a form; decimals keep exactly their digits."""
    return json_body(value).decode()


def parsed(model: type[W], body: Mapping[str, Any], operation: str, *, created: bool = False) -> W:
    """Read the frame of an answer; its error names fields, not values.

    With ``created`` the call has had its effect, so an unreadable answer is an unknown outcome.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()})[:3])
    failed = OutcomeUnknown if created else Unavailable
    msg = f"the answer is not as documented at {where}"
    raise failed(msg, operation=operation, vendor_code="unreadable")
