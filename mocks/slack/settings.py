"""Settings of the double: credentials, rooms, and switches that the side door changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mocks.switches import switched

SWITCHES = frozenset({"limit_per_s", "latency_s", "is_hook_off"})


@dataclass(frozen=True)
class SlackSettings:
    """One app in one workspace.

    ``channels`` are the rooms that the bot is in. Units: ``limit_per_s`` messages a second into one
    channel, 0 for no limit.
    """

    seed: int = 1
    token: str = "xoxb-double-token"
    signing_secret: str = "slack-double-signing-secret"
    hook: str = "T0001/B0001/slack-double-hook"
    hook_channel: str = "C0HOOK"
    team: str = "T0001"
    channels: tuple[str, ...] = ("C0ALERTS", "C0SUPPORT", "#alerts")
    limit_per_s: float = 0.0
    latency_s: float = 0.0
    is_hook_off: bool = False


def changed(settings: SlackSettings, body: Mapping[str, Any]) -> SlackSettings:
    """Return the settings with switches set. Raises ``ValueError``."""
    return switched(settings, body, SWITCHES, _checked)


def _checked(name: str, value: Any, hint: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and is_number and value >= 0:
        return float(value)
    if hint is bool and isinstance(value, bool):
        return value
    msg = f"{name}: wrong type"
    raise ValueError(msg)
