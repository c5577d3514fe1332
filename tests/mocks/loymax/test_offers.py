"""The arithmetic of offers: accrual, activation, rate, catalogue (reference, sections 8.8, 8.9)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mocks.loymax.account import Account, Lot
from mocks.loymax.clock import moment
from mocks.loymax.money import cents, spread
from tests.mocks.loymax.conftest import Start
from tests.mocks.loymax.shop import HONEY, SPRING, Shop
from tests.mocks.loymax.stand import NOW, PHONE, WORLD

SUMS = st.decimals(min_value=0, max_value=100000, places=2)


@given(total=SUMS, weights=st.lists(SUMS, min_size=1, max_size=8))
def test_a_spread_payment_loses_no_kopeck(total: Decimal, weights: list[Decimal]) -> None:
    """The parts add up to the whole whatever the lines cost."""
    parts = spread(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == (total if sum(weights) else 0)
    assert [cents(part) for part in parts] == parts


MOVES = st.lists(st.tuples(st.sampled_from(["credit", "block", "release", "spend"]), SUMS))


@given(moves=MOVES)
def test_an_account_conserves_its_bonuses(moves: list[tuple[str, Decimal]]) -> None:
    """What came in is spendable, blocked or spent; nothing appears and nothing is lost."""
    account, now = Account(), moment(NOW)
    for number, (kind, amount) in enumerate(moves):
        if kind == "credit":
            account.credit(Lot(amount))
        elif kind == "block":
            account.block(str(number), min(amount, account.balance(now)), now)
        elif account.blocked:
            getattr(account, kind)(next(iter(account.blocked)))
        left = account.balance(now) + account.held() + account.paid
        assert left == account.accumulated


async def test_confirm_without_accrual_accrues_nothing(shop: Shop) -> None:
    """What the double takes literally: accrual is what D calculated."""
    await shop.codes("C K")
    assert (await shop.double.person())["balance"] == 410.0


async def test_accrued_bonuses_wait_for_their_activation(start: Start) -> None:
    """Fourteen days not activated, then spendable, then gone after a year."""
    rules = {**WORLD["rules"], "activation_days": 14, "expiration_days": 365}
    double = await start(seed={**WORLD, "rules": rules})
    await double.act("till.sell", phone=PHONE, lines=[HONEY])
    row = (await double.data("GET", "User/Balance", await double.member()))[0]
    assert (row["balance"], row["notActivated"], row["accumulated"]) == (410.0, 43.0, 663.0)
    await double.door("clock", freeze="2025-02-17T10:10:00Z")
    row = (await double.data("GET", "User/Balance", await double.member()))[0]
    assert (row["balance"], row["notActivated"]) == (453.0, 0.0)
    await double.door("clock", freeze="2026-02-17T10:10:00Z")
    token = await double.member()
    row = (await double.data("GET", "User/Balance", token))[0]
    assert row["balance"] == 330.0
    path = "History?filter.operationTypes=WithdrawBonusExpiration"
    rows = (await double.data("GET", path, token))["rows"]
    assert [(row["dateTime"], row["data"]["amount"]["amount"]) for row in rows] == [
        ("2025-06-01T00:00:00+00:00", -100.0),
        ("2026-02-17T10:10:00+00:00", -23.0),
    ]


async def test_the_rate_tells_money_from_bonuses(start: Start) -> None:
    """Trap 9: at two roubles a bonus the two availables differ."""
    rules = {**WORLD["rules"], "rate": 2}
    double = await start(seed={**WORLD, "rules": rules})
    shop = Shop(double, await double.customer())
    calculated = await shop.run("C")
    assert (calculated["availableAmount"], calculated["availableBonusAmount"]) == (318.0, 159.0)
    paid = await shop.run("P", amount=100)
    assert (paid["amount"], paid["bonusAmount"]) == (200.0, 100.0)
    accrued = await shop.run("D")
    assert accrued["cheque"]["totalCashback"] == 43.0


async def test_the_base_of_the_accrual_is_a_switch(start: Start) -> None:
    """Open question 14: with the full base spent bonuses do not lower the accrual."""
    double = await start(seed=WORLD, accrual_base="full")
    shop = Shop(double, await double.customer())
    await shop.codes("C P")
    assert (await shop.run("D"))["cheque"]["totalCashback"] == 53.0


async def test_unknown_goods_earn_nothing_once_there_is_a_catalogue(start: Start) -> None:
    """Positions that the catalogue does not recognise take no part in offers."""
    double = await start(seed={**WORLD, "goods": [{"goodsId": "A-17", "barcode": "46"}]})
    shop = Shop(double, await double.customer())
    lines = (await shop.run("C", coupons=SPRING))["cheque"]["lines"]
    assert [(line["discount"], line["cashback"]) for line in lines] == [(60.0, 27.0), (0.0, 0.0)]


async def test_goods_are_estimated_without_a_purchase(shop: Shop) -> None:
    """Section 8.9: for price lists; nothing is left on the server."""
    body = {
        "isCalculateDiscount": True,
        "isCalculateCashback": True,
        "goods": [{"goodsId": "A-17", "amount": 300}],
    }
    shown = await shop.double.data("POST", "Processing/Goods", shop.token, body)
    assert shown["goods"][0]["calculationResults"][0]["cashback"] == 15.0
    assert (await shop.double.state())["purchases"] == []
