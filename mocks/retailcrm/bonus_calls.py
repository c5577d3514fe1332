"""Handlers of manual bonuses and of the ledger (reference, 11.4 to 11.6)."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged, paging
from mocks.retailcrm.filters import Maker, checks_of, sift
from mocks.retailcrm.loyalty_calls import member_of, seen_programs
from mocks.retailcrm.order_sums import earns, spends
from mocks.retailcrm.participation import ZERO
from mocks.retailcrm.refusals import INVALID, entity_errors, input_errors, missing, no_method
from mocks.retailcrm.shapes import Invalid, plain

if TYPE_CHECKING:
    from mocks.retailcrm.loyalty import Operation
    from mocks.retailcrm.participation import Participation

NOT_ENOUGH = "Not enough bonuses"
_NOT_ACTIVE = "Loyalty account is not activated"


def _amount(call: Call) -> Decimal:
    text = call.text("amount")
    if text is None:
        raise missing(parameter="amount")
    try:
        value = Decimal(str(shapes.number(text)))
    except Invalid:
        raise entity_errors({"amount": INVALID}) from None
    if value <= ZERO:
        raise entity_errors({"amount": "This value should be greater than 0."})
    return value


def _day(call: Call, name: str) -> str | None:
    text = call.text(name)
    if text is None:
        return None
    try:
        return shapes.day(text)
    except Invalid:
        raise entity_errors({name: INVALID}) from None


def credit(call: Call) -> Answer:
    """POST loyalty/account/{id}/bonus/credit: no key, a repeat credits twice (sample L10)."""
    member = member_of(call)
    amount, start, end = _amount(call), _day(call, "activationDate"), _day(call, "expireDate")
    today = call.account.now()[:10]
    if not earns(call.account, member):
        raise entity_errors({"loyaltyAccount": _NOT_ACTIVE})
    if end is not None and end < max(start or today, today):
        raise entity_errors({"expireDate": INVALID})
    lot = call.account.loyalty.credit(
        member, amount, "credit_manual", start=start, end=end, comment=call.text("comment")
    )
    bonus: dict[str, Any] = {"amount": plain(amount), "activationDate": lot.start}
    if lot.end is not None:
        key = call.account.settings.credit_answer_key
        bonus[key] = lot.end if key == "expireDate" else f"{lot.end} 00:00:00"
    return Answer({"success": True, "loyaltyBonus": bonus}, key=member.id, effect="changed")


def charge(call: Call) -> Answer:
    """POST loyalty/account/{id}/bonus/charge: no key, a repeat charges twice (sample L12)."""
    member = member_of(call)
    amount = _amount(call)
    if not spends(call.account, member):
        raise entity_errors({"loyaltyAccount": _NOT_ACTIVE})
    if amount > member.amount:
        if call.account.settings.bonus_overcharge == "400" or not member.amount:
            raise entity_errors({"amount": NOT_ENOUGH})
        amount = member.amount
    call.account.loyalty.charge(member, amount, "charge_manual", comment=call.text("comment"))
    return Answer({"success": True}, key=member.id, effect="changed")


_OPERATION_TESTS: dict[str, Maker] = {
    "createdAtFrom": lambda _call, value: filters.at_least(
        lambda row: row.at, shapes.moment, value
    ),
    "createdAtTo": lambda _call, value: filters.at_most(lambda row: row.at, shapes.moment, value),
}
_GLOBAL_TESTS: dict[str, Maker] = {
    "loyalties": lambda _call, value: filters.within(lambda row: row.program, value)
}


def operations(call: Call) -> Answer:
    """GET loyalty/account/{id}/bonus/operations, newest first (sample L14)."""
    member = member_of(call)
    ledger = reversed(call.account.loyalty.operations)
    rows = [row for row in ledger if row.member == member.id]
    rows = sift(call, rows, tests=_OPERATION_TESTS)
    return paged(call, "bonusOperations", rows, lambda row: _view(call, row))


def all_operations(call: Call) -> Answer:
    """GET loyalty/bonus/operations, oldest first, walked by cursor (11.6, sample L15)."""
    limit, _ = paging(call)
    cursor = call.text("cursor")
    ledger = call.account.loyalty.operations
    start = bisect_right(ledger, _since(cursor), key=lambda row: row.id) if cursor else 0
    seen = {one.id for one in seen_programs(call)}
    checks = checks_of(call, _GLOBAL_TESTS)
    following = (ledger[place] for place in range(start, len(ledger)))
    fitting = (
        row for row in following if row.program in seen and all(check(row) for check in checks)
    )
    rows = list(islice(fitting, limit))
    shown = [
        {**_view(call, row), "loyaltyAccount": {"id": row.member}, "loyalty": {"id": row.program}}
        for row in rows
    ]
    return Answer(
        {"success": True, "pagination": _next(call, rows, cursor), "bonusOperations": shown}
    )


def _next(call: Call, rows: list[Operation], cursor: str | None) -> dict[str, str]:
    """Return the pagination: the last row's cursor; an empty page ends as the switch says."""
    if rows:
        moment = f"{rows[-1].at}{_offset(call, rows[-1].at)}"
        text = json.dumps([rows[-1].id, moment], separators=(",", ":"))
        return {"nextCursor": base64.b64encode(text.encode()).decode()}
    rule = call.account.settings.cursor_end
    if rule == "no_key":
        return {}
    return {"nextCursor": "" if rule == "empty_string" else cursor or ""}


