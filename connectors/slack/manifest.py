"""Manifest: what the connector does with Slack."""

from __future__ import annotations

from datetime import date

from gateway.contract import Capability, Manifest

MANIFEST = Manifest(
    key="slack",
    vendor="Slack",
    api_version="Web API",
    capabilities=frozenset({Capability.NOTIFIER, Capability.SUPPORT_CHAT}),
    documented=date(2026, 7, 31),
)
"""The vendor counts messages per channel and tolerates bursts, so there is no limit of the account;
a 429 with its ``Retry-After`` is kept to (reference, 5.5)."""
