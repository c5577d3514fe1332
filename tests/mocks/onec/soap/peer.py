"""The gateway's node in an exchange: what it sends and fetches (vendor reference, 3.5, 3.6)."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import Services
from tests.mocks.onec.soap.envelopes import EXCHANGE, Answer, call, sample

PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"


FILE = "f11e0001-2b3e-11f0-8c11-00155d0a0b0c"


JOB = "c0ffee00-3333-11f0-8c11-00155d0a0b0c"


SERVICE = "EnterpriseDataExchange_1_0_1_1"


MSG = "{http://www.1c.ru/SSL/Exchange/Message}"


NODES = [
    {"Code": "УТ", "Description": "УТ", "ThisNode": True},
    {"Code": "GW", "Description": "Шлюз", "SentNo": 16, "ReceivedNo": 16},
]


def zipped(text: str) -> bytes:
    """A ZIP with one XML in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Message.xml", text)
    return buffer.getvalue()


def message(body: str = "", number: int = 17, received: int = 16, **changes: str) -> str:
    """The message of the reference with another body, other numbers, other texts."""
    text = sample("message.xml")
    head, rest = text.split('EnterpriseData/1.21">', 1)
    if body:
        text = f'{head}EnterpriseData/1.21">{body}</Body></Message>'
    text = text.replace("<msg:MessageNo>17<", f"<msg:MessageNo>{number}<")
    text = text.replace("<msg:ReceivedNo>16<", f"<msg:ReceivedNo>{received}<")
    assert rest
    for old, new in changes.items():
        text = text.replace(f"<msg:{old}>", f"<msg:{new}>").replace(
            f"</msg:{old}>", f"</msg:{new}>"
        )
    return text


async def nodes(services: Services) -> None:
    """Set the exchange up: this base and the gateway's node."""
    await services.door("seed", rows={f"ExchangePlan_{PLAN}": NODES})


async def ask(services: Services, operation: str, **values: object) -> Answer:
    """Call the exchange service."""
    return await call(services, SERVICE, EXCHANGE, operation, **values)


async def put(services: Services, text: str, peer: str = "GW") -> tuple[str | None, str | None]:
    """Send a message in one part and return how its job ended."""
    data = zipped(text)
    await ask(services, "PutFilePart", FileID=FILE, PartNumber=1, PartData=data)
    started = await ask(services, "PutData", ExchangePlanName=PLAN, PeerCode=peer, FileID=FILE)
    return await ended(services, "PutDataActionResult", started.text("OperationID"))


async def ended(
    services: Services, operation: str, job: str | None
) -> tuple[str | None, str | None]:
    """Ask for a job until it is no longer active."""
    for _ in range(5):
        answer = await ask(services, operation, OperationID=job)
        if answer.text("return") != "Active":
            return answer.text("return"), answer.text("ErrorMessage")
    pytest.fail("the job stays active")


async def get(services: Services, size_kb: int = 0) -> tuple[etree._Element, int]:
    """Fetch what waits for the gateway; return the message and the number of its parts."""
    started = await ask(
        services, "PrepareDataForGetting", ExchangePlanName=PLAN, PeerCode="GW", PartSize=size_kb
    )
    job = started.text("OperationID")
    answer = await ask(services, "PrepareDataActionResult", OperationID=job)
    while answer.text("return", "Status") == "Active":
        answer = await ask(services, "PrepareDataActionResult", OperationID=job)
    assert answer.text("return", "Status") == "Completed"
    file_id, count = answer.text("return", "FileID"), int(answer.text("return", "PartCount") or 0)
    parts = [
        await ask(services, "GetDataPart", FileID=file_id, PartNumber=number + 1)
        for number in range(count)
    ]
    data = b"".join(part_bytes(part) for part in parts)
    await ask(services, "ConfirmGettingFile", FileID=file_id, ClearDataPool="true")
    gone = await ask(services, "GetDataPart", FileID=file_id, PartNumber=1)
    assert gone.text("return") == "nil"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return etree.fromstring(archive.read(archive.namelist()[0])), count


def part_bytes(part: Answer) -> bytes:
    """The bytes of a part."""
    return base64.b64decode(part.text("return") or "")


def numbers(root: etree._Element) -> tuple[str | None, ...]:
    """Receiver, sender, number and confirmed number of a message."""
    return tuple(
        root.findtext(f".//{MSG}{name}") for name in ("To", "From", "MessageNo", "ReceivedNo")
    )


def objects(root: etree._Element) -> list[str]:
    """The names of a body's objects in order."""
    return [etree.QName(one).localname for one in root[1]]
