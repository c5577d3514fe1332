"""What a till closed while it was alone: in order, once, and a bad one spares its neighbours."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from gateway.contract import Refund, Sale
from tests.gateway.ingress.pos.served import PHONE, PLANTED, basket, line, opened

BACK = {"kind": "return", "id": "r-1", "sale_id": "s-1", "at": "2026-11-30T11:00:00"}


def closed(**changes: Any) -> dict[str, Any]:
    """Return a receipt."""
    return {"kind": "sale", **basket(**changes)}


async def test_receipts_arrive_in_their_order_and_once() -> None:
    """A return before its sale is refused, and a batch that is repeated would count twice."""
    async with opened() as served:
        batch = {"receipts": [closed(), closed(id="s-2"), BACK]}
        first = (await served.call("/pos/v1/receipts", batch)).json()["results"]
        assert [(one["index"], one["id"], one["taken"]) for one in first] == [
            (0, "s-1", True), (1, "s-2", True), (2, "r-1", True),
        ]  # fmt: skip
        told = [one for one in served.service.asked if isinstance(one, Sale | Refund)]
        assert list(dict.fromkeys(one.id for one in told)) == ["s-1", "s-2", "r-1"]
        again = (await served.call("/pos/v1/receipts", batch)).json()["results"]
        assert [one["deal"]["replayed"] for one in again] == [True, True, True]
        assert served.service.points["m-1"] == Decimal(121)


async def test_a_bad_receipt_spares_its_neighbours() -> None:
    """One receipt that cannot be read would hold up all that were closed after it."""
    async with opened() as served:
        batch = {
            "receipts": [
                closed(lines=[line(quantity=-1)], total=...),
                closed(id="s-2"),
                {"kind": "gift", "member": {"phone": PHONE}},
                closed(id="s-3", at="2036-01-01T00:00:00"),
                {**BACK, "sale_id": "s-404"},
            ]
        }
        answer = await served.call("/pos/v1/receipts", batch)
        results = answer.json()["results"]
        assert [one["taken"] for one in results] == [False, True, False, False, False]
        wrong = [
            one["problem"] and [error["path"] for error in one["problem"]["errors"]]
            for one in results
        ]
        assert wrong == [["lines[0].quantity"], None, ["kind"], ["at"], None]
        assert results[4]["deal"]["stage"] == "refused"
        assert results[4]["deal"]["cause"]
        assert "till.receipts_refused" in served.log.getvalue()
        told = json.dumps(results, ensure_ascii=False) + served.log.getvalue()
        assert not [secret for secret in PLANTED if secret in told]


async def test_a_batch_of_bad_receipts_asks_nothing() -> None:
    """An empty batch is no call of the service."""
    async with opened() as served:
        answer = await served.call("/pos/v1/receipts", {"receipts": [{}]})
        assert [one["taken"] for one in answer.json()["results"]] == [False]
        assert served.service.asked == []
