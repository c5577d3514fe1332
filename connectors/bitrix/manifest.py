"""Manifest of the 1C-Bitrix connector."""

from __future__ import annotations

from datetime import date

from gateway.canonical import Kind
from gateway.contract import Capability, Manifest

# No rate limit: a self-hosted shop has none of its own (reference 1.5). For a shop behind the
# cloud's limit the operator sets the account's rate; refusals are honoured either way.
MANIFEST = Manifest(
    key="bitrix",
    vendor="1C-Bitrix: Site Management, Bitrix24",
    api_version="rest 1 (sale, catalog, crm), CommerceML 2.05-2.10, site extension contract 1",
    capabilities=frozenset(
        {
            Capability.CUSTOMER_READER,
            Capability.CUSTOMER_WRITER,
            Capability.CARD_READER,
            Capability.CARD_WRITER,
            Capability.PRODUCT_WRITER,
            Capability.ORDER_READER,
            Capability.ORDER_WRITER,
            Capability.PROMO_POOL,
            Capability.BONUS_POSTING,
            Capability.CUSTOMER_MERGE,
            Capability.CUSTOMER_ERASURE,
            Capability.BEHAVIOUR_SOURCE,
            Capability.WEBHOOK_SOURCE,
        }
    ),
    documented=date(2026, 11, 25),
    write_batch={Kind.CUSTOMER: 50, Kind.CARD: 500, Kind.PRODUCT: 200, Kind.ORDER: 40},
    read_batch={Kind.CUSTOMER: 98, Kind.CARD: 100, Kind.ORDER: 98},
    probes=frozenset({Kind.CUSTOMER, Kind.CARD, Kind.PRODUCT, Kind.ORDER}),
    # The site extension knows a card by its number alone (10.11).
    personal_ids=frozenset({Kind.CARD}),
)
