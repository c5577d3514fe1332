"""Card checks: what is told, and that everything else looks the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.config.cards import CardLimitsSection, CardsSection
from gateway.config.codes import AlarmSection
from gateway.contract import StoreError, TillBusy
from gateway.loyalty.cards import CardAnswer, CardDirectory
from tests.gateway.loyalty.guessing import SITE, Shop, open_shop, sqlite

GOOD, BLOCKED, ISSUED, USED, ABSENT = (
    "2100123456789",
    "2000000000428",
    "2990001234567",
    "4601234567893",
    "96385074",
)
NOTHING = CardAnswer(exists=False)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop with one card of each sort."""
    async with open_shop(sqlite(tmp_path)) as opened:
        await opened.put_cards(
            {"number": GOOD, "state": "active", "discount_percent": "7.5"},
            {"number": BLOCKED, "state": "blocked", "discount_percent": "5"},
            {"number": ISSUED, "state": "issued", "discount_percent": "5"},
            {"number": USED, "state": "active", "discount_percent": "3", "customer_id": "c-1"},
        )
        yield opened


async def check(
    cards: CardDirectory, number: str, client: str = "198.51.100.7", session: str = ""
) -> CardAnswer:
    """Check a number as the site does."""
    return await cards.check(SITE, number, client=client, session=session)


async def test_a_card_and_its_discount_are_found_as_they_are_scanned(shop: Shop) -> None:
    """The basket would show no discount."""
    found = await check(shop.cards(), f"]E0{GOOD[:4]} {GOOD[4:]}\r\n")
    assert found == CardAnswer(exists=True, discount_percent=Decimal("7.5"))


@pytest.mark.parametrize(
    ("number", "switch", "discount"),
    [
        pytest.param(BLOCKED, "tell_blocked", "5", id="blocked"),
        pytest.param(ISSUED, "tell_issued", "5", id="not activated"),
        pytest.param(USED, "tell_used", "3", id="somebody's"),
    ],
)
async def test_what_must_not_be_told_does_not_exist(
    shop: Shop, number: str, switch: str, discount: str
) -> None:
    """A guesser would learn which numbers are cards from how they are refused."""
    told = CardAnswer(exists=True, discount_percent=Decimal(discount))
    assert await check(shop.cards(CardsSection.model_validate({switch: True})), number) == told
    assert await check(shop.cards(CardsSection.model_validate({switch: False})), number) == NOTHING


@pytest.mark.parametrize(
    "number",
    [ABSENT, "2100123456788", "0000000000000", "", "Ж" * 10_000, GOOD + "1", "k-0"],
)
async def test_whatever_is_no_card_gets_one_answer(shop: Shop, number: str) -> None:
    """The shape of numbers, or a fault, would be told to who guesses."""
    cards = shop.cards()
    await check(cards, GOOD)
    assert await check(cards, number) == NOTHING


async def test_a_deleted_card_does_not_exist(shop: Shop) -> None:
    """A card that was taken out of the directory would give a discount."""
    await shop.store.run(
        lambda tx: tx.put_entities(
            [replace(row, deleted=True) for row in tx.entities(["k-0"]).values()]
        )
    )  # fmt: skip
    assert await check(shop.cards(), GOOD) == NOTHING


