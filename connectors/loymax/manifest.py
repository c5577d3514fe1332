"""Manifest: what the connector does with Loymax; the vendor documents no rate limit."""

from __future__ import annotations

from datetime import date

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest

AT_ONCE = 25
"""Records of one write or read; the vendor has no call for several, so they go side by side."""

MANIFEST = Manifest(
    key="loymax",
    vendor="Loymax",
    api_version="v1.2",
    capabilities=frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.ORDER_WRITER,
            Capability.LOYALTY,
            Capability.ONE_TIME_CODES,
            Capability.BONUS_POSTING,
            Capability.RECEIPTS,
            Capability.CUSTOMER_MERGE,
            Capability.TILL_DOOR,
        }
    ),
    documented=date(2026, 3, 31),
    write_batch={Kind.CUSTOMER: AT_ONCE, Kind.ORDER: AT_ONCE},
    read_batch={Kind.CUSTOMER: AT_ONCE},
    probes=frozenset({Kind.CUSTOMER, Kind.ORDER}),
)
