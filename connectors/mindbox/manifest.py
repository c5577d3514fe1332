"""Manifest: what the connector does with Mindbox and how fast the vendor lets it."""

from __future__ import annotations

from datetime import date

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest, RateLimit

AT_ONCE = 50
"""Records of one write or read; the vendor has no call for several, so they go side by side."""

MANIFEST = Manifest(
    key="mindbox",
    vendor="Mindbox",
    api_version="v3",
    capabilities=frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.ORDER_WRITER,
            Capability.LOYALTY,
            Capability.ONE_TIME_CODES,
            Capability.BONUS_POSTING,
            Capability.RECEIPTS,
            Capability.PROMO_UPLOAD,
            Capability.BEHAVIOUR,
            Capability.CUSTOMER_MERGE,
            Capability.CUSTOMER_ERASURE,
            Capability.WEBHOOK_SOURCE,
        }
    ),
    documented=date(2026, 5, 13),
    # Of one operation at one endpoint (4.4), and an account has one endpoint.
    rate_limit=RateLimit(calls=8000, per_s=60.0, by_operation=True),
    write_batch={Kind.CUSTOMER: AT_ONCE, Kind.ORDER: AT_ONCE},
    read_batch={Kind.CUSTOMER: AT_ONCE},
    probes=frozenset({Kind.CUSTOMER, Kind.ORDER}),
    assigns_keys=frozenset({Kind.CUSTOMER}),
)
