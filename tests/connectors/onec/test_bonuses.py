"""Points of 1C: posted by a document, once whatever is cut off."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import (
    Kind,
)
from gateway.contract import Operation, Rejected
from gateway.contract.operations import BONUS_POST
from mocks.onec import demo
from tests.connectors.bench import Bench


async def inspected(base: Bench, entity: str, key: str | None) -> dict[str, Any]:
    """Return an object as the base has it."""
    (found,) = (await base.act("inspect", entity=entity, key=key))["rows"]
    row: dict[str, Any] = found
    return row


async def test_points_are_posted_once_whatever_is_lost(base: Bench) -> None:
    """A cut connection accrues the welcome points twice."""
    performer = base.connector.operations[BONUS_POST]
    payload = {
        "customer_external_id": demo.PARTNER, "kind": "accrue", "points": "56",
        "reason": "анкета",
    }  # fmt: skip
    operation = Operation("welcome-1", BONUS_POST, payload)
    before = await performer.find("welcome-1")
    await performer.perform(operation)
    await performer.perform(operation)
    found = await performer.find("welcome-1")
    partner = await base.look(Kind.CUSTOMER, demo.PARTNER)

    assert before is None
    assert found is not None
    documents = await base.act(
        "inspect", entity="Document_НачислениеИСписаниеБонусныхБаллов",
        where={"Комментарий": "gateway:welcome-1"},
    )  # fmt: skip
    assert len(documents["rows"]) == 1
    assert partner.entity.bonuses


async def test_document_that_was_not_posted_is_posted_when_it_is_looked_for(base: Bench) -> None:
    """The document is there and its points are not: it was cut off between the two calls."""
    performer = base.connector.operations[BONUS_POST]
    payload = {"customer_external_id": demo.PARTNER, "kind": "accrue", "points": "56"}
    await base.act("posting.refuse", text="Блокировка", times=1)
    with pytest.raises(Rejected):
        await performer.perform(Operation("w-2", BONUS_POST, payload))
    found = await performer.find("w-2")

    assert found is not None
    row = await inspected(
        base, "Document_НачислениеИСписаниеБонусныхБаллов", str(found["document"])
    )
    assert row["Posted"] is True
