"""Manifest: what the connector does with RetailCRM and how fast the vendor lets it."""

from __future__ import annotations

from datetime import date

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest, RateLimit

UPLOAD_ROWS = 50
"""Rows of one ``upload``: what the vendor's own modules send (maximum itself undocumented)."""

STORE_ROWS = 200
"""Offers of one upload of prices or stock: what the vendor's own module sends (3)."""

LIST_ROWS = 100
"""The largest page of lists and history."""

MANIFEST = Manifest(
    key="retailcrm",
    vendor="RetailCRM",
    api_version="v5",
    capabilities=frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.ORDER_READER,
            Capability.ORDER_WRITER,
            Capability.PRODUCT_WRITER,
            Capability.LOYALTY,
            Capability.ONE_TIME_CODES,
            Capability.BONUS_POSTING,
            Capability.CUSTOMER_MERGE,
            Capability.CUSTOMER_ERASURE,
            Capability.CUSTOMER_NOTES,
            Capability.WEBHOOK_SOURCE,
        }
    ),
    documented=date(2026, 7, 31),
    rate_limit=RateLimit(calls=10, per_s=1.0),
    write_batch={
        Kind.CUSTOMER: UPLOAD_ROWS,
        Kind.ORDER: UPLOAD_ROWS,
        Kind.PRODUCT: STORE_ROWS,
    },
    read_batch={Kind.CUSTOMER: LIST_ROWS, Kind.ORDER: LIST_ROWS},
    probes=frozenset({Kind.CUSTOMER, Kind.ORDER}),
    assigns_keys=frozenset({Kind.CUSTOMER, Kind.ORDER}),
)
