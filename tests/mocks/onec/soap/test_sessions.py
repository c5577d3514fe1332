"""Sessions, rights and the maintenance lock of SOAP services (vendor reference, 0, 2.3, 3.1)."""

from __future__ import annotations

import asyncio

from mocks.onec.settings import InfobaseUser
from tests.mocks.onec.hs.services import AUDITOR, CARD, Services, open_services
from tests.mocks.onec.soap.envelopes import LOYALTY, envelope, loyalty, post

PING = f'<Ping xmlns="{LOYALTY}"/>'
REQUEST = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"


async def test_user_without_the_right_to_write(services: Services) -> None:
    """Roles apply to services too: reading goes on, writing is a fault."""
    services.http.auth = _auth(AUDITOR)
    read_one = await loyalty(services, "GetBalance", CardID=CARD, AtDate=None)
    values = {"RequestID": REQUEST, "CardID": CARD, "Status": "Аннулирована"}
    refused = await loyalty(services, "SetCardStatus", **values)
    assert (read_one.status, refused.status) == (200, 500)
    assert refused.text("faultstring") == "Нарушение прав доступа!"


def _auth(user: tuple[str, str]) -> tuple[bytes, bytes]:
    return user[0].encode(), user[1].encode()


async def test_user_without_the_right_to_the_service() -> None:
    """Then every call is a fault; the WSDL can be read."""
    hidden = InfobaseUser("Шлюз", "gateway-secret", hidden=("WebService.LoyaltyExchange",))
    async with open_services(users=(hidden,)) as services:
        answer = await loyalty(services, "Ping")
        assert (answer.status, answer.text("faultstring")) == (500, "Нарушение прав доступа!")
        assert (await services.http.get("/ut/ws/LoyaltyExchange?wsdl")).status_code == 200


async def test_sessions_by_header() -> None:
    """A manual session is begun, used, ended, and then unknown (2.3)."""
    async with open_services(session_limit=1) as services:
        started = await post(services, "LoyaltyExchange", envelope(PING), IBSession="start")
        cookie = started.headers["set-cookie"]
        assert cookie.startswith("ibsession=")
        services.http.cookies.clear()
        taken = await post(services, "LoyaltyExchange", envelope(PING))
        assert taken.status_code == 406
        headers = {"Cookie": cookie}
        used = await post(services, "LoyaltyExchange", envelope(PING), **headers)
        ended = await post(
            services, "LoyaltyExchange", envelope(PING), IBSession="finish", **headers
        )
        assert (used.status_code, ended.status_code) == (200, 200)
        gone = await post(services, "LoyaltyExchange", envelope(PING), **headers)
        assert gone.status_code == 400
        assert (await post(services, "LoyaltyExchange", envelope(PING))).status_code == 200


async def test_parallel_calls_of_one_session() -> None:
    """They share the one seat, so the second waits instead of being refused."""
    async with open_services(session_limit=1, call_delay_s=0.02) as services:
        started = await post(services, "LoyaltyExchange", envelope(PING), IBSession="start")
        services.http.cookies.clear()
        headers = {"Cookie": started.headers["set-cookie"]}
        calls = (post(services, "LoyaltyExchange", envelope(PING), **headers) for _ in range(3))
        assert [answer.status_code for answer in await asyncio.gather(*calls)] == [200, 200, 200]


async def test_idle_session_ends(services: Services) -> None:
    """After the idle lifetime the number is unknown and the seat is free."""
    started = await post(services, "LoyaltyExchange", envelope(PING), IBSession="start")
    services.http.cookies.clear()
    headers = {"Cookie": started.headers["set-cookie"]}
    await services.at("2026-02-03T18:10:20")
    assert (await post(services, "LoyaltyExchange", envelope(PING), **headers)).status_code == 200
    await services.at("2026-02-03T18:10:41")
    assert (await post(services, "LoyaltyExchange", envelope(PING), **headers)).status_code == 400


async def test_maintenance_lock(services: Services) -> None:
    """A locked base answers SOAP clients with the JSON document and its BOM (1.10)."""
    await services.door("settings", locked="Ведутся технические работы")
    answer = await post(services, "LoyaltyExchange", envelope(PING))
    assert answer.status_code == 403
    assert answer.text.startswith('\ufeff{"#exception"')