def _offset(call: Call, at: str) -> str:
    zoned = datetime.fromisoformat(at).replace(tzinfo=call.account.zone)
    return zoned.isoformat()[-6:]


def _since(cursor: str) -> int:
    try:
        number, _ = json.loads(base64.b64decode(cursor, validate=True))
        return int(number)
    except (ValueError, TypeError, binascii.Error):
        raise input_errors({"children[cursor]": INVALID}) from None


def _view(call: Call, row: Operation) -> dict[str, Any]:
    view: dict[str, Any] = {"type": row.type, "createdAt": row.at, "amount": plain(row.amount)}
    if row.order is not None:
        order = call.account.orders.by_id.get(row.order)
        view["order"] = {"id": row.order}
        if order is not None and order.external_id is not None:
            view["order"]["externalId"] = order.external_id
    if row.start is not None:
        view["bonus"] = {"activationDate": row.start}
    if row.event is not None:
        view["event"] = row.event
    if row.comment and call.account.settings.bonus_comment == "present":
        view["comment"] = row.comment
    return view


def details(call: Call) -> Answer:
    """GET loyalty/account/{id}/bonus/{status}/details: what waits, or what burns (11.2)."""
    if call.path["status"] not in {"waiting_activation", "burn_soon"}:
        raise no_method()
    member = member_of(call)
    until = call.filters().get("date") or "9999-12-31"
    try:
        day = (shapes.moment(until) if " " in str(until) else shapes.day(until))[:10]
    except Invalid:
        raise input_errors({"children[date]": INVALID}) from None
    sums: dict[str, Decimal] = {}
    for date, amount in _dated(member, call.path["status"]):
        if date <= day:
            sums[date] = sums.get(date, ZERO) + amount
    rows = sorted(sums.items())
    answer = paged(call, "bonuses", rows, lambda row: {"date": row[0], "amount": plain(row[1])})
    total = {"totalAmount": plain(sum(sums.values(), ZERO))}
    return Answer({**answer.body, "statistic": total}, key=member.id)


def _dated(member: Participation, status: str) -> Iterable[tuple[str, Decimal]]:
    for lot in member.lots:
        if status == "waiting_activation" and not lot.active:
            yield lot.start, lot.left
        elif status == "burn_soon" and lot.active and lot.end is not None:
            yield lot.end, lot.left
