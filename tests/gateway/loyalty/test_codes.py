"""Own codes: for one request, once, within their time and tries, whoever asks from wherever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config.codes import CodeSendsSection, CodesSection, CodeTriesSection
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
from gateway.loyalty.codes import recipient_digest
from tests.gateway.loyalty.guessing import KEY, SITE, TILL, Shop, open_shop, sqlite
from tests.store.rows import NOON

PHONE = "+79161234567"
TO = MemberKey(phone=PHONE)
SPENDING = CodePurpose.SPENDING


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop."""
    async with open_shop(sqlite(tmp_path)) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
async def each_shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop on each engine, for what several processes do at once."""
    is_small = request.param == "sqlite"
    url = sqlite(tmp_path) if is_small else str(request.getfixturevalue("postgres_schema"))
    async with open_shop(url) as opened:
        yield opened


def wrong(code: str) -> str:
    """Return another code of the same length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


async def test_the_code_that_was_sent_is_right_once(each_shop: Shop) -> None:
    """Nobody could spend, or whoever saw a code could spend again with it."""
    codes = each_shop.codes(CodesSection(shop="Ёлка"))
    sent = await codes.send(TILL, TO, purpose=SPENDING)
    assert (sent.length, sent.again_after_s) == (6, 60.0)
    (notice,) = each_shop.phones.sent
    code = each_shop.phones.code(PHONE)
    assert notice.text == f"{code} — код для списания баллов. Сообщите его кассиру. Ёлка"
    assert await codes.confirm(TILL, TO, code, purpose=SPENDING, reference=sent.reference)
    assert not await codes.confirm(TILL, TO, code, purpose=SPENDING, reference=sent.reference)


@pytest.mark.parametrize(
    ("caller", "to", "purpose", "reference"),
    [
        pytest.param(SITE, TO, SPENDING, "", id="another caller"),
        pytest.param(TILL, MemberKey(phone="+79160000000"), SPENDING, "", id="another phone"),
        pytest.param(TILL, TO, CodePurpose.LOGIN, "", id="another purpose"),
        pytest.param(TILL, TO, SPENDING, "0" * 32, id="another request"),
    ],
)
async def test_a_code_is_good_for_its_request_only(
    shop: Shop, caller: Caller, to: MemberKey, purpose: CodePurpose, reference: str
) -> None:
    """A code for logging in would spend points, or one till's code be used at another."""
    codes = shop.codes()
    await codes.send(TILL, TO, purpose=SPENDING)
    code = shop.phones.code(PHONE)
    assert not await codes.confirm(caller, to, code, purpose=purpose, reference=reference)
    assert await codes.confirm(TILL, TO, f" {code[:3]} {code[3:]} ", purpose=SPENDING)


async def test_a_code_expires(shop: Shop) -> None:
    """A code read over a shoulder in the morning would spend in the evening."""
    codes = shop.codes()
    await codes.send(TILL, TO, purpose=SPENDING)
    shop.clock.move(301)
    assert not await codes.confirm(TILL, TO, shop.phones.code(PHONE), purpose=SPENDING)


async def test_a_newer_code_takes_the_place_of_the_older(shop: Shop) -> None:
    """Each resend would give a guesser one more code to hit."""
    codes = shop.codes()
    await codes.send(TILL, TO, purpose=SPENDING)
    first = shop.phones.code(PHONE)
    shop.clock.move(61)
    await codes.send(TILL, TO, purpose=SPENDING)
    second = shop.phones.code(PHONE)
    assert first != second
    assert not await codes.confirm(TILL, TO, first, purpose=SPENDING)
    assert await codes.confirm(TILL, TO, second, purpose=SPENDING)


async def test_used_up_tries_stay_used_up_in_another_process(each_shop: Shop) -> None:
    """A restart would give a guesser three new tries each time."""
    await each_shop.codes().send(TILL, TO, purpose=SPENDING)
    code = each_shop.phones.code(PHONE)
    for _ in range(3):
        assert not await each_shop.codes().confirm(TILL, TO, wrong(code), purpose=SPENDING)
    assert not await each_shop.codes().confirm(TILL, TO, code, purpose=SPENDING)


