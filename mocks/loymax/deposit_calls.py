"""Handlers that read the batches of accruals and write-offs (reference, section 7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.call import Call
from mocks.loymax.clock import iso
from mocks.loymax.deposits import work
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.money import total
from mocks.loymax.programme import BONUS, LEGAL, money
from mocks.loymax.wire import paged

if TYPE_CHECKING:
    from mocks.loymax.deposits import Batch, Move


def _found(call: Call) -> Batch:
    number = call.path["batchId"]
    batch = call.installation.batches.get(int(number)) if number.isdecimal() else None
    if batch is None:
        raise Refused(text="Пакет операций не найден.")
    return batch


def progress(call: Call) -> Answer:
    """GET deposit/{batchId}/progress: not processed for some polls, then done."""
    batch = _found(call)
    batch.polls += 1
    work(call.installation)
    return Answer(
        {
            "id": batch.id,
            "hasElements": batch.state == "NotProcessed",
            "state": batch.state,
            "allOperationCount": len(batch.moves),
            "completedOperationCount": batch.count("Confirmed"),
            "errorOperationCount": batch.count("Canceled"),
        },
        key=batch.id,
    )


def transaction_progress(call: Call) -> Answer:
    """GET deposit/{batchId}/transactionProgress."""
    batch = _found(call)
    body = {
        "id": batch.id,
        "hasElements": batch.state == "NotProcessed",
        "confirmedOperationCount": batch.count("Confirmed"),
    }
    return Answer(body, key=batch.id)


def operations(call: Call) -> Answer:
    """GET deposit/{batchId}/operations; the state of a row is its transaction's."""
    batch = _found(call)
    kind = call.query.text("filter.identifierType")
    rows: list[dict[str, Any]] = []
    for move in batch.moves:
        if kind is not None and kind != move.kind:
            continue
        row: dict[str, Any] = {
            "description": move.description,
            "externalInfo": move.external_info,
            "identifierType": move.kind,
            "identifierValue": move.identifier,
            "amount": money(move.amount, BONUS),
            "state": move.state,
        }
        if call.query.flag("filter.isCustomerIdNeeded", default=False):
            row["customerId"] = move.person.id if move.person is not None else None
        rows.append(row)
    return Answer(paged(call.query, rows, "filter."), key=batch.id)


def export(call: Call) -> Answer:
    """GET deposit/{batchId}/export: CSV text; its states differ from those of the rows."""
    batch = _found(call)
    names = {"Reserved": "Created", "Confirmed": "Completed", "Canceled": "Error"}
    wanted = call.query.text("deferredOperationState")
    lines = ["Identifier;Amount;State"]
    lines += [
        f"{move.identifier};{move.amount};{names[move.state]}"
        for move in batch.moves
        if wanted in {None, names[move.state]}
    ]
    return Answer("\r\n".join(lines), key=batch.id)


def _view(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "creationDate": iso(batch.created),
        "description": batch.description,
        "internalDescription": batch.internal,
        "type": batch.type,
        "state": batch.state,
        "legal": LEGAL,
        "deferredOperationsAmmountSum": float(total(move.amount for move in batch.moves)),
        "loyaltyProgram": {"id": 1, "name": "Default"},
        "partner": {"id": 2, "name": "Лавка"},
        "marketingCampaign": None,
    }


def show(call: Call) -> Answer:
    """GET deposit/{batchId}."""
    batch = _found(call)
    body = {
        **_view(batch),
        "errorHandlingType": batch.on_overdraft,
        "operations": [],
        "queueInfo": None,
        "lifeTimeDefinition": batch.life_time,
        "currency": BONUS,
        "targetGroup": None,
        "creator": None,
    }
    return Answer(body, key=batch.id)


def listed(call: Call) -> Answer:
    """GET deposit: newest first; no filter takes ``externalInfo``."""
    query = call.query
    since, until = query.date("filter.fromDate"), query.date("filter.toDate")
    kind, state = query.text("filter.type"), query.text("filter.state")
    identifier, by = query.text("filter.identifier"), query.text("filter.identifierType")
    rows = [
        _view(batch)
        for batch in call.installation.batches.values()
        if (since is None or batch.created >= since)
        and (until is None or batch.created <= until)
        and kind in {None, batch.type}
        and state in {None, batch.state}
        and (identifier is None or any(_is_about(move, identifier, by) for move in batch.moves))
    ]
    return Answer(paged(query, rows[::-1]))


def _is_about(move: Move, identifier: str, kind: str | None) -> bool:
    return move.identifier == identifier and kind in {None, move.kind}
