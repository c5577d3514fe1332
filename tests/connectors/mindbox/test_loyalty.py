"""Loyalty processing: the receipt of sections 12 to 14, and what goes wrong around it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    BonusOperation,
    BonusOperationKind,
    BonusPoints,
    Customer,
    DiscountReason,
    EmailContact,
    Money,
    OrderLine,
    PhoneContact,
    ProductRef,
)
from gateway.contract import (
    Kept,
    LoyaltyProcessing,
    MemberKey,
    Missing,
    OutcomeUnknown,
    PromoState,
    Refund,
    Rejected,
    Sale,
    SaleState,
    Unavailable,
)
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import OpenProject, balance, drained, inspected, journal

OLGA = MemberKey(external_id="500123")
NOON = datetime(2026, 3, 1, 9, 58, 2, tzinfo=UTC)


def line(number: str, sku: str, quantity: int, base: int, price: int | None = None) -> OrderLine:
    """Return a line of goods."""
    return OrderLine(
        id=number,
        product=ProductRef(external_id=sku),
        quantity=Decimal(quantity),
        base_price=Money.of(base),
        price=Money.of(base if price is None else price),
    )


SALE = Sale(
    id="A-1542",
    at=NOON,
    member=OLGA,
    points=BonusPoints(points=Decimal(594)),
    promo_codes=["SPRING-0007"],
    shop="S-07",
    till="S-07/2",
    lines=[
        line("1", "SKU-9001", 3, 1500),
        line("2", "SKU-9002", 2, 800, 720),
        line("3", "SKU-9003", 1, 300),
    ],
)
PLAIN = replace(SALE, id="A-1600", points=None, promo_codes=[], lines=[SALE.lines[0]])
MINUS = {
    "external_id": "MINUS",
    "name": "Тысяча за три",
    "benefit": "amount",
    "value": 1000,
    "products": ["SKU-9001"],
}


def loyalty(project: Bench) -> LoyaltyProcessing:
    """Return the processing of the connector."""
    found = project.connector.services.loyalty
    assert found is not None
    return found


def points(value: int | str) -> BonusPoints:
    """Return points."""
    return BonusPoints(points=Decimal(value))


async def found(project: Bench) -> Kept:
    """Return the sale as the vendor keeps it."""
    kept = await loyalty(project).find("A-1542")
    assert kept is not None
    return kept


async def stored(project: Bench, number: str = "A-1542") -> dict[str, Any]:
    """Return an order as the double has it."""
    (row,) = await inspected(project, "orders", ids={"websiteOrder": number})
    found: dict[str, Any] = row
    return found


async def statuses(project: Bench, number: str = "A-1542") -> list[str]:
    """Return the statuses of an order's lines."""
    rows = (await stored(project, number))["lines"]
    return [row["status"]["ids"]["externalId"] for row in rows]


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


@pytest.mark.parametrize("saved", ["Processed", "CreatedUpdated"])
async def test_receipt_goes_from_reserve_to_refund(open_project: OpenProject, saved: str) -> None:
    """Points are taken twice, come back never, or the sale is not the one that was reckoned."""
    project = await open_project(order_saved_status=saved)
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")

    assert kept == Kept(
        "A-1542", SaleState.RESERVED, points_earned=points(265), points_spent=points(594)
    )
    assert await balance(project) == (646, 306, 340)
    row = await stored(project)
    assert [(one["lineId"], one["lineNumber"], one["quantity"]) for one in row["lines"]] == [
        ("1", 1, 2), ("1~2", 2, 1), ("2", 3, 2), ("3", 4, 1),
    ]  # fmt: skip
    assert row["totalPrice"] == 5346

    done = await till.commit(SALE, kept, key="k-2")
    assert (done.state, done.points_spent) == (SaleState.COMMITTED, points(594))
    assert await balance(project) == (911, 306, 605)

    # The unit of line 2 that was bought without the code, as in section 14.1.
    back = [line("1", "SKU-9001", 1, 1500, 1350)]
    refund = Refund("r-1", "A-1542", done.reference, NOON, lines=back)
    await till.refund(refund, key="k-3")
    await till.refund(refund, key="k-3")
    await drained(project)
    assert await balance(project) == (994, 456, 538)
    assert await statuses(project) == ["Paid", "Returned", "Paid", "Paid"]

    await till.refund(Refund("r-2", "A-1542", done.reference, NOON), key="k-4")
    await drained(project)
    assert set(await statuses(project)) == {"Returned"}
    assert await balance(project) == (1240, 900, 340)
    assert (await found(project)).state is SaleState.CANCELLED


