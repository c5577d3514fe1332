"""The words of the protocol: what 1C reads first decides whether it goes on at all."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest

from gateway.bootstrap.tidying import keep_tidy
from tests.connectors.onec.exchange.conftest import Shop
from tests.connectors.onec.exchange.onec import LOGIN, PATH, OneC, basic
from tests.gateway.ops.house import eventually

WRONG_LOGIN = "failure\nОшибка авторизации. Неверное имя пользователя или пароль."
WRONG_SOURCE = "failure\nОшибка проверки источника запроса. Обновите модуль обмена."


async def answer(onec: OneC, type_: str, authorization: str) -> bytes:
    """Return the bytes of ``checkauth``."""
    query = {"type": type_, "mode": "checkauth"}
    headers = {"Authorization": authorization}
    return (await onec.http.get(PATH, params=query, headers=headers, timeout=60)).content


@pytest.mark.parametrize(
    ("type_", "last"),
    [("sale", rb""), ("catalog", rb"timestamp=\d{10}\n")],
    ids=["sale", "catalog"],
)
async def test_login_answers_cookie_and_proof(shop: Shop, type_: str, last: bytes) -> None:
    """1C reads the cookie from the second and third line; anything before them ends the session."""
    _, onec = await shop.open()
    told = await answer(onec, type_, basic(*LOGIN))
    form = rb"success\nPHPSESSID\n[0-9a-f]{56}\nsessid=[0-9a-f]{32}\n"
    assert re.fullmatch(form + last, told)
    assert (await answer(onec, type_, basic(*LOGIN, "windows-1251"))).startswith(b"success\n")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(basic(LOGIN[0], "другой"), id="another password"),
        pytest.param(basic("Гость", LOGIN[1]), id="another user"),
        pytest.param("Basic ####", id="no base64"),
        pytest.param("Bearer abc", id="another scheme"),
        pytest.param("", id="nothing"),
    ],
)
async def test_wrong_login_is_a_failure(shop: Shop, authorization: str) -> None:
    """Anybody could fetch the orders of the shop."""
    _, onec = await shop.open()
    told = await answer(onec, "sale", authorization)
    assert told.decode("windows-1251") == WRONG_LOGIN


async def test_forged_and_old_sessions_are_refused(shop: Shop) -> None:
    """A cookie that was made up, or lies in an old log, opens the door."""
    _, onec = await shop.open()
    await onec.log_in("sale")
    good, name = onec.cookie, onec.cookie.partition("=")[0]
    assert (await onec.said("type=sale&mode=init")).startswith("zip=no\n")
    token = good.partition("=")[2]
    later = f"{int(token[16:24], 16) + 3600:08x}"
    for forged in ("", f"{name}=", f"{name}={'0' * 56}", f"{name}={token[:16]}{later}{token[24:]}"):
        onec.cookie = forged
        assert await onec.said("type=sale&mode=query") == WRONG_LOGIN


async def test_session_outlives_the_process(shop: Shop) -> None:
    """A restart of the gateway ends every exchange that is under way."""
    _, first = await shop.open()
    await first.log_in("sale")
    _, onec = await shop.open()
    onec.cookie, onec.sessid = first.cookie, first.sessid
    assert (await onec.said("type=sale&mode=init")).startswith("zip=no\n")


INITS = [
    pytest.param("sale", "&version=2.09", "zip=no\nfile_limit=204800\nsessid={}\nversion=2.09"),
    pytest.param("sale", "", "zip=no\nfile_limit=204800\n"),
    pytest.param("catalog", "", "zip=no\nfile_limit=204800"),
]


@pytest.mark.parametrize(("type_", "version", "expected"), INITS, ids=["new", "old", "catalog"])
async def test_init_byte_by_byte(shop: Shop, type_: str, version: str, expected: str) -> None:
    """1C splits these lines by their exact words."""
    _, onec = await shop.open()
    await onec.log_in(type_)
    told = await onec.call("GET", f"type={type_}&mode=init{version}")
    assert told.content.decode() == expected.format(onec.sessid)
    assert told.headers["content-type"] == "text/html; charset=windows-1251"


async def test_proof_is_compulsory_after_its_first_use(shop: Shop) -> None:
    """A page in a clerk's browser could start an exchange with the cookie that lies there."""
    _, onec = await shop.open()
    await onec.log_in("sale")
    proof, onec.sessid = onec.sessid, ""
    assert (await onec.said("type=sale&mode=init")).startswith("zip=")
    onec.sessid = "f" * 32
    assert (await onec.said("type=sale&mode=init")).startswith("zip=")
    onec.sessid = proof
    assert (await onec.said("type=sale&mode=init")).startswith("zip=")
    for wrong in ("", "f" * 32):
        onec.sessid = wrong
        assert await onec.said("type=sale&mode=init") == WRONG_SOURCE
    onec.sessid = proof
    assert (await onec.said("type=sale&mode=init")).startswith("zip=")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=sale&mode=dance", "failure\nНеизвестная команда."),
        ("type=catalog&mode=query", "failure\nНеизвестная команда."),
        ("type=catalog", "failure\nНеизвестная команда."),
        ("type=party&mode=init", "failure\nUnknown command type."),
        ("mode=init", "failure\nUnknown command type."),
        ("type=catalog&mode=import&filename=none.xml", "failure\nФайл для импорта пуст."),
        ("type=sale&mode=import&filename=none.xml", "failure\nФайл для импорта пуст."),
        ("type=catalog&mode=import&filename=../state.json", "failure\nФайл для импорта пуст."),
        ("type=catalog&mode=deactivate", "failure\nНе указано время начала обмена."),
        ("type=catalog&mode=complete", "success\nОбмен завершен.\n"),
        ("type=sale&mode=success", "success\n"),
    ],
)
async def test_other_words(shop: Shop, query: str, expected: str) -> None:
    """1C would wait for a word that never comes."""
    _, onec = await shop.open()
    await onec.log_in("sale" if "sale" in query else "catalog")
    assert await onec.said(query) == expected


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/cron.xml",
        "..%2F..%2Fx.xml",
        "a/../../x.xml",
        "..\\..\\x.xml",
        "C:\\x.xml",
        "a%00.xml",
    ],
)
async def test_name_never_leaves_its_folder(shop: Shop, name: str) -> None:
    """Whoever has the exchange's password could write anywhere on the machine."""
    _, onec = await shop.open()
    await onec.log_in()
    answer = await onec.call("POST", f"type=catalog&mode=file&filename={name}", b"<a/>")
    assert answer.content.decode("windows-1251").startswith("failure\nОшибка записи в файл /")
    assert sorted(path.name for path in shop.spool.rglob("*.xml")) == []


