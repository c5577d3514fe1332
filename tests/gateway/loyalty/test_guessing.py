"""The attacker: ten thousand tries at cards and at codes, from many addresses, by simulated time.

What he may learn is what the limits let him ask. That is counted, and what he was refused is shown
to have told him nothing: the same attack on a shop that differs only there looks the same to him.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import pytest

from gateway.config.cards import CardLimitsSection, CardsSection
from gateway.config.codes import CodesSection
from gateway.contract import Caller, CodePurpose, MemberKey, NoticeChannel, TillBusy
from gateway.ids import SystemClock
from gateway.loyalty.cards import CardDirectory
from gateway.loyalty.codes import recipient_digest
from gateway.loyalty.limits import Delays
from gateway.loyalty.numbers import ean
from tests.gateway.loyalty.guessing import KEY, SITE, Shop, open_shop, sqlite
from tests.gateway.loyalty.statistics import chance

TRIES = 10_000
PERIOD_S = 3600.0
DENSITY = 20
"""One number of so many is a card: far more than in any shop, so that guessing would pay."""

SURE = 0.001
"""Below this chance of being an accident, times are called different. Two rounds must say so: sound
code then fails once in a million runs, and a leak that shows at all shows in both."""


def number_of(index: int) -> str:
    """Return the card number of an index, with its check digit."""
    head = f"21{index:010}"
    return next(f"{head}{last}" for last in range(10) if ean(f"{head}{last}"))


def per_address(limits: CardLimitsSection) -> int:
    """Return the most tries that one address gets in the period when all of them miss."""
    delays = Delays(limits.free, limits.first_s, limits.most_s)
    now, tries = 0.0, 0
    while now < PERIOD_S and tries < limits.client_hour:
        tries += 1
        now += delays.after(tries)
    return tries


async def attack_cards(shop: Shop, cards: CardDirectory, addresses: int) -> list[str]:
    """Try ten thousand numbers within the period; return what the attacker saw, try by try."""
    seen: list[str] = []
    began = shop.clock.monotonic()
    for index in range(TRIES):
        due = began + index * PERIOD_S / TRIES
        shop.clock.move(max(0.0, due - shop.clock.monotonic()))
        client = f"198.51.100.{index % addresses}"
        try:
            answer = await cards.check(SITE, number_of(index), client=client, session=f"s{index}")
        except TillBusy as busy:
            seen.append(f"busy {busy.code} {busy.retry_after_s:.0f}")
        else:
            seen.append(f"{answer.exists} {answer.discount_percent}")
    return seen


async def attacked(folder: Path, there: Sequence[int], addresses: int) -> list[str]:
    """Open a shop with these cards and attack it; return what the attacker saw."""
    async with open_shop(sqlite(folder)) as shop:
        await shop.put_cards(
            *({"number": number_of(one), "state": "active"} for one in there)
        )  # fmt: skip
        seen = await attack_cards(shop, shop.cards(), addresses)
        alarms = [(row.event, row.outcome) for row in await shop.alarms()]
    assert alarms[:1] == [("cards.guessing", "began")]
    assert len(alarms) <= 2
    return seen


@pytest.mark.timeout(300)
@pytest.mark.parametrize("addresses", [1, 100])
async def test_ten_thousand_card_numbers_tell_what_the_limits_allow(
    tmp_path: Path, addresses: int
) -> None:
    """The directory of cards could be read out over night, from one machine or from many."""
    there = range(0, TRIES, DENSITY)
    seen = await attacked(tmp_path / "first", there, addresses)
    looked_at = [index for index, one in enumerate(seen) if not one.startswith("busy")]
    hits = [index for index, one in enumerate(seen) if one.startswith("True")]
    # A hit takes its own failure back, so each of them may buy one try more.
    assert len(looked_at) <= addresses * per_address(CardLimitsSection()) + len(hits)
    assert set(hits) == {index for index in looked_at if index % DENSITY == 0}
    assert len(looked_at) < TRIES / 4
    # The other shop has a card at every number that was refused here, and looks the same to him.
    other = sorted({*range(TRIES)} - {*looked_at} | {*hits})
    assert await attacked(tmp_path / "other", other, addresses) == seen


@pytest.mark.timeout(300)
async def test_ten_thousand_tries_at_codes_hit_nothing(tmp_path: Path) -> None:
    """Somebody could spend the points of people whose phones he never held."""
    section, guess = CodesSection(), random.Random(3)
    phones = [f"+7916{number:07}" for number in range(100)]
    answered: dict[str, int] = dict.fromkeys(phones, 0)
    hits = refused = 0
    async with open_shop(sqlite(tmp_path)) as shop:
        codes, began = shop.codes(section), shop.clock.monotonic()
        for index in range(TRIES):
            due = began + index * PERIOD_S / TRIES
            shop.clock.move(max(0.0, due - shop.clock.monotonic()))
            phone = phones[index % len(phones)]
            caller = Caller(f"till-{index % 25}", visitor=f"198.51.100.{index % 200}")
            to = MemberKey(phone=phone)
            try:
                if index % 300 < len(phones):
                    await codes.send(caller, to, purpose=CodePurpose.SPENDING)
                typed = f"{guess.randrange(10**6):06}"
                hits += await codes.confirm(caller, to, typed, purpose=CodePurpose.SPENDING)
                answered[phone] += 1
            except TillBusy:
                refused += 1
        rows = [
            await shop.store.read(
                lambda tx, name=name: tx.codes_of(name, since=shop.clock.at.replace(year=2000))  # type: ignore[misc]
            )
            for name in (recipient_digest(KEY, NoticeChannel.SMS, phone) for phone in phones)
        ]
        alarms = [(row.event, row.outcome) for row in await shop.alarms()]
    assert hits == 0
    assert sum(answered.values()) + refused == TRIES
    assert all(row.tries <= section.attempts for found in rows for row in found)
    tries = [sum(row.tries for row in found) for found in rows]
    assert 0 < max(tries) <= section.tries.recipient_day
    assert all(len(found) <= section.sends.recipient_hour for found in rows)
    assert alarms[0] == ("codes.guessing", "began")
    assert len(alarms) <= 2


async def test_the_time_of_an_answer_tells_nothing(tmp_path: Path) -> None:
    """A card that must not be told would be told by how long the answer takes."""
    limits = CardLimitsSection(
        client_minute=9999, client_hour=9999, caller_minute=9999, whole_minute=9999, free=9999
    )
    section = CardsSection(limits=limits, floor_ms=10)
    blocked, good = number_of(1), number_of(2)
    async with open_shop(sqlite(tmp_path), SystemClock()) as shop:
        await shop.put_cards(
            {"number": blocked, "state": "blocked"}, {"number": good, "state": "active"}
        )
        cards = CardDirectory(
            section, shop.store, shop.cards().digester, SystemClock(), shop.cards().alarm
        )
        await cards.check(SITE, good, client="a", session="")
        for other in (blocked, good):
            rounds = [await _difference(cards, other, seed) for seed in (1, 2)]
            assert max(rounds) >= SURE


async def _difference(cards: CardDirectory, other: str, seed: int) -> float:
    """Measure a number and absent ones in turn; return the chance of their difference."""
    times: dict[bool, list[float]] = {True: [], False: []}
    order = [True, False] * 60
    random.Random(seed).shuffle(order)
    for place, is_other in enumerate(order):
        number = other if is_other else number_of(1000 + 1000 * seed + place)
        since = perf_counter()
        await cards.check(SITE, number, client="a", session="")
        times[is_other].append(perf_counter() - since)
    return chance(times[True], times[False], seed=seed)


def test_the_statistics_see_a_difference_and_none_where_there_is_none() -> None:
    """The test above would pass on any code if it saw no difference as large as the spread."""
    source = random.Random(5)
    plain = [source.gauss(10.0, 1.0) for _ in range(60)]
    same = [source.gauss(10.0, 1.0) for _ in range(60)]
    slower = [source.gauss(11.0, 1.0) for _ in range(60)]
    assert chance(plain, same) >= SURE
    assert chance(plain, slower) < SURE
    assert chance([1.0] * 60, [1.0] * 60) == 1.0