async def test_second_refund_of_a_line_takes_what_is_left(project: Bench) -> None:
    """The second unit is given back from the part that came back already: nothing happens."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await till.commit(SALE, kept, key="k-2")
    for number in range(3):
        back = [line("1", "SKU-9001", 1, 1500, 1215 if number < 2 else 1350)]
        await till.refund(
            Refund(f"r-{number}", "A-1542", "A-1542", NOON, lines=back), key=f"b{number}"
        )
        await drained(project)
    rows = (await stored(project))["lines"]
    returned = [row for row in rows if row["status"]["ids"]["externalId"] == "Returned"]
    assert sum(row["quantity"] for row in returned) == 3
    assert {row["product"]["ids"]["website"] for row in returned} == {"SKU-9001"}
    log = await inspected(project, "operationLog")
    assert {row["status"] for row in log} == {"Success"}


async def test_refund_of_an_unknown_sale_is_missing(project: Bench) -> None:
    """A refund goes into the queue of a vendor who knows no such sale, and nobody ever hears."""
    with pytest.raises(Missing):
        await loyalty(project).refund(Refund("r-1", "A-404", "A-404", NOON), key="k-1")


async def test_cancelled_sale_gives_points_back_once(project: Bench) -> None:
    """The payment failed and the points are gone, or come back twice."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await till.cancel(kept, key="k-2")
    await till.cancel(kept, key="k-2")

    assert await balance(project) == (1240, 900, 340)
    assert set(await statuses(project)) == {"Cancelled"}
    assert (await found(project)).state is SaleState.CANCELLED
    again = await till.reserve(replace(SALE, id="A-1543"), key="k-3")
    assert again.points_spent == points(594)


@pytest.mark.parametrize("kind", ["cut_after", "cut_before", "status"])
async def test_lost_answer_of_a_reserve_is_read_not_repeated(project: Bench, kind: str) -> None:
    """The repeat reckons with what is left of the points, and takes those too."""
    till = loyalty(project)
    await project.faults({"kind": kind, "path": "CreateAuthorizedOrder", "times": 1, "status": 503})
    with pytest.raises(Unavailable):
        await till.reserve(SALE, key="k-1")
    kept = await till.reserve(SALE, key="k-1")

    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))
    assert kept.points_earned == points(265)
    assert await balance(project) == (646, 306, 340)
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize("kind", ["cut_after", "status"])
async def test_lost_answer_of_a_commit_accrues_once(project: Bench, kind: str) -> None:
    """The repeated commit accrues the points again."""
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    await project.faults({"kind": kind, "path": "ChangeStatus", "times": 1, "status": 502})
    with pytest.raises(Unavailable):
        await till.commit(SALE, kept, key="k-2")
    assert (await till.commit(SALE, kept, key="k-2")).state is SaleState.COMMITTED
    assert await balance(project) == (911, 306, 605)


async def meanwhile(
    project: Bench, sale: Sale, deed: Callable[[], Awaitable[None]], *more: dict[str, Any]
) -> Kept:
    """Reserve a sale, and do a deed at the vendor between its reckoning and its saving."""
    await project.faults(
        {"kind": "delay", "path": "CreateAuthorizedOrder", "times": 1, "delay_s": 0.7},
        *more,
    )
    task = asyncio.create_task(loyalty(project).reserve(sale, key="k-1"))
    while not [one for one in await journal(project) if one["op"] == "Offline.AuthorizedPreorder"]:
        pass
    await deed()
    kept: Kept = await task
    return kept


@pytest.mark.parametrize("place", ["order", "envelope"])
async def test_price_that_changed_is_reckoned_again(open_project: OpenProject, place: str) -> None:
    """The sale is refused at the till, or saved at a price that nobody saw."""
    project = await open_project(price_changed_place=place)

    async def stop() -> None:
        await project.act("promotion.stop", externalId="SPR26")

    kept = await meanwhile(project, SALE, stop)
    assert kept.state is SaleState.RESERVED
    # Goods 6240 without the code, points 594.
    assert (await stored(project))["totalPrice"] == 5646
    assert len(await inspected(project, "orders")) == 1


@pytest.mark.parametrize("form", ["priceChanged", "validation", "protocol400"])
async def test_line_that_must_be_split_is_reckoned_again(
    open_project: OpenProject, form: str
) -> None:
    """A promotion that began this minute fails every sale of three."""
    project = await open_project(split_error=form)

    async def start() -> None:
        await project.seed(promotions=[MINUS])

    await meanwhile(project, PLAIN, start)
    row = await stored(project, "A-1600")
    assert [(one["lineId"], one["quantity"], one["priceOfLine"]) for one in row["lines"]] in (
        [("1", 1, 1166.66), ("1~2", 2, 2333.34)],
        [("1", 2, 2333.34), ("1~2", 1, 1166.66)],
    )
    assert row["totalPrice"] == 3500


