"""Quoting: a sale as it would be now, of what is read in one transaction; nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from gateway.canonical import Discount, DiscountReason, Money, OrderLine
from gateway.contract import LineQuote, Quote, Sale
from gateway.loyalty.house.lots import ZERO, holdings
from gateway.loyalty.house.programme import Programme, points_of
from gateway.loyalty.house.reckoning import Reckoned, ReckonedLine, to_unit
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.loyalty.house.terms import Terms, terms_of
from gateway.ports import HouseSaleState, LedgerAccount, Tx

NOT_BOTH = "Баллы или промокод: вместе нельзя"
BAD_KEY = "Ключ заказа не подходит"


@dataclass(frozen=True, slots=True)
class Quoting:
    """Reckons sales on a reading transaction."""

    programme: Programme

    def quote(self, tx: Tx, sale: Sale, now: datetime) -> Quote:
        """Reckon a sale. Raises ``Missing`` for an unknown member, ``Rejected`` for bad lines."""
        member = self.programme.find(tx, sale.member) if sale.member is not None else None
        if sale.member is not None and member is None:
            raise refused(Refusal.MEMBER)
        row = tx.house_sales([sale.id]).get(sale.id)
        member_id = member.id if member is not None else ""
        terms = terms_of(tx, self.programme, sale, member_id=member_id, row=row, now=now)
        available = spendable = ZERO
        if member is not None:
            available = holdings(tx.house_lots(member.id), now).available
            if row is not None and row.state is HouseSaleState.RESERVED:
                available += _blocked(tx, sale.id)
            spendable = terms.spendable(available)
        wanted = sale.points.points if sale.points is not None else ZERO
        spent = max(min(to_unit(wanted, terms.rules.spend_unit), spendable), ZERO)
        reckoned = terms.reckon(spent)
        return Quote(
            lines=_lines(terms, reckoned),
            total=Money(amount=reckoned.due, currency=terms.rules.currency),
            points_earned=points_of(reckoned.earned),
            available=points_of(available) if member is not None else None,
            spendable=points_of(spendable) if member is not None else None,
            promo_codes=terms.codes,
            cashier_hints=_hints(terms, wanted),
            price_changed=terms.lines != tuple(sale.lines),
        )


def _blocked(tx: Tx, sale_id: str) -> Decimal:
    """Return what this very sale holds already: it may spend it."""
    sums = tx.house_sale_lots(sale_id)
    return sum((one.points for one in sums if one.account is LedgerAccount.BLOCKED), ZERO)


def _lines(terms: Terms, reckoned: Reckoned) -> tuple[LineQuote, ...]:
    return tuple(
        _line(terms, line, was) for line, was in zip(reckoned.lines, terms.lines, strict=True)
    )


def _line(terms: Terms, line: ReckonedLine, was: OrderLine) -> LineQuote:
    discounts: Sequence[Discount] = was.discounts
    currency = terms.rules.currency
    if line.spent:
        paid = Discount(
            id="points",
            reason=DiscountReason.POINTS,
            amount=Money(amount=line.paid, currency=currency),
            points=points_of(line.spent),
        )
        discounts = (*discounts, paid)
    return LineQuote(
        id=line.id,
        price=Money(amount=line.due / line.quantity, currency=currency),
        discounts=discounts,
        points_earned=points_of(line.earned),
        points_spent=points_of(line.spent),
    )


def _hints(terms: Terms, wanted: Decimal) -> tuple[str, ...]:
    hints = []
    if wanted and terms.has_code and terms.rules.points_or_code:
        hints.append(NOT_BOTH)
    if terms.has_bad_key:
        hints.append(BAD_KEY)
    return tuple(hints)
