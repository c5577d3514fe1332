"""The batch of a till that was alone: each receipt is read and answered by itself, in order."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from gateway.contract import Deal, OfflineReceipt, Stage
from gateway.ingress.pos.answers_refused import (
    BatchAnswer,
    ReceiptAnswer,
    RefusalAnswer,
    WrongAnswer,
)
from gateway.ingress.pos.from_wire import refund_from_wire, sale_from_wire
from gateway.ingress.pos.operation import Incoming
from gateway.ingress.pos.part import TillPart
from gateway.ingress.pos.reading import InvalidCall
from gateway.ingress.pos.shapes_sale import BatchBody, OfflineReturnBody, OfflineSaleBody
from gateway.ingress.pos.to_wire import deal_to_wire
from gateway.ingress.pos.wrong import wrongs

_NO_KIND = WrongAnswer("kind", "is none of the known words", "send `sale` or `return`")


async def receipts(part: TillPart, call: Incoming[BatchBody]) -> BatchAnswer:
    """Take in what was closed offline."""
    read = [_read(call, raw) for raw in call.body.receipts]
    whole = [one for one in read if isinstance(one, OfflineReceipt)]
    deals = iter(await part.service.offline(call.known.caller, whole) if whole else ())
    results: list[ReceiptAnswer] = []
    for index, one in enumerate(read):
        if isinstance(one, OfflineReceipt):
            results.append(_taken(index, next(deals)))
        else:
            results.append(ReceiptAnswer(index, None, taken=False, deal=None, problem=one))
    untaken = [result for result in results if not result.taken]
    if untaken:
        part.log.warning("till.receipts_refused", caller=call.known.caller.name, count=len(untaken))
    return BatchAnswer(results)


def _read(call: Incoming[BatchBody], raw: dict[str, Any]) -> OfflineReceipt | RefusalAnswer:
    try:
        return _receipt(call, raw)
    except ValidationError as error:
        errors = wrongs(error)
    except InvalidCall as problem:
        errors = list(problem.errors)
    detail = "the receipt does not fit its description: see `errors`"
    return RefusalAnswer("invalid-request", detail, errors)


def _receipt(call: Incoming[BatchBody], raw: dict[str, Any]) -> OfflineReceipt | RefusalAnswer:
    known, moments = call.known, call.moments
    if raw.get("kind") == "sale":
        sold = OfflineSaleBody.model_validate(raw)
        sale = sale_from_wire(sold, sold.id, known=known, moments=moments, is_online=call.is_online)
        return OfflineReceipt(sale=sale)
    if raw.get("kind") == "return":
        back = OfflineReturnBody.model_validate(raw)
        return OfflineReceipt(refund=refund_from_wire(back, back.id, known=known, moments=moments))
    return RefusalAnswer("invalid-request", "the receipt has no kind: see `errors`", [_NO_KIND])


def _taken(index: int, deal: Deal) -> ReceiptAnswer:
    taken = deal.stage is not Stage.REFUSED
    return ReceiptAnswer(index, deal.id, taken=taken, deal=deal_to_wire(deal), problem=None)
