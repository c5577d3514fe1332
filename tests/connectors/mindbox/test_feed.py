"""The feed: exports by windows of time, page by page, and merges; a restart misses nothing."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.mindbox import CONNECTOR
from connectors.mindbox.exports import Place, place
from gateway.canonical import Kind
from gateway.contract import ContractViolated, Observed, Page, Unavailable
from mocks.serving import serve
from tests.connectors.bench import Bench, bench
from tests.connectors.mindbox.conftest import OpenProject, inspected, journal, own_settings


def ago(**span: float) -> datetime:
    """Return a moment before now."""
    return datetime.now(UTC) - timedelta(**span)


def since(moment: datetime) -> str:
    """Return a cursor whose next window begins at a moment."""
    return Place(since=moment.isoformat()).text()


async def in_the_past(project: Bench, *names: str, minutes: float = 60) -> None:
    """Let customers register some time ago, so that no lag hides them, and the clock run again."""
    await project.act("clock.freeze", at=ago(minutes=minutes).strftime("%Y-%m-%d %H:%M:%S.%f"))
    rows = [
        {"firstName": name, "mobilePhone": f"7916{zlib.crc32(name.encode()) % 10**7:07d}"}
        for name in names
    ]
    await project.seed(customers=rows)
    await project.act("clock.freeze", at=None)


async def pulled(
    project: Bench, cursor: str, *, limit: int = 100, idle: int = 3
) -> tuple[list[Observed[Any]], str]:
    """Pull until the feed has been idle for a while, as a worker does at its intervals."""
    items: list[Observed[Any]] = []
    quiet = 0
    for _ in range(60):
        reader = project.connector.readers[Kind.CUSTOMER]
        page: Page[Any] = await reader.pull(cursor, limit=limit)
        assert len(page.items) <= limit
        items += page.items
        quiet = quiet + 1 if not page.has_more else 0
        cursor = page.cursor
        if quiet >= idle:
            return items, cursor
    pytest.fail("the feed does not rest")


def names_of(items: Sequence[Observed[Any]]) -> list[str]:
    """Return first names in the order of arrival."""
    return [one.entity.name.first for one in items if not one.deleted]


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


class Storage:
    """A vendor whose files lie on a host of their own, as its storage does."""

    def __init__(self, content: bytes) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.content = content
        self.url = ""

    async def operation(self, request: Request) -> Response:
        """Answer all of the three calls of an export, and an empty list of merges."""
        body = await request.json()
        if "customerMergesPage" in body:
            return JSONResponse({"status": "Success", "customerMerges": []})
        if "exportId" not in body:
            return JSONResponse({"status": "Success", "exportId": 17})
        url = f"{self.url}/files/part%201.json.gz?sig=a%2Fb%2B&e="
        result = {"processingStatus": "Ready", "urls": [url]}
        return JSONResponse({"status": "Success", "exportResult": result})

    async def file(self, request: Request) -> Response:
        """Give the file and remember how it was asked for."""
        key = request.headers.get("authorization", "")
        self.seen.append((request.url.path, request.query_params.get("sig", ""), key))
        return Response(self.content)


@pytest.fixture
async def stored() -> AsyncIterator[tuple[Bench, Storage]]:
    """A project with one export, of which one row is malformed."""
    rows: list[Any] = [
        {"ids": {"mindboxId": 1}, "firstName": "Анна"},
        {"ids": {"mindboxId": 2}, "subscriptions": [{"isSubscribed": "79260001122"}]},
        "no row",
        {"ids": {}},
        {"ids": {"mindboxId": 3}, "firstName": "Яна"},
    ]
    storage = Storage(gzip.compress(orjson.dumps({"customers": rows})))
    files = Starlette(routes=[Route("/files/{name}", storage.file)])
    api = Starlette(routes=[Route("/v3/operations/sync", storage.operation, methods=["POST"])])
    async with serve(files) as storage.url, bench(api, CONNECTOR, own_settings) as made:
        yield made, storage


async def test_files_of_another_host_never_see_the_key(stored: tuple[Bench, Storage]) -> None:
    """The project's secret key lies in the log of somebody's file storage."""
    project, storage = stored
    reader = project.connector.readers[Kind.CUSTOMER]
    page = await reader.pull(since(ago(hours=2)), limit=10)
    page = await reader.pull(page.cursor, limit=10)

    assert storage.seen == [("/files/part 1.json.gz", "a/b+", "")]
    assert names_of(page.items) == ["Анна", "Яна"]


async def test_malformed_row_spares_its_neighbours(stored: tuple[Bench, Storage]) -> None:
    """One odd customer of a million stops the whole export."""
    project, _ = stored
    reader = project.connector.readers[Kind.CUSTOMER]
    page = await reader.pull(since(ago(hours=2)), limit=10)
    page = await reader.pull(page.cursor, limit=10)

    (refused,) = page.rejected
    assert refused.external_id == "2"
    assert refused.error.path == "subscriptions.0.isSubscribed"
    assert "79260001122" not in str(refused.error)


@pytest.mark.parametrize(
    "content", [b"\x1f\x8bbroken", b"<xml/>", b"[1]", b'{"customers": 5}'], ids=repr
)
async def test_unreadable_file_is_no_empty_file(
    stored: tuple[Bench, Storage], content: bytes
) -> None:
    """A cut download counts as an export without customers."""
    project, storage = stored
    storage.content = content
    reader = project.connector.readers[Kind.CUSTOMER]
    page = await reader.pull(since(ago(hours=2)), limit=10)
    with pytest.raises(Unavailable):
        await reader.pull(page.cursor, limit=10)