@pytest.mark.parametrize("number", [GOOD, BLOCKED, ABSENT, "none"])
async def test_answers_come_at_lines_of_a_grid(shop: Shop, number: str) -> None:
    """The time of an answer would tell what its words do not."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        shop.clock.move(seconds)

    began = shop.clock.monotonic()
    await check(shop.cards(sleep=sleep), number)
    assert slept == [pytest.approx(0.04)]
    assert shop.clock.monotonic() - began == pytest.approx(0.04)


@pytest.mark.parametrize("number", [GOOD, ABSENT])
async def test_the_same_is_read_whatever_is_found(shop: Shop, number: str) -> None:
    """A number that is none would be answered with less work, and heavy load would show it."""
    read: list[str] = []

    class Counting:
        """The store, telling what is asked."""

        async def read(self, work: Any) -> Any:  # noqa: ANN401 - the work decides
            return await shop.store.read(lambda tx: work(_Telling(tx, read)))

        async def run(self, work: Any) -> Any:  # noqa: ANN401 - as above
            return await shop.store.run(work)

    cards = shop.cards(store=Counting())
    await check(cards, GOOD)
    read.clear()
    await check(cards, number)
    assert read == ["match 1", "entities 1", "found 1"]


@pytest.mark.parametrize(
    ("limits", "client", "session"),
    [
        pytest.param({"client_minute": 3}, "198.51.100.7", "s{}", id="client"),
        pytest.param({"session_minute": 3}, "198.51.100.{}", "s", id="session"),
        pytest.param({"caller_minute": 3}, "198.51.100.{}", "s{}", id="site"),
        pytest.param({"whole_minute": 3}, "198.51.100.{}", "s{}", id="whole"),
    ],
)
async def test_each_limit_holds_and_tells_how_long(
    shop: Shop, limits: dict[str, int], client: str, session: str
) -> None:
    """One way of asking would be free."""
    cards = shop.cards(CardsSection(limits=CardLimitsSection(**limits)))
    answered, waits = 0, []
    for number in range(8):
        try:
            await check(cards, GOOD, client.format(number), session.format(number))
            answered += 1
        except TillBusy as busy:
            waits.append(busy.retry_after_s)
    assert answered == 3
    assert all(0 < wait <= 60 for wait in waits)


async def test_misses_make_the_next_one_wait_longer_and_a_good_card_does_not_help(
    shop: Shop,
) -> None:
    """Guessing between checks of one's own card would be free."""
    section = CardsSection(limits=CardLimitsSection(client_minute=1000, client_hour=1000))
    cards, waits = shop.cards(section), list[float]()
    for number in range(12):
        for tried in (GOOD, f"{number}"):
            while True:
                try:
                    await check(cards, tried)
                except TillBusy as busy:
                    waits.append(round(busy.retry_after_s))
                    shop.clock.move(busy.retry_after_s)
                else:
                    break
    assert waits == sorted(waits)
    assert waits[-1] >= 64
    assert len(waits) >= 7


async def test_guessing_is_told_once_when_it_begins_and_once_when_it_is_over(shop: Shop) -> None:
    """Nobody would look, or everybody would stop looking."""
    section = CardsSection(
        alarm=AlarmSection(misses=20, per_s=300), limits=CardLimitsSection(whole_minute=100)
    )
    cards = shop.cards(section)
    for number in range(300):
        try:
            await check(cards, f"{number:08}", f"198.51.100.{number % 250}")
        except TillBusy:
            continue
    assert [(row.event, row.outcome) for row in await shop.alarms()] == [
        ("cards.guessing", "began")
    ]
    assert b'gateway_guessing{what="cards"} 1.0' in shop.metrics.exposition()
    shop.clock.move(301)
    await cards.alarm.look()
    told = [(row.event, row.outcome) for row in await shop.alarms()]
    assert told == [("cards.guessing", "began"), ("cards.guessing", "over")]
    assert [event for event, _ in shop.log.lines] == ["cards.guessing"] * 2
    assert b'gateway_guessing{what="cards"} 0.0' in shop.metrics.exposition()


async def test_a_store_that_is_away_is_busy_and_costs_no_try(shop: Shop) -> None:
    """A restart of the database would lock everybody out for an hour."""

    class Away:
        """A store that is away."""

        async def read(self, work: object) -> object:
            del work
            raise StoreError

    cards = shop.cards(store=Away())
    for _ in range(50):
        with pytest.raises(TillBusy) as busy:
            await check(cards, GOOD)
        assert busy.value.code == "cards-away"


class _Telling:
    """A transaction that tells what is asked of it."""

    def __init__(self, tx: Any, read: list[str]) -> None:  # noqa: ANN401 - the real one
        self._tx, self._read = tx, read

    def match(self, digests: list[str]) -> object:
        """Match and tell."""
        self._read.append(f"match {len(digests)}")
        return self._tx.match(digests)

    def entities(self, ids: list[str]) -> object:
        """Read and tell."""
        found = self._tx.entities(ids)
        self._read += [f"entities {len(ids)}", f"found {len(found)}"]
        return found
