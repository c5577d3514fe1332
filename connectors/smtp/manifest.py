"""Manifest: what the connector does with a mail server."""

from __future__ import annotations

from datetime import date

from gateway.contract import Capability, Manifest

MANIFEST = Manifest(
    key="smtp",
    vendor="Any mail server",
    api_version="RFC 5321",
    capabilities=frozenset({Capability.NOTIFIER}),
    documented=date(2026, 7, 31),
)
