"""Sales of the house: what a till asks has its effect once, whatever is repeated or lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.canonical import Discount, DiscountReason
from gateway.contract import MemberKey, Missing, OutcomeUnknown, PromoState, Rejected, SaleState
from gateway.ports import LedgerAccount
from tests.gateway.loyalty.house.conftest import OpenShop
from tests.gateway.loyalty.house.shop import NOON, Shop, line, rules, sale

HOUR = 3600


async def refusal(attempt: object) -> str:
    """The code of a refusal."""
    with pytest.raises((Rejected, Missing)) as caught:
        await attempt  # type: ignore[misc]  # a coroutine
    return caught.value.vendor_code


async def test_a_quote_tells_points_by_line_and_what_may_be_spent(shop: Shop) -> None:
    """The checkout would show other points than the receipt brings."""
    member = await shop.member(points="70")
    goods = (line("1", "100"), line("2", "50", base="60", promo=True))
    quote = await shop.house.quote(sale("s", member, *goods, spends="75"))
    assert [one.points_earned.points for one in quote.lines if one.points_earned] == [
        Decimal("5.33"),
        Decimal(0),
    ]
    assert quote.spendable is not None
    assert quote.available is not None
    assert [quote.available.points, quote.spendable.points] == [70, 70]
    assert quote.total.amount == 80
    assert await shop.buy("s", member, *goods, spends="70") == quote.points_earned.points


async def test_what_one_product_brings_this_customer(shop: Shop) -> None:
    """The product's page would promise points that this customer does not get."""
    member = await shop.member()
    quote = await shop.house.quote(sale("look", member, line(price="990")))
    assert quote.points_earned.points == 99
    nobody = await shop.house.quote(sale("look", None, line(price="990")))
    assert nobody.points_earned.points == 0
    assert nobody.available is None


async def test_points_and_a_promo_code_are_never_both(shop: Shop) -> None:
    """An order would have the discount of its code and spend points as well."""
    member = await shop.member(points="50")
    both = sale("s", member, spends="10", promo_codes=("SPRING",))
    quote = await shop.house.quote(both)
    assert quote.spendable is not None
    assert quote.spendable.points == 0
    assert quote.promo_codes == (("SPRING", PromoState.NOT_APPLIED),)
    assert quote.cashier_hints
    assert await refusal(shop.house.reserve(both, key="r")) == "points-or-code"
    assert await refusal(shop.house.commit(both, None, key="c")) == "points-or-code"
    code = Discount(id="c", reason=DiscountReason.PROMO_CODE, code="SPRING")
    goods = line().model_copy(update={"discounts": (code,)})
    done = await shop.house.quote(sale("s", member, goods, promo_codes=("SPRING",)))
    assert done.promo_codes == (("SPRING", PromoState.APPLIED),)
    assert done.points_earned.points == 10


async def test_a_shop_may_allow_both(open_shop: OpenShop) -> None:
    """The switch would do nothing."""
    shop = open_shop(rules(points_or_code=False))
    member = await shop.member(points="50")
    assert await shop.buy("s", member, spends="10", promo_codes=("SPRING",)) == 9


@pytest.mark.parametrize(
    ("spends", "code"),
    [("50.01", "points-too-many"), ("0.001", "points-unit"), ("-1", "points-unit")],
)
async def test_points_beyond_the_rules_are_refused(shop: Shop, spends: str, code: str) -> None:
    """More than half of a sale would be paid by points."""
    member = await shop.member(points="1000")
    assert await refusal(shop.house.reserve(sale("s", member, spends=spends), key="r")) == code
    assert await shop.available(member) == 1000


async def test_an_anonymous_buyer_earns_and_spends_nothing(shop: Shop) -> None:
    """Points would belong to nobody, or a receipt without a card would be refused."""
    assert await shop.buy("s", None) == 0
    assert (
        await refusal(shop.house.reserve(sale("t", None, spends="1"), key="r"))
        == "points-anonymous"
    )
    assert await shop.sums() == {}


async def test_a_stranger_is_missing(shop: Shop) -> None:
    """A sale to somebody unknown would be booked for nobody."""
    stranger = replace(sale("s", None), member=MemberKey(phone="+79169999999"))
    assert await refusal(shop.house.commit(stranger, None, key="c")) == "member-unknown"


async def test_one_id_with_another_content_is_refused(shop: Shop) -> None:
    """Two sales would become one, and one of them would be lost in silence."""
    member = await shop.member(points="100")
    first, other = sale("s", member, spends="10"), sale("s", member, spends="20")
    await shop.house.reserve(first, key="r1")
    assert await refusal(shop.house.reserve(other, key="r2")) == "sale-differs"
    assert await refusal(shop.house.reserve(other, key="r1")) == "key-reused"
    assert await refusal(shop.house.reserve(sale("t", member), key="r1")) == "key-reused"
    await shop.house.commit(first, None, key="c1")
    assert await refusal(shop.house.commit(other, None, key="c2")) == "sale-differs"
    assert await refusal(shop.house.commit(sale("t", member), None, key="c1")) == "key-reused"
    assert await refusal(shop.house.reserve(other, key="r3")) == "sale-committed"


