"""Orders: accrual when they are paid and handed over, and keys that keep their conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.canonical import Kind, Order, OrderStatus, Payment, PaymentState
from gateway.contract import Missing, PromoState, Rejected
from gateway.loyalty.house.accrual import is_handed_over
from gateway.loyalty.house.keys import KEY_PREFIX
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import EntityRow, JournalRow
from gateway.sync.lookup import NUMBER
from tests.gateway.loyalty.house.conftest import OpenShop
from tests.gateway.loyalty.house.shop import NOON, Shop, back, line, rules, sale, shop_on

PAID = Payment(id="p", state=PaymentState.PAID)
NOT_PAID = Payment(id="q", state=PaymentState.PENDING)


def office_of(shop: Shop) -> Office:
    """The office of a shop."""
    return Office(shop.house, shop.programme, shop.clock)


def entropy(size: int) -> bytes:
    """Bytes that are known."""
    return bytes(range(size))


async def story(shop: Shop) -> Sequence[JournalRow]:
    """What was written down about keys."""
    found = await shop.store.read(lambda tx: tx.story("", limit=50))
    return [one for one in found if one.event == "house.order_key"]


@pytest.mark.parametrize(
    ("status", "payments", "ready"),
    [
        (OrderStatus.NEW, (PAID,), False),
        (OrderStatus.ASSEMBLING, (PAID,), True),
        (OrderStatus.COMPLETE, (PAID,), True),
        (OrderStatus.ASSEMBLING, (), False),
        (OrderStatus.ASSEMBLING, (PAID, NOT_PAID), False),
        (OrderStatus.CANCELLED, (PAID,), False),
        (OrderStatus.RETURNED, (PAID,), False),
        (None, (PAID,), False),
    ],
)
def test_handed_over_is_paid_and_at_its_stage(
    status: OrderStatus | None,
    payments: tuple[Payment, ...],
    ready: bool,  # noqa: FBT001 - a table
) -> None:
    """Points would be accrued for an order that is not paid, or was cancelled."""
    order = Order(status=status, payments=payments)
    assert is_handed_over(order, OrderStatus.ASSEMBLING) is ready


@pytest.fixture
def slow(open_shop: OpenShop) -> Shop:
    """A shop that accrues when an order is handed over."""
    return open_shop(rules(accrual="handed_over", activation_days=14, expire_days=30))


async def put_order(shop: Shop, number: str, **fields: Any) -> None:
    """Let the core know an order."""
    row = EntityRow(f"o-{number}", Kind.ORDER, 1, {"number": number, **fields}, {}, NOON, NOON)
    digest = shop.programme.digester.digest(NUMBER, number.upper())

    def work(tx: Any) -> None:  # noqa: ANN401 - a transaction
        tx.put_entities([row])
        tx.put_matches({row.id: [digest]})

    await shop.store.run(work)


async def test_an_order_earns_when_it_is_paid_and_handed_over(slow: Shop) -> None:
    """Points of an order would come before it is paid, or never."""
    member = await slow.member()
    goods = line(price="1000")
    await slow.buy("s", member, goods, is_online=True, number="A-7")
    assert await slow.points(member) == {"available": 0, "pending": 100, "blocked": 0}
    upkeep = Upkeep(slow.house, slow.programme)
    slow.clock.move(days=40)
    assert (await upkeep.run_once(slow.clock.now())).handed_over == 0
    await put_order(
        slow, "A-7", status="assembling", **{"payments/1": True, "payments/1/state": "paid"}
    )
    assert (await upkeep.run_once(slow.clock.now())).handed_over == 1
    assert (await upkeep.run_once(slow.clock.now())).handed_over == 0
    assert await slow.points(member) == {"available": 0, "pending": 100, "blocked": 0}
    slow.clock.move(days=14)
    assert await slow.available(member) == 100
    slow.clock.move(days=16)
    assert await slow.available(member) == 0


async def test_a_receipt_at_a_till_earns_at_once(slow: Shop) -> None:
    """A shop's buyer would wait for a hand-over that nobody reports."""
    member = await slow.member()
    await slow.buy("s", member)
    slow.clock.move(days=14)
    assert await slow.available(member) == 10


