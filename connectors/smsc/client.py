"""Client: one method per call of the vendor; wire out, contract errors raised.

Always POST, so that the secret stays out of addresses and logs, and always JSON and UTF-8: both are
not the vendor's defaults (reference, 1).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from gateway.contract import ConnectorError, HttpClient, OutcomeUnknown, Unavailable

from .config import SmscSettings
from .errors import read_answer
from .translator import Form
from .wire import BalanceWire, SentWire, StatusWire, Wire

W = TypeVar("W", bound=Wire)

PRICE_ONLY, WITH_BALANCE = "1", "3"


@dataclass(frozen=True, slots=True)
class SmscClient:
    """Calls of one account, as few at once as the vendor wants."""

    http: HttpClient
    settings: SmscSettings
    gate: asyncio.Semaphore = field(repr=False)

    async def send(self, form: Form) -> SentWire:
        """Hand a message over; the answer tells price and balance too (1.1, 1.2)."""
        pairs = [*form, ("cost", WITH_BALANCE)]
        body = await self._call("send.php", pairs, repeatable=False)
        return _parsed(SentWire, body, "send.php", OutcomeUnknown)

    async def price(self, form: Form) -> SentWire:
        """Ask for the price only; nothing is sent (1.1)."""
        pairs = [*form, ("cost", PRICE_ONLY)]
        body = await self._call("send.php", pairs, repeatable=True)
        return _parsed(SentWire, body, "send.php", Unavailable)

    async def status(self, phone: str, message_id: int) -> StatusWire:
        """Ask what became of a message; the trailing commas make the answer a list (1.3)."""
        pairs = [("phone", f"{phone},"), ("id", f"{message_id},"), ("all", "0")]
        body = await self._call("status.php", pairs, repeatable=True)
        first = body[0] if isinstance(body, list) and body else body
        return _parsed(StatusWire, first, "status.php", Unavailable)

    async def balance(self) -> BalanceWire:
        """Ask how much money is left (1.3)."""
        body = await self._call("balance.php", [("cur", "1")], repeatable=True)
        return _parsed(BalanceWire, body, "balance.php", Unavailable)

    async def _call(self, path: str, pairs: Form, *, repeatable: bool) -> object:
        form = [*self._credentials(), ("fmt", "3"), ("charset", "utf-8"), *pairs]
        async with self.gate:
            response = await self.http.call(
                "POST", path, operation=path, repeatable=repeatable, form=form
            )
        return read_answer(response, operation=path, repeatable=repeatable)

    def _credentials(self) -> Form:
        settings = self.settings
        pairs = [("login", settings.login)] if settings.login else []
        if settings.api_key is not None:
            return [*pairs, ("apikey", settings.api_key.get_secret_value())]
        password = settings.password
        return [*pairs, ("psw", password.get_secret_value() if password is not None else "")]


def _parsed(model: type[W], body: object, operation: str, failed: type[ConnectorError]) -> W:
    """Read an answer; its error names fields, not values."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        where = ", ".join(sorted({".".join(map(str, one["loc"])) for one in error.errors()})[:3])
    msg = f"the answer is not as documented at {where or 'the top'}"
    raise failed(msg, operation=operation, vendor_code="unreadable")
