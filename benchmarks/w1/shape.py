"""Message translator: the one conversion from the source's shape to the sink's, for all peers.

A pure function on dictionaries, without a model library: no peer pays for another one's choice.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson

_KOPECK = Decimal("0.01")
STATES = {
    "new": "NEW",
    "approval": "CHECK",
    "assembling": "PACKING",
    "delivery": "ON_WAY",
    "complete": "DONE",
    "cancelled": "CANCELLED",
    "returned": "RETURNED",
}
"""Stages of the canonical model in the sink's words."""

FIELDS = frozenset(
    {
        "externalId", "version", "number", "state", "firstName", "lastName", "phone", "email",
        "total", "items", "comment",
    }
)  # fmt: skip
"""Field names of the sink's shape, all of them required."""


def to_sink(event: Mapping[str, Any]) -> dict[str, Any]:
    """Convert one event of the source to the sink's flat order.

    Units: ``price`` and ``total`` are decimal texts in roubles with two decimals; every line is
    rounded half up before it is added, as the canonical model does it.
    """
    entity = event["entity"]
    contact = entity["contact"]
    return {
        "externalId": event["id"],
        "version": event["version"],
        "number": entity["number"],
        "state": STATES[entity["status"]],
        "firstName": contact["name"]["first"],
        "lastName": contact["name"]["last"],
        "phone": contact["phone"],
        "email": contact["email"],
        "total": str(_total(entity["lines"])),
        "items": [
            {
                "sku": line["product"]["sku"],
                "name": line["product"]["name"],
                "qty": line["quantity"],
                "price": line["price"]["amount"],
            }
            for line in entity["lines"]
        ],
        "comment": entity["customer_comment"],
    }


def checksum(order: Mapping[str, Any]) -> int:
    """Return a number that two orders of the sink's shape share when all of their fields do."""
    return zlib.crc32(orjson.dumps(order, option=orjson.OPT_SORT_KEYS))


def _total(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    total = Decimal("0.00")
    for line in lines:
        amount = Decimal(line["price"]["amount"]) * Decimal(line["quantity"])
        total += amount.quantize(_KOPECK, ROUND_HALF_UP)
    return total
