"""How the API shows a participation (reference, 11.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.participation import ZERO, Participation
from mocks.retailcrm.shapes import plain

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account


def member_view(account: Account, member: Participation) -> dict[str, Any]:
    """Return a participation as GET answers it (sample L8)."""
    program = account.loyalty.programs[member.program]
    level = account.loyalty.level(member)
    above = [one.sum for one in program.levels if one.sum > level.sum]
    base = member.orders_sum if account.settings.next_level_sum == "remaining" else ZERO
    view: dict[str, Any] = {
        "active": member.active,
        "id": member.id,
        "loyalty": {"id": program.id, "currency": program.currency},
        "customer": _customer(account, member),
        "phoneNumber": member.phone,
        "cardNumber": member.card,
        "amount": plain(member.amount),
        "ordersSum": plain(member.orders_sum),
        "nextLevelSum": plain(Decimal(str(min(above))) - base) if above else None,
        "level": level.view(),
        "createdAt": member.created_at,
        "activatedAt": member.activated_at,
        "confirmedPhoneAt": member.confirmed_at,
        "lastCheckId": member.check,
        "status": member.status,
        "customFields": member.custom or [],
    }
    return {name: value for name, value in view.items() if value is not None}


def _customer(account: Account, member: Participation) -> dict[str, Any]:
    customer = account.customers.by_id[member.customer]
    names = ("firstName", "lastName", "patronymic")
    return {
        **customer.stub(),
        "customFields": customer.custom or [],
        **{name: customer.values[name] for name in names if customer.values.get(name)},
    }
