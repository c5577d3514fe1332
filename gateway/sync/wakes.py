"""Wake-ups: what tells a process that a row wants to be worked on. The row is the truth."""

from __future__ import annotations

from gateway.ports import InboxRow, Wake


def route_wake(row: InboxRow) -> Wake:
    """Return the wake-up of an inbox row; order is kept per record of the account."""
    key = f"{row.account}:{row.kind}:{row.external_id}"
    return Wake("route", row.id, row.account, key, row.correlation_id)