async def test_price_that_changes_for_ever_is_told(project: Bench) -> None:
    """The till tries for ever, with the customer before it."""
    body = '{"status":"Success","order":{"processingStatus":"PriceHasBeenChanged"}}'
    rule = {"kind": "status", "path": "CreateAuthorizedOrder", "status": 200, "body": body}
    await project.faults(rule)
    with pytest.raises(Rejected) as caught:
        await loyalty(project).reserve(SALE, key="k-1")
    assert caught.value.vendor_code == "PriceHasBeenChanged"
    assert await inspected(project, "orders") == []


async def test_used_up_code_of_a_refused_save_is_no_sale(open_project: OpenProject) -> None:
    """A vendor that keeps the code of a refused save makes the repeat look like a lost sale."""
    project = await open_project(key_after_failure="burned")

    async def stop() -> None:
        await project.act("promotion.stop", externalId="SPR26")

    lost = {"kind": "cut_before", "path": "CreateAuthorizedOrder", "times": 1}
    with pytest.raises(Unavailable):
        await meanwhile(project, SALE, stop, lost)
    assert await inspected(project, "orders") == []
    kept = await loyalty(project).reserve(SALE, key="k-1")

    assert kept.state is SaleState.RESERVED
    assert (await stored(project))["totalPrice"] == 5646


async def test_offline_sale_is_told_once_without_points(project: Bench) -> None:
    """A sale of the hour without a line spends points that were not there, or counts twice."""
    till = loyalty(project)
    for _ in range(2):
        kept = await till.commit(SALE, None, key="k-1")
        assert kept.state is SaleState.COMMITTED
    log = await drained(project)

    assert sorted(row["status"] for row in log) == ["Success", "TransactionAlreadyProcessed"]
    row = await stored(project)
    assert (row["totalPrice"], row["customerId"]) == (6240, 500123)
    assert await statuses(project) == ["Paid"] * 3
    assert row["created"] == "2026-03-01 09:58:02.000"
    # 5 % of 4500, 1440 and 300; nothing spent.
    assert await balance(project) == (1552, 900, 652)


async def test_find_tells_what_became_of_a_sale(project: Bench) -> None:
    """A lost answer is repeated blindly, or a sale that never was is believed in."""
    till = loyalty(project)
    assert await till.find("A-1542") is None
    kept = await till.reserve(SALE, key="k-1")
    assert await till.find("A-1542") == kept
    await till.commit(SALE, kept, key="k-2")
    assert (await found(project)).state is SaleState.COMMITTED


async def test_history_is_paged_newest_first(project: Bench) -> None:
    """Postings are missing, of another kind, or come twice."""
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


@pytest.mark.parametrize("mode", ["beginCreatesOrder", "classic"])
async def test_withdrawn_transaction_still_works_where_it_is_kept(
    open_project: OpenProject, mode: str
) -> None:
    """A project of old operations keeps the points of every sale blocked."""
    project = await open_project({"legacy_transactions": True}, legacy_transaction=mode)
    till = loyalty(project)
    kept = await till.reserve(SALE, key="k-1")
    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))
    assert (await balance(project))[1] == 306
    await till.commit(SALE, kept, key="k-2")
    await drained(project)
    assert await statuses(project) == (["Paid"] * 4 if mode == "classic" else ["CheckedOut"] * 4)

    other = replace(SALE, id="A-1543", points=points(100), promo_codes=[])
    kept = await till.reserve(other, key="k-3")
    before = (await balance(project))[1]
    await till.cancel(kept, key="k-4")
    await drained(project)
    given = float(kept.points_spent.points) if kept.points_spent else 0
    assert (await balance(project))[1] == before + (given if mode == "classic" else 0)


async def test_withdrawn_transaction_is_refused_where_it_is_gone(
    open_project: OpenProject,
) -> None:
    """Sales of an old set-up vanish, as the vendor neither processes nor stores them."""
    project = await open_project({"legacy_transactions": True})
    with pytest.raises(Rejected):
        await loyalty(project).reserve(SALE, key="k-1")
    assert await inspected(project, "orders") == []


async def test_lost_answer_of_a_begin_is_looked_up(open_project: OpenProject) -> None:
    """A begin has no code of its own; its repeat opens a second transaction."""
    project = await open_project({"legacy_transactions": True}, legacy_transaction="classic")
    till = loyalty(project)
    await project.faults({"kind": "cut_after", "path": "BeginAuthorized", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await till.reserve(SALE, key="k-1")
    kept = await found(project)
    assert (kept.state, kept.points_spent) == (SaleState.RESERVED, points(594))
