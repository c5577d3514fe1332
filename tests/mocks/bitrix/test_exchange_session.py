"""CommerceML: login, session, modes, uploads, byte by byte (reference 3.1, 3.2, 10.14)."""

from __future__ import annotations

import asyncio
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.mocks.bitrix.onec import PATH, OneC
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Shop

NO_LOGIN = "failure\nОшибка авторизации. Неверное имя пользователя или пароль."
NO_SOURCE = "failure\nОшибка проверки источника запроса. Обновите модуль обмена."
EMPTY = b"<root/>"


async def test_sale_dialogue_of_the_new_protocol(shop: Shop) -> None:
    """Every answer must be the documented bytes, the last line break included."""
    onec = OneC(shop.http)
    lines = await onec.log_in()
    assert lines == ["success", "PHPSESSID", lines[2], f"sessid={onec.sessid}", ""]
    assert (len(lines[2]), len(onec.sessid)) == (32, 32)
    assert await onec.text("init", version="2.09") == (
        f"zip=no\nfile_limit=204800\nsessid={onec.sessid}\nversion=2.09"
    )
    assert await onec.orders() == []
    assert await onec.text("success") == "success\n"
    assert await onec.text("success") == "error\n"
    assert await onec.text("file", b"", filename="") == ""
    assert await onec.text("file", EMPTY, filename="a/from_1c.xml") == "success\n"
    failed = await onec.text("file", EMPTY, filename="a")
    assert failed == "failure\nОшибка записи в файл /a."
    assert await onec.text("import", filename="no.xml") == "failure\nФайл для импорта пуст."
    assert await onec.text("import", filename="a/from_1c.xml") == "success\n"


async def test_init_without_a_version_is_the_old_protocol(shop: Shop) -> None:
    """Without ``version`` the lines end with a break and ``import`` does not exist."""
    onec = OneC(shop.http)
    await onec.log_in()
    assert await onec.text("init") == "zip=no\nfile_limit=204800\n"
    assert await onec.text("import", filename="x.xml") == "failure\nНеизвестная команда."
    assert await onec.text("file", b" ", filename="x.xml") == "failure\nФайл для импорта пуст."


async def test_catalog_login_tells_the_time(shop: Shop) -> None:
    """``checkauth`` of the catalogue appends the moment that ``deactivate`` needs."""
    await shop.act("clock.freeze", at="2025-03-03T14:06:40+03:00")
    onec = OneC(shop.http, kind="catalog")
    lines = await onec.log_in()
    assert lines[4:] == ["timestamp=1741000000", ""]
    assert await onec.text("init") == "zip=no\nfile_limit=204800"
    assert (await onec.text("deactivate")).startswith("failure\n")
    assert (await onec.text("complete")).startswith("success\n")


@pytest.mark.parametrize("kind", ["sale", "catalog"])
async def test_wrong_password_is_refused_with_http_200(shop: Shop, kind: str) -> None:
    """A refusal is a word in the body, never a status."""
    onec = OneC(shop.http, kind=kind, password="другой")
    assert await onec.text("checkauth") == NO_LOGIN
    assert await onec.text("init") == NO_LOGIN


async def test_sessid_is_compulsory_after_its_first_use(shop: Shop) -> None:
    """Once any request carried ``sessid``, even a wrong one, none may lack it (3.1)."""
    onec = OneC(shop.http)
    await onec.log_in(with_sessid=False)
    assert (await onec.text("init", version="2.09")).startswith("zip=no")
    assert await onec.text("init", version="2.09", sessid="wrong") == NO_SOURCE
    assert await onec.text("init", version="2.09") == NO_SOURCE
    await onec.log_in()
    assert (await onec.text("init", version="2.09")).startswith("zip=no")


async def test_catalog_asks_for_the_source_before_the_login(shop: Shop) -> None:
    """The catalogue needs a valid ``sessid`` once, and then checks it before the password."""
    onec = OneC(shop.http, kind="catalog")
    await onec.log_in()
    assert (await onec.text("init", sessid="wrong")).startswith("zip=no")
    assert (await onec.text("init")).startswith("zip=no")
    stranger = OneC(shop.http, kind="catalog")
    assert await stranger.text("init") == NO_SOURCE
    assert await OneC(shop.http).text("init") == NO_LOGIN


@pytest.mark.parametrize(
    ("switch", "expected"), [("always", NO_SOURCE), ("never", "zip=no\nfile_limit=204800\n")]
)
async def test_sessid_switch(shop: Shop, switch: str, expected: str) -> None:
    """The site may ask for ``sessid`` always or never (switch S17)."""
    await shop.door("settings", {"exchange": {"sessid": switch}})
    onec = OneC(shop.http)
    await onec.log_in(with_sessid=False)
    assert await onec.text("init") == expected


async def test_user_outside_the_groups_has_no_rights(shop: Shop) -> None:
    """A right password of a user outside the component's groups is refused."""
    await shop.door("settings", {"exchange": {"is_allowed": False}})
    answer = await OneC(shop.http).text("checkauth")
    assert answer == "failure\nУ Вас нет прав для обмена. Проверьте настройки компонента."


