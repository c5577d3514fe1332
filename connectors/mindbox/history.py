"""History: a member's postings, newest first.

In which order the vendor tells actions is unconfirmed, and so is what its count counts (vendor
reference, 11.2). Therefore all of them are read, a thousand at a time, and put in order here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.canonical import BonusOperation, BonusOperationKind, BonusPoints
from gateway.contract import ContractViolated, HistoryPage

from .client import MindboxClient
from .config import MindboxSettings
from .errors import read_as
from .values import moment_of
from .wire import ActionWire, ChangeWire, HistoryAnswer

_PAGE = 1000
_KINDS = {
    "RetailOrderBonus": BonusOperationKind.ACCRUE,
    "RetailOrderPayment": BonusOperationKind.REDEEM,
    "Expired": BonusOperationKind.EXPIRE,
    "Custom": BonusOperationKind.ADJUST,
}


async def postings(client: MindboxClient, external_id: str) -> Sequence[BonusOperation]:
    """Return all postings of a member, newest first. Pages until one is short (11.2)."""
    operation, number = client.names.balance_history, 1
    found: list[BonusOperation] = []
    while True:
        body = {
            "customer": {"ids": {"mindboxId": external_id}},
            "page": {"pageNumber": number, "itemsPerPage": _PAGE},
        }
        told = await client.sync(operation, body, repeatable=True)
        actions = read_as(HistoryAnswer, told, operation=operation, wrote=False).customer_actions
        for action in actions:
            for place, change in enumerate(action.customer_balance_changes):
                one = _posting(client.settings, action, change, place)
                if one is not None:
                    found.append(one)
        if len(actions) < _PAGE:
            return sorted(found, key=_rank, reverse=True)
        number += 1


def page_of(
    items: Sequence[BonusOperation], *, cursor: str | None, limit: int, operation: str
) -> HistoryPage:
    """Return the postings after ``cursor``, which names the last one that was given.

    A posting that is made meanwhile stands before it and moves nothing.
    """
    if cursor is not None:
        moment, _, last = cursor.partition("|")
        try:
            bound = (datetime.fromisoformat(moment), last)
        except ValueError:
            msg = "the cursor of the history is not one of this connector"
            raise ContractViolated(msg, operation=operation) from None
        items = [one for one in items if _rank(one) < bound]
    part = items[:limit]
    if len(items) <= limit:
        return HistoryPage(items=part)
    return HistoryPage(items=part, cursor=f"{part[-1].at.isoformat()}|{part[-1].id}")


def _rank(one: BonusOperation) -> tuple[datetime, str]:
    return one.at, one.id


def _posting(
    settings: MindboxSettings, action: ActionWire, change: ChangeWire, place: int
) -> BonusOperation | None:
    balance = change.balance_type
    at = moment_of(action.date_time_utc)
    is_ours = balance is None or balance.ids.get("systemName") == settings.balance
    if at is None or not is_ours:
        return None
    kind = _KINDS.get(change.kind, BonusOperationKind.ADJUST)
    is_back = (kind is BonusOperationKind.ACCRUE and change.change_amount < 0) or (
        kind is BonusOperationKind.REDEEM and change.change_amount > 0
    )
    return BonusOperation(
        id=f"{action.ids.get('mindboxId')}-{place}",
        kind=BonusOperationKind.CANCEL if is_back else kind,
        points=BonusPoints(points=change.change_amount),
        at=at,
        active_from=moment_of(change.available_from_date_time_utc),
        expires_at=moment_of(change.expiration_date_time_utc),
        order_number=action.order.ids.get(settings.order_key) if action.order else None,
        reason=change.comment or None,
    )
