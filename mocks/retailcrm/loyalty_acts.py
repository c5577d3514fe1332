"""What an operator does with loyalty in the CRM's pages, and its initial state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.loyalty_writes import activate_member, has_level, join_program
from mocks.retailcrm.participation import ZERO, Participation
from mocks.retailcrm.programs import program_from_json
from mocks.retailcrm.shapes import plain
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

Body = Mapping[str, Any]


def _member(account: Account, body: Body) -> Participation:
    """Find a participation by ``account`` (its id), or by ``customer`` (its id)."""
    desk = account.loyalty
    if body.get("account") is not None:
        found = desk.members.get(body["account"])
    else:
        found = next(iter(desk.joined(body.get("customer", 0))), None)
    if found is None:
        msg = "no participation has this account id, and the customer has none"
        raise SideDoorRefused(msg)
    return found


def _shown(account: Account, member: Participation) -> dict[str, Any]:
    level = account.loyalty.level(member)
    return {
        "account": member.id,
        "customer": member.customer,
        "status": member.status,
        "amount": plain(member.amount),
        "level": level.id,
    }


def _amount(body: Body) -> Decimal:
    amount = Decimal(str(body["amount"]))
    if amount <= ZERO:
        msg = "amount must be greater than 0"
        raise SideDoorRefused(msg)
    return amount


def _join(account: Account, body: Body) -> dict[str, Any]:
    site = body.get("site", next(iter(account.shops)))
    given = {"customer": {"id": body["customer"]}, **body.get("loyaltyAccount", {})}
    member = join_program(account, given, site=site)
    if body.get("activate"):
        activate_member(account, member)
    return _shown(account, member)


def _credit(account: Account, body: Body) -> dict[str, Any]:
    member = _member(account, body)
    account.loyalty.credit(
        member,
        _amount(body),
        "credit_manual",
        start=body.get("activationDate"),
        end=body.get("expireDate"),
        comment=body.get("comment"),
    )
    return _shown(account, member)


def _charge(account: Account, body: Body) -> dict[str, Any]:
    member, amount = _member(account, body), _amount(body)
    if amount > member.amount:
        msg = f"amount: the balance is {plain(member.amount)}"
        raise SideDoorRefused(msg)
    account.loyalty.charge(member, amount, "charge_manual", comment=body.get("comment"))
    return _shown(account, member)


def _level(account: Account, body: Body) -> dict[str, Any]:
    member = _member(account, body)
    if body["level"] is not None and not has_level(account, member, body["level"]):
        msg = "level: the program has no such level"
        raise SideDoorRefused(msg)
    member.pinned_level = body["level"]
    return _shown(account, member)


def _status(account: Account, body: Body) -> dict[str, Any]:
    member = _member(account, body)
    if body["status"] == "activated":
        activate_member(account, member)
    elif body["status"] == "deactivated":
        member.status = "deactivated"
    else:
        msg = "status must be activated or deactivated"
        raise SideDoorRefused(msg)
    return _shown(account, member)


def _gift(account: Account, body: Body) -> dict[str, Any]:
    """Let a birthday or welcome event of the program credit its bonuses."""
    member = _member(account, body)
    events = account.loyalty.programs[member.program].events
    event = next((one for one in events if one.id == body["event"]), None)
    if event is None or not event.bonuses:
        msg = "event: the program has no such event with bonuses"
        raise SideDoorRefused(msg)
    about = {"id": event.id, "type": event.type}
    amount = Decimal(str(event.bonuses))
    account.loyalty.credit(member, amount, "credit_for_event", event=about)
    return _shown(account, member)


def _program(account: Account, body: Body) -> dict[str, Any]:
    """Switch a program off or on, block it or let it go."""
    book, number = account.loyalty.programs, body["id"]
    program = book[number]
    stopped = dict(program.stopped)
    for field, stamp, now_is in (
        ("active", "deactivatedAt", False),
        ("blocked", "blockedAt", True),
    ):
        if field in body:
            stopped.pop(stamp, None)
            if bool(body[field]) is now_is:
                stopped[stamp] = account.now()
    book[number] = replace(
        program,
        active=bool(body.get("active", program.active)),
        blocked=bool(body.get("blocked", program.blocked)),
        stopped=tuple(stopped.items()),
    )
    return {"id": number, "active": book[number].active, "blocked": book[number].blocked}


LOYALTY_ACTS: Mapping[str, Callable[[Account, Body], dict[str, Any]]] = {
    "loyalty.join": _join,
    "loyalty.credit": _credit,
    "loyalty.charge": _charge,
    "loyalty.level": _level,
    "loyalty.status": _status,
    "loyalty.gift": _gift,
    "loyalty.program": _program,
}


def seed_programs(account: Account, rows: Any) -> None:
    """Put programs in place of those with the same ids."""
    for row in rows:
        program = program_from_json(row)
        account.loyalty.programs[program.id] = program


def seed_members(account: Account, rows: Any) -> list[int]:
    """Load participations: the API's object with ``status``, ``amount`` and ``ordersSum``."""
    numbers: list[int] = []
    default = next(iter(account.shops))
    for row in rows:
        apart = ("site", "status", "amount", "ordersSum")
        given = {name: value for name, value in row.items() if name not in apart}
        member = join_program(account, given, site=row.get("site", default))
        status = row.get("status", "activated")
        if status == "activated":
            activate_member(account, member)
        member.status = status
        member.orders_sum = Decimal(str(row.get("ordersSum", 0)))
        if row.get("amount"):
            account.loyalty.credit(member, Decimal(str(row["amount"])), "credit_manual")
        numbers.append(member.id)
    return numbers
