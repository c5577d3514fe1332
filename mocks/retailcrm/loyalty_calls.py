"""Handlers of programs and participations (reference, 11.2 and 11.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import filters, shapes
from mocks.retailcrm.call import Answer, Call, paged
from mocks.retailcrm.customer import digits
from mocks.retailcrm.filters import Maker, sift
from mocks.retailcrm.loyalty_views import member_view
from mocks.retailcrm.loyalty_writes import (
    activate_member,
    edit_member,
    join_program,
    missing_fields,
    required_row,
    unfilled,
)
from mocks.retailcrm.refusals import Refused, not_found
from mocks.retailcrm.shapes import plain
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.participation import Participation
    from mocks.retailcrm.programs import Program

ACTIVATED_ALREADY = "LoyaltyAccount has been already activated"


def seen_programs(call: Call) -> list[Program]:
    """Return the programs of the key's shops, id ascending."""
    book = call.account.loyalty.programs
    return [
        book[number]
        for number in sorted(book)
        if not book[number].sites or set(book[number].sites) & set(call.sites)
    ]


def member_of(call: Call) -> Participation:
    """Return the participation that the path names.

    Raises:
        Refused: 404, it does not exist or its program belongs to other shops.
    """
    number = call.path["id"]
    member = call.account.loyalty.members.get(int(number)) if number.isdecimal() else None
    if member is None or all(one.id != member.program for one in seen_programs(call)):
        raise not_found()
    return member


def _flag(name: str) -> Maker:
    return lambda _call, value: filters.equals(lambda row: getattr(row, name), shapes.flag, value)


_PROGRAM_TESTS: dict[str, Maker] = {
    "ids": lambda _call, value: filters.within(lambda row: row.id, value),
    "active": _flag("active"),
    "blocked": _flag("blocked"),
    "sites": lambda _call, value: (
        lambda row: not row.sites or bool(set(row.sites) & set(values(value)))
    ),
}


def programs(call: Call) -> Answer:
    """GET loyalty/loyalties (sample L1)."""
    rows = sift(call, reversed(seen_programs(call)), tests=_PROGRAM_TESTS)
    return paged(call, "loyalties", rows, lambda row: row.view())


def program(call: Call) -> Answer:
    """GET loyalty/loyalties/{id}, with the fields that activation needs (sample L2)."""
    for one in seen_programs(call):
        if str(one.id) == call.path["id"]:
            fields = [required_row(call.account, code) for code in one.required]
            return Answer({"success": True, "loyalty": one.view(), "requiredFields": fields})
    raise not_found()


def create(call: Call) -> Answer:
    """POST loyalty/account/create: 200; a second one is told by its text (11.3, sample L3)."""
    raw, site = call.structure("loyaltyAccount"), call.writing_site()
    member = join_program(call.account, raw, site=site, sites=call.sites)
    customer = call.account.customers.by_id[member.customer]
    party = {"id": customer.id}
    shown: dict[str, Any] = {
        "active": member.active,
        "id": member.id,
        "phoneNumber": member.phone,
        "cardNumber": member.card,
        "customer": party
        if customer.external_id is None
        else {**party, "externalId": customer.external_id},
        "status": member.status,
        "createdAt": member.created_at,
        "activatedAt": member.activated_at,
        "customFields": member.custom or None,
    }
    if call.account.settings.account_create_id == "absent":
        del shown["id"]
    lacking = missing_fields(call.account, member)
    body = {
        "site": site,
        "loyaltyAccount": {name: value for name, value in shown.items() if value is not None},
        "warnings": [unfilled(lacking)] if lacking else [],
    }
    return call.created(body, key=member.id, status=200)


def edit(call: Call) -> Answer:
    """POST loyalty/account/{id}/edit: phone, card, custom fields, level (sample L7)."""
    raw = call.structure("loyaltyAccount")
    member = member_of(call)
    changed = edit_member(call.account, member, raw)
    view = member_view(call.account, member)
    body = {"success": True, "loyaltyAccount": view, "warnings": []}
    return Answer(body, key=member.id, effect="changed" if changed else "unchanged")


def activate(call: Call) -> Answer:
    """POST loyalty/account/{id}/activate: at once, or by SMS (11.3, sample L4)."""
    member = member_of(call)
    desk = call.account.loyalty
    if member.active:
        raise Refused(400, ACTIVATED_ALREADY)
    if member.status == "deactivated":
        raise Refused(400, "Loyalty account is not activated", ["Loyalty account is deactivated"])
    lacking = missing_fields(call.account, member)
    if lacking:
        raise Refused(400, "Loyalty account is not activated", [unfilled(lacking)])
    if desk.programs[member.program].sms_registration:
        check = desk.checks.send(member, "register")
        body = {
            "success": True,
            "loyaltyAccount": member_view(call.account, member),
            "verification": check.view(),
        }
        return Answer(body, key=member.id, effect="unchanged")
    activate_member(call.account, member)
    return Answer(
        {"success": True, "loyaltyAccount": member_view(call.account, member)},
        key=member.id,
        effect="changed",
    )


