"""A bad day: cut connections and refusals while records are created and edited."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import Customer, EmailContact, Kind, PersonName, PhoneContact
from gateway.canonical.paths import known, spoken
from gateway.contract import Change, ConnectorError, Disposition, Exists, Failed, Observed, Written
from tests.connectors.bitrix.samples import whole_order
from tests.connectors.bitrix.world import World, creation, edit

COUNT = 30
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "cut_after", "path": "rest", "probability": 0.25},
    {"kind": "cut_before", "path": "rest", "probability": 0.1},
    {"kind": "status", "status": 503, "path": "rest", "probability": 0.1},
    {"kind": "status", "status": 502, "path": "rest", "probability": 0.1},
)


async def looked_at(world: World, kind: Kind, external_id: str) -> Observed[Any]:
    """Read a record, whatever the weather."""
    for _ in range(100):
        try:
            reading = await world.connector.readers[kind].get([external_id])
        except ConnectorError:
            continue
        return reading.items[0]
    pytest.fail("the record could not be read")


async def delivered(world: World, kind: Kind, changes: list[Change[Any]]) -> dict[str, str]:
    """Write until all have arrived, probing what is unknown first; return ids by key."""
    writer = world.connector.writers[kind]
    left = {change.key: change for change in changes}
    arrived: dict[str, str] = {}
    unknown: set[str] = set()
    for _ in range(300):
        try:
            doubtful = [key for key in unknown if left[key].external_id is None]
            for key, external_id in (await writer.find(doubtful)).items():
                seen = await looked_at(world, kind, external_id)
                left[key] = edit(world.connector, seen, left[key].entity, key=key)
            outcomes = list(await writer.write(list(left.values())))
        except ConnectorError as error:
            outcomes = [Failed(error)] * len(left)
        unknown = set()
        for key, outcome in zip(list(left), outcomes, strict=True):
            if isinstance(outcome, Exists):
                seen = await looked_at(world, kind, outcome.external_id)
                left[key] = edit(world.connector, seen, left[key].entity, key=key)
                continue
            if isinstance(outcome, Written):
                arrived[key] = outcome.external_id
                del left[key]
                continue
            assert outcome.error.disposition is not Disposition.DEAD_LETTER, outcome.error
            if outcome.error.disposition is Disposition.RECONCILE:
                unknown.add(key)
        if not left:
            return arrived
    pytest.fail(f"{len(left)} of {len(changes)} never arrived")


async def test_orders_survive_a_bad_day_once_each(world: World) -> None:
    """A lost answer would double an order or its rows, or leave one half made."""
    changes = [
        creation(world.connector, f"o-01jsoaksoaksoaksoak{n:02d}", whole_order())
        for n in range(COUNT)
    ]
    await world.fault(*FAULTS)
    arrived = await delivered(world, Kind.ORDER, changes)
    await world.fault()
    rows = (await world.shop.result("sale.order.list", {"start": 0}))["orders"]
    assert sorted(row["xmlId"] for row in rows) == sorted(arrived)
    for change in changes:
        observed = await world.order(arrived[change.key])
        assert known(spoken(observed.entity)) == known(spoken(change.entity))
    await world.fault(*FAULTS)
    edits = []
    for change in changes:
        line = change.entity.lines[0].model_copy(update={"quantity": Decimal(4)})
        wanted = change.entity.model_copy(update={"lines": (line,), "manager_comment": "Ещё раз"})
        seen = replace(observed, entity=change.entity, external_id=arrived[change.key])
        edits.append(edit(world.connector, seen, wanted, key=change.key))
    await delivered(world, Kind.ORDER, edits)
    await world.fault()
    for change in edits:
        observed = await world.order(arrived[change.key])
        assert known(spoken(observed.entity)) == known(spoken(change.entity))


async def test_customers_survive_a_bad_day_once_each(world: World) -> None:
    """A lost answer would double a person, or have him refused as his own duplicate."""
    changes = [
        creation(
            world.connector,
            f"c-01jsoaksoaksoaksoak{n:02d}",
            Customer(
                name=PersonName(last="Щукина", first=f"Алёна {n}"),
                phones=(PhoneContact(number=f"+791600000{n:02d}", rank=0),),
                emails=(EmailContact(address=f"alyona{n}@example.ru", rank=0),),
            ),
        )
        for n in range(COUNT)
    ]
    await world.fault(*FAULTS)
    arrived = await delivered(world, Kind.CUSTOMER, changes)
    await world.fault()
    people = (await world.shop.result("gateway.user.list", {"limit": 500}))["items"]
    keys = sorted(person["xmlId"] for person in people if person["xmlId"])
    assert keys == sorted(arrived)
