"""EnterpriseData over SOAP: operations, parts, jobs (vendor reference, 3.5 and 7)."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import AUDITOR, BARCODE, CARD, Services
from tests.mocks.onec.soap.envelopes import (
    Answer,
    call,
    envelope,
    loyalty,
    post,
    read,
    same,
    sample,
)
from tests.mocks.onec.soap.peer import (
    FILE,
    JOB,
    PLAN,
    SERVICE,
    ask,
    ended,
    message,
    nodes,
    put,
    zipped,
)

UPLOAD = "EnterpriseDataUpload_1_0_1_1"


async def test_documents_of_the_reference(services: Services) -> None:
    """Each request of section 7 gets the answer below it, but for numbers that 1C makes."""
    await nodes(services)
    wanted = list(etree.fromstring(sample("exchange.xml").encode()))
    data = zipped(sample("message.xml"))
    made: dict[str, str] = {}
    checked = 0
    for request, answer in zip(wanted[:-1:2], wanted[1::2], strict=False):
        sent = etree.tostring(request).decode()
        sent = sent.replace("UEsDBA==", _base64(data)) if "PartData" in sent else sent
        for old, new in made.items():
            sent = sent.replace(old, new)
        got = read(await post(services, SERVICE, envelope(sent)))
        if got.text("return") == "Active" or got.text("return", "Status") == "Active":
            got = read(await post(services, SERVICE, envelope(sent)))
        for name, known in (("OperationID", JOB), ("FileID", FILE)):
            for element in got.body.iter(f"{{*}}{name}"):
                if element.text:
                    made = made | {known: element.text}
                    element.text = known
        if answer.tag.endswith("GetDataPartResponse"):
            for one in (got.body, answer):
                one[0].text = ""
        assert same(got.body, answer), etree.tostring(got.body)
        checked += 1
    assert checked == 7


async def test_unknown_node_fails_as_in_the_reference(services: Services) -> None:
    """PutData itself succeeds, the job tells of the missing node."""
    failed = etree.fromstring(sample("exchange.xml").encode())[-1]
    assert await put(services, message()) == tuple(one.text for one in failed)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_load_in_parts_out_of_order(services: Services) -> None:
    """Parts are joined by number; nil stands for the first."""
    await nodes(services)
    data = zipped(sample("message.xml").replace(BARCODE, "2990000000999"))
    half = len(data) // 2
    await ask(services, "PutFilePart", FileID=FILE, PartNumber=2, PartData=data[half:])
    await ask(services, "PutFilePart", FileID=FILE, PartNumber=None, PartData=data[:half])
    started = await ask(services, "PutData", ExchangePlanName=PLAN, PeerCode="GW", FileID=FILE)
    result = await ended(services, "PutDataActionResult", started.text("OperationID"))
    assert result == ("Completed", "")
    found = await loyalty(services, "FindCard", CardCode="2990000000999", Phone=None)
    assert found.text("return", "CardID") == CARD


async def test_job_is_active_first(services: Services) -> None:
    """A client polls; the number of polls is a switch."""
    await nodes(services)
    await services.door("settings", exchange_polls=2)
    await ask(services, "PutFilePart", FileID=FILE, PartNumber=1, PartData=zipped(message()))
    started = await ask(services, "PutData", ExchangePlanName=PLAN, PeerCode="GW", FileID=FILE)
    job = started.text("OperationID")
    states = [
        (await ask(services, "PutDataActionResult", OperationID=job)).text("return")
        for _ in range(4)
    ]
    assert states == ["Active", "Active", "Completed", "Completed"]


async def test_unknown_job_is_canceled(services: Services) -> None:
    """Both questions say so for a GUID that was never given."""
    put_one = await ask(services, "PutDataActionResult", OperationID=JOB)
    prepared = await ask(services, "PrepareDataActionResult", OperationID=JOB)
    assert (put_one.text("return"), prepared.text("return", "Status")) == ("Canceled", "Canceled")


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        pytest.param(
            "PutFilePart", {"FileID": "", "PartNumber": 1, "PartData": b"x"}, id="no file id"
        ),
        pytest.param(
            "PutFilePart", {"FileID": FILE, "PartNumber": 1, "PartData": b""}, id="no data"
        ),
        pytest.param("PutDataActionResult", {"OperationID": "17"}, id="job is no guid"),
        pytest.param(
            "PutData", {"ExchangePlanName": PLAN, "PeerCode": "GW", "FileID": FILE}, id="no parts"
        ),
    ],
)
async def test_exceptions_are_faults(
    services: Services, operation: str, values: dict[str, object]
) -> None:
    """These are no ErrorMessage but HTTP 500."""
    answer = await ask(services, operation, **values)
    assert (answer.status, answer.text("faultcode")) == (500, "soap:Server")


async def test_empty_archive_is_a_fault(services: Services) -> None:
    """A ZIP without entries."""
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    for data in (buffer.getvalue(), b"no zip at all"):
        await ask(services, "PutFilePart", FileID=FILE, PartNumber=1, PartData=data)
        answer = await ask(services, "PutData", ExchangePlanName=PLAN, PeerCode="GW", FileID=FILE)
        assert answer.status == 500


async def test_connection_test(services: Services) -> None:
    """True for a node; false with a text for an unknown one, a locked base, no rights."""
    await nodes(services)

    async def _test(peer: str) -> tuple[str | None, str | None]:
        answer = await ask(services, "TestConnection", ExchangePlanName=PLAN, PeerCode=peer)
        assert answer.status == 200
        return answer.text("return"), answer.text("ErrorMessage")

    assert await _test("GW") == ("true", "")
    assert await _test("XX") == ("false", "Ошибка: не найден узел обмена XX")
    await services.door("settings", exchange_locked="База заблокирована для обновления")
    assert await _test("GW") == ("false", "База заблокирована для обновления")
    await services.door("settings", exchange_locked="")
    services.http.auth = (AUDITOR[0].encode(), AUDITOR[1].encode())
    flag, text = await _test("GW")
    assert (flag, (text or "")[:16]) == ("false", "Недостаточно пра")


async def test_one_way_upload_needs_no_node(services: Services) -> None:
    """EnterpriseDataUpload takes the same file without plan, node and confirmation."""
    namespace = f"http://www.1c.ru/SSL/{UPLOAD}"

    async def _ask(operation: str, **values: object) -> Answer:
        return await call(services, UPLOAD, namespace, operation, **values)

    assert (await _ask("TestConnection")).text("return") == "true"
    text = message().replace(BARCODE, "2990000000999")
    start, end = text.index("<msg:Confirmation>"), text.index("<msg:AvailableVersion>")
    data = zipped(text[:start] + text[end:])
    await _ask("PutFilePart", FileID=FILE, PartNumber=1, PartData=data)
    job = (await _ask("PutData", FileID=FILE)).text("OperationID")
    for expected in ("Active", "Completed"):
        assert (await _ask("PutDataActionResult", OperationID=job)).text("return") == expected
    found = await loyalty(services, "FindCard", CardCode="2990000000999", Phone=None)
    assert found.text("return", "CardID") == CARD