def get(call: Call) -> Answer:
    """GET loyalty/account/{id} (sample L8)."""
    member = member_of(call)
    view = member_view(call.account, member)
    return Answer({"success": True, "loyaltyAccount": view}, key=member.id)


def _typed(name: str) -> Maker:
    """Match a phone or card: the stored string, or by a switch its digits."""

    def _make(call: Call, value: Any) -> filters.Test:
        wanted = filters.one(shapes.text, value)
        if call.account.settings.account_match == "exact":
            return lambda row: bool(getattr(row, name) == wanted)
        return lambda row: digits(getattr(row, name) or "") == digits(wanted)

    return _make


def _span(name: str, get_day: Any) -> dict[str, Maker]:
    return {
        f"{name}From": lambda _call, value: filters.at_least(get_day, shapes.day, value),
        f"{name}To": lambda _call, value: filters.at_most(get_day, shapes.day, value),
    }


def _range(name: str, get_number: Any) -> dict[str, Maker]:
    return {
        f"min{name}": lambda _call, value: filters.at_least(get_number, shapes.number, value),
        f"max{name}": lambda _call, value: filters.at_most(get_number, shapes.number, value),
    }


def _burns(row: Participation) -> str | None:
    return min((lot.end for lot in row.lots if lot.active and lot.end), default=None)


def _customer(read: Any) -> Maker:
    """Build a test on the participation's customer from ``read(customer, wanted)``."""

    def _make(call: Call, value: Any) -> filters.Test:
        known = call.account.customers.by_id
        return lambda row: bool(read(known[row.customer], value))

    return _make


def _names(customer: Any, value: Any) -> bool:
    parts = [customer.values.get(name) or "" for name in ("lastName", "firstName", "patronymic")]
    held = " ".join([*parts, customer.values.get("email") or "", *customer.phones]).casefold()
    return str(value).casefold() in held


def _in_shops(call: Call, value: Any) -> filters.Test:
    book, wanted = call.account.loyalty.programs, set(values(value))
    return lambda row: not book[row.program].sites or bool(set(book[row.program].sites) & wanted)


def _at_level(call: Call, value: Any) -> filters.Test:
    return lambda row: str(call.account.loyalty.level(row).id) == value


_MEMBER_TESTS: dict[str, Maker] = {
    "id": lambda _call, value: filters.equals(lambda row: str(row.id), shapes.text, value),
    "ids": lambda _call, value: filters.within(lambda row: row.id, value),
    "status": lambda _call, value: filters.equals(lambda row: row.status, shapes.text, value),
    **_range("Amount", lambda row: plain(row.amount)),
    **_range("OrdersSum", lambda row: plain(row.orders_sum)),
    **_span("createdAt", lambda row: row.created_at[:10]),
    **_span("burnDate", _burns),
    "customer": _customer(_names),
    "nickName": _customer(_names),
    "phoneNumber": _typed("phone"),
    "cardNumber": _typed("card"),
    "customerId": lambda _call, value: filters.equals(
        lambda row: str(row.customer), shapes.text, value
    ),
    "customerExternalId": _customer(lambda held, value: held.external_id == value),
    "customerSites": _customer(lambda held, value: held.site in set(values(value))),
    "loyalties": lambda _call, value: filters.within(lambda row: row.program, value),
    "sites": _in_shops,
    "level": _at_level,
    "customFields": lambda _call, value: filters.custom(lambda row: row.custom, value),
}


def listed(call: Call) -> Answer:
    """GET loyalty/accounts, id descending (sample L9)."""
    seen = {one.id for one in seen_programs(call)}
    rows = [row for row in _candidates(call) if row.program in seen]
    return paged(
        call, "loyaltyAccounts", sift(call, rows, tests=_MEMBER_TESTS), lambda row: _row(call, row)
    )


def _candidates(call: Call) -> Iterable[Participation]:
    """Return those that the sharpest filter leaves, id descending; the tests come after it."""
    desk, tree = call.account.loyalty, call.filters()
    for kind, name in (("phone", "phoneNumber"), ("card", "cardNumber")):
        if isinstance(tree.get(name), str):
            found = desk.index.find(kind, tree[name])
            return sorted(found, key=lambda row: row.id, reverse=True)
    number = tree.get("customerId")
    if isinstance(number, str) and number.isdecimal():
        return sorted(desk.joined(int(number)), key=lambda row: row.id, reverse=True)
    return reversed(desk.members.values())


def _row(call: Call, member: Participation) -> Mapping[str, Any]:
    hidden = {"customFields"}
    if call.account.settings.list_row_shape == "old":
        hidden |= {"loyalty", "status"}
    view = member_view(call.account, member)
    return {name: value for name, value in view.items() if name not in hidden}
