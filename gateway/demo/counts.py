"""Counts: the day in figures, from the journal and the outbox, over all starts of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.ports import DeliveryState, Tx
from gateway.sync.account import Account
from gateway.sync.pull import end_of, feeds

_OPEN = (DeliveryState.DUE, DeliveryState.SENDING, DeliveryState.RETRY, DeliveryState.WAITING)
_SENT = ("sent", "created")


def pending(tx: Tx) -> int:
    """Count what is still to be told or looked at."""
    states = tx.count_deliveries()
    told = sum(count for (_, state), count in states.items() if state in _OPEN)
    ever = datetime.now(UTC) + timedelta(days=1)
    return told + len(tx.due_inbox(now=ever, limit=1000))


def feeds_of(accounts: Mapping[str, Account]) -> list[tuple[str, str]]:
    """Return (account, stream) of the ends of everything that is read."""
    return [(account.name, end_of(kind)) for account, kind in feeds(accounts)]


def feed_ends(tx: Tx, feeds: Sequence[tuple[str, str]]) -> list[datetime | None]:
    """Return when each feed was last read to its end, ``None`` for never."""
    points = [tx.checkpoint(account, stream) for account, stream in feeds]
    return [point.at if point is not None else None for point in points]


def counts(tx: Tx) -> dict[str, Any]:
    """Count the day from the journal and the deliveries, over all starts of the gateway."""
    journal = tx.count_journal()
    deliveries: dict[str, dict[str, int]] = {}
    states = tx.count_deliveries()
    for account in sorted({account for account, _, _ in journal if account}):
        told = {
            outcome: count
            for (name, event, outcome), count in journal.items()
            if name == account and event in {"delivered", "delivery"}
        }
        deliveries[account] = {
            "sent": sum(told.get(outcome, 0) for outcome in _SENT),
            "unchanged": told.get("unchanged", 0),
            "retried": told.get("retried", 0),
            "held": states.get((account, DeliveryState.HELD), 0),
            "dead": states.get((account, DeliveryState.DEAD), 0),
        }
    return {
        "received": sum(
            count for (_, event, _), count in journal.items() if event in {"hint", "received"}
        ),
        "duplicates_dropped": sum(
            count for (_, event, outcome), count in journal.items()
            if event == "hint" and outcome == "duplicate"
        ),
        "echoes_ignored": sum(
            count for (_, event, outcome), count in journal.items()
            if event == "received" and outcome in {"echo", "unchanged"}
        ),
        "deliveries": deliveries,
    }  # fmt: skip
