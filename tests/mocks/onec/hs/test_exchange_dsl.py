"""The exchange service of the standard subsystem library over HTTP (vendor reference, 2.4)."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.mocks.onec.hs.services import BARCODE, CARD, Services
from tests.mocks.onec.soap.envelopes import sample

if TYPE_CHECKING:
    import httpx

ROOT = "/ut/hs/exchange_dsl_1_0_0_1"
PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
NODE = {"ExchangePlanName": PLAN, "NodeCode": "GW"}
SESSION = "f11e0001-2b3e-11f0-8c11-00155d0a0b0c"


async def ask(services: Services, verb: str, name: str, **values: object) -> httpx.Response:
    """Call a method with its parameters in the query; ``content`` is the body."""
    content = values.pop("content", b"")
    assert isinstance(content, bytes)
    params = {key: str(value) for key, value in values.items()}
    return await services.http.request(
        verb, f"{ROOT}/1.0.0.1/{name}", params=params, content=content
    )


async def send(services: Services, text: str) -> str:
    """Send a message in two parts and return the number of the job that loads it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Message.xml", text)
    data = buffer.getvalue()
    for number, part in enumerate((data[:50], data[50:]), 1):
        address = {"SessionID": SESSION, "PartNumber": number}
        await ask(services, "POST", "PutFilePart", content=part, **address)
    saved = await ask(services, "POST", "SaveFileFromParts", SessionID=SESSION, PartCount=2)
    file_id = saved.json()["FileID"]
    started = (await ask(services, "POST", "DownloadData", FileID=file_id, **NODE)).json()
    assert started["TimeConsumingOperation"] is True
    return str(started["OperationID"])


async def states(services: Services, job: str) -> list[str]:
    """What two questions for a job are answered."""
    return [
        (await ask(services, "GET", "GetContinuousOperationStatus", OperationID=job)).json()[
            "ActionState"
        ]
        for _ in range(2)
    ]


async def nodes(services: Services) -> None:
    """Set the exchange up."""
    rows = [{"Code": "УТ", "ThisNode": True}, {"Code": "GW", "SentNo": 16, "ReceivedNo": 16}]
    await services.door("seed", rows={f"ExchangePlan_{PLAN}": rows})


async def test_version(services: Services) -> None:
    """The version of the interface is plain text."""
    assert (await services.http.get(f"{ROOT}/version")).text == "1"


async def test_download_loads_what_was_sent(services: Services) -> None:
    """Named from the server's side; JSON comes as text/html."""
    await nodes(services)
    job = await send(services, sample("message.xml").replace(BARCODE, "2990000000999"))
    assert await states(services, job) == ["Active", "Completed"]
    found = await services.act("inspect", entity="Catalog_КартыЛояльности", key=CARD)
    assert found["rows"][0]["Штрихкод"] == "2990000000999"
    answer = await ask(services, "GET", "GetContinuousOperationStatus", OperationID=job)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_failed_load_tells_why(services: Services) -> None:
    """The job carries the message."""
    await nodes(services)
    job = await send(services, "<Message/>")
    await states(services, job)
    answer = await ask(services, "GET", "GetContinuousOperationStatus", OperationID=job)
    assert answer.json()["ActionState"] == "Failed"
    assert answer.json()["Message"].startswith("Ошибка формата")


async def test_upload_prepares_what_waits(services: Services) -> None:
    """A file number, then parts, then the release."""
    await nodes(services)
    started = (await ask(services, "POST", "UploadData", **NODE)).json()
    assert await states(services, started["OperationID"]) == ["Active", "Completed"]
    file_id = started["FileID"]
    ready = (await ask(services, "POST", "PrepareGetFile", FileID=file_id, BlockSize=1)).json()
    parts = [
        (
            await ask(
                services, "GET", "GetFilePart", SessionID=ready["SessionID"], PartNumber=number + 1
            )
        ).content
        for number in range(ready["PartCount"])
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        text = archive.read("Message.xml").decode()
    assert "<msg:MessageNo>17</msg:MessageNo>" in text
    await ask(services, "DELETE", "ReleaseFile", FileID=file_id)
    gone = await ask(services, "POST", "PrepareGetFile", FileID=file_id, BlockSize=1)
    assert gone.status_code == 400


async def test_nodes_come_and_go(services: Services) -> None:
    """A node is made once, is known then, and can be removed."""
    known = []
    for verb, name in (
        ("GET", "GetIBParameters"),
        ("POST", "CreateExchangeNode"),
        ("GET", "GetIBParameters"),
        ("POST", "CreateExchangeNode"),
        ("DELETE", "RemoveExchangeNode"),
        ("DELETE", "RemoveExchangeNode"),
    ):
        answer = await ask(services, verb, name, **NODE)
        known.append(answer.json()["NodeExists"] if verb == "GET" else answer.status_code)
    assert known == [False, 200, True, 400, 200, 400]


@pytest.mark.parametrize(
    ("verb", "name", "values"),
    [
        pytest.param("POST", "PutFilePart", {"SessionID": SESSION}, id="no number"),
        pytest.param("POST", "PutFilePart", {"SessionID": SESSION, "PartNumber": 1}, id="no data"),
        pytest.param(
            "POST", "SaveFileFromParts", {"SessionID": SESSION, "PartCount": 2}, id="no parts"
        ),
        pytest.param("POST", "DownloadData", {"FileID": SESSION} | NODE, id="no file"),
        pytest.param(
            "GET", "GetFilePart", {"SessionID": SESSION, "PartNumber": 1}, id="no such part"
        ),
    ],
)
async def test_refusals(
    services: Services, verb: str, name: str, values: dict[str, object]
) -> None:
    """400 with a message."""
    answer = await ask(services, verb, name, **values)
    assert answer.status_code == 400
    assert answer.json()["Message"]
