"""Points that 1C keeps, as a processor of sales over a service in the shape of LoyaltyExchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    BonusPoints,
    Money,
    PersonName,
)
from gateway.contract import (
    MemberKey,
    Missing,
    OutcomeUnknown,
    Refund,
    Rejected,
    SaleState,
    Unavailable,
    Unsupported,
)
from mocks.onec import demo
from tests.connectors.onec.services.conftest import BARCODE, OpenBase, http
from tests.connectors.onec.services.selling import SALE, each_way, left, till


@each_way
async def test_member_is_known_by_card_phone_and_id(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till would find nobody by what the customer says, or take a stranger for a member."""
    _, loyalty = await till(open_base, sections)
    by_card = await loyalty.identify(MemberKey(card=BARCODE))
    assert by_card is not None
    assert by_card.customer.name == PersonName(last="Лапина", first="Вера", patronymic="Олеговна")
    assert await loyalty.identify(MemberKey(phone="+79991234567")) == by_card
    by_id = await loyalty.identify(MemberKey(external_id=by_card.external_id))
    assert by_id is not None
    assert by_id.customer.bonuses == by_card.customer.bonuses
    (account,) = await loyalty.balance(by_card.external_id)
    assert (account.programme, account.available) == ("onec", BonusPoints(points=Decimal(350)))
    for nobody in (MemberKey(card="2990000000001"), MemberKey(email="v.lapina@example.ru")):
        assert await loyalty.identify(nobody) is None
    with pytest.raises(Missing):
        await loyalty.balance(demo.PARTNER)


@each_way
async def test_quote_offers_what_the_programme_lets_a_sale_take(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till would offer more points than 1C takes, and be refused at the end."""
    _, loyalty = await till(open_base, sections)
    quote = await loyalty.quote(SALE)
    assert (quote.total, quote.points_earned.points) == (Money.of(300), Decimal(0))
    assert quote.available == BonusPoints(points=Decimal(350))
    assert quote.spendable == BonusPoints(points=Decimal(90))
    anonymous = await loyalty.quote(replace(SALE, member=None))
    assert (anonymous.available, anonymous.spendable) == (None, None)


@each_way
async def test_lost_answers_move_points_once(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A till that tries again would hold twice, pay twice, and give back twice."""
    base, loyalty = await till(open_base, sections)
    lost = {"kind": "cut_after", "method": "POST", "times": 1}
    is_soap = "soap" in sections
    await loyalty.identify(MemberKey(card=BARCODE))
    member = await loyalty.identify(MemberKey(phone="+79991234567"))
    assert member is not None
    sale = replace(SALE, member=MemberKey(external_id=member.external_id))

    async def twice(path: str, call: Any) -> Any:  # noqa: ANN401 - a call of the processor
        await base.faults({**lost, "path": "1cws$" if is_soap else path})
        with pytest.raises((Unavailable, OutcomeUnknown)):
            await call()
        await base.faults()
        return await call()

    kept = await twice("/holds$", lambda: loyalty.reserve(sale, key="r-1"))
    assert kept.expires_at == datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
    (account,) = await loyalty.balance(member.external_id)
    assert account.available == BonusPoints(points=Decimal(300))
    assert account.blocked == BonusPoints(points=Decimal(50))
    done = await twice("/commit$", lambda: loyalty.commit(sale, kept, key="c-1"))
    assert (done.state, await left(base)) == (SaleState.COMMITTED, Decimal(300))
    part = Refund("R-1", sale.id, done.reference, sale.at, lines=sale.lines[1:])
    back = await twice("/accruals$", lambda: loyalty.refund(part, key="b-1"))
    assert back.points_spent == BonusPoints(points=Decimal("-16.66"))
    assert await left(base) == Decimal("316.66")
    with pytest.raises(Unsupported):
        await loyalty.find(sale.id)


@each_way
async def test_sale_that_was_closed_already_takes_its_points(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A receipt of an offline till would never be counted, or be counted at each try."""
    base, loyalty = await till(open_base, sections)
    first, again = [await loyalty.commit(SALE, None, key="c-1") for _ in range(2)]
    assert first == again
    assert await left(base) == Decimal(300)
    free = await loyalty.commit(replace(SALE, points=None), None, key="c-2")
    whole = Refund("R-2", SALE.id, free.reference, SALE.at)
    await loyalty.refund(whole, key="b-2")
    assert await left(base) == Decimal(300)
    await loyalty.refund(replace(whole, reference=first.reference), key="b-1")
    assert await left(base) == Decimal(350)


@each_way
async def test_returns_together_give_back_what_was_spent(
    open_base: OpenBase, sections: Mapping[str, Any]
) -> None:
    """A part that comes back, and then all of it, would bring more points than were spent."""
    base, loyalty = await till(open_base, sections)
    done = await loyalty.commit(SALE, None, key="c-1")
    part = Refund("R-1", SALE.id, done.reference, SALE.at, lines=SALE.lines[:1])
    whole = replace(part, id="R-2", lines=None)
    told = [
        await loyalty.refund(one, key=key)
        for one, key in (
            (part, "b-1"),
            (whole, "b-2"),
            (part, "b-1"),
            (part, "b-3"),
            (whole, "b-2"),
        )
    ]
    given = [-one.points_spent.points for one in told if one.points_spent is not None]
    assert given == [Decimal(it) for it in ("33.33", "16.67", "33.33", "0", "16.67")]
    assert await left(base) == Decimal(350)


async def test_hold_ends_by_itself_or_by_a_cancel(open_base: OpenBase) -> None:
    """Points of a sale that never was would stay held, or be taken without a hold."""
    base, loyalty = await till(open_base, http())
    kept = await loyalty.reserve(SALE, key="r-1")
    for _ in range(2):
        await loyalty.cancel(kept, key="x-1")
    with pytest.raises(Rejected) as refused:
        await loyalty.commit(SALE, kept, key="c-1")
    assert refused.value.vendor_code == "HOLD_CLOSED"
    late = await loyalty.reserve(SALE, key="r-2")
    await base.act("clock.freeze", at="2026-02-03T12:31:00")
    with pytest.raises(Rejected) as refused:
        await loyalty.commit(SALE, late, key="c-2")
    assert refused.value.vendor_code == "HOLD_EXPIRED"
    assert await left(base) == Decimal(350)
    with pytest.raises(Missing):
        await loyalty.refund(Refund("R", "T", "not ours", SALE.at), key="b")
    with pytest.raises(Missing):
        await loyalty.reserve(replace(SALE, member=MemberKey(email="a@example.ru")), key="r-3")
    too_many = replace(SALE, points=BonusPoints(points=Decimal(1000)))
    with pytest.raises(Rejected) as refused:
        await loyalty.reserve(too_many, key="r-4")
    assert refused.value.vendor_code == "NOT_ENOUGH"
