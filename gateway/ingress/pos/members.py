"""Calls about members, products and cards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from http import HTTPStatus

from gateway.contract import MemberKey, Quoted
from gateway.ingress.pos.answers import (
    BalanceAnswer,
    CardCheckAnswer,
    CodeSentAnswer,
    ConfirmedAnswer,
    HistoryAnswer,
    IdentifiedAnswer,
    ProductPointsAnswer,
    ProductsAnswer,
)
from gateway.ingress.pos.from_wire import (
    customer_from_wire,
    member_from_wire,
    product_from_wire,
)
from gateway.ingress.pos.operation import Incoming, Nothing
from gateway.ingress.pos.part import TillPart
from gateway.ingress.pos.shapes import (
    CardCheckBody,
    ConfirmCodeBody,
    MemberBody,
    ProductsBody,
    RegisterBody,
    SendCodeBody,
    WantedProduct,
)
from gateway.ingress.pos.to_wire import (
    balances_to_wire,
    degraded_to_wire,
    history_to_wire,
    identified_to_wire,
    plain,
)
from gateway.ingress.problems import Problem


async def identify(part: TillPart, call: Incoming[MemberBody]) -> IdentifiedAnswer:
    """Find a member."""
    who = member_from_wire(call.body)
    return identified_to_wire(await part.service.identify(call.known.caller, who))


async def register(part: TillPart, call: Incoming[RegisterBody]) -> IdentifiedAnswer:
    """Make a member."""
    customer = customer_from_wire(call.body, moments=call.moments)
    made = await part.service.register(call.known.caller, customer, key=call.key)
    return identified_to_wire(made)


async def send_code(part: TillPart, call: Incoming[SendCodeBody]) -> CodeSentAnswer:
    """Send a one-time code."""
    to = member_from_wire(call.body.to)
    caller = replace(call.known.caller, visitor=call.body.client or "")
    sent = await part.service.send_code(caller, to, purpose=call.body.purpose)
    return CodeSentAnswer(sent.reference, sent.again_after_s, sent.length)


async def confirm_code(part: TillPart, call: Incoming[ConfirmCodeBody]) -> ConfirmedAnswer:
    """Check a one-time code."""
    body = call.body
    proof = await part.service.confirm_code(
        replace(call.known.caller, visitor=body.client or ""),
        member_from_wire(body.to),
        body.code,
        purpose=body.purpose,
        reference=body.reference,
    )
    return ConfirmedAnswer(proof is not None, proof)


async def balance(part: TillPart, call: Incoming[Nothing]) -> BalanceAnswer:
    """Tell a member's points."""
    who = MemberKey(external_id=call.name("member_id"))
    return balances_to_wire(await part.service.balance(call.known.caller, who))


async def history(part: TillPart, call: Incoming[Nothing]) -> HistoryAnswer:
    """Tell a member's postings."""
    who = MemberKey(external_id=call.name("member_id"))
    cursor, limit = call.page()
    page = await part.service.history(call.known.caller, who, cursor=cursor, limit=limit)
    return history_to_wire(page)


async def products(part: TillPart, call: Incoming[ProductsBody]) -> ProductsAnswer:
    """Tell what products would bring: each is reckoned alone, as rules look at whole sales."""
    now = part.clock.now()
    sales = [
        product_from_wire(
            product, call.body.member, f"points-{part.new_id()}", known=call.known, at=now
        )
        for product in call.body.products
    ]
    quotes = [part.service.quote(call.known.caller, sale) for sale in sales]
    quoted = await asyncio.gather(*quotes)
    answers = map(_product, call.body.products, quoted)
    return ProductsAnswer(list(answers))


async def check_card(part: TillPart, call: Incoming[CardCheckBody]) -> CardCheckAnswer:
    """Tell whether a card exists, and what it gives."""
    if part.cards is None:
        detail = "no directory of cards is connected here"
        raise Problem(HTTPStatus.NOT_FOUND, "no-cards", detail)
    answer = await part.cards.check(
        call.known.caller,
        call.body.number,
        client=call.body.client or call.client,
        session=call.body.session or "",
    )
    percent = answer.discount_percent
    return CardCheckAnswer(answer.exists, None if percent is None else plain(percent))


def _product(product: WantedProduct, quoted: Quoted) -> ProductPointsAnswer:
    return ProductPointsAnswer(
        sku=product.sku,
        product_id=product.product_id,
        barcode=product.barcode,
        price=str(quoted.quote.total.amount),
        points_earned=plain(quoted.quote.points_earned.points),
        degraded=degraded_to_wire(quoted.degraded),
    )
