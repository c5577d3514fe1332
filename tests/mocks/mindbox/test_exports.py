"""Exports: start, poll, files (section 21, 31.8)."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import OLGA, differences, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

DAY: dict[str, str] = {
    "sinceDateTimeUtc": "2026-03-01 00:00",
    "tillDateTimeUtc": "2026-03-02 00:00",
}


async def ready(project: Project, operation: str, body: Json = DAY) -> list[str]:
    """Start an export, poll until it is ready and return the addresses of its files."""
    number = (await project.call(operation, body))["exportId"]
    while True:
        result = (await project.call(operation, {"exportId": number}))["exportResult"]
        if result["processingStatus"] != "NotReady":
            assert result["processingStatus"] == "Ready"
            urls: list[str] = result["urls"]
            return urls


async def rows(project: Project, operation: str, body: Json = DAY) -> AnyJson:
    """Export and return the rows of all files."""
    found = []
    for url in await ready(project, operation, body):
        (name, part), *_ = (await project.http.get(url)).json().items()
        assert name in {"customers", "orders", "customerActions"}
        found += part
    return found


async def test_a_task_is_not_ready_before_it_is(demo: Project) -> None:
    """Start, the same filter again, poll, poll (31.8)."""
    started = await demo.call("Website.ExportCustomers", DAY)
    number = started["exportId"]
    assert started == {"status": "Success", "exportId": number}
    again = await demo.call("Website.ExportCustomers", DAY)
    assert again == {"status": "Success", "exportId": number, "isDuplicate": True}
    poll = {"exportId": number}
    first = await demo.call("Website.ExportCustomers", poll)
    assert first["exportResult"] == {"processingStatus": "NotReady"}
    second = await demo.call("Website.ExportCustomers", poll)
    assert second["exportResult"] == {
        "processingStatus": "Ready",
        "urls": [f"{demo.url}/exports/{number}/part-1.json.gz"],
    }
    later = await demo.call("Website.ExportCustomers", DAY)
    assert later["exportId"] != number


async def test_two_tasks_run_at_the_same_time_and_no_third(demo: Project) -> None:
    """The limit of 21.1; a cancelled task makes room and says why."""
    first = (await demo.call("Website.ExportCustomers", DAY))["exportId"]
    await demo.call("Website.ExportOrders", DAY)
    assert (await demo.refused("Website.ExportCustomerActions", DAY))[0] == 429
    await demo.act("export.cancel", exportId=first)
    cancelled = await demo.call("Website.ExportCustomers", {"exportId": first})
    assert cancelled["exportResult"] == {
        "processingStatus": "Cancelled",
        "cancellationReason": "Превышен лимит ресурсов",
    }
    await demo.call("Website.ExportCustomerActions", DAY)


async def test_the_customers_file_reads_as_documented(demo: Project) -> None:
    """Plain card status, balances, segments; filtered by the last change (21.2)."""
    (row,) = await rows(demo, "Website.ExportCustomers")
    want = {
        "ids": {"mindboxId": 500123, "websiteId": "70014"},
        "firstName": "Ольга",
        "mobilePhone": 79260001122,
        "isMobilePhoneInvalid": False,
        "changeDateTimeUtc": "2026-03-01 09:15:02.118",
        "discountCards": [{"ids": {"number": "2900000012345"}, "status": "Activated"}],
        "segmentations": [
            {
                "ids": {"externalId": "loyaltyTier"},
                "name": "Уровень",
                "segment": {"ids": {"externalId": "gold"}, "name": "Золото"},
            }
        ],
    }
    assert differences(want, row) == []
    assert row["balances"][0]["available"] == 900
    before = {"sinceDateTimeUtc": "2026-03-01 09:16", "tillDateTimeUtc": "2026-03-02 00:00"}
    assert await rows(demo, "Website.ExportCustomers", before) == []
    segment = {**DAY, "segment": {"ids": {"externalId": "silver"}}}
    assert await rows(demo, "Website.ExportCustomers", segment) == []


async def test_orders_and_actions_spell_what_differs(demo: Project) -> None:
    """``number`` and ``id`` of lines, suffixed order ids, the kind as a text (21.3, 6)."""
    line = {
        "lineId": "7",
        "lineNumber": 1,
        "product": {"ids": {"website": "SKU-9003"}},
        "quantity": 1,
        "basePricePerItem": 300,
        "status": {"ids": {"externalId": "Paid"}},
    }
    order = {"ids": {"websiteOrder": "T-1"}, "totalPrice": 300, "lines": [line]}
    await demo.call("Website.CreateAuthorizedOrder", {"customer": OLGA, "order": order})
    (row,) = await rows(demo, "Website.ExportOrders")
    assert row["ids"] == {"mindboxId": 81234, "websiteOrderId": "T-1"}
    assert (row["lines"][0]["number"], row["lines"][0]["id"]) == (1, "7")
    (action,) = await rows(demo, "Website.ExportCustomerActions")
    assert action["customerBalanceChanges"][0]["balanceChangeKind"] == "RetailOrderBonus"
    await demo.switch(orderIdSuffix="plain")
    (row,) = await rows(demo, "Website.ExportOrders")
    assert row["ids"] == {"mindboxId": 81234, "websiteOrder": "T-1"}


async def test_files_hold_a_number_of_rows_each() -> None:
    """Any number of files (21.1)."""
    async with open_project(export_part_rows=2) as project:
        for at in range(4):
            sent = {"customer": {"mobilePhone": f"7926000000{at}"}}
            await project.call("Website.RegisterCustomer", sent)
        urls = await ready(project, "Website.ExportCustomers")
        sizes = [len((await project.http.get(url)).json()["customers"]) for url in urls]
        assert sizes == [2, 2, 1]


async def test_a_file_may_come_as_a_gzip_file(demo: Project) -> None:
    """The page says gzip transfer, the name says ``.gz``: both are possible (21.1)."""
    await demo.switch(export_transfer="gzip_file")
    (url,) = await ready(demo, "Website.ExportCustomers")
    answer = await demo.http.get(url)
    assert "content-encoding" not in answer.headers
    assert len(json.loads(gzip.decompress(answer.content))["customers"]) == 1


async def test_files_are_kept_for_half_a_year(demo: Project) -> None:
    """After 180 days they are gone (21.1)."""
    (url,) = await ready(demo, "Website.ExportCustomers")
    assert (await demo.http.get(url.replace("part-1", "part-2"))).status_code == 404
    await demo.act("clock.advance", seconds=180 * 86400)
    assert (await demo.http.get(url)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"sinceDateTimeUtc": "вчера"}, id="no date"),
        pytest.param(
            {"sinceDateTimeUtc": "2026-03-02 00:00", "tillDateTimeUtc": "2026-03-01 00:00"},
            id="ends before it starts",
        ),
    ],
)
async def test_a_bad_filter_is_a_validation_error(demo: Project, body: Json) -> None:
    """At the start; an unknown id at a poll is a 400 (31.8)."""
    answer = await demo.send("Website.ExportCustomers", body)
    assert (answer.status_code, answer.json()["status"]) == (200, "ValidationError")
    unknown = {"exportId": "9f0d7e1c-1d83-4a55-8a0f-63f0b7f4a201"}
    assert (await demo.refused("Website.ExportCustomers", unknown))[0] == 400
