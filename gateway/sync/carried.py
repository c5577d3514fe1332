"""Carried: a record that came with its message, on its way through the inbox.

Packed as plain JSON, because the store seals JSON; the fields are the flat map of
``gateway.canonical.paths``, so nothing but what the source spoke about is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.canonical import Kind
from gateway.canonical.paths import MODELS, folded, spoken
from gateway.contract import Observed


def packed(observed: Observed[Any]) -> dict[str, Any]:
    """Return an observation as JSON, without its external id, which the inbox row has."""
    changed_at = observed.changed_at
    return {
        "fields": spoken(observed.entity),
        "key": observed.key,
        "changed_at": changed_at.isoformat() if changed_at else None,
        "version": observed.version,
        "customer": observed.customer_external_id,
        "deleted": observed.deleted,
        "merged_into": observed.merged_into,
        "remarks": list(observed.remarks),
        "sequence": observed.sequence,
    }


def unpacked(kind: Kind, external_id: str, carried: Mapping[str, Any]) -> Observed[Any]:
    """Return what ``packed`` took."""
    changed_at = carried["changed_at"]
    return Observed(
        external_id=external_id,
        entity=folded(MODELS[kind], carried["fields"]),
        key=carried["key"],
        changed_at=datetime.fromisoformat(changed_at) if changed_at else None,
        version=carried["version"],
        customer_external_id=carried["customer"],
        deleted=carried["deleted"],
        merged_into=carried["merged_into"],
        remarks=tuple(carried["remarks"]),
        sequence=carried["sequence"],
    )