async def test_unknown_type_and_mode(shop: Shop) -> None:
    """What the site does not know is refused in its own words; ``crm`` is not on a shop."""
    onec = OneC(shop.http, kind="crm")
    assert await onec.text("checkauth") == "failure\nUnknown command type."
    sale = OneC(shop.http)
    await sale.log_in()
    assert await sale.text("dance") == "failure\nНеизвестная команда."
    reference = OneC(shop.http, kind="reference")
    await reference.log_in()
    assert await reference.text("import") == "failure\nНеизвестная команда."


async def test_lost_cookie_starts_over(shop: Shop) -> None:
    """Uploads and login live in the session: without its cookie there is neither."""
    onec = OneC(shop.http)
    await onec.log_in()
    onec.cookies = {}
    assert await onec.text("query") == NO_LOGIN


async def test_chunks_are_appended_and_init_clears_them(shop: Shop) -> None:
    """Equal names append, so a repeated chunk breaks the file; ``init`` starts afresh."""
    onec = OneC(shop.http)
    await onec.log_in()
    await onec.text("init", version="2.09")
    for part in (b"<ro", b"ot/>", b"ot/>"):
        await onec.text("file", part, filename="x.xml")
    assert await onec.text("import", filename="x.xml") == "failure\nФайл для импорта пуст."
    await onec.text("init", version="2.09")
    for part in (b"<ro", b"ot/>"):
        await onec.text("file", part, filename="x.xml")
    assert await onec.text("import", filename="x.xml") == "success\n"


async def test_zipped_upload_is_unpacked_first() -> None:
    """With ``zip=yes`` the first imports only unpack; a bare ``.xml`` is no archive (3.2)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../from_1c.xml", EMPTY)
    async with open_shop() as shop:
        await shop.door("settings", {"exchange": {"zip": True}})
        onec = OneC(shop.http)
        await onec.log_in()
        assert (await onec.text("init", version="2.09")).startswith("zip=yes\n")
        await onec.text("file", packed.getvalue(), filename="v8.zip")
        answers = [await onec.text("import", filename="from_1c.xml") for _ in range(3)]
        assert answers == [
            "progress\nИдет распаковка архива.",
            "progress\nРаспаковка архива завершена.",
            "success\n",
        ]
        await onec.text("init", version="2.09")
        await onec.text("file", EMPTY, filename="from_1c.xml")
        await onec.text("import", filename="from_1c.xml")
        broken = await onec.text("import", filename="from_1c.xml")
        assert broken == "failure\nОшибка распаковки архива."


async def test_long_poll_wakes_with_an_order() -> None:
    """``listen`` asks for no login: 304 when nothing came, ``success`` with the first order."""
    async with open_shop() as shop:
        assert (await shop.http.get(PATH, params={"type": "listen"})).status_code == 304
        await shop.door("settings", {"exchange": {"listen_s": 10}})
        poll = asyncio.create_task(shop.http.get(PATH, params={"type": "listen"}))
        await shop.order()
        answer = await poll
        assert (answer.status_code, answer.text) == (200, "success\n")


async def test_older_protocol_text_answers_three_lines(shop: Shop) -> None:
    """The official text knows no ``sessid`` line; a client must do without it (3.1)."""
    await shop.door("settings", {"exchange": {"is_short_checkauth": True}})
    onec = OneC(shop.http)
    lines = await onec.log_in(with_sessid=False)
    assert (len(lines), lines[3]) == (4, "")
    assert (await onec.text("init")).startswith("zip=no")


async def test_catalog_refuses_when_the_clocks_differ(shop: Shop) -> None:
    """More than ten minutes between database and server stop the catalogue, not the orders."""
    await shop.door("settings", {"exchange": {"clock_skew_s": 601}})
    assert (await OneC(shop.http, kind="catalog").text("checkauth")).startswith("failure\n")
    assert (await OneC(shop.http).text("checkauth")).startswith("success\n")


async def test_portal_has_the_exchange_of_its_crm() -> None:
    """On Bitrix24 ``type=crm`` is the same dialogue (3)."""
    async with open_shop(flavour="bitrix24") as portal:
        onec = OneC(portal.http, kind="crm")
        await onec.log_in()
        assert "version=2.09" in await onec.text("init", version="2.09")
        await portal.order()
        assert len(await onec.orders()) == 1


async def test_basic_may_be_repeated_instead_of_the_login(shop: Shop) -> None:
    """A request with Basic but without a cookie is let in and given a new session."""
    header = {"authorization": "Basic MWM6c2VjcmV0"}
    query = {"type": "sale", "mode": "init"}
    answer = await shop.http.get(PATH, params=query, headers=header)
    assert answer.text == "zip=no\nfile_limit=204800\n"
    assert "PHPSESSID" in answer.headers["set-cookie"]
