"""Offers with a quote: live coupons and personal offers, which no till waits for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connectors.loymax.config import OfferSettings
from connectors.loymax.offers import MemberOffers
from gateway.canonical import Money
from gateway.contract import MemberKey, Missing
from tests.connectors.bench import Bench, SystemClock

from .conftest import Open
from .world import CARD, PHONE, SEED, journal, loyalty, sale

EVER, PAST, FUTURE = None, "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"
MORE: dict[str, Any] = {
    "coupons": [
        *SEED["coupons"],
        {"id": 72, "code": "LATER", "emission": 11, "owner": 5012, "activated": FUTURE},
        {"id": 73, "code": "USED", "emission": 11, "owner": 5012, "state": "Used"},
        {"id": 74, "code": "OVER", "emission": 11, "owner": 5012, "expires": PAST},
        {"id": 75, "code": "OTHERS", "emission": 11, "owner": 9},
    ],
    "contents": [
        {"id": 32, "type": "PersonalOffer", "title": "Чай для вас", "owner": 5012, "end": FUTURE},
        {"id": 33, "type": "PersonalOffer", "title": "Чай для других", "owner": 9},
        {"id": 34, "type": "PersonalOffer", "title": "Потом", "owner": 5012, "begin": FUTURE},
    ],
}
BOTH = {"offers": {"personal": True, "wait_s": 5}}


async def offered(base: Bench, key: MemberKey | None) -> list[tuple[str, str]]:
    """Return what a quote offers."""
    quote = await loyalty(base).quote(sale(member=key))
    return [(one.id, one.title) for one in quote.offers]


async def asked(base: Bench, word: str) -> int:
    """Count calls to a path."""
    return sum(word in one["path"] for one in await journal(base))


async def test_quote_tells_what_the_member_may_use_now(open_double: Open) -> None:
    """The cashier offers a coupon that is over or somebody else's, or none that is there."""
    base = await open_double(BOTH, seed={**SEED, **MORE})
    quote = await loyalty(base).quote(sale(member=MemberKey(phone=PHONE)))

    assert [(one.id, one.title) for one in quote.offers] == [
        ("SPRING25", "Весна"),
        ("offer-32", "Чай для вас"),
    ]
    assert [one.valid_to.year if one.valid_to else None for one in quote.offers] == [None, 2040]
    assert quote.total == Money.of(1060)
    assert await offered(base, None) == []
    with pytest.raises(Missing):
        await offered(base, MemberKey(phone="+79000000000"))


@pytest.mark.parametrize("key", [MemberKey(phone=PHONE), MemberKey(email="anna@example.com")])
async def test_offers_are_told_to_whoever_names_the_member(
    open_double: Open, key: MemberKey
) -> None:
    """The cashier names an offer only when all is scanned, and a till waits for it then."""
    base = await open_double({"offers": {"wait_s": 5}}, seed={**SEED, **MORE})
    member = await loyalty(base).identify(key)

    assert member is not None
    assert [one.id for one in member.offers] == ["SPRING25"]
    assert await offered(base, key) == [("SPRING25", "Весна")]
    assert await asked(base, "Coupons") == 1


async def test_offers_are_asked_for_once_for_a_purchase(open_double: Open) -> None:
    """Each line that is scanned costs a call more, or a coupon is offered after it was used."""
    base = await open_double({"offers": {"wait_s": 5}}, seed={**SEED, **MORE})
    key = MemberKey(card=CARD)
    assert await offered(base, key) == await offered(base, key) == [("SPRING25", "Весна")]
    assert await asked(base, "Coupons") == 1
    assert await asked(base, "Offer") == 0

    basket = sale(member=key, promo_codes=("SPRING25",))
    await loyalty(base).commit(basket, None, key="k-1")
    assert await offered(base, key) == []
    assert await asked(base, "Coupons") == 2


async def test_nothing_more_is_asked_where_nobody_wants_it(base: Bench) -> None:
    """Every quote of every shop takes a call more."""
    assert await offered(base, MemberKey(phone=PHONE)) == []
    assert await asked(base, "Coupons") == 0


async def test_quote_goes_without_offers_that_cannot_be_had(open_double: Open) -> None:
    """A right that the application lacks takes the price from the buyer; nobody learns of it."""
    base = await open_double({"offers": {"wait_s": 5, "kept_s": 0}})
    await base.faults({"kind": "status", "status": 403, "path": "Coupons$", "times": 2})
    key = MemberKey(phone=PHONE)

    assert await offered(base, key) == await offered(base, key) == []
    assert base.remarks == [("offers_failed", {"error": "AuthRejected"})]
    assert await offered(base, key) == [("SPRING25", "Весна")]


class LateVendor:
    """Gives its coupons when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.calls = 0

    async def as_member(self, *_: object, **__: object) -> list[dict[str, Any]]:
        """Answer with one coupon."""
        self.calls += 1
        await self.let.wait()
        return [{"code": "SPRING25", "couponState": "Issued"}]


async def test_no_quote_waits_for_offers_that_are_late() -> None:
    """A slow list of coupons makes every quote late, or is never told."""
    vendor = LateVendor()
    offers = MemberOffers(vendor, OfferSettings(wait_s=0), SystemClock(), lambda *_: None)  # type: ignore[arg-type]

    async def reckoned() -> str:
        for _ in range(5 * vendor.let.is_set()):
            await asyncio.sleep(0)
        return "quote"

    assert await offers.beside("79000005012", reckoned()) == ("quote", ())
    vendor.let.set()
    _, told = await offers.beside("79000005012", reckoned())
    assert [one.id for one in told] == ["SPRING25"]
    assert vendor.calls == 1

    vendor.let.clear()
    assert await offers.beside("79000005013", reckoned()) == ("quote", ())
    await offers.close()
    await offers.close()
