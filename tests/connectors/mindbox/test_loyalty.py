"""Members, quotes and history: what the till shows before anything is kept."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.canonical import (
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    DiscountReason,
    EmailContact,
    Money,
    PhoneContact,
)
from gateway.contract import (
    MemberKey,
    Missing,
    PromoState,
    Refund,
    Rejected,
    SaleState,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, balance, drained, inspected
from tests.connectors.mindbox.sales import (
    NOON,
    OLGA,
    SALE,
    loyalty,
    points,
    stored,
)


@pytest.mark.parametrize(
    "key",
    [
        OLGA,
        MemberKey(phone="+79260001122"),
        MemberKey(email="olga.demo@example.com"),
        MemberKey(card="2900000012345"),
    ],
    ids=["id", "phone", "email", "card"],
)
async def test_member_is_found_by_each_key(project: Bench, key: MemberKey) -> None:
    """The till shows no points to somebody who came with a card instead of a phone."""
    member = await loyalty(project).identify(key)
    assert member is not None
    assert member.external_id == "500123"
    assert member.customer.bonuses[0].available == points(900)


async def test_nobody_is_no_member(project: Bench) -> None:
    """An unknown phone is a failure at the till instead of an invitation."""
    assert await loyalty(project).identify(MemberKey(phone="+79990000000")) is None
    with pytest.raises(Missing):
        await loyalty(project).balance("404")
    with pytest.raises(Missing):
        await loyalty(project).history("404", cursor=None, limit=10)


@pytest.mark.parametrize("form", ["alreadyExists", "validationError"])
async def test_member_registers_once(open_project: OpenProject, form: str) -> None:
    """The till registers somebody who is a member already, and the points are on the other card."""
    project = await open_project(register_duplicate=form)
    new = Customer(phones=(PhoneContact(number="+79161112233", rank=0),))
    first = await loyalty(project).register(new, key="r-1")
    again = await loyalty(project).register(new, key="r-2")
    assert first.external_id == again.external_id != "500123"

    known = Customer(
        phones=(PhoneContact(number="+79260001122", rank=0),),
        emails=(EmailContact(address="other@example.ru", rank=0),),
    )
    assert (await loyalty(project).register(known, key="r-3")).external_id == "500123"
    assert len(await inspected(project, "customers")) == 2


async def test_member_without_contacts_is_refused(project: Bench) -> None:
    """A registration that the vendor refuses counts as done."""
    with pytest.raises(Rejected):
        await loyalty(project).register(Customer(), key="r-1")


@pytest.mark.parametrize("vocabulary", ["both", "short", "valueSuffix"])
async def test_balance_is_read_in_both_vocabularies(
    open_project: OpenProject, vocabulary: str
) -> None:
    """A project of the other generation has no points."""
    project = await open_project(balance_vocabulary=vocabulary)
    (account,) = await loyalty(project).balance("500123")
    assert (account.available, account.pending) == (points(900), points(340))


async def test_quote_is_the_one_of_section_12(project: Bench) -> None:
    """The till shows another price than Mindbox reckoned, above all for split lines."""
    quote = await loyalty(project).quote(SALE)

    assert quote.total == Money.of(5346)
    assert quote.points_earned == points(265)
    assert (quote.available, quote.spendable) == (points(900), points(900))
    assert quote.promo_codes == [("SPRING-0007", PromoState.APPLIED)]
    assert quote.receipt_texts == ["Списано 594, будет начислено 265 баллов"]
    assert quote.cashier_hints == ["Предложите вторую пару со скидкой"]
    assert [(one.id, one.price, one.points_spent, one.points_earned) for one in quote.lines] == [
        ("1", Money.of(1215), points(270), points(121)),
        ("1", Money.of(1350), points(150), points(67)),
        ("2", Money.of(648), points(144), points(64)),
        ("3", Money.of(270), points(30), points(13)),
    ]
    reasons = [[(one.reason, one.amount) for one in part.discounts] for part in quote.lines]
    assert reasons == [
        [(DiscountReason.PROMO_CODE, Money.of(300)), (DiscountReason.POINTS, Money.of(270))],
        [(DiscountReason.POINTS, Money.of(150))],
        [(DiscountReason.PROMOTION, Money.of(160)), (DiscountReason.POINTS, Money.of(144))],
        [(DiscountReason.POINTS, Money.of(30))],
    ]
    assert await inspected(project, "orders") == []
    assert await balance(project) == (1240, 900, 340)


async def test_price_of_the_shop_counts_without_a_promotion_to_name(
    open_project: OpenProject,
) -> None:
    """The shop's own discount is lost, because there is no external promotion to tell it by."""
    project = await open_project({"external_promotion": None})
    sale = replace(SALE, points=None, promo_codes=[], lines=[SALE.lines[1]])
    assert (await loyalty(project).quote(sale)).total == Money.of(1440)


