"""Till content: the sale that a purchase of the protocol is, for the loyalty service. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.canonical import Money, Payment, PaymentState
from gateway.contract import Caller, PromoState, Quoted, Sale

from .config import Tills
from .till_cheque import order_lines
from .till_codes import Code, CodeRefused
from .till_memory import Buyer
from .till_wire import TillCall

_BAD_COUPON = frozenset({PromoState.UNKNOWN, PromoState.USED, PromoState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Contents:
    """Makes sales of calls. Units: sums in ``currency``."""

    tills: Tills
    currency: str

    def sale(self, call: TillCall, buyer: Buyer, caller: Caller) -> Sale:
        """Return the content of a purchase before it is paid."""
        return Sale(
            id=call.purchase_id,
            lines=order_lines(call.lines, currency=self.currency, goods_id=self.tills.goods_id),
            at=call.closed_at or call.at,
            member=buyer.key,
            promo_codes=tuple(one for one in call.coupons if one),
            shop=caller.shop or None,
            till=caller.name,
            cashier=call.cashier,
            number=call.number,
        )

    def payments(self, call: TillCall) -> tuple[Payment, ...]:
        """Return how a purchase is paid, in money."""
        return tuple(
            Payment(
                id=f"{call.purchase_id}.{number}",
                method=self.tills.pay_types.get(kind, kind.lower() or None),
                amount=Money.of(amount, self.currency),
                state=PaymentState.PAID,
            )
            for number, (kind, amount) in enumerate(call.pays, start=1)
        )


def check_coupons(quoted: Quoted) -> None:
    """Refuse a coupon that is not known or not good any more (8.5)."""
    if any(state in _BAD_COUPON for _, state in quoted.quote.promo_codes):
        raise CodeRefused(Code.COUPONS)


def check_open(state_codes: Sequence[tuple[bool, Code]]) -> None:
    """Refuse with the code of the first condition that holds."""
    for holds, code in state_codes:
        if holds:
            raise CodeRefused(code)
