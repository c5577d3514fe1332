"""A web shop that runs operations of the processing."""

from __future__ import annotations

from typing import Any

from tests.mocks.loymax.stand import Loymax

TEA = {"position": 1, "goodsId": "A-17", "name": "Чай", "quantity": 2, "amount": 600}
HONEY = {"position": 2, "goodsId": "B-03", "name": "Мёд", "quantity": 1, "amount": 460}
SPRING = [{"number": "SPRING25"}]
CALLS = {
    "C": "Calculate",
    "A": "Bonus/Available",
    "P": "Bonus/Payment",
    "D": "Bonus",
    "K": "Confirm",
    "U": "Cancel",
    "R": "Refund",
}


class Shop:
    """A web shop that runs operations on purchases with fresh operation ids."""

    def __init__(self, double: Loymax, token: str) -> None:
        """Act with one token."""
        self.double = double
        self.token = token
        self._number = 0

    async def run(self, kind: str, purchase: str = "S1", /, **body: Any) -> dict[str, Any]:
        """Run an operation and return its row; ``lines`` go into the cheque."""
        self._number += 1
        sent: dict[str, Any] = {
            "operationId": f"op-{self._number}",
            "operationDate": "2025-02-03T10:15:00.000Z",
        }
        lines = body.pop("lines", [TEA, HONEY] if kind in "CAPDR" else None)
        if lines is not None:
            sent["cheque"] = {"number": "1", "date": "2025-02-03T10:15:00Z", "lines": lines}
        path = f"Processing/Purchases/{purchase}/{CALLS.get(kind, kind)}"
        row: dict[str, Any] = (await self.double.data("POST", path, self.token, {**sent, **body}))[
            0
        ]
        return row

    async def code(self, kind: str, purchase: str = "S1", /, **body: Any) -> str:
        """Run an operation and return its code."""
        return str((await self.run(kind, purchase, **body))["code"])

    async def codes(self, script: str, purchase: str = "S1") -> list[str]:
        """Run a script such as ``C P K`` with a payment of 100 and return the codes."""
        return [
            await self.code(kind, purchase, **({"amount": 100} if kind == "P" else {}))
            for kind in script.split()
        ]
