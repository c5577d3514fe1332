"""Erasure in the store: nothing of the person is left in any table, and nothing of others goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Kind, Order
from gateway.canonical.order import OrderStatus
from gateway.contract import Operation
from gateway.contract.operations import CUSTOMER_ERASE, CustomerErasure, payload_of
from gateway.identity.erasing.service import Erasing
from gateway.identity.erasing.wipe import ErasureBusy, ErasureRefused, Wiper
from gateway.ops.report_settling import forget
from gateway.ports import DeliveryState, ErasureRow, ErasureState, OperationRow, SaleProgress
from gateway.store import Sealer, SqlStore
from gateway.store.erasing import BY_ID, places
from gateway.store.tables import metadata
from gateway.sync.account import Account, Flow
from gateway.sync.apply import Applier
from gateway.sync.circuit import Circuit, CircuitPolicy
from gateway.sync.ownership import Ownership
from tests.gateway.identity.erasing.planting import (
    ABSORBED,
    CARD_ID,
    DIGESTER,
    ORDER,
    PHONE,
    STRANGER,
    WHO,
    found_in,
    neighbour,
    plant,
    readable,
)
from tests.gateway.sync.vendors import DictConnector, Vendor
from tests.store.rows import HeldClock

HOLDING = frozenset(
    {
        "approval", "dead_letter", "entity", "event", "house_member", "house_sale",
        "journal", "link", "one_time_code", "operation", "person_merge", "sale",
    }
)  # fmt: skip
DAY_S = 86_400.0


class _Erasing:
    """A vendor's own erasure; only its presence counts here."""

    async def perform(self, operation: Operation) -> dict[str, Any]:
        """Do nothing."""
        return dict(operation.payload)

    async def find(self, key: str) -> None:
        """Know nothing."""


def erasing(store: SqlStore, clock: Any, *, keep_days: int = 30) -> Erasing:  # noqa: ANN401 - held
    """Return the service over a CRM that can erase and a site that cannot."""
    accounts = {}
    for name in ("crm", "site"):
        connector = DictConnector(Vendor(name, Kind.CUSTOMER, clock, lambda one, _: one))
        connector.operations = {CUSTOMER_ERASE: _Erasing()} if name == "crm" else {}
        circuit = Circuit(CircuitPolicy(failures=9), clock)
        accounts[name] = Account(name, connector, Flow(), circuit)
    applier = Applier(
        accounts, Ownership(), DIGESTER, clock, lambda kind: f"{kind[0]}-new", lambda: "l-new",
    )  # fmt: skip
    wiper = Wiper(applier, forget, lambda phones, _: [f"sms:{one}" for one in phones], keep_days)
    return Erasing(store, clock, wiper, lambda: "e-1", lambda _: None)


async def settle(store: SqlStore, clock: HeldClock, **result: Any) -> None:
    """Let the CRM answer."""

    def work(tx: Any) -> None:  # noqa: ANN401 - the transaction
        now = clock.now()
        for row in tx.claim_operations("crm", now=now, holder="h", until=now, limit=9):
            done = OperationRow(
                row.key, row.name, row.account, DeliveryState.DONE, row.due_at, row.payload,
                row.entity_id, result=result,
            )  # fmt: skip
            tx.settle_operation(done, holder="h")

    await store.run(work)


async def begun(service: Erasing, **wish: Any) -> ErasureRow:
    """Erase him."""
    return await service.begin(WHO, who="olga", reason="request 17", **wish)


def test_every_table_that_can_hold_a_person_is_considered() -> None:
    """A table of tomorrow would keep him for ever, and nobody would know."""
    sealed = {
        name
        for name, table in metadata.tables.items()
        if any(type(column.type).__name__ == "LargeBinary" for column in table.columns)
    }
    assert sealed == {*places(), *BY_ID}


async def test_no_trace_is_left_in_any_table(
    store: SqlStore, clock: HeldClock, url: str, sealer: Sealer
) -> None:
    """P8: what is left of a person who asked to be forgotten is a fine."""
    await store.run(plant)
    await store.run(neighbour)
    assert found_in(url, sealer) >= HOLDING, "the person was not planted where he can be"
    others = {text for _, text in readable(url, sealer) if "9990001122" in text}
    service = erasing(store, clock)
    row = await begun(service)
    assert row.state is ErasureState.ASKING
    await settle(store, clock, left=["orders"])
    clock.move(60)
    assert await service.work_off() == 1
    assert found_in(url, sealer) == set()
    after = {text for _, text in readable(url, sealer)}
    assert others <= after, "somebody else lost something"


