"""The feed: exports by windows of time, page by page, and merges; a restart misses nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from connectors.mindbox import CONNECTOR
from connectors.mindbox.exports import Place, place
from gateway.canonical import Kind
from gateway.contract import ContractViolated, Page, Unavailable
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, inspected, journal, own_settings
from tests.connectors.mindbox.feeding import (
    ago,
    in_the_past,
    names_of,
    pulled,
    since,
)
from tests.gateway.identity.merging.feeds import followed


@pytest.mark.parametrize("transfer", ["gzip_encoding", "gzip_file"])
async def test_changed_customers_come_in_pages_of_several_files(
    open_project: OpenProject, transfer: str
) -> None:
    """Rows of the second file, or beyond the first page, never arrive."""
    project = await open_project(demo=False, export_part_rows=3, export_transfer=transfer)
    await in_the_past(project, *"АБВГДЕЖ")
    items, cursor = await pulled(project, since(ago(hours=2)), limit=2)

    assert names_of(items) == list("АБВГДЕЖ")
    assert all(one.changed_at is not None for one in items)
    assert place(cursor).export == ""
    assert datetime.fromisoformat(place(cursor).since) > ago(minutes=6)


async def test_export_that_is_not_ready_is_asked_again(open_project: OpenProject) -> None:
    """An export takes an hour; the feed begins a new one each minute, or blocks a worker."""
    project = await open_project(demo=False, export_polls=3)
    await in_the_past(project, "Анна")
    reader = project.connector.readers[Kind.CUSTOMER]
    page = await reader.pull(since(ago(hours=2)), limit=100)
    begun = page.cursor
    assert page.has_more
    for _ in range(3):
        page = await reader.pull(page.cursor, limit=100)
        assert (page.items, page.cursor, page.has_more) == ([], begun, False)
    page = await reader.pull(page.cursor, limit=100)
    assert names_of(page.items) == ["Анна"]


async def test_cancelled_export_is_begun_again(open_project: OpenProject) -> None:
    """The vendor cancels an export for lack of resources, and its window is lost."""
    project = await open_project(demo=False)
    await in_the_past(project, "Анна")
    reader = project.connector.readers[Kind.CUSTOMER]
    page = await reader.pull(since(ago(hours=2)), limit=100)
    await project.act("export.cancel", exportId=place(page.cursor).export)
    page = await reader.pull(page.cursor, limit=100)

    assert (page.items, page.has_more) == ([], False)
    assert place(page.cursor).export == ""
    assert [event for event, _ in project.log.lines if "cancelled" in event]
    items, _ = await pulled(project, page.cursor)
    assert names_of(items) == ["Анна"]


@pytest.mark.parametrize("fault", ["cut_after", "status"])
async def test_lost_answer_of_a_start_leads_to_the_same_export(
    open_project: OpenProject, fault: str
) -> None:
    """Each lost answer leaves an export running, and of these only two are allowed at a time."""
    project = await open_project(demo=False)
    await in_the_past(project, "Анна")
    reader = project.connector.readers[Kind.CUSTOMER]
    start = since(ago(hours=2))
    await project.faults({"kind": fault, "path": "ExportCustomers", "times": 1, "status": 502})
    with pytest.raises(Unavailable):
        await reader.pull(start, limit=100)
    items, _ = await pulled(project, start)

    assert names_of(items) == ["Анна"]
    started = [one for one in await journal(project) if one["effect"] == "created"]
    assert len([one for one in started if one["op"] == "Website.ExportCustomers"]) == 1


async def test_windows_overlap_and_end_some_minutes_ago(open_project: OpenProject) -> None:
    """A change at the seam of two windows, or one that the export did not show yet, is lost."""
    project = await open_project(demo=False)
    await in_the_past(project, "Старая", minutes=65)
    await in_the_past(project, "Шов", minutes=9)
    items, cursor = await pulled(project, since(ago(minutes=60)))
    # 600 s of overlap go back to what was before the window of 60 minutes.
    assert names_of(items) == ["Старая", "Шов"]
    assert ago(minutes=6) < datetime.fromisoformat(place(cursor).since) < ago(minutes=4)

    # The next window begins 10 minutes before the end of the last one.
    again, _ = await pulled(project, since(ago(minutes=7)))
    assert names_of(again) == ["Шов"]


async def test_window_without_a_new_minute_starts_no_export(open_project: OpenProject) -> None:
    """The feed keeps an export running day and night, and takes one of the two from all others."""
    project = await open_project(demo=False)
    await in_the_past(project, "Анна")
    _, cursor = await pulled(project, since(ago(hours=2)), idle=2)
    before = len(await journal(project))
    last = Place(since=ago(minutes=4).isoformat()).text()
    page = await project.connector.readers[Kind.CUSTOMER].pull(last, limit=100)

    assert (page.items, page.cursor, page.has_more) == ([], last, False)
    assert len(await journal(project)) == before
    assert place(cursor).export == ""


async def test_young_change_waits_for_its_window(open_project: OpenProject) -> None:
    """A customer who registered a minute ago is missing from the export, and never seen again."""
    project = await open_project(demo=False)
    await in_the_past(project, "Новая", minutes=2)
    items, cursor = await pulled(project, since(ago(minutes=30)))
    assert names_of(items) == []
    assert datetime.fromisoformat(place(cursor).since) < ago(minutes=2)


async def test_merged_customers_are_told_as_gone(open_project: OpenProject) -> None:
    """The ids of absorbed customers stay linked, and everything for them fails from now on."""
    project = await open_project(demo=False)
    await in_the_past(project, "Анна", "Аня", "Анюта")
    rows = await inspected(project, "customers")
    ids = [row["ids"]["mindboxId"] for row in rows]
    await project.act("clock.freeze", at=ago(minutes=30).strftime("%Y-%m-%d %H:%M:%S.%f"))
    await project.act(
        "customer.merge",
        customer={"ids": {"mindboxId": ids[0]}},
        others=[{"ids": {"mindboxId": one}} for one in ids[1:]],
    )
    await project.act("clock.freeze", at=None)
    items, _ = await pulled(project, since(ago(hours=2)))

    gone = {one.external_id: one.merged_into for one in items if one.deleted}
    assert gone == {str(one): str(ids[0]) for one in ids[1:]}
    assert names_of(items) == ["Анна"]


async def test_a_merge_of_the_vendor_is_followed(open_project: OpenProject) -> None:
    """Three customers would stay here whom the vendor has made one by their device."""
    project = await open_project(demo=False)
    await in_the_past(project, "Анна", "Аня", "Анюта")
    before, _ = await pulled(project, since(ago(hours=2)))
    ids = [row["ids"]["mindboxId"] for row in await inspected(project, "customers")]
    assert len(set(followed(before).values())) == 3
    await project.act("clock.freeze", at=ago(minutes=30).strftime("%Y-%m-%d %H:%M:%S.%f"))
    await project.act(
        "customer.merge",
        customer={"ids": {"mindboxId": ids[0]}},
        others=[{"ids": {"mindboxId": one}} for one in ids[1:]],
    )
    await project.act("clock.freeze", at=None)
    after, _ = await pulled(project, since(ago(hours=2)))
    assert len({followed(before, after)[str(one)] for one in ids}) == 1


async def test_merges_come_in_pages(
    open_project: OpenProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many merges of a night only the first page is told."""
    monkeypatch.setattr("connectors.mindbox.exports._MERGES", 2)
    project = await open_project(demo=False)
    await in_the_past(project, *"АБВГДЕ")
    ids = [row["ids"]["mindboxId"] for row in await inspected(project, "customers")]
    await project.act("clock.freeze", at=ago(minutes=30).strftime("%Y-%m-%d %H:%M:%S.%f"))
    for loser in ids[1:]:
        await project.act(
            "customer.merge",
            customer={"ids": {"mindboxId": ids[0]}},
            others=[{"ids": {"mindboxId": loser}}],
        )
    await project.act("clock.freeze", at=None)
    items, _ = await pulled(project, since(ago(hours=2)))
    assert {one.external_id for one in items if one.deleted} == {str(one) for one in ids[1:]}


