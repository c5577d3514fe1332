"""``promocodeinfo``: whether a code works, asked before there is a receipt with it.

A processor tells of a code only together with a receipt, so the till's last one is reckoned with
it. Before the first one a code is let through: ``calculatediscounts`` tells of it anyway.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.canonical import OrderLine
from gateway.contract import Clock, PromoState, Sale, TillReply, TillService

from . import till_words as words
from .till_login import Visitor
from .till_loyaltyservice_answer import promo_discount, promo_state, promo_words
from .till_words import Row

_WORKS = frozenset({PromoState.APPLIED, PromoState.NOT_APPLIED})
_NOT_NAMED = "Промокод не указан"


async def promo_info(
    visitor: Visitor, code: str, lines: Sequence[OrderLine], service: TillService, clock: Clock
) -> TillReply:
    """Answer ``promocodeinfo``; ``lines`` are those of the till's last receipt."""
    told: Row = {
        "PromocodeIsAvalible": False,
        "PromocodeStatus": "" if code else _NOT_NAMED,
        "PromocodeDiscountDescription": "",
        "PromocodeDiscount": "",
    }
    if code and not lines:
        told["PromocodeIsAvalible"] = True
    elif code:
        caller = visitor.caller
        sale = Sale(
            id=f"1p.{visitor.mark('promo', code)}",
            lines=tuple(lines),
            at=clock.now(),
            promo_codes=(code,),
            shop=caller.shop or None,
            till=caller.name,
        )
        quoted = await service.quote(caller, sale)
        if quoted.degraded is not None:
            return words.json_reply({**words.head(words.AWAY), **told})
        state = promo_state(quoted, code)
        works = state in _WORKS
        told |= {
            "PromocodeIsAvalible": works,
            "PromocodeStatus": "" if works else promo_words(state),
        }
        if (discount := promo_discount(quoted, code)) is not None:
            told["PromocodeDiscountDescription"] = discount["Name"]
            told["PromocodeDiscount"] = discount
    return words.json_reply({**words.head(), **told})
