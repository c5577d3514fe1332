"""Idempotency keys, the asynchronous queue, limits (sections 4 and 5)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.mocks.mindbox.project import OLGA, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Project

BALANCE = "Website.GetCustomerBalance"
GUID = "7b0d5bb7-93a9-4bd8-8a41-3a3d4b7c0001"


async def test_large_calculations_may_be_a_tenth(demo: Project) -> None:
    """One is always allowed; the second needs nineteen small ones within two minutes (4.4)."""
    small = {"order": {"lines": [_line(1)]}}
    large = {"order": {"lines": [_line(at) for at in range(1, 52)]}}
    await demo.call("Offline.AnonymousPreorder", large)
    status, text = await demo.refused("Offline.AnonymousPreorder", large)
    assert (status, text) == (
        429,
        (
            "Too many requests. Only 10% of calculations for orders with over 50 lines "
            "per 2 minute(s) are allowed."
        ),
    )
    for _ in range(18):
        await demo.call("Offline.AnonymousPreorder", small)
    await demo.call("Offline.AnonymousPreorder", large)
    assert (await demo.refused("Offline.AnonymousPreorder", large))[0] == 429
    await demo.act("clock.advance", seconds=120)
    await demo.call("Offline.AnonymousPreorder", large)


async def test_an_async_call_is_executed_once_per_key(demo: Project) -> None:
    """The repeat is accepted at the door and only the log tells (4.1)."""
    sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 10}]}
    for _ in range(2):
        await demo.queue("Website.ChangeCustomerBalance", sent, transactionId=GUID)
    assert await demo.balance() == (1250, 910, 340)
    log = [(row["status"], row["message"]) for row in await demo.inspect("operationLog")]
    assert log == [
        ("Success", ""),
        ("TransactionAlreadyProcessed", "transaction already processed"),
    ]


async def test_a_sync_call_without_an_order_ignores_its_key(demo: Project) -> None:
    """Such a repeat runs again, unless the switch says otherwise (4.1, 32)."""
    sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 10}]}
    for _ in range(2):
        await demo.call("Website.ChangeCustomerBalance", sent, transactionId=GUID)
    assert await demo.balance() == (1260, 920, 340)
    await demo.switch(syncKeyOnNonOrder="deduplicated")
    await demo.call("Website.ChangeCustomerBalance", sent, transactionId=GUID)
    again = await demo.send("Website.ChangeCustomerBalance", sent, transactionId=GUID)
    assert again.json() == {"status": "TransactionAlreadyProcessed"}
    await demo.switch(transactionKeyTtl=60)
    await demo.act("clock.advance", seconds=60)
    await demo.call("Website.ChangeCustomerBalance", sent, transactionId=GUID)


async def test_a_failed_call_leaves_its_key_usable(demo: Project) -> None:
    """A refused execution does not burn the key, unless the switch says so (4.1, 32)."""
    bad = {"customer": {"ids": {"mindboxId": 990017}}, "balanceChanges": [{"changeAmount": 10}]}
    good = {**bad, "customer": OLGA}
    await demo.queue("Website.ChangeCustomerBalance", bad, transactionId=GUID)
    await demo.queue("Website.ChangeCustomerBalance", good, transactionId=GUID)
    assert await demo.balance() == (1250, 910, 340)
    await demo.switch(keyAfterFailure="burned")
    other = GUID.replace("0001", "0002")
    await demo.queue("Website.ChangeCustomerBalance", bad, transactionId=other)
    await demo.queue("Website.ChangeCustomerBalance", good, transactionId=other)
    assert await demo.balance() == (1250, 910, 340)


async def test_an_async_failure_shows_in_the_log_only(demo: Project) -> None:
    """The door says Success although nobody has that id (5)."""
    bad = {"customer": {"ids": {"mindboxId": 990017}}, "balanceChanges": [{"changeAmount": 10}]}
    await demo.queue("Website.ChangeCustomerBalance", bad)
    (entry,) = await demo.inspect("operationLog")
    assert entry["status"] == "ProtocolError"
    assert entry["message"] == (
        "/customer/ids/mindboxId: не удалось найти потребителя с Id 990017 в базе"
    )


async def test_async_calls_are_executed_out_of_order() -> None:
    """Under some seeds the second call overtakes the first one (5)."""
    cities = set()
    for seed in (1, 2, 3, 4):
        async with open_project(seed=seed, async_delay_s=3600.0) as project:
            (row,) = await project.inspect("customers")
            for city in ("Тверь", "Ржев"):
                sent = {"customer": {"ids": row["ids"], "customFields": {"city": city}}}
                await project.send("Website.EditCustomer", sent, mode="async")
            assert await project.act("async.drain") == {"executed": 2}
            (row,) = await project.inspect("customers")
            cities.add(row["customFields"]["city"])
    assert cities == {"Тверь", "Ржев"}


async def test_async_calls_run_by_themselves(demo: Project) -> None:
    """Nobody has to ask for it: after a moment nothing waits any more (5)."""
    sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 10}]}
    await demo.send("Website.ChangeCustomerBalance", sent, mode="async")
    async with asyncio.timeout(10):
        while await demo.inspect("pending"):
            pass
    assert await demo.balance() == (1250, 910, 340)


async def test_the_limit_of_an_operation_counts_per_endpoint_and_minute() -> None:
    """The call above the limit gets 429 and is not executed; the next minute is free (4.4)."""
    async with open_project(operation_limit_per_min=2) as project:
        sent = {"customer": OLGA, "balanceChanges": [{"changeAmount": 1}]}
        for _ in range(2):
            await project.call("Website.ChangeCustomerBalance", sent)
        assert (await project.refused("Website.ChangeCustomerBalance", sent))[0] == 429
        assert await project.balance() == (1242, 902, 340)
        await project.act("clock.advance", seconds=60)
        await project.call("Website.ChangeCustomerBalance", sent)


def _line(at: int) -> dict[str, object]:
    return {
        "lineNumber": at,
        "product": {"ids": {"website": "SKU-9003"}},
        "quantity": 1,
        "basePricePerItem": 300,
    }
