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
    CodePurpose,
    MemberKey,
    Missing,
    OneTimeCodes,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
    Unsupported,
)
from tests.connectors.bench import Bench

from .conftest import Open
from .world import ANNA, CARD, PHONE, cut, journal, loyalty, part, person, sale

ClientOf = Callable[[Bench], LoymaxClient]
TOKEN = "authorizationService/token"


def codes(base: Bench) -> OneTimeCodes:
    """Return the connector's codes."""
    found = base.connector.services.codes
    assert found is not None
    return found


async def last_code(base: Bench) -> str:
    """Return the code that was sent last."""
    return str((await part(base, "messages"))[-1]["code"])


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


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(MemberKey(phone=PHONE), id="phone"),
        pytest.param(MemberKey(card=CARD), id="card"),
        pytest.param(MemberKey(email="anna@example.com"), id="email"),
        pytest.param(MemberKey(external_id=ANNA), id="id"),
    ],
)
@pytest.mark.parametrize("purpose", [CodePurpose.LOGIN, CodePurpose.SPENDING])
async def test_login_code_goes_two_steps(
    open_double: Open, to: MemberKey, purpose: CodePurpose
) -> None:
    """The step that answers 400 is taken for a refusal, and nobody can log in."""
    base = await open_double(two_factor="on", password_required="off")
    sent = await codes(base).send(to, purpose=purpose)
    wrong = await codes(base).confirm(to, "000000", purpose=purpose, reference=sent.reference)
    right = await codes(base).confirm(
        to, await last_code(base), purpose=purpose, reference=sent.reference
    )

    assert (wrong, right) == (False, True)
    assert sent.reference


async def test_login_code_of_a_stranger_is_refused(open_double: Open) -> None:
    """A code for nobody is told as sent."""
    base = await open_double(two_factor="on", password_required="off")

    with pytest.raises(Rejected):
        await codes(base).send(MemberKey(phone="+79990000000"), purpose=CodePurpose.LOGIN)


async def test_installation_without_codes_refuses_a_login(base: Bench) -> None:
    """An installation that wants passwords sends no code, and the buyer waits for it."""
    with pytest.raises(Rejected):
        await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN)


async def test_login_code_needs_its_reference(base: Bench) -> None:
    """Any code proves any person."""
    with pytest.raises(Rejected, match="reference"):
        await codes(base).confirm(MemberKey(phone=PHONE), "1", purpose=CodePurpose.LOGIN)


async def test_reference_of_nobody_proves_nothing(open_double: Open) -> None:
    """A made-up reference passes for a login."""
    base = await open_double(two_factor="on", password_required="off")

    with pytest.raises(AuthRejected):
        await codes(base).confirm(
            MemberKey(phone=PHONE), "1", purpose=CodePurpose.LOGIN, reference="0" * 32
        )


async def test_too_many_login_codes_are_a_matter_of_time(
    open_double: Open, client_of: ClientOf
) -> None:
    """Somebody who presses the button on and on parks the account for everybody."""
    base = await open_double(two_factor="on", password_required="off", code_sends=2)
    to = MemberKey(phone=PHONE)
    sent = await codes(base).send(to, purpose=CodePurpose.LOGIN)
    await client_of(base).tokens.resend_login(sent.reference)
    with pytest.raises(RateLimited) as caught:
        await client_of(base).tokens.resend_login(sent.reference)
    assert caught.value.retry_after_s == 1800

    with pytest.raises(RateLimited):
        await codes(base).send(to, purpose=CodePurpose.LOGIN)


@pytest.mark.parametrize(
    "to", [MemberKey(phone=PHONE), MemberKey(external_id=ANNA)], ids=["phone", "id"]
)
async def test_phone_is_proved_by_code(base: Bench, to: MemberKey) -> None:
    """A number that the operator typed is never proved, or any code proves it."""
    await codes(base).send(to, purpose=CodePurpose.PHONE)
    first = await last_code(base)
    await codes(base).send(to, purpose=CodePurpose.PHONE)
    second = await last_code(base)

    assert not await codes(base).confirm(to, first, purpose=CodePurpose.PHONE)
    assert await codes(base).confirm(to, second, purpose=CodePurpose.PHONE)
    assert not await codes(base).confirm(to, second, purpose=CodePurpose.PHONE)
    assert (await person(base))["phone"] == "79000005012"


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(MemberKey(phone=PHONE), id="phone"),
        pytest.param(MemberKey(email="anna@example.com"), id="email"),
        pytest.param(MemberKey(card=CARD), id="card"),
    ],
)
async def test_email_is_proved_by_code(base: Bench, to: MemberKey) -> None:
    """An address counts as proved though nobody read its letter."""
    sent = await codes(base).send(to, purpose=CodePurpose.EMAIL)
    code = await last_code(base)

    assert sent.length == len(code) == 6
    assert (await part(base, "messages"))[-1]["channel"] == "email"
    assert not await codes(base).confirm(to, "000000", purpose=CodePurpose.EMAIL)
    assert await codes(base).confirm(to, code, purpose=CodePurpose.EMAIL)


@pytest.mark.parametrize("purpose", [CodePurpose.PHONE, CodePurpose.EMAIL])
async def test_too_many_codes_are_a_matter_of_time(open_double: Open, purpose: CodePurpose) -> None:
    """The lock of one buyer's codes is told as a refusal of the code."""
    base = await open_double(code_sends=1)
    to = MemberKey(phone=PHONE)
    await codes(base).send(to, purpose=purpose)

    with pytest.raises(RateLimited) as caught:
        await codes(base).send(to, purpose=purpose)
    assert caught.value.retry_after_s == 1800


@pytest.mark.parametrize("purpose", [CodePurpose.PHONE, CodePurpose.EMAIL])
async def test_code_for_a_stranger_is_missing(base: Bench, purpose: CodePurpose) -> None:
    """A code for nobody is told as sent."""
    with pytest.raises(Missing):
        await codes(base).send(MemberKey(phone="+79990000000"), purpose=purpose)


async def test_lost_answer_of_a_code_is_not_sent_again(base: Bench) -> None:
    """A time-out sends the buyer three codes, of which only the last one is right."""
    await base.look(Kind.CUSTOMER, ANNA)
    await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.PHONE)
    await base.faults(cut("SendConfirmPhoneCode$"))
    with pytest.raises(OutcomeUnknown):
        await codes(base).send(MemberKey(phone=PHONE), purpose=CodePurpose.PHONE)

    assert len(await part(base, "messages")) == 2
