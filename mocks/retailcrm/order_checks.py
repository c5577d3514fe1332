"""Checking an order's JSON against the account before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.custom_values import custom_values
from mocks.retailcrm.customer import SUFFIX_DIGITS, Customer, digits
from mocks.retailcrm.item import Item, Line, check_lines
from mocks.retailcrm.order import Order
from mocks.retailcrm.order_input import CODED, ORDER
from mocks.retailcrm.refusals import Refused, entity_errors, order_not_loaded
from mocks.retailcrm.shapes import Invalid

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account
    from mocks.retailcrm.corporate import Corporate

PAYMENT_REFUSED = "This payment type is not supported for the type of delivery"
_BOOK_NAMES = {
    "order-types": "OrderType",
    "order-methods": "OrderMethod",
    "statuses": "Status",
    "stores": "Store",
    "payment-types": "PaymentType",
    "payment-statuses": "PaymentStatus",
    "delivery-types": "DeliveryType",
    "delivery-services": "DeliveryService",
}


def read_order(account: Account, raw: Any) -> dict[str, Any]:
    """Read an order's known fields.

    Raises:
        Refused: a field of the wrong form, an unknown field or custom field.
    """
    try:
        patch = ORDER.read(raw, strict=account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None
    if patch.get("customFields"):
        patch["customFields"] = custom_values(account, "order", patch["customFields"])
    if "loyaltyEventId" in patch:
        # The sources spell it in two ways (reference, 9.1); both are taken.
        patch.setdefault("loyaltyEventDiscountId", patch.pop("loyaltyEventId"))
    return patch


def check_codes(account: Account, patch: Mapping[str, Any]) -> None:
    """Refuse an order that names a code, a manager or a delivery that the account does not have."""
    errors: dict[str, str] = {}
    for name, book in CODED.items():
        _check_code(account, book, patch.get(name), name, errors)
    delivery = patch.get("delivery") or {}
    _check_code(account, "delivery-types", delivery.get("code"), "delivery.code", errors)
    _check_code(
        account,
        "delivery-services",
        (delivery.get("service") or {}).get("code"),
        "delivery.service.code",
        errors,
    )
    if patch.get("managerId") is not None and patch["managerId"] not in account.users:
        errors["managerId"] = f"Manager with id={patch['managerId']} not found."
    for index, payment in enumerate(patch.get("payments") or ()):
        errors.update(payment_errors(account, payment, delivery.get("code"), f"payments[{index}]."))
    if errors:
        raise order_not_loaded(errors)


def _check_code(
    account: Account, book: str, code: str | None, path: str, errors: dict[str, str]
) -> None:
    if code is not None and code not in account.references[book]:
        errors[path] = f"{_BOOK_NAMES[book]} with code {code} not found."


def payment_errors(
    account: Account, payment: Mapping[str, Any], delivery: str | None, path: str = ""
) -> dict[str, str]:
    """Return what is wrong with a payment for an order delivered by ``delivery``."""
    errors: dict[str, str] = {}
    _check_code(account, "payment-types", payment.get("type"), f"{path}type", errors)
    _check_code(account, "payment-statuses", payment.get("status"), f"{path}status", errors)
    if not errors and delivery is not None and payment.get("type") is not None:
        allowed = account.references["delivery-types"][delivery].get("paymentTypes")
        if allowed is not None and payment["type"] not in allowed:
            errors[f"{path}type"] = PAYMENT_REFUSED
    return errors


def check_delivery_change(account: Account, order: Order, patch: Mapping[str, Any]) -> None:
    """Refuse a delivery type that does not take the payments that the order has already."""
    code = (patch.get("delivery") or {}).get("code")
    if code is None or code == order.delivery.get("code"):
        return
    for payment in order.payments.values():
        errors = payment_errors(account, payment.values, code, "payments.")
        if errors:
            raise order_not_loaded(errors)


def check_items(
    account: Account, patch: Mapping[str, Any], present: Sequence[Item] = ()
) -> list[Line]:
    """Resolve the lines of a request; an unknown offer, line or status refuses the order."""
    return check_lines(account, patch.get("items") or (), present)


def named_customer(
    account: Account, party: Mapping[str, Any] | None, site: str | None
) -> Customer | None:
    """Return the customer that an order names, or None when it names none.

    Raises:
        Refused: it names one that does not exist.
    """
    party = party or {}
    if party.get("id") is not None:
        found = account.customers.by_id.get(party["id"])
        if found is None:
            raise order_not_loaded({"customer.id": f"Customer with id={party['id']} not found."})
        return found
    name = party.get("externalId")
    if name is not None:
        rows = account.customers.external(name, [party.get("site") or site])
        if not rows:
            raise order_not_loaded(
                {"customer.externalId": f"Customer with externalId={name} not found."}
            )
        return rows[0]
    if party.get("browserId"):
        rows = account.customers.marked("browserId", party["browserId"])
        return rows[0] if rows else None
    return None


def named_firm(account: Account, patch: dict[str, Any], site: str | None) -> Corporate | None:
    """Return the corporate customer that an order names, its company resolved, or None.

    Raises:
        Refused: it names one, or a company of it, that does not exist.
    """
    party = patch.get("customer") or {}
    if party.get("type") != "customer_corporate":
        return None
    found = account.corporates.by_id.get(party.get("id") or 0)
    name = party.get("externalId")
    if found is None and name is not None:
        rows = account.corporates.external(name, [party.get("site") or site])
        found = rows[0] if rows else None
    if found is None:
        kind = "id" if party.get("id") is not None else "externalId"
        raise order_not_loaded(
            {f"customer.{kind}": f"Customer with {kind}={party.get(kind)} not found."}
        )
    if patch.get("company"):
        patch["company"] = found.company(patch["company"])
        if patch["company"] is None:
            raise order_not_loaded({"company": "Company not found."})
    return found


def known_by_contact(
    account: Account, patch: Mapping[str, Any], site: str | None
) -> Customer | None:
    """Find a customer of the shop by the order's phone, then by its e-mail."""
    phone = digits(patch.get("phone") or "")[-SUFFIX_DIGITS:]
    candidates = account.customers.marked("phone", phone) if phone else []
    if not any(one.site == site for one in candidates) and patch.get("email"):
        candidates = account.customers.marked("email", patch["email"].casefold())
    return next((one for one in candidates if one.site == site), None)


def duplicate_order(account: Account, external_id: str) -> Refused:
    """Return the refusal of an externalId that the shop has already."""
    if account.settings.order_duplicate == "400_entity_errors":
        return entity_errors({"externalId": f"Order with externalId={external_id} already exists."})
    return Refused(400, "Order already exists.")
