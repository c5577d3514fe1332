"""Calls about sales: quote, reserve, commit, cancel, return, and what became of them."""

from __future__ import annotations

from http import HTTPStatus

from gateway.contract import Sale
from gateway.ingress.pos.answers import DealAnswer, QuoteAnswer
from gateway.ingress.pos.from_wire import refund_from_wire, sale_from_wire
from gateway.ingress.pos.operation import Incoming, Nothing
from gateway.ingress.pos.part import TillPart
from gateway.ingress.pos.shapes_sale import QuoteBody, ReserveBody, ReturnBody, SaleBody
from gateway.ingress.pos.to_wire import deal_to_wire, quote_to_wire
from gateway.ingress.problems import Problem


async def quote(part: TillPart, call: Incoming[QuoteBody]) -> QuoteAnswer:
    """Reckon a basket."""
    quoted = await part.service.quote(call.known.caller, _sale(call, call.body.id))
    return quote_to_wire(quoted)


async def reserve(part: TillPart, call: Incoming[ReserveBody]) -> DealAnswer:
    """Block points."""
    sale = _sale(call, call.name("id"))
    return deal_to_wire(
        await part.service.reserve(call.known.caller, sale, key=call.key, proof=call.body.proof)
    )


async def commit(part: TillPart, call: Incoming[SaleBody]) -> DealAnswer:
    """Close a sale."""
    sale = _sale(call, call.name("id"))
    return deal_to_wire(await part.service.commit(call.known.caller, sale, key=call.key))


async def cancel(part: TillPart, call: Incoming[Nothing]) -> DealAnswer:
    """Give a sale up."""
    caller = call.known.caller
    return deal_to_wire(await part.service.cancel(caller, call.name("id"), key=call.key))


async def give_back(part: TillPart, call: Incoming[ReturnBody]) -> DealAnswer:
    """Take goods back."""
    refund = refund_from_wire(call.body, call.name("id"), known=call.known, moments=call.moments)
    return deal_to_wire(await part.service.refund(call.known.caller, refund, key=call.key))


async def deal(part: TillPart, call: Incoming[Nothing]) -> DealAnswer:
    """Tell what became of a sale or return."""
    found = await part.service.deal(call.known.caller, call.name("id"))
    if found is None:
        detail = "this caller made no sale or return of this id"
        raise Problem(HTTPStatus.NOT_FOUND, "sale-unknown", detail)
    return deal_to_wire(found)


def _sale(call: Incoming[SaleBody], sale_id: str) -> Sale:
    return sale_from_wire(
        call.body, sale_id, known=call.known, moments=call.moments, is_online=call.is_online
    )
