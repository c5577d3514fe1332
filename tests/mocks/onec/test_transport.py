"""What stands around the interface: login, locks, licences, formats, errors (reference, 0, 1.1)."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from lxml import etree

from mocks.onec.app import OneCSettings, build_app
from mocks.serving import serve
from tests.mocks.onec.conftest import ROOT, OneC, Start, basic

PARTNER = "Catalog_Партнеры(guid'11111111-2222-11ee-8c3a-00155d010203')"
META = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


@pytest.mark.parametrize(
    "credentials",
    ["", "Bearer abc", "Basic ???", basic("Шлюз:чужой"), basic("Никто:пароль"), basic("Шлюз")],
    ids=["none", "token", "no base64", "password", "name", "no password"],
)
async def test_wrong_credentials_are_refused(onec: OneC, credentials: str) -> None:
    """Wrong credentials are answered by the web server: an empty 401 that asks for Basic."""
    headers = {"Authorization": credentials} if credentials else {}
    answer = await onec.client.get("/ut/odata/standard.odata/Catalog_Валюты", headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"].startswith("Basic")


RIGHTS = [
    ("Аудитор:аудит", "GET", "Catalog_Валюты", 200),
    ("Аудитор:аудит", "POST", "Catalog_Валюты", 401),
    ("Аудитор:аудит", "DELETE", PARTNER, 401),
    ("Слепой:нет", "GET", "Catalog_Партнеры", 401),
    ("Слепой:нет", "GET", "Catalog_Партнеры_КонтактнаяИнформация", 401),
    ("Слепой:нет", "GET", "Catalog_Валюты", 200),
]


@pytest.mark.parametrize(("who", "verb", "path", "status"), RIGHTS)
async def test_rights(onec: OneC, who: str, verb: str, path: str, status: int) -> None:
    """Rights of the user decide per set; a lack of them is error 20."""
    answer = await onec.call(verb, path, {"$format": "json"}, user=basic(who))
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["odata.error"]["code"] == "20"


async def test_another_publication_is_not_found(onec: OneC) -> None:
    """An address outside the publication is the web server's 404, not an OData error."""
    answer = await onec.client.get(
        "/other/odata/standard.odata/", headers={"Authorization": basic()}
    )
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