async def test_the_protocol_says_what_was_done_where(store: SqlStore, clock: HeldClock) -> None:
    """Whoever is asked by the regulator must show it."""
    await store.run(plant)
    service = erasing(store, clock)
    row = await begun(service)
    operation = (await store.read(lambda tx: tx.operations([f"erase:{row.id}:crm"])))[
        f"erase:{row.id}:crm"
    ]
    payload = payload_of(CustomerErasure, Operation("k", operation.name, operation.payload))
    assert sorted(payload.customer_external_ids) == ["17", "18"]
    assert payload.order_external_ids == ("700",)
    await settle(store, clock, left=["orders"])
    clock.move(60)
    await service.work_off()
    done = await store.read(lambda tx: tx.erasure(row.id))
    assert done is not None
    assert done.state is ErasureState.DONE
    assert done.record["there"]["crm"] | {"key": ""} == {
        "outcome": "erased", "why": "", "key": "", "records": 2, "left": ["orders"],
        "done_by": "", "done_at": "",
    }  # fmt: skip
    assert done.record["there"]["site"]["outcome"] == "by_hand"
    assert done.record["there"]["site"]["why"] == "no_call"
    assert done.sought == {"reason": "request 17"}
    assert {"customer", "order", "card", "operation", "dead_letter", "sale"} <= set(
        done.record["here"]
    )


async def test_a_receipt_keeps_its_money_until_its_day(store: SqlStore, clock: HeldClock) -> None:
    """The tax office asks for five years; the person asks today."""
    await store.run(plant)
    service = erasing(store, clock)
    await begun(service)
    kept = (await store.read(lambda tx: tx.entities([ORDER])))[ORDER]
    bought = kept.entity
    assert isinstance(bought, Order)
    assert (kept.deleted, bought.number, str(bought.goods_total().amount)) == (True, "A-17", "0.00")
    assert bought.lines[0].price is not None
    assert (bought.contact, bought.customer_comment, bought.card_number) == (None, None, None)
    await settle(store, clock)
    clock.move(60)
    await service.work_off()
    assert await service.work_off() == 0, "nothing is due before the day"
    clock.move(31 * DAY_S)
    assert await service.work_off() == 1
    rows = await store.read(lambda tx: tx.entities([ORDER, CARD_ID, WHO, ABSORBED]))
    assert len(rows) == 4
    assert not any(one.fields for one in rows.values())


async def test_who_is_erased_is_not_erased_again(store: SqlStore, clock: HeldClock) -> None:
    """Two operators would ask every vendor twice."""
    await store.run(plant)
    service = erasing(store, clock)
    first, again = await begun(service), await begun(service)
    assert first.id == again.id
    with pytest.raises(ErasureRefused):
        await service.look(WHO)


async def test_orders_under_way_are_delivered_first(store: SqlStore, clock: HeldClock) -> None:
    """A courier would stand there without an address."""
    await store.run(lambda tx: plant(tx, status=OrderStatus.DELIVERY))
    service = erasing(store, clock)
    with pytest.raises(ErasureRefused, match="under way"):
        await begun(service)
    assert (await begun(service, despite=True)).state is ErasureState.ASKING


async def test_what_is_being_sent_is_waited_for(store: SqlStore, clock: HeldClock) -> None:
    """Its answer would bring him back."""
    await store.run(plant)
    now = clock.now()
    await store.run(lambda tx: tx.claim("crm", [WHO], now=now, holder="h", until=now))
    with pytest.raises(ErasureBusy):
        await begun(erasing(store, clock))


async def test_a_sale_that_is_not_settled_is_come_back_to(
    store: SqlStore, clock: HeldClock, url: str, sealer: Sealer
) -> None:
    """Points of a sale under way would go to nobody, or his phone would stay in it."""
    await store.run(plant)
    sale = (await store.read(lambda tx: tx.sales(["till:1"])))["till:1"]
    open_one = replace(sale, version=2, progress=SaleProgress.COMMITTING)
    await store.run(lambda tx: tx.put_sales([open_one]))
    service = erasing(store, clock)
    assert (await begun(service)).state is ErasureState.SEARCHING
    assert "sale" in found_in(url, sealer)
    await store.run(lambda tx: tx.put_sales([replace(sale, version=3)]))
    clock.move(60)
    await service.work_off()
    assert "sale" not in found_in(url, sealer)


async def test_a_familys_phone_takes_nothing_from_the_other(
    store: SqlStore, clock: HeldClock
) -> None:
    """Erasing a wife would withdraw her husband's messages."""
    await store.run(plant)
    digest = DIGESTER.digest("phone", PHONE)
    await store.run(neighbour)
    await store.run(lambda tx: tx.put_matches({STRANGER: [digest]}))
    await begun(erasing(store, clock))
    operation = (await store.read(lambda tx: tx.operations(["note-1"])))["note-1"]
    assert operation.payload["to"] == PHONE


async def test_an_older_backup_is_followed_by_the_erasure(
    store: SqlStore, clock: HeldClock, url: str, sealer: Sealer
) -> None:
    """The forgotten would be back with the first restore."""
    await store.run(plant)
    service = erasing(store, clock)
    assert await service.again(WHO, "e-0", who="olga", reason="restore")
    assert not await service.again(WHO, "e-0", who="olga", reason="restore")
    await settle(store, clock)
    clock.move(60)
    await service.work_off()
    assert found_in(url, sealer) == set()
    done = await store.read(lambda tx: tx.erasure("e-0"))
    assert done is not None
    assert done.state is ErasureState.DONE
