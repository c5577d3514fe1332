"""Translator: from what the loyalty service answers to what a till is told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from gateway.canonical import (
    BonusAccount,
    BonusOperation,
    BonusPoints,
    Discount,
    Money,
    Offer,
    PersonName,
)
from gateway.contract import (
    Allowed,
    Balances,
    Deal,
    Degraded,
    HistoryPage,
    Identified,
    LineQuote,
    Member,
    Quoted,
)
from gateway.ingress.pos.answers import (
    AccountAnswer,
    AllowedAnswer,
    BalanceAnswer,
    DealAnswer,
    DegradedAnswer,
    DiscountAnswer,
    HistoryAnswer,
    IdentifiedAnswer,
    LineAnswer,
    MemberAnswer,
    NameAnswer,
    OfferAnswer,
    PostingAnswer,
    PromoAnswer,
    QuoteAnswer,
)


def identified_to_wire(identified: Identified) -> IdentifiedAnswer:
    """Translate who was named."""
    member = identified.member
    return IdentifiedAnswer(
        found=member is not None,
        member=None if member is None else _member(member),
        allowed=_allowed(identified.allowed),
        degraded=degraded_to_wire(identified.degraded),
    )


def balances_to_wire(balances: Balances) -> BalanceAnswer:
    """Translate balances."""
    accounts = [_account(one) for one in balances.accounts]
    return BalanceAnswer(accounts, degraded_to_wire(balances.degraded))


def history_to_wire(page: HistoryPage) -> HistoryAnswer:
    """Translate postings."""
    return HistoryAnswer([_posting(one) for one in page.items], page.cursor)


def quote_to_wire(quoted: Quoted) -> QuoteAnswer:
    """Translate a sale as it would be; points spent are the sum of the lines'."""
    quote = quoted.quote
    spent = sum((line.points_spent.points for line in quote.lines if line.points_spent), Decimal(0))
    return QuoteAnswer(
        lines=[_line(line) for line in quote.lines],
        total=str(quote.total.amount),
        points_earned=plain(quote.points_earned.points),
        points_spent=plain(spent),
        available=_points(quote.available),
        spendable=_points(quote.spendable),
        allowed=_allowed(quoted.allowed),
        promo_codes=[PromoAnswer(code, str(state)) for code, state in quote.promo_codes],
        offers=[_offer(one) for one in quote.offers],
        receipt_texts=quote.receipt_texts,
        cashier_hints=quote.cashier_hints,
        price_changed=quote.price_changed,
        degraded=degraded_to_wire(quoted.degraded),
    )


def deal_to_wire(deal: Deal) -> DealAnswer:
    """Translate how far a sale has come; the processor's own id of it is nobody's business."""
    kept = deal.kept
    return DealAnswer(
        id=deal.id,
        stage=str(deal.stage),
        points_earned=_points(kept.points_earned) if kept else None,
        points_spent=_points(kept.points_spent) if kept else None,
        balance=_account(kept.balance) if kept and kept.balance else None,
        expires_at=kept.expires_at if kept else None,
        degraded=degraded_to_wire(deal.degraded),
        cause=deal.cause or None,
        replayed=deal.replayed,
    )


def degraded_to_wire(degraded: Degraded | None) -> DegradedAnswer | None:
    """Translate what an answer is worth."""
    return None if degraded is None else DegradedAnswer(str(degraded.reason), degraded.balance_at)


def plain(number: Decimal) -> str:
    """Spell a number without an exponent."""
    return format(number, "f")


def _points(points: BonusPoints | None) -> str | None:
    return None if points is None else plain(points.points)


def _money(money: Money | None) -> str | None:
    return None if money is None else str(money.amount)


def _allowed(allowed: Allowed) -> AllowedAnswer:
    return AllowedAnswer(allowed.earning, allowed.spending, allowed.code_needed)


def _account(account: BonusAccount) -> AccountAnswer:
    return AccountAnswer(
        programme=account.programme,
        available=_points(account.available),
        pending=_points(account.pending),
        blocked=_points(account.blocked),
        tier=account.tier,
    )


def _member(member: Member) -> MemberAnswer:
    customer = member.customer
    return MemberAnswer(
        member_id=member.external_id,
        name=_name(customer.name),
        tier=customer.tier,
        has_phone=bool(customer.phones),
        has_email=bool(customer.emails),
        accounts=[_account(one) for one in customer.bonuses],
        offers=[_offer(one) for one in member.offers],
    )


def _name(name: PersonName | None) -> NameAnswer | None:
    return None if name is None else NameAnswer(name.last, name.first, name.patronymic)


def _posting(posting: BonusOperation) -> PostingAnswer:
    return PostingAnswer(
        id=posting.id,
        kind=str(posting.kind),
        points=plain(posting.points.points),
        at=posting.at,
        active_from=posting.active_from,
        expires_at=posting.expires_at,
        order_number=posting.order_number,
        reason=posting.reason,
    )


def _line(line: LineQuote) -> LineAnswer:
    return LineAnswer(
        id=line.id,
        price=str(line.price.amount),
        discounts=_discounts(line.discounts),
        points_earned=_points(line.points_earned),
        points_spent=_points(line.points_spent),
    )


def _discounts(discounts: Sequence[Discount]) -> list[DiscountAnswer]:
    return [
        DiscountAnswer(str(one.reason), one.name, one.code, _money(one.amount), _points(one.points))
        for one in discounts
    ]


def _offer(offer: Offer) -> OfferAnswer:
    return OfferAnswer(
        id=offer.id,
        title=offer.title,
        discount=_money(offer.discount),
        points_percent=None if offer.points_percent is None else plain(offer.points_percent),
        valid_to=offer.valid_to,
    )
