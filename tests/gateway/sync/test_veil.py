"""Veil: what is personal in a vendor's ids is never met outside the connector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import Card, Kind
from gateway.contract import (
    Change,
    ContractViolated,
    Exists,
    Hint,
    Manifest,
    Observed,
    Outcome,
    Page,
    Reading,
    RejectedRecord,
    TranslationFailed,
    WebhookRequest,
    Written,
)
from gateway.sync.veil import Veil, Veiled, veiled
from tests.gateway.sync.stepping import HeldClock
from tests.gateway.sync.vendors import DictConnector, Vendor

NUMBER, OTHER = "2000000000017", "2000000000024"
VEIL = Veil(bytes(range(32)))


@given(st.text(min_size=1))
def test_an_id_has_one_word_and_comes_back_from_it(text: str) -> None:
    """Two words would be two records, and a word that is lost a record that nobody can ask for."""
    word = VEIL.hide(text)
    assert word == VEIL.hide(text)
    assert VEIL.show(word) == text
    assert word.isascii()


def test_another_key_gives_another_word_and_opens_none() -> None:
    """A word that can be guessed without the key hides nothing."""
    stranger = Veil(bytes(32))
    assert stranger.hide(NUMBER) != VEIL.hide(NUMBER)
    with pytest.raises(ContractViolated):
        stranger.show(VEIL.hide(NUMBER))
    with pytest.raises(ContractViolated):
        VEIL.show(NUMBER)


@dataclass
class Directory:
    """A vendor that knows cards by their numbers, and notes by which it was asked."""

    asked: list[str] = field(default_factory=list)

    async def pull(self, cursor: str | None, *, limit: int) -> Page[Card]:
        """Show one card of each sort."""
        del cursor, limit
        bad = RejectedRecord(external_id=OTHER, error=TranslationFailed("bad", path="state"))
        seen = Observed(NUMBER, Card(number=NUMBER))
        return Page([seen], "1", has_more=False, rejected=[bad], unread=[OTHER])

    async def get(self, external_ids: Sequence[str]) -> Reading[Card]:
        """Know one card only."""
        self.asked += external_ids
        return Reading([Observed(NUMBER, Card(number=NUMBER))], [OTHER])

    def held(self, entity: Card, known: Card | None) -> Card:
        """Hold all."""
        del known
        return entity

    async def write(self, changes: Sequence[Change[Card]]) -> Sequence[Outcome[Card]]:
        """Make the first, find the second, and touch its holder."""
        self.asked += [one.external_id or "-" for one in changes]
        touched = ((Kind.CARD, NUMBER), (Kind.CUSTOMER, "7"))
        return [Written(OTHER, created=True, touched=touched), Exists(NUMBER)]

    async def find(self, keys: Sequence[str]) -> Mapping[str, str]:
        """Find all."""
        return dict.fromkeys(keys, NUMBER)

    def receive(self, request: WebhookRequest) -> Sequence[Hint]:
        """Tell of a card and of a customer."""
        del request
        token = f"CARDSAVE:{NUMBER}"
        return [Hint(Kind.CARD, NUMBER, token), Hint(Kind.CUSTOMER, "7", "CUSTOMERSAVE:7")]


@dataclass(slots=True)
class Shop(DictConnector):
    """A connector of such a vendor."""

    cards: Directory = field(default_factory=Directory)

    @property
    def manifest(self) -> Manifest:
        """Cards are known by number."""
        plain = DictConnector(self.vendor).manifest
        return replace(plain, personal_ids=frozenset({Kind.CARD}))

    @property
    def readers(self) -> Mapping[Kind, Any]:
        """Cards, and customers."""
        return {Kind.CARD: self.cards, Kind.CUSTOMER: self.vendor}

    @property
    def writers(self) -> Mapping[Kind, Any]:
        """Cards, and customers."""
        return {Kind.CARD: self.cards, Kind.CUSTOMER: self.vendor}


@pytest.fixture
def shop() -> Shop:
    """A shop whose cards are known by number."""
    opened = Shop(Vendor("shop", Kind.CUSTOMER, HeldClock(), lambda entity, _: entity))
    opened.webhooks = opened.cards
    return opened


async def test_readings_show_words_and_ask_by_ids(shop: Shop) -> None:
    """A number in a reading goes on into links, wake-ups and the journal."""
    reader = veiled(shop, VEIL).readers[Kind.CARD]
    page = await reader.pull(None, limit=9)
    reading = await reader.get([VEIL.hide(NUMBER), VEIL.hide(OTHER)])

    assert [one.external_id for one in page.items] == [VEIL.hide(NUMBER)]
    assert [one.external_id for one in page.rejected] == [VEIL.hide(OTHER)]
    assert list(page.unread) == [VEIL.hide(OTHER)]
    assert [one.external_id for one in reading.items] == [VEIL.hide(NUMBER)]
    assert list(reading.missing) == [VEIL.hide(OTHER)]
    assert shop.cards.asked == [NUMBER, OTHER]


async def test_writes_tell_ids_and_answer_in_words(shop: Shop) -> None:
    """A vendor that is told a word makes a card of it."""
    writer = veiled(shop, VEIL).writers[Kind.CARD]
    made = Change("k-1", Card(number=OTHER), frozenset({"number"}))
    edited = replace(made, key="k-2", external_id=VEIL.hide(NUMBER))
    written, there = await writer.write([made, edited])

    assert shop.cards.asked == ["-", NUMBER]
    touched = ((Kind.CARD, VEIL.hide(NUMBER)), (Kind.CUSTOMER, "7"))
    assert written == Written(VEIL.hide(OTHER), created=True, touched=touched)
    assert there == Exists(VEIL.hide(NUMBER))
    assert await writer.find(["k-2"]) == {"k-2": VEIL.hide(NUMBER)}


def test_calls_of_the_vendor_are_heard_in_words(shop: Shop) -> None:
    """The inbox holds id and token of a call bare, and a wake-up carries them over the bus."""
    source = veiled(shop, VEIL).webhooks
    assert source is not None
    card, customer = source.receive(WebhookRequest(b""))

    assert (card.external_id, card.token) == (VEIL.hide(NUMBER), VEIL.hide(f"CARDSAVE:{NUMBER}"))
    assert (customer.external_id, customer.token) == ("7", "CUSTOMERSAVE:7")


def test_other_kinds_and_connectors_stay_as_they_are(shop: Shop) -> None:
    """A veil over ids that say nothing would only make the journal hard to read."""
    behind = veiled(shop, VEIL)
    assert isinstance(behind, Veiled)
    assert behind.readers[Kind.CUSTOMER] is shop.vendor
    plain = DictConnector(shop.vendor)
    assert veiled(plain, VEIL) is plain