async def test_html_with_200(onec: OneC) -> None:
    """Some troubles of a publication come as a page with 200."""
    await onec.switch(answer_html=True)
    answer = await onec.call("GET", "Catalog_Валюты", {"$format": "json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


async def test_a_locked_base_says_so_before_the_login(onec: OneC) -> None:
    """The lock's document is JSON behind a BOM whatever was asked."""
    await onec.switch(locked="Обновление")
    answer = await onec.call("GET", "Catalog_Валюты", user="-")
    assert answer.status_code == 403
    assert answer.content.startswith(b"\xef\xbb\xbf")
    told = json.loads(answer.content.decode("utf-8-sig"))
    assert told["exception"]["inner"]["descr"].endswith("запрещено.\nОбновление")


async def test_an_exhausted_pool_answers_406() -> None:
    """A call beyond the licences waits for the pool's time-out and is then refused."""
    app = build_app(OneCSettings(session_limit=1, pool_timeout_s=0.01))
    sessions = app.state.infobase.sessions
    headers = {"Authorization": basic("Шлюз:gateway-secret")}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=ROOT, headers=headers) as client:
        await sessions.take()
        refused = await client.get("Catalog_Валюты")
        await sessions.give_back()
        served = await client.get("Catalog_Валюты")
        assert (refused.status_code, served.status_code) == (406, 200)
        journal = (await client.get("http://host/__mock__/journal")).json()["entries"]
        assert [one["status"] for one in journal] == [406, 200]
        look = {"action": "sessions", "reset": True}
        told = [(await client.post("http://host/__mock__/act", json=look)).json() for _ in "12"]
        assert told == [{"taken": 0, "peak": 1}, {"taken": 0, "peak": 0}]


async def test_post_needs_a_length() -> None:
    """An empty POST without Content-Length never reaches 1C."""
    async with serve(build_app(OneCSettings())) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        credentials = basic("Шлюз:gateway-secret").encode()
        statuses = []
        for length in (b"", b"Content-Length: 0\r\n"):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(
                b"POST /ut/odata/standard.odata/SelectChanges HTTP/1.1\r\nHost: h\r\n"
                + length
                + b"Connection: close\r\nAuthorization: "
                + credentials
                + b"\r\n\r\n"
            )
            statuses.append(int((await reader.readline()).split()[1]))
            writer.close()
        assert statuses == [411, 400]


FORMATS = [
    ({}, "*/*", "application/atom+xml", ""),
    ({}, "application/json", "application/json", "minimalmetadata"),
    ({}, "application/json;odata=nometadata", "application/json", "nometadata"),
    ({"$format": "json"}, "application/atom+xml", "application/json", "minimalmetadata"),
    ({"$format": "atom"}, "application/json", "application/atom+xml", ""),
    ({"$format": "application/json;odata=fullmetadata"}, "*/*", "application/json", "full"),
]


@pytest.mark.parametrize(
    ("query", "accept", "kind", "level"),
    FORMATS,
    ids=["default", "accept", "accept level", "query wins", "atom wins", "full"],
)
async def test_formats(
    onec: OneC, query: dict[str, str], accept: str, kind: str, level: str
) -> None:
    """Atom unless JSON is asked for; the level decides about the annotations."""
    order = "Document_ЗаказКлиента"
    answer = await onec.call("GET", order, query, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["dataserviceversion"] == "3.0"
    if kind == "application/json":
        body = answer.json()
        row = body["value"][0]
        assert ("odata.metadata" in body) == (level != "nometadata")
        assert ("Партнер@navigationLinkUrl" in row) == (level != "nometadata")
        assert ("odata.type" in row) == (level == "full")


async def test_minimal_metadata_links(onec: OneC) -> None:
    """A filled reference to a published type has a link; an entity names its set."""
    path = "Document_ЗаказКлиента(guid'5a100000-2a11-11f0-8c11-00155d0a0b0c')"
    body = (await onec.call("GET", path, {"$format": "json"})).json()
    assert body["odata.metadata"] == f"{ROOT}$metadata#Document_ЗаказКлиента/@Element"
    assert body["Партнер@navigationLinkUrl"] == f"{path}/Партнер"
    assert "КартаЛояльности@navigationLinkUrl" not in body


async def test_an_unknown_format_is_error_3(onec: OneC) -> None:
    """The refusal of a format comes in the default one."""
    answer = await onec.call("GET", "Catalog_Валюты", {"$format": "csv"})
    assert answer.status_code == 415
    assert etree.fromstring(answer.content).findtext(f"{META}code") == "3"


async def test_errors_follow_the_format(onec: OneC) -> None:
    """Atom callers get XML; English texts keep the language ru."""
    answer = await onec.call("GET", "Catalog_Нет")
    error = etree.fromstring(answer.content)
    assert (answer.status_code, error.tag) == (404, f"{META}error")
    assert error.findtext(f"{META}message") == 'Сущность "Catalog_Нет" не найдена'
    await onec.switch(error_lang_text="en")
    told = (await onec.call("GET", "Catalog_Нет", {"$format": "json"})).json()["odata.error"]
    assert told["message"]["lang"] == "ru"
    assert told["message"]["value"].startswith("Error 8")


async def test_batch_is_not_implemented(onec: OneC) -> None:
    """$batch answers 501 in XML even to a caller of JSON."""
    answer = await onec.call("POST", "$batch", {"$format": "json"}, json={})
    assert answer.status_code == 501
    assert etree.fromstring(answer.content).findtext(f"{META}code") == "0"


async def test_service_document(onec: OneC) -> None:
    """The root lists the sets in both formats."""
    listed = (await onec.get(""))["value"]
    assert {"name": "Catalog_Партнеры", "url": "Catalog_Партнеры"} in listed
    answer = await onec.call("GET", "")
    app = "{http://www.w3.org/2007/app}"
    root = etree.fromstring(answer.content)
    hrefs = [one.get("href") for one in root.iter(f"{app}collection")]
    assert root.tag == f"{app}service"
    assert hrefs == [one["name"] for one in listed]


async def test_raw_path_and_plus(onec: OneC) -> None:
    """A plus in a query is no space unless the switch says so."""
    url = ROOT + "Catalog_Валюты?$format=json&$filter=DeletionMark+eq+false"
    headers = {"Authorization": basic()}
    refused = await onec.client.get(url, headers=headers)
    assert (refused.status_code, refused.json()["odata.error"]["code"]) == (400, "14")
    await onec.switch(plus_is_space=True)
    assert (await onec.client.get(url, headers=headers)).status_code == 200


async def test_faults_break_any_interface(onec: OneC) -> None:
    """A scripted 503 comes before the double, as of a proxy in front."""
    rule = {"kind": "status", "path": "/odata/", "status": 503, "times": 1}
    await onec.client.post("/__mock__/faults", json={"rules": [rule]})
    first = await onec.call("GET", "Catalog_Валюты")
    second = await onec.call("GET", "Catalog_Валюты")
    assert (first.status_code, second.status_code) == (503, 200)


async def test_the_journal_tells_what_was_done(onec: OneC) -> None:
    """Every call is noted with its effect, without names of people."""
    await onec.send("POST", "Catalog_Партнеры", {"Description": "Иванов"})
    await onec.get("Catalog_Партнеры", top="1")
    entries = (await onec.client.get("/__mock__/journal")).json()["entries"]
    assert [(one["op"], one["status"], one["effect"]) for one in entries] == [
        ("Catalog_Партнеры", 201, "created"),
        ("Catalog_Партнеры", 200, "none"),
    ]
    assert "Иванов" not in json.dumps(entries, ensure_ascii=False)


async def test_an_empty_base(start: Start) -> None:
    """Without demonstration data nothing is there but the constants."""
    onec = await start(demo_data=False)
    assert await onec.rows("Catalog_Партнеры") == []
    (row,) = await onec.rows("Constant_ЗаголовокСистемы")
    assert row == {"Ref_Key": "00000000-0000-0000-0000-000000000000", "Value": ""}


async def test_unknown_switches_are_refused(onec: OneC) -> None:
    """A misspelt switch must not pass for a set one."""
    for body in ({"strict": True}, {"inlinecount": "sometimes"}, {"bom_on_count": "yes"}):
        answer = await onec.client.post("/__mock__/settings", json=body)
        assert answer.status_code == 400
    shown = (await onec.client.get("/__mock__/settings")).json()
    assert (shown["inlinecount"], shown["strict_if_match"]) == ("count_only", False)