async def test_a_reservation_lapses_and_its_receipt_still_counts(shop: Shop) -> None:
    """Points would stay blocked for ever, or a receipt that came late would be lost."""
    member = await shop.member(points="100")
    made = sale("s", member, spends="50")
    kept = await shop.house.reserve(made, key="r")
    assert kept.expires_at is not None
    shop.clock.move(seconds=HOUR)
    found = await shop.house.find("s")
    assert found is not None
    assert found.state is SaleState.CANCELLED
    other = sale("t", member, line(price="200"), spends="100")
    await shop.house.reserve(other, key="r2")
    assert await shop.points(member) == {"available": 0, "pending": 0, "blocked": 100}
    done = await shop.house.commit(made, kept, key="c")
    assert done.state is SaleState.COMMITTED
    sums = await shop.sums()
    assert sum(sums.values()) == 0
    assert sums[LedgerAccount.DEBT] == -45
    await shop.house.cancel(await shop.house.reserve(other, key="r2"), key="x")
    assert await shop.available(member) == 55


async def test_a_late_repeat_of_a_given_up_reservation_blocks_nothing(shop: Shop) -> None:
    """A call that the network held back would block points of a sale that was given up."""
    member = await shop.member(points="100")
    made = sale("s", member, spends="50")
    first = await shop.house.reserve(made, key="r1")
    await shop.house.cancel(first, key="x")
    assert (await shop.house.reserve(made, key="r1")).state is SaleState.CANCELLED
    assert await shop.available(member) == 100
    second = await shop.house.reserve(made, key="r2")
    await shop.house.cancel(first, key="x")
    assert await shop.available(member) == 50
    assert (await shop.house.reserve(made, key="r1")).state is SaleState.CANCELLED
    await shop.house.cancel(second, key="x2")
    assert await shop.available(member) == 100


async def test_a_sale_that_was_given_up_may_be_sold_without_points(shop: Shop) -> None:
    """A till that was told to go on without points could not close its receipt."""
    member = await shop.member(points="100")
    await shop.house.cancel(
        await shop.house.reserve(sale("s", member, spends="50"), key="r"), key="x"
    )
    done = await shop.house.commit(sale("s", member), None, key="c")
    assert done.points_earned is not None
    assert done.points_earned.points == 10
    assert await shop.available(member) == 110


async def test_fewer_points_than_reserved_free_the_rest(shop: Shop) -> None:
    """Points that were not needed after all would stay blocked."""
    member = await shop.member(points="100")
    kept = await shop.house.reserve(sale("s", member, spends="50"), key="r")
    await shop.house.commit(sale("s", member, spends="20"), kept, key="c")
    assert await shop.points(member) == {"available": 88, "pending": 0, "blocked": 0}
    more = sale("t", member, spends="20")
    kept = await shop.house.reserve(more, key="r2")
    assert (
        await refusal(shop.house.commit(sale("t", member, spends="30"), kept, key="c2"))
        == "points-not-reserved"
    )


async def test_two_tills_do_not_spend_the_same_points(shop: Shop) -> None:
    """A member would buy twice for one balance."""
    member = await shop.member(points="50")
    tills = [
        shop.house.reserve(sale(f"s{at}", member, spends="50"), key=f"r{at}") for at in range(5)
    ]
    found = await asyncio.gather(*tills, return_exceptions=True)
    assert sum(isinstance(one, Rejected) for one in found) == 4
    assert await shop.points(member) == {"available": 0, "pending": 0, "blocked": 50}


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_lost_answer_is_looked_up_and_repeated_once_in_effect(shop: Shop, cut: str) -> None:
    """A receipt would be lost, or counted twice."""
    member = await shop.member(points="50")
    made = sale("s", member, spends="50")
    kept = await shop.house.reserve(made, key="r")
    shop.store.cut = cut
    with pytest.raises(OutcomeUnknown):
        await shop.house.commit(made, kept, key="c")
    found = await shop.house.find("s")
    assert found is not None
    assert (found.state is SaleState.COMMITTED) is (cut == "after")
    await shop.house.commit(made, kept, key="c")
    assert await shop.available(member) == 5


async def test_points_live_by_their_dates(open_shop: OpenShop) -> None:
    """Points could be spent before they are active, or after they have died."""
    shop = open_shop(rules(activation_days=14, expire_days=30))
    member = await shop.member()
    await shop.buy("s", member, line(price="1000"))
    assert await shop.points(member) == {"available": 0, "pending": 100, "blocked": 0}
    shop.clock.move(days=14)
    assert await shop.points(member) == {"available": 100, "pending": 0, "blocked": 0}
    shop.clock.move(days=16)
    assert await shop.points(member) == {"available": 0, "pending": 0, "blocked": 0}


async def test_what_dies_first_is_spent_first(shop: Shop) -> None:
    """A member would lose points to time that a purchase could have used."""
    member = await shop.member()
    for key, days in (("late", 90), ("soon", 10), ("never", None)):
        await shop.give(member, "40", key=key, days=days)
    await shop.buy("s", member, line(price="1000"), spends="60")
    lots = await shop.store.read(lambda tx: tx.house_lots(member))
    left = {one.lot.id.partition("-")[0]: one.points for one in lots}
    assert left == {"adjust:late": 20, "adjust:never": 40, "sale:s": 94}


async def test_an_offline_receipt_counts_from_its_own_moment(open_shop: OpenShop) -> None:
    """A receipt that came days late would give points that live longer, or of another tier."""
    shop = open_shop(rules(expire_days=30))
    member = await shop.member()
    shop.clock.move(days=20)
    await shop.buy("s", member, line(price="1000"), at=NOON)
    assert await shop.available(member) == 100
    shop.clock.move(days=10)
    assert await shop.available(member) == 0
    await shop.buy("old", member, line(price="1000"), at=NOON)
    assert await shop.available(member) == 0
    assert (await shop.sums())[LedgerAccount.EXPIRED] == 200
