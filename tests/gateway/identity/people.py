"""Profiles for tests of matching."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.identity.matching import Held, Profile, Proof, names_of
from gateway.identity.matching.profile import NEVER
from gateway.identity.normal import read_name

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def held(key: str, *, days: float | None = None, doubtful: bool = False) -> Held:
    """Return an identifier, confirmed so many days after noon, or unconfirmed."""
    sort = key.partition(":")[0]
    if days is None:
        return Held(sort, source="site", doubtful=doubtful)
    at = NOON + timedelta(days=days)
    return Held(sort, Proof.WORD, "till", confirmed_at=at, doubtful=doubtful)


def person(name: str, *keys: str, who: str = "", born: str = "", **confirmed: float) -> Profile:
    """Return a profile; ``phone_1=3`` is phone 1 confirmed on day 3."""
    lines: dict[str, Any] = {key: held(key) for key in keys}
    for key, days in confirmed.items():
        lines[key.replace("_", ":")] = held(key.replace("_", ":"), days=days)
    return Profile(name, lines, names_of(read_name(who)), born)


__all__ = ["NEVER", "NOON", "held", "person"]
