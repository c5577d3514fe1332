"""The matrix of faults of RetailCRM: each write, each of its calls, one effect at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.canonical import Canonical, Kind
from tests.connectors.fault_matrix import TROUBLES, cells, written

from .conftest import Bench, Copy, count
from .samples import customer, order

MAKE: dict[Kind, Callable[..., Canonical]] = {Kind.CUSTOMER: customer, Kind.ORDER: order}
REFUSED = {"body": '{"success":false,"errorMsg":"Internal error"}'}
OWN: dict[str, dict[str, Any]] = {
    **{name: dict(rule) for name, rule in TROUBLES.items()},
    "vendor's own failure": {"kind": "status", "status": 500, **REFUSED},
    "limit": {"kind": "status", "status": 503, **REFUSED},
}


@pytest.mark.parametrize("kind", MAKE)
async def test_a_record_is_made_once_whatever_breaks(bench: Bench, kind: Kind) -> None:
    """A buyer would be there twice, an order be delivered twice, or neither ever come."""
    writer, wrong, met = bench.connector.writers[kind], [], 0
    for name, rules, number in cells(OWN):
        more = {"number": f"Ш-{number}", "payments": ()} if kind is Kind.ORDER else {}
        change = bench.change(kind, Copy(f"{kind[0]}-01jd7fhq3v9m{number:04}"), MAKE[kind](**more))
        before = await count(bench, kind)
        await bench.faults(*rules)
        met += await written(bench.connector, kind, change)
        await bench.faults()
        if await count(bench, kind) != before + 1 or not await writer.find([change.key]):
            wrong.append(name)
    assert wrong == []
    assert met >= len(OWN)