async def test_tries_side_by_side_in_many_processes_are_counted_one_by_one(each_shop: Shop) -> None:
    """A hundred guesses at once would all see the same count."""
    await each_shop.codes().send(TILL, TO, purpose=SPENDING)
    code = each_shop.phones.code(PHONE)
    guesses = [wrong(code)] * 3 + [code]
    told = await asyncio.gather(
        *(each_shop.codes().confirm(TILL, TO, one, purpose=SPENDING) for one in guesses)
    )
    assert told[:3] == [False] * 3
    recipient = recipient_digest(KEY, NoticeChannel.SMS, PHONE)
    rows = await each_shop.store.read(lambda tx: tx.codes_of(recipient, since=NOON))
    assert [row.tries for row in rows] == [3]


@pytest.mark.services
async def test_two_processes_count_one_code_s_tries_together(postgres_schema: str) -> None:
    """Each further process would give a guesser three more tries."""
    async with open_shop(postgres_schema) as one, open_shop(postgres_schema) as other:
        await one.codes().send(TILL, TO, purpose=SPENDING)
        code = one.phones.code(PHONE)
        processes = (one, other) * 4
        told = await asyncio.gather(
            *(shop.codes().confirm(TILL, TO, wrong(code), purpose=SPENDING) for shop in processes)
        )
        assert told == [False] * 8
        recipient = recipient_digest(KEY, NoticeChannel.SMS, PHONE)
        (row,) = await one.store.read(lambda tx: tx.codes_of(recipient, since=NOON))
        assert row.tries == 3
        assert not await other.codes().confirm(TILL, TO, code, purpose=SPENDING)


async def test_a_right_code_side_by_side_is_right_once(each_shop: Shop) -> None:
    """Two tills that confirm the same code would both spend."""
    await each_shop.codes().send(TILL, TO, purpose=SPENDING)
    code = each_shop.phones.code(PHONE)
    told = await asyncio.gather(
        *(each_shop.codes().confirm(TILL, TO, code, purpose=SPENDING) for _ in range(3))
    )
    assert sorted(told) == [False, False, True]


async def test_a_recipient_s_wrong_tries_of_a_day_are_bounded(shop: Shop) -> None:
    """Asking for code after code would give any number of tries at one phone."""
    section = CodesSection(tries=CodeTriesSection(recipient_day=4))
    for _ in range(2):
        await shop.codes(section).send(TILL, TO, purpose=SPENDING)
        code = shop.phones.code(PHONE)
        for _ in range(2):
            assert not await shop.codes(section).confirm(TILL, TO, wrong(code), purpose=SPENDING)
        shop.clock.move(61)
    await shop.codes(section).send(TILL, TO, purpose=SPENDING)
    with pytest.raises(TillBusy) as busy:
        await shop.codes(section).confirm(TILL, TO, shop.phones.code(PHONE), purpose=SPENDING)
    assert 80_000 < busy.value.retry_after_s <= 86_400
    shop.clock.move(86_400)
    await shop.codes(section).send(TILL, TO, purpose=SPENDING)
    code = shop.phones.code(PHONE)
    assert await shop.codes(section).confirm(TILL, TO, code, purpose=SPENDING)


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
        caller = TILL if way == "till" else Caller(f"till-{number}")
        to = MemberKey(phone=f"+791600000{number:02}")
        try:
            await codes.send(caller, to, purpose=SPENDING, client="198.51.100.7")
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


async def test_the_table_tells_neither_phone_nor_code(shop: Shop) -> None:
    """A stolen copy of the database would list who has which code."""
    await shop.codes().send(TILL, TO, purpose=SPENDING)
    code = shop.phones.code(PHONE)
    recipient = recipient_digest(KEY, NoticeChannel.SMS, PHONE)
    (row,) = await shop.store.read(lambda tx: tx.codes_of(recipient, since=NOON))
    kept = f"{row!r} {row.digest}"
    assert PHONE[1:] not in kept
    assert code not in kept
    other = shop.codes(secret=KEY[::-1])
    assert not await other.confirm(TILL, TO, code, purpose=SPENDING)
