"""A dump of the state for tests: customers, purchases, batches and all codes that were sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mocks.loymax.history import settle
from mocks.loymax.views import answer_text
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person


def dump(installation: Installation, part: str | None = None) -> dict[str, Any]:
    """Return the state, or one part of it; nothing is masked here.

    Raises:
        SideDoorRefused: no part is called so.
    """
    if part is not None and part not in _PARTS:
        msg = f"no part is called {part}; known are {', '.join(_PARTS)}"
        raise SideDoorRefused(msg)
    found: dict[str, Any] = {"now": installation.clock.now().isoformat()}
    for name, show in _PARTS.items():
        if part in {None, name}:
            found[name] = show(installation)
    return found


def _persons(installation: Installation) -> list[dict[str, Any]]:
    rows = []
    for one in installation.persons.values():
        settle(installation, one)
        rows.append(_person(installation, one))
    return rows


def _cards(installation: Installation) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "number": one.number,
            "owner": one.owner,
            "state": one.state,
            "block": one.is_blocked,
        }
        for one in installation.cards.values()
    ]


def _coupons(installation: Installation) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "code": one.code, "state": one.state, "owner": one.owner}
        for one in installation.coupons.values()
    ]


def _batches(installation: Installation) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "type": one.type,
            "state": one.state,
            "internalDescription": one.internal,
            "operations": [
                {
                    "identifier": move.identifier,
                    "amount": float(move.amount),
                    "externalInfo": move.external_info,
                    "state": move.state,
                }
                for move in one.moves
            ],
        }
        for one in installation.batches.values()
    ]


def _messages(installation: Installation) -> list[dict[str, Any]]:
    return installation.messages


def _person(installation: Installation, one: Person) -> dict[str, Any]:
    account, now = one.account, installation.clock.now()
    return {
        "id": one.id,
        "uid": one.uid,
        "state": one.state,
        "phone": one.phone.value if one.phone is not None else None,
        "newPhone": one.new_phone,
        "email": one.email.value if one.email is not None else None,
        "password": one.password,
        "answers": {
            question.logical_name: answer_text(installation, one, question.logical_name)
            for question in installation.programme.questions.values()
            if question.id in one.answers
        },
        "attributes": {name: value for name, (_, value) in one.attributes.items()},
        "consents": {str(ident): chosen for ident, chosen in one.consents.items()},
        "groupId": one.group_id,
        "balance": float(account.balance(now)),
        "notActivated": float(account.waiting(now)),
        "blocked": float(account.held()),
        "accumulated": float(account.accumulated),
        "paid": float(account.paid),
    }


def _purchases(installation: Installation) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id,
            "device": one.device,
            "purchaseId": one.external_id,
            "state": one.state,
            "personId": one.person.id if one.person is not None else None,
            "refundOf": one.refund_of.external_id if one.refund_of is not None else None,
            "amount": float(sum(line.amount for line in one.lines)),
            "paid": float(sum(line.pay for line in one.lines)),
            "cashback": float(sum(line.cashback for line in one.lines)),
        }
        for one in installation.purchases.values()
    ]


_PARTS: dict[str, Callable[[Installation], list[dict[str, Any]]]] = {
    "customers": _persons,
    "cards": _cards,
    "coupons": _coupons,
    "purchases": _purchases,
    "batches": _batches,
    "messages": _messages,
}
