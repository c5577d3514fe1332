"""EnterpriseData over SOAP: parts, jobs, numbers of messages (vendor reference, 3.5, 3.6)."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from lxml import etree

from tests.mocks.onec.hs.services import AUDITOR, BARCODE, CARD, PARTNER, Services
from tests.mocks.onec.soap.base import (
    EXCHANGE,
    Answer,
    call,
    envelope,
    loyalty,
    post,
    read,
    same,
    sample,
)

PLAN = "СинхронизацияДанныхЧерезУниверсальныйФормат"
FILE = "f11e0001-2b3e-11f0-8c11-00155d0a0b0c"
JOB = "c0ffee00-3333-11f0-8c11-00155d0a0b0c"
SERVICE = "EnterpriseDataExchange_1_0_1_1"
UPLOAD = "EnterpriseDataUpload_1_0_1_1"
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


KEYS = "<КлючевыеСвойства><НомерКарты>1</НомерКарты></КлючевыеСвойства>"
BROKEN = [
    pytest.param(message(Confirmation="Prefix"), id="no confirmation"),
    pytest.param(message(AvailableVersion="Prefix"), id="no versions"),
    pytest.param(message().replace("<msg:To>УТ<", "<msg:To>БП<"), id="for somebody else"),
    pytest.param(message().replace("<msg:From>GW<", "<msg:From>XX<"), id="from somebody else"),
    pytest.param(message().replace("EnterpriseData/1.21", "EnterpriseData/2.5"), id="version"),
    pytest.param(message().replace("<msg:Format>http", "<msg:Format>x"), id="format"),
    pytest.param(message("<Справочник.Неведомые/>"), id="unknown type"),
    pytest.param(message("<Справочник.ДисконтныеКарты/>"), id="no card number"),
    pytest.param(
        message(
            f"<Справочник.ДисконтныеКарты>{KEYS}<Статус>Ой</Статус></Справочник.ДисконтныеКарты>"
        ),
        id="unknown status",
    ),
    pytest.param('<!DOCTYPE a [<!ENTITY b "c">]>' + message(), id="document type"),
    pytest.param("<Message", id="no xml"),
]


@pytest.mark.parametrize("text", BROKEN)
async def test_wrong_messages_fail_and_write_nothing(services: Services, text: str) -> None:
    """The job fails with a text, the received number stays."""
    await nodes(services)
    status, error = await put(services, text)
    assert status == "Failed"
    assert error
    root, _ = await get(services)
    assert numbers(root) == ("GW", "УТ", "17", "16")


async def test_order_of_header_elements_is_fixed(services: Services) -> None:
    """AvailableVersion before Confirmation is another format."""
    await nodes(services)
    version = "<msg:AvailableVersion>1.21</msg:AvailableVersion>"
    text = (
        message().replace(version, "").replace("<msg:Confirmation>", version + "<msg:Confirmation>")
    )
    assert (await put(services, text))[0] == "Failed"


async def test_numbers_and_confirmation(services: Services) -> None:
    """What is not confirmed is handed out again under the next number, the rest is not."""
    await nodes(services)
    status = {"RequestID": JOB, "CardID": CARD, "Status": "Аннулирована"}
    await loyalty(services, "SetCardStatus", **status)
    first, _ = await get(services)
    second, _ = await get(services)
    assert (numbers(first)[2], numbers(second)[2]) == ("17", "18")
    assert objects(first) == objects(second) == ["Справочник.ДисконтныеКарты"]
    passed_over = "<Справочник.ПрограммыЛояльности/>"
    assert (await put(services, message(passed_over, number=17, received=18)))[0] == "Completed"
    third, _ = await get(services)
    assert numbers(third) == ("GW", "УТ", "19", "17")
    assert objects(third) == []


async def test_change_after_the_selection_stays(services: Services) -> None:
    """An object that changed again is not confirmed by the older message."""
    await nodes(services)
    for number, status in enumerate(("Аннулирована", "Действует")):
        request = f"401d{number:04d}-2b3d-11f0-8c11-00155d0a0b0c"
        await loyalty(services, "SetCardStatus", RequestID=request, CardID=CARD, Status=status)
        if not number:
            await get(services)
    await put(services, message("<Справочник.ПрограммыЛояльности/>", received=17))
    root, _ = await get(services)
    assert objects(root) == ["Справочник.ДисконтныеКарты"]


@pytest.mark.parametrize(("switch", "status"), [("accept", "Completed"), ("refuse", "Failed")])
async def test_message_received_before(services: Services, switch: str, status: str) -> None:
    """What becomes of an old number is a switch; the number never goes back."""
    await nodes(services)
    await services.door("settings", exchange_old_message=switch)
    await put(services, message(number=17))
    assert (await put(services, message(number=12)))[0] == status
    assert numbers((await get(services))[0])[3] == "17"


async def test_card_goes_out_in_the_form_of_the_reference(services: Services) -> None:
    """Header in its order, UTC there, key properties of the card as in the sample."""
    await nodes(services)
    await put(services, sample("message.xml"))
    root, _ = await get(services)
    assert [etree.QName(one).localname for one in root[0]][:4] == [
        "Format",
        "CreationDate",
        "Confirmation",
        "AvailableVersion",
    ]
    assert root.findtext(f".//{MSG}CreationDate") == "2026-02-03T15:10:00"
    wanted = etree.fromstring(sample("message.xml").encode())[1][0]
    (card,) = root[1]
    assert same(card[0], wanted[0])


async def test_format_is_the_highest_that_both_know(services: Services) -> None:
    """After a message with older versions the answers come in these."""
    await nodes(services)
    old = "<msg:AvailableVersion>1.{}</msg:AvailableVersion>"
    text = message("<Справочник.ПрограммыЛояльности/>").replace(
        old.format(21), old.format(6) + old.format(8)
    )
    assert (await put(services, text))[0] == "Completed"
    root, _ = await get(services)
    assert root[1].tag == "{http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8}Body"


async def test_big_answer_comes_in_parts(services: Services) -> None:
    """PartSize counts kilobytes."""
    await nodes(services)
    rows = [{"Description": f"Покупатель {n * n * 7919}", "Комментарий": "ё"} for n in range(400)]
    text = "".join(
        f"<Справочник.ФизическиеЛица><КлючевыеСвойства><ФИО>{row['Description']}</ФИО>"
        "</КлючевыеСвойства></Справочник.ФизическиеЛица>"
        for row in rows
    )
    assert (await put(services, message(text)))[0] == "Completed"
    root, count = await get(services, size_kb=1)
    assert count > 3
    assert objects(root) == ["Справочник.ФизическиеЛица"] * 400


async def test_person_order_and_deletion(services: Services) -> None:
    """A person changes his phone, an order comes in, a card is marked as deleted."""
    await nodes(services)
    order = "5a1d0c1e-2b3c-11f0-8c11-00155d0a0b0c"
    body = (
        f"<Справочник.ФизическиеЛица><КлючевыеСвойства><Ссылка>{PARTNER}</Ссылка>"
        "<ФИО>Лапина Вера Олеговна</ФИО></КлючевыеСвойства><Пол>Женский</Пол>"
        "<КонтактнаяИнформация><Строка><ВидКонтактнойИнформации>Телефон</ВидКонтактнойИнформации>"
        "<ЗначенияПолей>+79125556677</ЗначенияПолей><Значение>+79125556677</Значение></Строка>"
        "</КонтактнаяИнформация></Справочник.ФизическиеЛица>"
        f"<Документ.ЗаказКлиента><КлючевыеСвойства><Ссылка>{order}</Ссылка>"
        "<Дата>2026-02-03T18:04:55</Дата><Номер>ШЛЦБ-000417</Номер></КлючевыеСвойства>"
        f"<Сумма>1981.00</Сумма><Контрагент><Ссылка>{PARTNER}</Ссылка></Контрагент><Товары><Строка>"
        "<Количество>2</Количество><Цена>990.50</Цена><Сумма>1981.00</Сумма></Строка></Товары>"
        "</Документ.ЗаказКлиента><УдалениеОбъекта><СсылкаНаОбъект><СсылкаНаОбъект>"
        f"<ДисконтныеКартыСсылка>{CARD}</ДисконтныеКартыСсылка></СсылкаНаОбъект></СсылкаНаОбъект>"
        "</УдалениеОбъекта>"
    )
    assert (await put(services, message(body))) == ("Completed", "")
    root, _ = await get(services)
    ns = "{http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.21}"
    assert objects(root) == [
        "Справочник.ФизическиеЛица",
        "Документ.ЗаказКлиента",
        "УдалениеОбъекта",
    ]
    assert root.findtext(f".//{ns}Значение") == "+79125556677"
    assert root.findtext(f".//{ns}Номер") == "ШЛЦБ-000417"
    assert root.findtext(f".//{ns}Цена") == "990.50"
    assert root.findtext(f".//{ns}ДисконтныеКартыСсылка") == CARD
    found = await loyalty(services, "FindCard", CardCode=BARCODE, Phone=None)
    assert found.text("ErrorCode") == "CARD_NOT_FOUND"


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
