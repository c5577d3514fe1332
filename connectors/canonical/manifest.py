"""Manifest of the canonical connector."""

from __future__ import annotations

from datetime import date

from gateway.contract import Capability, Manifest

MANIFEST = Manifest(
    key="canonical",
    vendor="Any system that speaks the canonical model",
    api_version="message 1",
    capabilities=frozenset({Capability.WEBHOOK_SOURCE}),
    documented=date(2026, 11, 30),
)
