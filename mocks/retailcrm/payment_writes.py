"""Writing payments, and what they do to their order (reference, sections 10 and 26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.feed import Origin, differences
from mocks.retailcrm.order_checks import payment_errors
from mocks.retailcrm.order_sums import follow
from mocks.retailcrm.payment import PAYMENT, Payment
from mocks.retailcrm.pricing import exact
from mocks.retailcrm.refusals import Refused, entity_errors
from mocks.retailcrm.shapes import Invalid, plain

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.order import Order

_KEPT = ("externalId", "type", "status", "amount", "paidAt", "comment")


def read_payment(account: Account, raw: Any) -> dict[str, Any]:
    """Read a payment's known fields; a malformed or unknown one refuses it."""
    try:
        return PAYMENT.read(raw, strict=account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None


def check_duplicates(
    account: Account, payments: Sequence[Mapping[str, Any]], *, own: int = 0
) -> None:
    """Refuse a payment whose externalId the account has already, on any order.

    Raises:
        Refused: it is taken, or used twice in the request.
    """
    if account.settings.payment_duplicate != "400":
        return
    seen: set[str] = set()
    for payment in payments:
        external_id = payment.get("externalId")
        if external_id is None:
            continue
        taken = set(account.payment_ids.get(external_id, ())) - {own}
        if taken or external_id in seen:
            raise entity_errors(
                {"externalId": f"Payment with externalId={external_id} already exists."}
            )
        seen.add(external_id)


def find_payment(
    account: Account, ident: str, by: str, sites: Sequence[str | None]
) -> tuple[Order, Payment]:
    """Return a payment and its order.

    Raises:
        Refused: no such payment in these shops.
    """
    if by == "id":
        numbers = [int(ident)] if ident.isdecimal() else []
    else:
        numbers = list(account.payment_ids.get(ident, ()))
    for number in numbers:
        order = account.payments.get(number)
        if order is not None and order.site in sites:
            return order, order.payments[number]
    raise Refused(404, "Payment not found")


def attach(account: Account, order: Order, given: Mapping[str, Any]) -> Payment:
    """Put a checked payment on an order, without history; the amount defaults to the rest."""
    values = {name: given[name] for name in _KEPT if given.get(name) is not None}
    values.setdefault("type", _default(account, "payment-types"))
    values.setdefault("status", _default(account, "payment-statuses"))
    if "amount" not in values:
        sums = sum((exact(one.values.get("amount")) for one in order.payments.values()), exact(0))
        values["amount"] = plain(max(exact(order.total) - sums, exact(0)))
    payment = Payment(account.next_id("payment"), values)
    order.payments[payment.id] = payment
    account.payments[payment.id] = order
    if "externalId" in values:
        account.payment_ids.setdefault(values["externalId"], {})[payment.id] = None
    return payment


def _default(account: Account, book: str) -> str:
    rows = account.references[book]
    return next((code for code, row in rows.items() if row.get("defaultForApi")), next(iter(rows)))


def settle(account: Account, order: Order, *, closing: bool) -> None:
    """Compute what is paid; stamp or clear ``fullPaidAt``.

    ``closing``: the payments came with the order, so the moment is theirs; else it is now.
    """
    complete = account.references["payment-statuses"]
    paid = [
        one
        for one in order.payments.values()
        if complete.get(one.values["status"], {}).get("paymentComplete")
    ]
    order.prepaid = plain(sum((exact(one.values.get("amount")) for one in paid), exact(0)))
    if not paid or order.prepaid < order.total:
        order.full_paid_at = None
    elif order.full_paid_at is None:
        own = max((one.values.get("paidAt") or "" for one in paid), default="")
        order.full_paid_at = own if closing and own else account.now()


def add_payment(
    account: Account, order: Order, given: Mapping[str, Any], origin: Origin
) -> Payment:
    """Add a payment to an order and write the history.

    Raises:
        Refused: unknown codes, a type that the delivery does not take, or a taken externalId.
    """
    errors = payment_errors(account, given, order.delivery.get("code"))
    if errors:
        raise entity_errors(errors)
    check_duplicates(account, [given])
    was = order.full_paid_at
    payment = attach(account, order, given)
    shown = payment.view()
    body = {
        "field": "payments",
        "oldValue": None,
        "newValue": {"id": payment.id, "type": shown["type"]},
        "payment": shown,
    }
    _report(account, order, origin, body)
    _resettle(account, order, origin, was)
    return payment


def edit_payment(
    account: Account, order: Order, payment: Payment, given: Mapping[str, Any], *, origin: Origin
) -> bool:
    """Patch a payment; return whether anything changed.

    Raises:
        Refused: as for a new one; nothing is changed then.
    """
    merged = {**payment.values, **_patch(given)}
    errors = payment_errors(account, merged, order.delivery.get("code"))
    if errors:
        raise entity_errors(errors)
    check_duplicates(account, [given], own=payment.id)
    before, was = payment.facts(), order.full_paid_at
    account.payment_ids.get(payment.values.get("externalId", ""), {}).pop(payment.id, None)
    payment.values = {name: value for name, value in merged.items() if value is not None}
    if "externalId" in payment.values:
        account.payment_ids.setdefault(payment.values["externalId"], {})[payment.id] = None
    changes = differences(before, payment.facts())
    for code, old, new in changes:
        body = {
            "field": f"payments.{code}",
            "oldValue": old,
            "newValue": new,
            "payment": payment.stub(),
        }
        _report(account, order, origin, body)
    _resettle(account, order, origin, was)
    return bool(changes)


def _patch(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given fields; type and status can be changed but not cleared."""
    held = ("type", "status")
    return {
        name: given[name]
        for name in _KEPT
        if name in given and (given[name] is not None or name not in held)
    }


def remove_payment(account: Account, order: Order, payment: Payment, origin: Origin) -> None:
    """Take a payment off its order and write the history."""
    was = order.full_paid_at
    del order.payments[payment.id], account.payments[payment.id]
    account.payment_ids.get(payment.values.get("externalId", ""), {}).pop(payment.id, None)
    old = {"id": payment.id, "type": payment.values["type"]}
    _report(
        account,
        order,
        origin,
        {"field": "payments", "oldValue": old, "newValue": None, "payment": payment.stub()},
    )
    _resettle(account, order, origin, was)


def honour(
    account: Account, order: Order, rows: Sequence[Mapping[str, Any]], origin: Origin
) -> bool:
    """Take the payments of an order edit: change those it names, add the others."""
    touched = False
    for row in rows:
        numbers = (
            [row["id"]]
            if row.get("id") is not None
            else list(account.payment_ids.get(row.get("externalId") or "", ()))
        )
        payment = next(
            (order.payments[number] for number in numbers if number in order.payments), None
        )
        if payment is None:
            add_payment(account, order, row, origin)
            touched = True
        else:
            touched = edit_payment(account, order, payment, row, origin=origin) or touched
    return touched


def _resettle(account: Account, order: Order, origin: Origin, was: str | None) -> None:
    settle(account, order, closing=False)
    follow(account, order)
    if order.full_paid_at != was:
        _report(
            account,
            order,
            origin,
            {"field": "full_paid_at", "oldValue": was, "newValue": order.full_paid_at},
        )


def _report(account: Account, order: Order, origin: Origin, body: dict[str, Any]) -> None:
    account.order_feed.add(
        account.now(), order.id, origin, {**body, "order": order.stub()}, site=order.site
    )
