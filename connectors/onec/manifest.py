"""Manifest: what the connector does with 1C, which has no rate limit but few sessions."""

from __future__ import annotations

from datetime import date

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest

AT_ONCE = 20
"""Records of one read or write: as many conditions go into one filter."""

MANIFEST = Manifest(
    key="onec",
    vendor="1C:Enterprise",
    api_version="OData v3 of platform 8.3",
    capabilities=frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.CARD_READER,
            Capability.CARD_WRITER,
            Capability.PRODUCT_READER,
            Capability.ORDER_READER,
            Capability.ORDER_WRITER,
            Capability.BONUS_POSTING,
            Capability.LOYALTY,
            Capability.EXCHANGE_DOOR,
            Capability.TILL_DOOR,
            Capability.WEBHOOK_SOURCE,
        }
    ),
    documented=date(2026, 5, 31),
    write_batch={Kind.CUSTOMER: AT_ONCE, Kind.CARD: AT_ONCE, Kind.ORDER: AT_ONCE},
    read_batch={
        Kind.CUSTOMER: AT_ONCE,
        Kind.CARD: AT_ONCE,
        Kind.PRODUCT: AT_ONCE,
        Kind.ORDER: AT_ONCE,
    },
    probes=frozenset({Kind.CUSTOMER, Kind.CARD, Kind.ORDER}),
    # The card services know a card by its code alone (3.7).
    personal_ids=frozenset({Kind.CARD}),
)
