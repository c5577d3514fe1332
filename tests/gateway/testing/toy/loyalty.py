"""Toy loyalty: a processor of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
)
from gateway.contract import (
    HistoryPage,
    Kept,
    LineQuote,
    Member,
    MemberKey,
    Missing,
    Quote,
    Refund,
    Sale,
    SaleState,
)
from tests.gateway.testing.toy.calls import Calls

_START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class ToyLoyalty:
    """Loyalty processing."""

    calls: Calls
    bad: str
    reserved: int = 0

    async def identify(self, key: MemberKey) -> Member | None:
        """Return the member."""
        body = {"phone": key.phone, "member": key.external_id}
        answer = await self._post("member", body, allowed=(404,))
        if answer is None and self.bad != "knows everybody":
            return None
        return Member("stranger" if answer is None else answer["id"], Customer())

    async def register(self, customer: Customer, *, key: str) -> Member:
        """Make a member."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "registers again" else key
        answer = await self._post("register", {"key": key, "phone": customer.phones[0].number})
        return Member((answer or {})["id"], customer)

    async def balance(self, external_id: str) -> Sequence[BonusAccount]:
        """Return the account."""
        answer = await self._post("balance", {"member": external_id}, allowed=(404,))
        if answer is None:
            if self.bad == "nobody has nothing":
                return []
            msg = "no such member"
            raise Missing(msg)
        return [BonusAccount(programme="main", available=BonusPoints(points=answer["points"]))]

    async def history(self, external_id: str, *, cursor: str | None, limit: int) -> HistoryPage:
        """Return postings."""
        rows: Any = await self._post("history", {"member": external_id})
        if self.bad == "oldest first":
            rows = rows[::-1]
        start = int(cursor or 0)
        items = [
            BonusOperation(
                id=str(row["n"]),
                kind=BonusOperationKind.REDEEM,
                points=BonusPoints(points=Decimal(1)),
                at=_START + timedelta(days=row["n"]),
            )
            for row in rows[start : start + limit]
        ]
        more = start + limit < len(rows)
        return HistoryPage(items, str(start + limit) if more else None)

    async def quote(self, sale: Sale) -> Quote:
        """Reckon a sale."""
        if self.bad == "quotes cost":
            self.calls.vendor.points[_member(sale)] -= 1
        prices = [(line.id, line.price) for line in sale.lines if line.price is not None]
        await self._post("quote", {"total": "0"})
        return Quote(
            [LineQuote(name, price) for name, price in prices],
            prices[0][1],
            BonusPoints(points=Decimal(0)),
        )

    async def reserve(self, sale: Sale, *, key: str) -> Kept:
        """Block points."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "blocks again" else key
        points = str(sale.points.points if sale.points is not None else 0)
        if self.bad == "one sale only" and self.reserved > 1:
            points = "0"
        body = {"key": key, "sale": sale.id, "member": _member(sale), "points": points}
        return self._kept(await self._post("reserve", body))

    async def commit(self, sale: Sale, kept: Kept | None, *, key: str) -> Kept:
        """Finish a sale."""
        del kept
        body = {"key": key, "sale": sale.id, "member": _member(sale)}
        if self.bad == "commits again" and key in self.calls.vendor.keys:
            self.calls.vendor.points[_member(sale)] -= 1
        return self._kept(await self._post("commit", body))

    async def cancel(self, kept: Kept, *, key: str) -> None:
        """Give up."""
        await self._post("cancel", {"key": key, "sale": kept.reference})

    async def refund(self, refund: Refund, *, key: str) -> Kept:
        """Take back."""
        self.reserved += 1
        key = f"{key}{self.reserved}" if self.bad == "refunds again" else key
        return self._kept(await self._post("refund", {"key": key, "sale": refund.reference}))

    async def find(self, sale_id: str) -> Kept | None:
        """Look up."""
        answer = await self._post("find", {"sale": sale_id}, allowed=(404,))
        if answer is None and self.bad == "finds every sale":
            return Kept(sale_id, SaleState.RESERVED)
        return None if answer is None else self._kept(answer)

    def _kept(self, answer: Mapping[str, Any] | None) -> Kept:
        row = answer or {}
        return Kept(row["id"], SaleState(row["state"]))

    async def _post(
        self, step: str, body: Mapping[str, Any], *, allowed: tuple[int, ...] = ()
    ) -> dict[str, Any] | None:
        answer = await self.calls.call(
            "POST",
            f"loyalty/{step}",
            operation=f"loyalty {step}",
            body=body,
            repeatable=step not in {"register", "reserve", "commit", "cancel", "refund"},
            allowed=allowed,
        )
        if answer.status_code in allowed:
            return None
        told: dict[str, Any] = answer.json()
        return told


def _member(sale: Sale) -> str:
    return (sale.member.external_id if sale.member is not None else None) or ""
