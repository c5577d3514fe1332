"""Loyalty client: one method per call about participations, bonuses and checks by SMS (11, 12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from .calls import V5, Query, RetailCrmCalls, json_text, parsed
from .wire import PaginationWire, Wire
from .wire_loyalty import (
    AccountWire,
    ActivatedWire,
    OperationsWire,
    OperationWire,
)

W = TypeVar("W", bound=Wire)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Postings:
    """A page of postings, and where the next one begins: the last page, or a cursor."""

    rows: Sequence[OperationWire]
    count: int
    pages: int = 0
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class LoyaltyClient:
    """Loyalty of one account."""

    calls: RetailCrmCalls

    async def programme(self, number: int) -> Mapping[str, Any]:
        """Read a programme. Raises ``Missing``."""
        path = f"{V5}/loyalty/loyalties/{number}"
        body = await self.calls.get(path, [], "loyalty/loyalties")
        return dict(body.get("loyalty") or {})

    async def accounts(self, query: Query) -> list[AccountWire]:
        """Read participations by filters, at most 100."""
        pairs = [*query, ("limit", str(PAGE))]
        body = await self.calls.get(f"{V5}/loyalty/accounts", pairs, "loyalty/accounts")
        return _readable(AccountWire, body.get("loyaltyAccounts"))

    async def join(self, account: Mapping[str, Any]) -> int | None:
        """Make a participation; its id, unless the vendor does not tell it."""
        form = [("loyaltyAccount", json_text(account))]
        body = await self.calls.post("loyalty/account/create", form, repeatable=True)
        made = AccountWire.model_validate(body.get("loyaltyAccount") or {})
        return made.id

    async def activate(self, account_id: int) -> ActivatedWire:
        """Activate a participation, or let the vendor send the SMS that will."""
        name = "loyalty/account/activate"
        path = f"loyalty/account/{account_id}/activate"
        body = await self.calls.post(path, [], repeatable=True, operation=name)
        return parsed(ActivatedWire, body, name)

    async def post_bonus(self, account_id: int, way: str, form: Query) -> None:
        """Credit or charge points by hand: the vendor does each call that it gets."""
        name = f"loyalty/account/bonus/{way}"
        path = f"loyalty/account/{account_id}/bonus/{way}"
        await self.calls.post(path, form, repeatable=False, operation=name)

    async def waiting(self, account_id: int) -> object:
        """Read how many points wait for their day."""
        path = f"{V5}/loyalty/account/{account_id}/bonus/waiting_activation/details"
        body = await self.calls.get(path, [], "loyalty/account/bonus/details")
        return (body.get("statistic") or {}).get("totalAmount")

    async def postings(
        self, account_id: int, *, page: int, limit: int = PAGE, until: str | None = None
    ) -> Postings:
        """Read a page of one participation's postings, newest first."""
        query = [("page", str(page)), ("limit", str(limit))]
        query += [("filter[createdAtTo]", until)] if until else []
        path = f"{V5}/loyalty/account/{account_id}/bonus/operations"
        body = await self.calls.get(path, query, "loyalty/account/bonus/operations")
        told = parsed(OperationsWire, body, "bonus/operations")
        pages = parsed(PaginationWire, told.pagination, "bonus/operations")
        return _postings(told, pages=pages.total_page_count)

    async def all_postings(self, programme: int, cursor: str | None, *, limit: int) -> Postings:
        """Read a page of everybody's postings after a cursor, oldest first."""
        query = [("filter[loyalties][]", str(programme)), ("limit", str(limit))]
        query += [("cursor", cursor)] if cursor else []
        body = await self.calls.get(
            f"{V5}/loyalty/bonus/operations", query, "loyalty/bonus/operations"
        )
        told = parsed(OperationsWire, body, "bonus/operations")
        return _postings(told, cursor=str(told.pagination.get("nextCursor") or "") or None)

    async def confirm(self, check_id: str, code: str) -> None:
        """Confirm a check by SMS with its code."""
        proof = json_text({"code": code, "checkId": check_id})
        form = [("verification", proof)]
        await self.calls.post("verification/sms/confirm", form, repeatable=True)


def _postings(told: OperationsWire, *, pages: int = 0, cursor: str | None = None) -> Postings:
    rows = _readable(OperationWire, told.bonus_operations)
    return Postings(rows, len(told.bonus_operations), pages, cursor)


def _readable(model: type[W], rows: object) -> list[W]:
    """Read rows, each on its own: one of an unexpected form hides no other."""
    found: list[W] = []
    for row in rows if isinstance(rows, list | tuple) else ():
        with suppress(ValidationError):
            found.append(model.model_validate(row))
    return found
