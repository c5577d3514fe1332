"""Payloads of operations, how the core performs them, and what their effect is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.contract import Operation, OutcomeUnknown
from gateway.contract.errors import Unavailable
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import AnyJson, balance, drained, inspected

NOON = datetime(2026, 3, 1, 9, 58, 2, tzinfo=UTC)
DEVICE = "2f6b1b0e-8f53-4f0e-9f55-0d2e4a7f6c11"
OLGA = "500123"
LINES = [
    {
        "id": "1",
        "product": {"external_id": "SKU-9002"},
        "quantity": "2",
        "base_price": {"amount": "800", "currency": "RUB"},
        "price": {"amount": "720", "currency": "RUB"},
    },
    {
        "id": "2",
        "product": {"external_id": "SKU-9003"},
        "quantity": "1",
        "price": {"amount": "300", "currency": "RUB"},
    },
]
SALE: dict[str, Any] = {
    "id": "A-1543",
    "kind": "sale",
    "shop": "S-07",
    "till": "S-07/2",
    "closed_at": "2026-02-28T17:41:09Z",
    "card_number": "2900000012345",
    "lines": LINES,
    "payments": [{"id": "p", "method": "cash", "amount": {"amount": "1740", "currency": "RUB"}}],
    "total": {"amount": "1740", "currency": "RUB"},
}
RETURN: dict[str, Any] = SALE | {
    "id": "R-1",
    "kind": "return",
    "returned_receipt_id": "A-1543",
    "lines": LINES[1:],
    "total": {"amount": "300", "currency": "RUB"},
}
POSTING = {"customer_external_id": OLGA, "kind": "accrue", "points": "150", "reason": "Компенсация"}
POOL = {
    "pool": "pool-may",
    "codes": ["MAY-1", "MAY-2", "MAY-3"],
    "valid_from": "2026-05-01T00:00:00Z",
    "valid_to": "2026-06-01T00:00:00Z",
}
BASKET: dict[str, Any] = {
    "event": {
        "id": "e-1",
        "kind": "basket_changed",
        "at": "2026-03-01T09:00:00Z",
        "visitor_id": DEVICE,
        "lines": LINES,
    },
    "customer_external_id": OLGA,
}
WISH: dict[str, Any] = {
    "event": {
        "id": "e-2",
        "kind": "availability_wanted",
        "at": "2026-03-01T09:00:00Z",
        "visitor_id": DEVICE,
        "product": {"external_id": "SKU-9004"},
    },
    "customer_external_id": OLGA,
}
MERGE = {"survivor": OLGA, "losers": ["500124"]}
IMPORTED = [
    ("DirectCrm.PromoCodeTypes.Import", "Done"),
    ("DirectCrm.PromoCodes.Import", "Done"),
]


async def perform(
    project: Bench, name: str, payload: Mapping[str, Any], *, key: str = "op-1"
) -> AnyJson:
    """Perform an operation once."""
    performer = project.connector.operations[name]
    return await performer.perform(Operation(key, name, payload))


async def until_done(project: Bench, name: str, payload: Mapping[str, Any]) -> list[str]:
    """Perform an operation as the core does: look up an unknown outcome, then repeat.

    Returns the names of the errors on the way.
    """
    errors = []
    for _ in range(4):
        try:
            await perform(project, name, payload)
        except (Unavailable, OutcomeUnknown) as error:
            errors.append(type(error).__name__)
            if isinstance(error, OutcomeUnknown):
                assert await project.connector.operations[name].find("op-1") is None
            continue
        await drained(project)
        return errors
    pytest.fail("it is never done")


async def points_effect(project: Bench) -> object:
    """Return the points."""
    return await balance(project)


async def orders_effect(project: Bench) -> object:
    """Return sums and statuses of the orders."""
    rows = await inspected(project, "orders")
    return [
        (row["totalPrice"], [one["status"]["ids"]["externalId"] for one in row["lines"]])
        for row in rows
    ]


async def codes_effect(project: Bench) -> object:
    """Return the codes of the pool, and how many files were processed."""
    codes = await inspected(project, "promoCodes")
    jobs = await inspected(project, "jobs")
    own = sorted(one["ids"]["value"] for one in codes if one["ids"]["value"].startswith("MAY-"))
    return own, [(job["operation"], job["state"]) for job in jobs]


async def lists_effect(project: Bench) -> object:
    """Return the lists of products."""
    return [
        (row["list"], [(one["product"]["ids"]["website"], one["count"]) for one in row["items"]])
        for row in await inspected(project, "lists")
    ]


async def people_effect(project: Bench) -> object:
    """Return who is there."""
    return [row["ids"]["mindboxId"] for row in await inspected(project, "customers")]
