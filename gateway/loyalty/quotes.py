"""Quotes: a sale reckoned by its processor, or at the caller's own prices while that is away.

The path of every scanned item: nothing is dumped, hashed or written here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.canonical import BonusPoints, Money, OrderLine
from gateway.contract import Allowed, Caller, Degraded, LineQuote, Quote, Quoted, Reason, Sale
from gateway.loyalty.checks import check_sale, latest_moment
from gateway.loyalty.processor import NoAnswer
from gateway.loyalty.sale import row_id, told_id
from gateway.loyalty.serving import Served, Serving
from gateway.loyalty.shadow import quotes_differ

NO_POINTS = BonusPoints(points=Decimal(0))
_NO_MONEY = Money.of(0)


class Quotes:
    """See ``TillSales.quote``."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon a sale."""
        serving = self._serving
        served, terms = serving.of(caller), serving.terms
        check_sale(sale, latest=latest_moment(serving.clock.now(), terms.future_s))
        points = sale.points if served.allowed.spending else None
        asked = replace(sale, id=told_id(row_id(caller.name, sale.id)), points=points)
        with serving.counted("quote") as call:
            try:
                quote = await served.processor.read(
                    lambda: served.processor.processing.quote(asked),
                    within_s=serving.left_s(served.until),
                )
            except NoAnswer as absent:
                call.reason = absent.reason
                return self._degraded(served, sale, absent.reason)
        # A processor's own id of a member means nothing to another.
        named = sale.member is None or sale.member.external_id is None
        shadow = served.shadow if named else None
        serving.shadow.compare(
            "quote", served.processor.name, shadow,
            lambda other: other.processing.quote(asked),
            lambda answer: quotes_differ(quote, answer),
            correlation_id=serving.correlation(),
        )  # fmt: skip
        return Quoted(self._invited(sale, _allowed(quote, served.allowed)), served.allowed)

    def _degraded(self, served: Served, sale: Sale, reason: Reason) -> Quoted:
        sight = None
        if sale.member is not None:
            now = self._serving.clock.now()
            sight = self._serving.seen.get(served.processor.name, sale.member, now=now)
        lines = [LineQuote(line.id, _price(line)) for line in sale.lines]
        quote = Quote(
            lines,
            _total(sale.lines),
            NO_POINTS,
            available=sight.available if sight is not None else None,
            spendable=NO_POINTS if sale.member is not None else None,
        )
        at = sight.at if sight is not None else None
        return Quoted(self._invited(sale, quote), served.allowed, Degraded(reason, at))

    def _invited(self, sale: Sale, quote: Quote) -> Quote:
        invitation = self._serving.terms.invitation
        if sale.member is not None or not invitation:
            return quote
        return replace(quote, receipt_texts=(*quote.receipt_texts, invitation))


def _allowed(quote: Quote, allowed: Allowed) -> Quote:
    """Return a quote as the switches let it be promised."""
    if not allowed.spending and quote.spendable is not None:
        quote = replace(quote, spendable=NO_POINTS)
    if allowed.earning:
        return quote
    lines = [replace(line, points_earned=None) for line in quote.lines]
    return replace(quote, lines=lines, points_earned=NO_POINTS)


def _price(line: OrderLine) -> Money:
    return line.price or line.base_price or _NO_MONEY


def _total(lines: Sequence[OrderLine]) -> Money:
    return Money.total([(_price(line), line.quantity or Decimal(0)) for line in lines])