async def test_empty_name_gets_an_empty_body_and_a_picture_leaves_nothing(shop: Shop) -> None:
    """Pictures of a whole catalogue fill the disk, and nobody ever looks at them."""
    _, onec = await shop.open()
    await onec.log_in()
    assert (await onec.call("POST", "type=catalog&mode=file&filename=", b"x")).content == b""
    await onec.send("import_files/0a/0a1b-88.jpg", b"\xff\xd8picture")
    assert [path.name for path in shop.spool.rglob("*.jpg")] == []


async def test_file_has_a_limit(shop_with: Callable[[str], Shop]) -> None:
    """One endless file takes the disk that all accounts need."""
    shop = shop_with("most_bytes = 5000\nfile_limit = 2000")
    _, onec = await shop.open()
    await onec.log_in()
    query = "type=catalog&mode=file&filename=big.xml"
    for _ in range(2):
        assert (await onec.call("POST", query, b"x" * 2000)).content == b"success\n"
    answer = await onec.call("POST", query, b"x" * 2000)
    assert answer.content.decode("windows-1251") == "failure\nОшибка записи в файл /big.xml."
    assert [path.stat().st_size for path in shop.spool.rglob("big.xml")] == [4000]


async def test_dictionaries_of_the_site(shop: Shop) -> None:
    """1C has nothing to map its own statuses and ways of payment to."""
    _, onec = await shop.open()
    await onec.log_in("sale")
    answer = await onec.call("GET", "type=sale&mode=info")
    assert answer.headers["content-type"] == "application/xml; charset=windows-1251"
    text = answer.content.decode("windows-1251")
    assert "<Cтатусы><Элемент><Ид>N</Ид><Название>Принят</Название></Элемент>" in text
    assert "<СлужбыДоставки><Элемент><Ид>3</Ид><Название>Курьер</Название>" in text


async def test_files_of_ended_sessions_are_removed(shop: Shop) -> None:
    """A year of exchanges is kept on the disk, with everybody's orders in it."""
    served, onec = await shop.open()
    await onec.catalogue(("import.xml", b"<broken"))
    folders = [path for path in shop.spool.iterdir() if path.is_dir()]
    assert len(folders) == 1
    old = folders[0].with_name(f"{'0' * 16}{1_700_000_000:08x}")
    folders[0].rename(old)
    await onec.log_in()
    assert not old.exists()
    old.mkdir()
    (old / "from_1c.xml").write_text("<Контрагент>Ёжикова</Контрагент>", "utf-8")
    gateway = served.gateway
    tidy = asyncio.create_task(keep_tidy(gateway.foundation, gateway.desks))
    await eventually(lambda: asyncio.to_thread(old.exists), lambda found: not found)
    tidy.cancel()