async def test_anonymous_sale_and_bad_codes(project: Bench) -> None:
    """A wrong promo code fails the whole basket of somebody without a card."""
    sale = replace(SALE, member=None, points=None, promo_codes=["WRONG-1"], lines=[SALE.lines[2]])
    quote = await loyalty(project).quote(sale)
    assert quote.total == Money.of(300)
    assert (quote.available, quote.spendable) == (None, points(0))
    assert quote.promo_codes == [("WRONG-1", PromoState.UNKNOWN)]

    kept = await loyalty(project).reserve(replace(sale, promo_codes=[]), key="k-1")
    assert kept.state is SaleState.RESERVED
    assert (await stored(project))["customerId"] is None


async def test_more_points_than_there_are_are_lowered(project: Bench) -> None:
    """A wish for more than the balance fails the sale, or is promised to the customer."""
    sale = replace(SALE, points=points(5000), promo_codes=[])
    quote = await loyalty(project).quote(sale)
    spent = sum((one.points_spent.points for one in quote.lines if one.points_spent), Decimal(0))
    kept = await loyalty(project).reserve(sale, key="k-1")
    assert kept.points_spent == BonusPoints(points=spent)
    assert 890 < spent <= 900
    assert (await balance(project))[1] == 900 - float(spent)


@pytest.mark.parametrize("degraded", ["personal", "all", "points"])
async def test_degraded_answer_offers_no_points(open_project: OpenProject, degraded: str) -> None:
    """Points are promised that could not be held a moment later."""
    project = await open_project()
    await project.switch(degraded=degraded)
    quote = await loyalty(project).quote(SALE)
    assert quote.spendable == points(0)
    assert quote.total.amount > 0


async def test_card_that_is_blocked_is_told_at_once(project: Bench) -> None:
    """The cashier reckons a whole basket for a card that was reported stolen."""
    await project.act("card.status", number="2900000012345", status="Blocked")
    sale = replace(SALE, member=MemberKey(card="2900000012345"))
    with pytest.raises(Rejected) as caught:
        await loyalty(project).quote(sale)
    assert caught.value.vendor_code == "DiscountCardIsBlocked"


@pytest.mark.parametrize("size", [1000, 1])
async def test_history_is_paged_newest_first(
    project: Bench, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Postings are missing, of another kind, out of order, or come twice."""
    monkeypatch.setattr("connectors.mindbox.history._PAGE", size)
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await till.commit(SALE, kept, key="k-2")
    await till.refund(Refund("r-1", "A-1542", "A-1542", NOON, lines=[SALE.lines[2]]), key="k-3")
    await drained(project)
    await project.act(
        "balance.credit", customer={"ids": {"mindboxId": 500123}}, amount=5, comment="Подарок"
    )

    items: list[BonusOperation] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = await till.history("500123", cursor=cursor, limit=1)
        items += page.items
        pages, cursor = pages + 1, page.cursor
        if cursor is None:
            break
    assert pages > 3
    assert sorted((one.kind, one.points.points) for one in items) == sorted(
        [
            (BonusOperationKind.REDEEM, Decimal(-594)),
            (BonusOperationKind.ACCRUE, Decimal(265)),
            (BonusOperationKind.CANCEL, Decimal(30)),
            (BonusOperationKind.CANCEL, Decimal(-13)),
            (BonusOperationKind.ADJUST, Decimal(5)),
        ]
    )
    assert len({one.id for one in items}) == 5
    assert {one.order_number for one in items} == {"A-1542", None}
    whole = await till.history("500123", cursor=None, limit=1000)
    assert [one.at for one in whole.items] == sorted((one.at for one in items), reverse=True)
    assert whole.cursor is None
