"""Sell: a till worked by hand in the terminal, at a gateway of its own or at another's."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import httpx

from gateway.demo.shop import LOOPBACK
from gateway.demo.show import Screen
from gateway.demo.till.api import TillApi
from gateway.demo.till.counter import Counter
from gateway.demo.till.goods import Shelf
from gateway.demo.till.plan import Wish
from gateway.demo.till.run import ALLOWANCE_S, TillDay, TillWish
from gateway.demo.till.words import Language, words

_SHOP = "S-01"
_PEOPLE = Wish(shops=1, receipts=12, members=5)


@dataclass(frozen=True, slots=True)
class Selling:
    """What the cashier asked for. With ``url`` a gateway that runs already serves."""

    processor: str
    url: str
    key: str = field(repr=False)
    language: Language
    seed: int


async def sell(own: Selling) -> None:
    """Read commands until there are no more."""
    chance = random.Random(own.seed)  # noqa: S311 - prices of a shelf, no secret
    async with _gateway(own) as (url, key), httpx.AsyncClient(trust_env=False) as http:
        numbers = count(1)
        mark = f"{datetime.now().astimezone():%m%d%H%M%S}"
        counter = Counter(
            TillApi(http, url, key, 1.5 + ALLOWANCE_S),
            Shelf.filled(chance),
            words(own.language),
            _SHOP,
            lambda: datetime.now().astimezone(),
            lambda: f"{mark}-{next(numbers)}",
            _say,
            _say,
        )
        _say(counter.words.help)
        _say(counter.shelf.listed())
        while True:
            sys.stdout.write("> ")
            sys.stdout.flush()
            typed = await asyncio.to_thread(sys.stdin.readline)
            if not typed or not await counter.do(typed):
                return


@asynccontextmanager
async def _gateway(own: Selling) -> AsyncIterator[tuple[str, str]]:
    """Give the address and key of a gateway; one of our own has five members and their phones."""
    if own.url:
        yield own.url.rstrip("/"), own.key
        return
    with tempfile.TemporaryDirectory(prefix="gateway-till") as folder:
        async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
            wish = TillWish(_PEOPLE, own.processor)
            day = TillDay(wish, Screen(), Path(folder), http)
            try:
                gateway, keys = await day.open()
                for buyer in day.plan.buyers:
                    _say(f"  {buyer.phone}  {buyer.first} {buyer.last}  {buyer.opening}")
                yield f"http://{LOOPBACK}:{gateway.port}", keys.of[_SHOP]
            finally:
                await day.close()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