async def test_restart_at_every_page_loses_nothing(open_project: OpenProject) -> None:
    """The process dies between two pages, and the rest of the file is never read."""
    project = await open_project(demo=False, export_part_rows=4)
    await in_the_past(project, *"АБВГДЕЖ")
    wanted = set("АБВГДЕЖ")
    cursor, found = since(ago(hours=2)), set()
    for _ in range(40):
        own = own_settings(str(project.door.base_url).rstrip("/"))
        settings = CONNECTOR.settings.model_validate(own)
        reader: Any = project.connector.readers[Kind.CUSTOMER]
        context = type(reader.context)(
            account="restarted",
            settings=settings,
            http=reader.context.http,
            clock=reader.context.clock,
            log=project.log,
            remark=reader.context.remark,
        )
        fresh = CONNECTOR.build(context)
        page: Page[Any] = await fresh.readers[Kind.CUSTOMER].pull(cursor, limit=3)
        await fresh.close()
        found |= set(names_of(page.items))
        cursor = page.cursor
        if place(cursor).file and not page.items and not page.has_more:
            break
    assert found == wanted


@pytest.mark.parametrize(("first_load", "wanted"), [("all", ["Старая", "Анна"]), ("from_now", [])])
async def test_first_load(open_project: OpenProject, first_load: str, wanted: list[str]) -> None:
    """The shop's history is not read though it was asked for, or is read though it was not."""
    project = await open_project({"first_load": first_load}, demo=False)
    await in_the_past(project, "Старая", minutes=500_000)
    await in_the_past(project, "Анна", minutes=60)
    page = await project.connector.readers[Kind.CUSTOMER].pull(None, limit=100)
    assert page.items == []
    items, _ = await pulled(project, page.cursor)
    assert names_of(items) == wanted


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"since":1,"x":2}', "[]"])
async def test_foreign_cursor_is_loud(empty: Bench, cursor: str) -> None:
    """A cursor of another connector is taken for the beginning, and all is read again."""
    with pytest.raises(ContractViolated):
        await empty.connector.readers[Kind.CUSTOMER].pull(cursor, limit=10)
