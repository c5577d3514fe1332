"""Tokens: every grant, refreshed once however many ask, and codes that prove who somebody is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connectors.loymax.client import LoymaxClient
from gateway.canonical import Kind
from gateway.contract import (
    AuthRejected,
    MemberKey,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
    Unsupported,
)
from tests.connectors.bench import Bench

from .conftest import Open
from .world import ANNA, PHONE, cut, journal, loyalty, sale

ClientOf = Callable[[Bench], LoymaxClient]
TOKEN = "authorizationService/token"


async def grants(base: Bench) -> list[str]:
    """Return whose tokens were given, in order; refused grants are empty."""
    return [one["key"] for one in await journal(base) if one["op"] == TOKEN]


async def test_each_token_is_fetched_once(base: Bench) -> None:
    """Every call logs in anew, and the vendor blocks the gateway's address."""
    readers = base.connector.readers[Kind.CUSTOMER]
    await asyncio.gather(*(readers.get([ANNA]) for _ in range(5)))
    await asyncio.gather(*(loyalty(base).quote(sale(f"S{place}")) for place in range(5)))

    assert sorted(await grants(base)) == ["application", "customer", "operator"]


@pytest.mark.parametrize("rotation", ["dies", "lives"])
async def test_expired_token_is_refreshed_once_for_all_who_wait(base: Bench, rotation: str) -> None:
    """Two refreshes at once end each other's pair, and the account is locked out."""
    await base.switch(refresh_rotation=rotation)
    readers = base.connector.readers[Kind.CUSTOMER]
    await readers.get([ANNA])
    for _ in range(3):
        await base.act("tokens.expire")
        readings = await asyncio.gather(*(readers.get([ANNA]) for _ in range(4)))
        assert all(len(one.items) == 1 for one in readings)

    assert await grants(base) == ["operator"] * 4


async def test_token_near_its_end_is_renewed_before_it_is_refused(open_double: Open) -> None:
    """A token that ends on the way costs every call a refusal."""
    base = await open_double(login_token_s=20)
    await base.look(Kind.CUSTOMER, ANNA)

    assert all(one["status"] == 200 for one in await journal(base))


async def test_refresh_that_is_refused_is_a_login(base: Bench) -> None:
    """After a month of silence nobody logs in again."""
    await base.look(Kind.CUSTOMER, ANNA)
    await base.door.post("/__mock__/clock", json={"advance": 40 * 86400})

    assert (await base.look(Kind.CUSTOMER, ANNA)).external_id == ANNA
    assert await grants(base) == ["operator", "", "operator"]


async def test_lost_answer_of_a_refresh_is_a_login(base: Bench) -> None:
    """A refresh token that was used up is sent again for ever."""
    await base.look(Kind.CUSTOMER, ANNA)
    await base.act("tokens.expire")
    await base.faults(cut("token$"))
    with pytest.raises(OutcomeUnknown):
        await base.connector.readers[Kind.CUSTOMER].get([ANNA])

    assert (await base.look(Kind.CUSTOMER, ANNA)).external_id == ANNA


@pytest.mark.parametrize("member", [MemberKey(phone=PHONE), None], ids=["member", "shop"])
async def test_refused_token_of_a_purchase_is_replaced(
    base: Bench, member: MemberKey | None
) -> None:
    """The till stands still for an hour, because its token ended."""
    await loyalty(base).quote(sale(member=member))
    await base.act("tokens.expire")

    assert (await loyalty(base).quote(sale(member=member))).total.amount == 1060


async def test_token_that_is_refused_twice_is_told(base: Bench) -> None:
    """A gateway that logs in for ever gets the whole address blocked."""
    await base.look(Kind.CUSTOMER, ANNA)
    await base.faults({"kind": "status", "path": "/users", "status": 401})

    with pytest.raises(AuthRejected):
        await base.look(Kind.CUSTOMER, ANNA)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param({"password": "wrong"}, AuthRejected, id="operator"),
        pytest.param({"username": "nobody"}, AuthRejected, id="nobody"),
    ],
)
async def test_wrong_login_parks_the_account(
    open_double: Open, own: dict[str, Any], expected: type[Exception]
) -> None:
    """A wrong password is tried until the vendor blocks the address of the whole shop."""
    base = await open_double(own)

    with pytest.raises(expected):
        await base.connector.probe()


@pytest.mark.parametrize("what", ["client_id", "client_secret"])
async def test_wrong_application_parks_the_account(open_double: Open, what: str) -> None:
    """Purchases of members vanish without a word, because the application's secret is old."""
    application = {
        "client_id": "shop-app",
        "client_secret": "app-secret",
        "redirect_uri": "https://shop.example.ru/cb",
        what: "wrong",
    }
    base = await open_double({"application": application})

    with pytest.raises(AuthRejected):
        await loyalty(base).quote(sale())


async def test_account_without_an_application_says_so(open_double: Open) -> None:
    """An error of set-up looks like one of the vendor."""
    base = await open_double({"application": None})

    with pytest.raises(Unsupported, match="application"):
        await loyalty(base).quote(sale())
    report = await base.connector.probe()
    assert any("application" in note for note in report.notes)


async def test_blocked_login_waits(open_double: Open) -> None:
    """A blocked login is tried on, and stays blocked for ever."""
    base = await open_double({"password": "wrong"}, login_attempts=1)
    with pytest.raises(AuthRejected):
        await base.connector.probe()

    with pytest.raises(RateLimited) as caught:
        await base.connector.probe()
    assert caught.value.retry_after_s == 1800


async def test_token_service_that_fails_is_tried_later(base: Bench) -> None:
    """A restart of the vendor parks the account."""
    await base.faults({"kind": "status", "path": "token$", "status": 500})

    with pytest.raises(Unavailable):
        await base.connector.probe()


async def test_member_logs_in_by_password(base: Bench, client_of: ClientOf) -> None:
    """The grant of the cabinet is spelt otherwise than the vendor reads it."""
    told = await client_of(base).tokens.password("79000005012", "Secret-1")
    assert told.access_token
    with pytest.raises(AuthRejected):
        await client_of(base).tokens.password("79000005012", "wrong")


async def test_phone_that_changes_hands_takes_no_token_along(base: Bench) -> None:
    """The new owner of a number spends the points of the old one."""
    await loyalty(base).quote(sale(member=MemberKey(phone=PHONE)))
    await base.act("customer.edit", id=5012, change={"phone": "79000005099"})
    await base.act("tokens.expire")

    with pytest.raises(Missing):
        await loyalty(base).quote(sale(member=MemberKey(phone=PHONE)))
