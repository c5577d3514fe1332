"""Again: what a person says again is as new as that, though it changes nothing."""

from __future__ import annotations

from datetime import datetime

from gateway.canonical.paths import Fields
from gateway.sync.incoming import Incoming
from gateway.sync.merge import DISPUTED, EVERYWHERE, Merged, same
from gateway.sync.ownership import Ownership, RuleKind


def said_again(item: Incoming, merged: Merged, fields: Fields, ownership: Ownership) -> bool:
    """Let values that were said again be as new as that, so that nothing older replaces them.

    Those that somebody owns stay the owner's. Returns True when anything became newer.
    """
    said_at = item.observed.changed_at
    if said_at is None:
        return False
    again = {
        path: (item.account, said_at.isoformat())
        for path, value in fields.items()
        if value is not None
        and same(merged.fields.get(path), value)
        and ownership.rule(item.kind, path).kind is RuleKind.NEWEST
        and _is_older(merged, path, said_at)
    }
    merged.origins.update(again)
    return bool(again)


def _is_older(merged: Merged, path: str, than: datetime) -> bool:
    account, at = merged.origins.get(path) or merged.origins.get(EVERYWHERE, ("", ""))
    return account != DISPUTED and (not at or datetime.fromisoformat(at) < than)
