"""Files of exports: on a host of their own, with rows and forms that nobody expects."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.mindbox import CONNECTOR
from gateway.canonical import Kind
from gateway.contract import Unavailable
from mocks.serving import serve
from tests.connectors.bench import Bench, bench
from tests.connectors.mindbox.conftest import own_settings
from tests.connectors.mindbox.feeding import (
    ago,
    names_of,
    since,
)


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
