"""Own codes: for one request, once, within their time and tries, whoever asks from wherever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.config.codes import CodesSection, CodeTriesSection
from gateway.contract import (
    Caller,
    CodePurpose,
    MemberKey,
    NoticeChannel,
    TillBusy,
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
