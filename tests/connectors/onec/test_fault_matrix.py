"""The matrix of faults: each write, each of its calls, each trouble; one effect at the end.

A write that failed is made again as the core makes it: looked up by its key when it may have had
its effect, and repeated under the same key when it is not found.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from connectors.onec.values import own_reference
from gateway.canonical import Kind, Order, ProductRef
from gateway.contract import Failed, Operation, OutcomeUnknown, TransientError
from gateway.contract.operations import BONUS_POST
from gateway.testing.samples import sample
from mocks.onec import demo
from tests.connectors.bench import Bench, Copy

CALLS = 4
"""As many calls of a write are hit, one after another: looking up, making, posting."""
LOCKED = (
    '{"#exception":"{http://v8.1c.ru/8.2/virtual-resource-system}Exception","exception":'
    '{"reason":403,"descr":"HTTP: Forbidden","inner":{"descr":"Начало сеанса запрещено"}}}'
)
PAGE = {"body": "<html></html>", "content_type": "text/html"}
TROUBLES: Mapping[str, Mapping[str, Any]] = {
    "cut before": {"kind": "cut_before"},
    "cut after": {"kind": "cut_after"},
    "proxy": {"kind": "status", "status": 503},
    "no session": {"kind": "status", "status": 406},
    "locked": {"kind": "status", "status": 403, "body": LOCKED},
    "page": {"kind": "status", "status": 200, **PAGE},
    "failure of the platform": {"kind": "status", "status": 500, **PAGE},
}
ENTITIES = {
    Kind.CUSTOMER: "Catalog_Партнеры",
    Kind.CARD: "Catalog_КартыЛояльности",
    Kind.ORDER: "Document_ЗаказКлиента",
}


def cells() -> Iterator[tuple[str, list[dict[str, Any]], int]]:
    """Go through the matrix: name, rules of the double, number."""
    number = 0
    for name, trouble in TROUBLES.items():
        for call in range(CALLS):
            number += 1
            passed = [{"kind": "delay", "delay_s": 0.0, "times": call}] if call else []
            yield f"{name}, call {call + 1}", [*passed, {**trouble, "times": 1}], number


async def settled(
    attempt: Callable[[], Awaitable[object]], look: Callable[[], Awaitable[object]]
) -> int:
    """Attempt it until it is done, as the core does, and return how often it failed before.

    Raises what is neither transient nor doubt.
    """
    for failures in range(3):
        try:
            await attempt()
        except OutcomeUnknown:
            if await look():
                return failures + 1
        except TransientError:
            continue
        else:
            return failures
    pytest.fail("the write never ends")


async def rows(base: Bench, entity: str, **where: Any) -> list[dict[str, Any]]:
    """Return objects of the base."""
    found: list[dict[str, Any]] = (await base.act("inspect", entity=entity, **where))["rows"]
    return found


@pytest.mark.parametrize("kind", ENTITIES)
async def test_a_record_is_made_once_whatever_breaks(base: Bench, kind: Kind) -> None:
    """A buyer would be there twice, an order be delivered twice, or neither ever come."""
    writer, wrong, met = base.connector.writers[kind], [], 0
    for name, rules, number in cells():
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

        async def attempt(change: Any = change) -> None:  # noqa: ANN401 - of any kind
            (outcome,) = await writer.write([change])
            if isinstance(outcome, Failed):
                raise outcome.error

        await base.faults(*rules)
        met += await settled(attempt, lambda key=key: writer.find([key]))  # type: ignore[misc]
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

    for name, rules, number in cells():
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
