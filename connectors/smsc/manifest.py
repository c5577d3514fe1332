"""Manifest: what the connector does with SMSC.ru."""

from __future__ import annotations

from datetime import date

from gateway.contract import Capability, Manifest

MANIFEST = Manifest(
    key="smsc",
    vendor="SMSC.ru",
    api_version="HTTP",
    capabilities=frozenset({Capability.NOTIFIER}),
    documented=date(2026, 7, 31),
)
"""The vendor names no calls per second; what it counts is requests at once: ``config.at_once``."""
