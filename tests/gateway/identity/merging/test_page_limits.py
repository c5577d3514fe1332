"""Limits of the page of merges: per link, per address and in all; and a store that is away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.contract import StoreError
from tests.gateway.identity.merging.asked import PHONE, Asked, Tab
from tests.gateway.identity.merging.test_page import OFTEN, OVER, QUESTION

NOBODY = "/forms/merge/" + "A" * 22


async def test_opening_links_is_limited_by_address() -> None:
    """Links could be tried as fast as the line allows."""
    asked = Asked(limits={"check_minute": 3})
    await asked.ask(asked.twice())
    async with asked.browser() as http:
        titles = [(await Tab(http, NOBODY).open()).title for _ in range(3)]
        assert titles == [OVER] * 3
        for path in (NOBODY, asked.post.path(PHONE)):
            tab = await Tab(http, path).open()
            assert (tab.title, tab.status) == (OFTEN, 429)
        asked.clock.move(60)
        assert (await Tab(http, asked.post.path(PHONE)).open()).title == QUESTION
    asked.world.close()


@pytest.mark.parametrize("limit", ["address_hour", "whole_minute"])
async def test_sending_is_limited(limit: str) -> None:
    """One link would send a message with each click, at the shop's expense."""
    asked = Asked(limits={limit: 2})
    await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        for _ in range(4):
            asked.clock.move(0.5)
            await tab.send("code", code="000000")
        assert "Слишком много попыток" in tab.said
        await tab.send("resend")
    assert len(asked.post.texts(PHONE)) == 1
    asked.world.close()


async def test_messages_to_one_phone_are_limited() -> None:
    """Whoever has a link could keep somebody's telephone ringing."""
    asked = Asked(sends={"recipient_hour": 2})
    await asked.ask(asked.twice())
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        assert "Слишком много попыток" in (await tab.send("resend")).said
        asked.clock.move(61)
        assert "отправлен" in (await tab.send("resend")).said
        asked.clock.move(61)
        assert "Слишком много попыток" in (await tab.send("resend")).said
        asked.clock.move(3600)
    assert len(asked.post.texts(PHONE)) == 2
    asked.world.close()


async def test_a_message_that_cannot_go_is_told() -> None:
    """A person would wait for a code that never left."""
    asked = Asked()
    await asked.ask(asked.twice())
    asked.clock.move(61)
    asked.post.fails = 1
    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        assert "не удалось" in (await tab.send("resend")).said
    asked.world.close()


async def test_a_store_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault would be shown, or the link be called dead."""
    asked = Asked()
    await asked.ask(asked.twice())

    async def away(work: Callable[[Any], Any]) -> None:
        del work
        msg = "the store is away"
        raise StoreError(msg)

    async with asked.browser() as http:
        tab = await Tab(http, asked.post.path(PHONE)).open()
        monkeypatch.setattr(asked.world.store, "read", away)
        assert (await tab.open()).status == 503
        assert (await tab.send("deny")).status == 503
    asked.world.close()
