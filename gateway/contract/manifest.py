"""Manifest: what a connector can do, told before anything is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.canonical import Kind

CONTRACT_VERSION = "1.0"


class Capability(StrEnum):
    """Named abilities; one that is absent here is refused with ``Unsupported``, never stubbed."""

    CUSTOMER_READER = "customer_reader"
    CUSTOMER_WRITER = "customer_writer"
    CARD_READER = "card_reader"
    CARD_WRITER = "card_writer"
    PRODUCT_READER = "product_reader"
    PRODUCT_WRITER = "product_writer"
    ORDER_READER = "order_reader"
    ORDER_WRITER = "order_writer"
    LOYALTY = "loyalty"
    ONE_TIME_CODES = "one_time_codes"
    BONUS_POSTING = "bonus_posting"
    RECEIPTS = "receipts"
    PROMO_POOL = "promo_pool"
    PROMO_UPLOAD = "promo_upload"
    BEHAVIOUR = "behaviour"
    BEHAVIOUR_SOURCE = "behaviour_source"
    CUSTOMER_MERGE = "customer_merge"
    CUSTOMER_ERASURE = "customer_erasure"
    CUSTOMER_NOTES = "customer_notes"
    EXCHANGE_DOOR = "exchange_door"
    NOTIFIER = "notifier"
    SUPPORT_CHAT = "support_chat"
    TILL_DOOR = "till_door"
    WEBHOOK_SOURCE = "webhook_source"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A vendor's limit. Units: ``calls`` in any ``per_s`` seconds, over all users of one key.

    ``by_operation``: the vendor counts each of its operations by itself.
    """

    calls: int
    per_s: float = 1.0
    by_operation: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts about a connector.

    Shape: ``write_batch`` is the most entities of a kind that one ``write`` takes; the connector
    turns them into as few vendor calls as the vendor allows. ``probes`` names the kinds whose
    creation can be looked up by key; the others are held for a human after an unknown outcome.
    ``documented`` is the day on which the vendor's reference was read. ``personal_ids`` names the
    kinds whose ids at the vendor are personal data themselves (a card's number): outside the
    connector they are known in disguise only.
    """

    key: str
    vendor: str
    api_version: str
    capabilities: frozenset[Capability]
    documented: date
    contract_version: str = CONTRACT_VERSION
    rate_limit: RateLimit | None = None
    write_batch: Mapping[Kind, int] = field(default_factory=dict)
    read_batch: Mapping[Kind, int] = field(default_factory=dict)
    probes: frozenset[Kind] = frozenset()
    assigns_keys: frozenset[Kind] = frozenset()
    personal_ids: frozenset[Kind] = frozenset()
