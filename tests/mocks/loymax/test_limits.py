"""Identification by a card's code, expired cards and borders of write-offs (reference, 8.6, 10)."""

from __future__ import annotations

import pytest

from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.shop import Shop
from tests.mocks.loymax.stand import CARD, PHONE, WORLD, Loymax


async def test_the_code_on_a_screen_identifies_while_it_is_good(start: Start) -> None:
    """A code of the card needs no further proof, and ends after a day (6.1, 8.6)."""
    double = await start(seed=WORLD, payment_code_over=50)
    shown = await double.data("GET", "Cards/456/QrCode", await double.member())
    shop = Shop(double, await double.customer(shown["code"]))
    assert await shop.codes("C P") == ["Ok", "Ok"]
    await double.door("clock", advance=86400)
    with pytest.raises(AssertionError, match="не найден"):
        await double.customer(shown["code"])


async def test_an_expired_card_is_refused(loymax: Loymax) -> None:
    """The operator sets the date; the phone still works."""
    path = "/systemapi/v1.2/Cards/456/ExpiryDate"
    body = {"expiryDate": "2025-02-03T10:10:00Z"}
    await loymax.data("POST", path, await loymax.operator(), body)
    assert await Shop(loymax, await loymax.customer(CARD)).code("C") == "CardExpired"
    assert await Shop(loymax, await loymax.customer(PHONE)).code("C") == "Ok"


async def test_a_day_has_a_border_of_write_offs(start: Start) -> None:
    """Section 10: hard borders answer LimitGained until the next day."""
    double = await start(seed=WORLD, payment_day_limit=150)
    shop = Shop(double, await double.customer())
    assert await shop.codes("C P D K") == ["Ok", "Ok", "Ok", "Ok"]
    assert await shop.codes("C P", "S2") == ["Ok", "LimitGained"]
    assert await shop.code("P", "S2", amount=50) == "Ok"
    await double.door("clock", advance=86400)
    next_day = Shop(double, await double.customer())
    assert await next_day.code("C", "S3") == "Ok"
    assert await next_day.code("P", "S3", amount=100, operationId="next") == "Ok"
