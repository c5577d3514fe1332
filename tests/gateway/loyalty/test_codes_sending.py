"""Sending own codes: how often, to whom, and what a message that failed means."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config.codes import CodeSendsSection, CodesSection
from gateway.contract import (
    AuthRejected,
    Caller,
    CodePurpose,
    MemberKey,
    NoticeChannel,
    OutcomeUnknown,
    Rejected,
    StoreError,
    TillBusy,
    TillRefused,
    Unavailable,
)
from tests.gateway.loyalty.guessing import SITE, TILL, Shop, open_shop, sqlite

PHONE = "+79161234567"
TO = MemberKey(phone=PHONE)
SPENDING = CodePurpose.SPENDING


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop."""
    async with open_shop(sqlite(tmp_path)) as opened:
        yield opened


async def test_asking_again_too_early_is_told_how_long_to_wait(shop: Shop) -> None:
    """A customer who taps twice would pay two messages and get the wrong code."""
    codes = shop.codes()
    await codes.send(TILL, TO, purpose=SPENDING)
    shop.clock.move(20)
    with pytest.raises(TillBusy) as busy:
        await shop.codes().send(SITE, TO, purpose=SPENDING)
    assert busy.value.retry_after_s == pytest.approx(40.0)
    assert len(shop.phones.sent) == 1


async def test_a_recipient_s_codes_of_an_hour_and_a_day_are_bounded(shop: Shop) -> None:
    """Somebody could ring at a phone all day long, at the shop's cost."""
    section = CodesSection(sends=CodeSendsSection(recipient_hour=2, recipient_day=3))
    sent, waits = 0, []
    for _ in range(200):
        try:
            await shop.codes(section).send(TILL, TO, purpose=SPENDING)
            sent += 1
        except TillBusy as busy:
            waits.append(busy.retry_after_s)
        shop.clock.move(120)
    assert sent == 3
    assert max(waits) <= 86_400


async def test_a_flood_at_one_phone_hinders_nobody_else(shop: Shop) -> None:
    """One child with a phone could keep the whole shop from spending."""
    codes = shop.codes()
    for _ in range(400):
        try:
            await codes.send(TILL, TO, purpose=SPENDING)
        except TillBusy:
            continue
    for number in range(20):
        await codes.send(TILL, MemberKey(phone=f"+791600000{number:02}"), purpose=SPENDING)
    assert len(shop.phones.sent) == 21


@pytest.mark.parametrize("way", ["till", "address"])
async def test_a_till_and_an_address_are_bounded(shop: Shop, way: str) -> None:
    """A stolen key would send codes to the whole country."""
    sends = CodeSendsSection(till_minute=3) if way == "till" else CodeSendsSection(address_hour=3)
    codes = shop.codes(CodesSection(sends=sends))
    sent, refused = 0, list[str]()
    for number in range(10):
        named = TILL if way == "till" else Caller(f"till-{number}")
        caller = replace(named, visitor="198.51.100.7")
        to = MemberKey(phone=f"+791600000{number:02}")
        try:
            await codes.send(caller, to, purpose=SPENDING)
            sent += 1
        except TillBusy as busy:
            refused.append(busy.code)
    assert (sent, refused) == (3, ["code-limited"] * 7)


@pytest.mark.parametrize(
    ("failing", "raised", "code", "again_at_once"),
    [
        pytest.param(Rejected("no"), TillRefused, "code-undeliverable", True, id="dead phone"),
        pytest.param(Unavailable("no"), TillBusy, "code-unsent", True, id="vendor away"),
        pytest.param(AuthRejected("no"), TillBusy, "code-unsent", True, id="no money"),
        pytest.param(OutcomeUnknown("no"), None, "", False, id="perhaps sent"),
    ],
)
async def test_what_reached_nobody_delays_nothing(
    shop: Shop,
    failing: Exception,
    raised: type[TillBusy | TillRefused] | None,
    code: str,
    *,
    again_at_once: bool,
) -> None:
    """A customer would wait a minute for a code that was never sent, or get two."""
    codes = shop.codes()
    shop.phones.failing = failing
    if raised is None:
        await codes.send(TILL, TO, purpose=SPENDING)
    else:
        with pytest.raises(raised) as told:
            await codes.send(TILL, TO, purpose=SPENDING)
        assert isinstance(told.value, TillBusy | TillRefused)
        assert told.value.code == code
        assert PHONE not in str(told.value)
    shop.phones.failing = None
    if again_at_once:
        await codes.send(TILL, TO, purpose=SPENDING)
    else:
        with pytest.raises(TillBusy):
            await codes.send(TILL, TO, purpose=SPENDING)


async def test_a_store_that_is_away_is_a_busy_answer(shop: Shop) -> None:
    """A till would get a fault of the gateway, or a code that nobody can confirm."""

    class Away:
        async def run(self, work: object) -> object:
            del work
            raise StoreError

    codes = shop.codes(store=Away())
    with pytest.raises(TillBusy) as busy:
        await codes.send(TILL, TO, purpose=SPENDING)
    assert busy.value.code == "code-unkept"
    assert shop.phones.sent == []


@pytest.mark.parametrize(
    "to", [MemberKey(card="2100123456789"), MemberKey(external_id="7"), MemberKey(email="a@b.ru")]
)
async def test_only_what_messages_reach_can_have_a_code(shop: Shop, to: MemberKey) -> None:
    """A code would be kept that nobody ever gets."""
    codes = shop.codes(notifiers={NoticeChannel.SMS: shop.phones})
    with pytest.raises(TillRefused) as refused:
        await codes.send(TILL, to, purpose=SPENDING)
    assert (refused.value.code, refused.value.field) == ("code-recipient", "to")


async def test_a_caller_who_gives_up_does_not_stop_the_message(shop: Shop) -> None:
    """A slow vendor would leave the customer without a code that was already paid for."""
    going, arrived = asyncio.Event(), asyncio.Event()

    class Slow:
        channels = frozenset(NoticeChannel)

        async def send(self, notice: object, *, key: str) -> str:
            del notice
            going.set()
            await arrived.wait()
            return key

    codes = shop.codes(notifiers={NoticeChannel.SMS: Slow()})
    asking = asyncio.create_task(codes.send(TILL, TO, purpose=SPENDING))
    await going.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    arrived.set()
    await codes.close()
    with pytest.raises(TillBusy):
        await codes.send(TILL, TO, purpose=SPENDING)
