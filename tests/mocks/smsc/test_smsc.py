"""The double against the reference's own shapes, asked by a bare HTTP client."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from mocks.serving import serve
from mocks.smsc.app import SmscSettings, build_app

PHONE = "79120000001"
LOGIN = {"login": "shop", "psw": "smsc-double-password"}
JSON = {**LOGIN, "fmt": "3", "charset": "utf-8"}


@pytest.fixture
async def door() -> AsyncIterator[httpx.AsyncClient]:
    """A fresh double and a client of it."""
    async with serve(build_app(SmscSettings())) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def send(door: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    """Send a message and return the JSON."""
    form = {**JSON, "phones": PHONE, "mes": "Привет", **more}
    answer = await door.post("/sys/send.php", data=form)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def messages(door: httpx.AsyncClient) -> list[Any]:
    """Return what the double took."""
    found: list[Any] = (await door.get("/__mock__/messages")).json()["messages"]
    return found


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        pytest.param("0", {"id": 5501, "cnt": 1}, id="plain (1.2)"),
        pytest.param("1", {"cnt": 1, "cost": "3.10"}, id="price only, no id (1.2)"),
        pytest.param("2", {"id": 5501, "cnt": 1, "cost": "3.10"}, id="with price"),
        pytest.param(
            "3", {"id": 5501, "cnt": 1, "cost": "3.10", "balance": "996.90"}, id="with balance"
        ),
    ],
)
async def test_an_answer_has_the_documented_shape(
    door: httpx.AsyncClient, cost: str, told: dict[str, object]
) -> None:
    """A client would be written for answers that the vendor never gives."""
    assert await send(door, id="5501", cost=cost) == told
    assert len(await messages(door)) == (0 if cost == "1" else 1)


@pytest.mark.parametrize(
    ("fmt", "told"),
    [
        pytest.param("", "ERROR = 2 (authorise error)", id="text is the default"),
        pytest.param("1", "0,-2", id="commas"),
        pytest.param(
            "2",
            "<result><error>authorise error</error><error_code>2</error_code></result>",
            id="XML",
        ),
        pytest.param("3", '{"error":"authorise error","error_code":2}', id="JSON"),
    ],
)
async def test_a_refusal_comes_with_200_in_each_format(
    door: httpx.AsyncClient, fmt: str, told: str
) -> None:
    """A client that looks at the status only would pass here and fail at the vendor."""
    form = {"login": "shop", "psw": "wrong"} | ({"fmt": fmt} if fmt else {})
    answer = await door.post("/sys/balance.php", data=form)
    assert (answer.status_code, answer.text) == (200, told)


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param(LOGIN, id="plain"),
        pytest.param(
            {"login": "shop", "psw": hashlib.md5(b"smsc-double-password").hexdigest()},  # noqa: S324
            id="MD5",
        ),
        pytest.param({"apikey": "smsc-double-key"}, id="key alone"),
        pytest.param({"login": "shop", "apikey": "smsc-double-key"}, id="key with login"),
    ],
)
async def test_each_way_in_is_open(door: httpx.AsyncClient, credentials: dict[str, str]) -> None:
    """A documented form of credentials would be refused."""
    answer = await door.get("/sys/balance.php", params={**credentials, "fmt": "3", "cur": "1"})
    assert answer.json() == {"balance": "1000.00", "currency": "RUR"}


async def test_the_default_charset_is_windows_1251(door: httpx.AsyncClient) -> None:
    """A client that forgets ``charset`` would look right here and send rubbish to people."""
    plain = {**LOGIN, "fmt": "3", "phones": PHONE, "mes": "Привет"}
    await door.post("/sys/send.php", data=plain)
    await door.post("/sys/send.php", data={**plain, "charset": "utf-8"})
    assert [one["text"] for one in await messages(door)] == ["РџСЂРёРІРµС‚", "Привет"]


async def test_one_pair_is_an_object_and_a_trailing_comma_a_list(door: httpx.AsyncClient) -> None:
    """The trap of 1.3 would be missing."""
    await send(door, id="7")
    one = await door.post("/sys/status.php", data={**JSON, "phone": PHONE, "id": "7"})
    assert {"status", "last_date", "last_timestamp", "err"} == set(one.json())
    form = {**JSON, "phone": f"{PHONE},", "id": "7,"}
    (first,) = (await door.post("/sys/status.php", data=form)).json()
    assert (first["id"], first["phone"], first["status"]) == (7, PHONE, 0)
    unknown = await door.post("/sys/status.php", data={**JSON, "phone": PHONE, "id": "8"})
    assert unknown.json()["status"] == -3


async def test_an_equal_message_is_refused_for_a_minute_and_sent_after_it(
    door: httpx.AsyncClient,
) -> None:
    """A client that counts on the id would not be caught sending twice."""
    await send(door, id="7")
    assert (await send(door, id="7"))["error_code"] == 9
    await door.post("/__mock__/act", json={"action": "clock.advance", "seconds": 61})
    assert await send(door, id="7") == {"id": 7, "cnt": 1}
    assert len(await messages(door)) == 2


async def test_the_sixth_equal_question_for_a_price_is_refused(door: httpx.AsyncClient) -> None:
    """A client that asks before each message would never meet the limit."""
    told = [await send(door, cost="1") for _ in range(6)]
    assert ["error_code" in one for one in told] == [False] * 5 + [True]


async def test_fifteen_requests_at_once_are_too_many(door: httpx.AsyncClient) -> None:
    """The limit of connections would be found out in the first mailing."""
    await door.post("/__mock__/settings", json={"latency_s": 0.5})
    calls = [door.post("/sys/balance.php", data=JSON) for _ in range(20)]
    told = [answer.json().get("error_code") for answer in await asyncio.gather(*calls)]
    assert told.count(9) > 0


@pytest.mark.parametrize(
    ("switch", "code", "state"),
    [
        pytest.param({"undeliverable": [PHONE]}, 8, 20, id="cannot be reached"),
        pytest.param({"forbidden_words": ["Привет"]}, 6, 23, id="forbidden"),
        pytest.param({"balance": "1"}, 3, 24, id="no money"),
        pytest.param({"is_address_blocked": True}, 4, None, id="address blocked"),
    ],
)
async def test_a_reason_has_its_code_and_leaves_its_state(
    door: httpx.AsyncClient, switch: dict[str, Any], code: int, state: int | None
) -> None:
    """A client could not tell what to do next."""
    where = "seed" if "balance" in switch else "settings"
    (await door.post(f"/__mock__/{where}", json=switch)).raise_for_status()
    told = await send(door, id="7")
    assert (told["error_code"], told.get("id")) == (code, None if state is None else 7)
    assert [one["status"] for one in await messages(door)] == ([] if state is None else [state])


async def test_the_json_twin_sends(door: httpx.AsyncClient) -> None:
    """A client of ``/rest/send/`` would find nothing."""
    body = {**LOGIN, "phones": PHONE, "mes": "Привет", "cost": 3, "charset": "utf-8"}
    answer = await door.post("/rest/send/", json=body)
    assert answer.json()["balance"] == "996.90"
