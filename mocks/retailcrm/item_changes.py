"""What an edit did to an order's lines, as history records (reference, 8.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocks.retailcrm.feed import differences
from mocks.retailcrm.item import Item


def item_changes(
    before: Mapping[int, tuple[Item, Mapping[str, Any]]], now: Sequence[Item]
) -> list[dict[str, Any]]:
    """Return the records of lines removed, added and changed."""
    rows: list[dict[str, Any]] = []
    present = {item.id for item in now}
    for number, (item, _) in before.items():
        if number not in present:
            rows.append(
                {
                    "field": "order_product",
                    "oldValue": {"id": number},
                    "newValue": None,
                    "item": item.stub(),
                }
            )
    for item in now:
        if item.id not in before:
            rows.append(
                {
                    "field": "order_product",
                    "oldValue": None,
                    "newValue": {"id": item.id},
                    "item": item.stub(),
                }
            )
            continue
        for code, old, new in differences(dict(before[item.id][1]), item.facts()):
            rows.append(
                {
                    "field": f"order_product.{code}",
                    "oldValue": old,
                    "newValue": new,
                    "item": item.stub(),
                }
            )
    return rows