async def test_goods_that_return_before_the_hand_over_earn_nothing(slow: Shop) -> None:
    """An order that was cancelled in part would earn for all of it."""
    member = await slow.member()
    await slow.buy("s", member, line(quantity="2"), is_online=True)
    await slow.house.refund(back("r", "s", line(quantity="1")), key="f")
    assert await office_of(slow).hand_over("s")
    assert not await office_of(slow).hand_over("s")
    assert await slow.points(member) == {"available": 0, "pending": 10, "blocked": 0}


async def test_a_key_keeps_the_conditions_of_an_edited_order(shop: Shop) -> None:
    """An order edited after the promotion would cost, earn and take other points than promised."""
    member = await shop.member(points="100")
    promised = (line("1", "80", base="100", promo=True), line("2", "100"))
    await shop.house.reserve(sale("o", member, *promised, spends="60", number="A-1"), key="r1")
    key = await office_of(shop).issue_key("A-1", who="boss", entropy=entropy)
    assert key.key.startswith(KEY_PREFIX)
    assert key.key not in repr(key)
    later = shop_on(shop.store, rules({"tiers": [{"name": "Club", "percent": 1, "share": 10}]}))
    edited = (line("1", "100"), line("2", "100", quantity="2"), line("3", "50"))
    bare = sale("o", member, *edited, spends="60")
    with pytest.raises(Rejected):
        await later.house.reserve(bare, key="r2")
    opened = sale("o", member, *edited, spends="60", promo_codes=(key.key,))
    quote = await later.house.quote(opened)
    assert quote.promo_codes == ((key.key, PromoState.APPLIED),)
    assert quote.price_changed
    assert quote.total.amount == 80 + 200 + 50 - 60
    await later.house.reserve(opened, key="r2")
    assert (await later.points(member))["blocked"] == 60
    done = await later.house.commit(opened, None, key="c")
    assert done.points_earned == quote.points_earned
    assert done.points_earned is not None
    assert done.points_earned.points > 20
    told = await story(shop)
    assert [(one.outcome, one.detail.get("who")) for one in told] == [
        ("issued", "boss"),
        ("used", None),
        ("used", None),
    ]
    assert key.key not in repr(told)


@pytest.mark.parametrize(
    ("days", "order", "state"),
    [(7, "o", PromoState.EXPIRED), (0, "other", PromoState.UNKNOWN)],
    ids=["too late", "another order"],
)
async def test_a_key_opens_one_order_for_some_days(
    shop: Shop, days: int, order: str, state: PromoState
) -> None:
    """One key would keep the conditions of every order, for ever."""
    member = await shop.member()
    for one in ("o", "other"):
        await shop.house.reserve(sale(one, member), key=f"r-{one}")
    key = await office_of(shop).issue_key("o", who="boss", entropy=entropy)
    shop.clock.move(days=days)
    opened = sale(order, member, line(price="50"), promo_codes=(key.key,))
    quote = await shop.house.quote(opened)
    assert quote.promo_codes == ((key.key, state),)
    assert not quote.price_changed
    with pytest.raises(Rejected, match="key is not of this order"):
        await shop.house.commit(opened, None, key="c")


async def test_a_key_is_for_an_open_order(shop: Shop) -> None:
    """A key would be issued for nothing, or for a sale that is closed."""
    with pytest.raises(Missing):
        await office_of(shop).issue_key("none", who="boss", entropy=entropy)
    member = await shop.member()
    await shop.buy("s", member)
    with pytest.raises(Rejected, match="committed"):
        await office_of(shop).issue_key("s", who="boss", entropy=entropy)


async def test_what_was_promised_holds_through_a_change_of_rules(shop: Shop) -> None:
    """A receipt would differ from what the customer was told a minute before."""
    member = await shop.member(points="50")
    made = sale("s", member, spends="50")
    kept = await shop.house.reserve(made, key="r")
    later = shop_on(shop.store, rules({"tiers": [{"name": "New", "percent": 1}]}))
    done = await later.house.commit(made, kept, key="c")
    assert done.points_earned == kept.points_earned
