"""The matrix of faults of 1C over OData: each write, each of its calls, one effect at the end."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from connectors.onec.values import own_reference
from gateway.canonical import Kind, Order, ProductRef
from gateway.contract import Operation
from gateway.contract.operations import BONUS_POST
from gateway.testing.samples import sample
from mocks.onec import demo
from tests.connectors import fault_matrix
from tests.connectors.bench import Bench, Copy
from tests.connectors.fault_matrix import cells, settled, written

LOCKED = (
    '{"#exception":"{http://v8.1c.ru/8.2/virtual-resource-system}Exception","exception":'
    '{"reason":403,"descr":"HTTP: Forbidden","inner":{"descr":"Начало сеанса запрещено"}}}'
)
TROUBLES: Mapping[str, Mapping[str, Any]] = {
    **fault_matrix.TROUBLES,
    "no session": {"kind": "status", "status": 406},
    "locked": {"kind": "status", "status": 403, "body": LOCKED},
}
ENTITIES = {
    Kind.CUSTOMER: "Catalog_Партнеры",
    Kind.CARD: "Catalog_КартыЛояльности",
    Kind.ORDER: "Document_ЗаказКлиента",
}


async def rows(base: Bench, entity: str, **where: Any) -> list[dict[str, Any]]:
    """Return objects of the base."""
    found: list[dict[str, Any]] = (await base.act("inspect", entity=entity, **where))["rows"]
    return found


@pytest.mark.parametrize("kind", ENTITIES)
async def test_a_record_is_made_once_whatever_breaks(base: Bench, kind: Kind) -> None:
    """A buyer would be there twice, an order be delivered twice, or neither ever come."""
    wrong, met = [], 0
    for name, rules, number in cells(TROUBLES):
        key = f"m-01hzx00000000000000{kind}-{number}"
        snapshot = sample(kind, number)
        if isinstance(snapshot, Order):
            goods = {"product": ProductRef(external_id=demo.PRODUCT)}
            lines = tuple(one.model_copy(update=goods) for one in snapshot.lines)
            snapshot = snapshot.model_copy(update={"lines": lines})
        change, before = (
            base.change(kind, Copy(key), snapshot),
            len(await rows(base, ENTITIES[kind])),
        )

        await base.faults(*rules)
        met += await written(base.connector, kind, change)
        await base.faults()
        made = await rows(base, ENTITIES[kind], key=own_reference(key))
        if len(made) != 1 or len(await rows(base, ENTITIES[kind])) != before + 1:
            wrong.append(name)
        if kind is Kind.ORDER and not all(row["Posted"] for row in made):
            wrong.append(f"{name}: not posted")
    assert wrong == []
    assert met >= 2 * len(TROUBLES)


async def test_points_move_once_whatever_breaks(base: Bench) -> None:
    """A gift of points would be given twice, or never."""
    performer, wrong, met = base.connector.operations[BONUS_POST], [], 0
    entity = "Document_НачислениеИСписаниеБонусныхБаллов"
    payload = {"customer_external_id": demo.PARTNER, "kind": "accrue", "points": "56"}

    async def moved() -> Decimal:
        posted = await rows(base, entity, where={"Posted": True})
        points = [Decimal(str(one["Баллы"])) for row in posted for one in row["Начисление"]]
        return sum(points, Decimal(0))

    for name, rules, number in cells(TROUBLES):
        operation, before = Operation(f"matrix-{number}", BONUS_POST, payload), await moved()
        await base.faults(*rules)
        met += await settled(
            lambda operation=operation: performer.perform(operation),  # type: ignore[misc]
            lambda operation=operation: performer.find(operation.key),  # type: ignore[misc]
        )
        await base.faults()
        if await moved() != before + 56:
            wrong.append(name)
    assert wrong == []
    assert met == 2 * len(TROUBLES)
