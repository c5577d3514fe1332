"""Parts: which part of a connector each capability stands for, and what a true manifest looks like.

The one table behind the conformance kit and ``gateway connector check``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from gateway.canonical import Kind
from gateway.contract.capabilities import Connector
from gateway.contract.manifest import CONTRACT_VERSION, Capability, Manifest
from gateway.contract.operations import (
    BEHAVIOUR_TRACK,
    BONUS_POST,
    CUSTOMER_ERASE,
    CUSTOMER_MERGE,
    CUSTOMER_NOTE,
    NOTICE_SEND,
    PROMO_ISSUE,
    PROMO_UPLOAD,
    RECEIPT_REGISTER,
)

READERS = {
    Capability.CUSTOMER_READER: Kind.CUSTOMER,
    Capability.CARD_READER: Kind.CARD,
    Capability.PRODUCT_READER: Kind.PRODUCT,
    Capability.ORDER_READER: Kind.ORDER,
}
WRITERS = {
    Capability.CUSTOMER_WRITER: Kind.CUSTOMER,
    Capability.CARD_WRITER: Kind.CARD,
    Capability.PRODUCT_WRITER: Kind.PRODUCT,
    Capability.ORDER_WRITER: Kind.ORDER,
}
OPERATIONS = {
    Capability.BONUS_POSTING: BONUS_POST,
    Capability.RECEIPTS: RECEIPT_REGISTER,
    Capability.PROMO_POOL: PROMO_ISSUE,
    Capability.PROMO_UPLOAD: PROMO_UPLOAD,
    Capability.BEHAVIOUR: BEHAVIOUR_TRACK,
    Capability.CUSTOMER_MERGE: CUSTOMER_MERGE,
    Capability.CUSTOMER_ERASURE: CUSTOMER_ERASE,
    Capability.CUSTOMER_NOTES: CUSTOMER_NOTE,
}
BESIDE = {NOTICE_SEND: Capability.NOTIFIER}
"""Operations that stand beside the part of their capability, where the connector has them."""

_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")


def kinds_read(manifest: Manifest) -> list[Kind]:
    """Return the kinds that the manifest declares a reader of."""
    return [kind for one, kind in READERS.items() if one in manifest.capabilities]


def kinds_written(manifest: Manifest) -> list[Kind]:
    """Return the kinds that the manifest declares a writer of."""
    return [kind for one, kind in WRITERS.items() if one in manifest.capabilities]


def operations_of(manifest: Manifest) -> list[str]:
    """Return the names of the operations that the manifest declares."""
    return [name for one, name in OPERATIONS.items() if one in manifest.capabilities]


def parts_of(connector: Connector) -> frozenset[Capability]:
    """Return the capabilities whose parts a built connector has; unnamed operations have none."""
    found = {one for one, kind in READERS.items() if kind in connector.readers}
    found |= {one for one, kind in WRITERS.items() if kind in connector.writers}
    found |= {one for one, name in OPERATIONS.items() if name in connector.operations}
    services = connector.services
    single = {
        Capability.WEBHOOK_SOURCE: connector.webhooks,
        Capability.LOYALTY: services.loyalty,
        Capability.ONE_TIME_CODES: services.codes,
        Capability.EXCHANGE_DOOR: services.exchange,
        Capability.NOTIFIER: services.notifier,
        Capability.SUPPORT_CHAT: services.support,
        Capability.TILL_DOOR: services.till,
        Capability.BEHAVIOUR_SOURCE: services.behaviour,
    }
    return frozenset(found | {one for one, part in single.items() if part is not None})


def unnamed_operations(connector: Connector) -> list[str]:
    """Return operations of a connector that no capability stands for."""
    declared = connector.manifest.capabilities
    beside = {name for name, one in BESIDE.items() if one in declared}
    return sorted(set(connector.operations) - set(OPERATIONS.values()) - beside)


def manifest_faults(manifest: Manifest, *, today: date) -> list[str]:
    """Return what is wrong with a manifest, a sentence each; nothing for a true one."""
    written = kinds_written(manifest)
    wrong = [] if _KEY.fullmatch(manifest.key) else ["key: lower-case letters, digits and _ only"]
    wrong += [] if manifest.vendor and manifest.api_version else ["vendor or api_version is empty"]
    if manifest.contract_version.partition(".")[0] != CONTRACT_VERSION.partition(".")[0]:
        wrong.append(f"contract_version: this gateway speaks {CONTRACT_VERSION}")
    if manifest.documented > today:
        wrong.append("documented: the vendor's reference was read in the future")
    limit = manifest.rate_limit
    if limit is not None and (limit.calls < 1 or limit.per_s <= 0):
        wrong.append("rate_limit: calls and per_s must be positive")
    wrong += _batch_faults("write_batch", manifest.write_batch, written)
    wrong += _batch_faults("read_batch", manifest.read_batch, kinds_read(manifest))
    if not (manifest.probes | manifest.assigns_keys) <= set(written):
        wrong.append("probes and assigns_keys: only kinds with a writer")
    if not manifest.capabilities:
        wrong.append("capabilities: none; a connector must be able to do something")
    return wrong


def _batch_faults(name: str, batches: Mapping[Kind, int], kinds: list[Kind]) -> list[str]:
    lacking = sorted(kind for kind in kinds if batches.get(kind, 0) < 1)
    surplus = sorted(kind for kind in batches if kind not in kinds)
    wrong = [f"{name}.{kind}: must be at least 1" for kind in lacking]
    return wrong + [f"{name}.{kind}: no such capability is declared" for kind in surplus]
