"""Handlers of ``/customers`` (reference, sections 6 and 20)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.customer_writes import (
    combine_customers,
    create_customer,
    duplicate,
    edit_customer,
    set_external_id,
    set_subscriptions,
)
from mocks.retailcrm.refusals import (
    PARTIAL,
    Refused,
    entity_errors,
    input_errors,
    invalid_input,
)
from mocks.retailcrm.shapes import Invalid, Rows, Shape
from mocks.retailcrm.uploads import answered, load_rows

if TYPE_CHECKING:
    from mocks.retailcrm.customer import Customer

COMBINED_ROWS = 50
_SUBSCRIPTIONS = Rows(
    Shape(
        {
            "channel": shapes.text,
            "subscription": shapes.text,
            "active": shapes.flag,
            "messageId": shapes.whole,
        }
    )
)


def create(call: Call) -> Answer:
    """POST customers/create: 201, or 400 on a taken externalId (6, 20)."""
    raw, site = call.structure("customer"), call.writing_site()
    customer = create_customer(call.account, raw, site=site, origin=call.origin)
    return call.created({"id": customer.id}, key=customer.external_id or customer.id)


def edit(call: Call) -> Answer:
    """POST customers/{externalId}/edit: a patch; phones are added (6)."""
    raw = call.structure("customer")
    customer = call.entity(call.account.customers)
    changed = edit_customer(call.account, customer, raw, origin=call.origin)
    body = {"success": True, "id": customer.id}
    return Answer(
        body, key=customer.external_id or customer.id, effect="changed" if changed else "unchanged"
    )


def get(call: Call) -> Answer:
    """GET customers/{externalId} (6)."""
    customer = call.entity(call.account.customers)
    return Answer(
        {"success": True, "customer": customer.view()}, key=customer.external_id or customer.id
    )


def upload(call: Call) -> Answer:
    """POST customers/upload: at most 50 rows; 460 when some are refused (6, 20)."""
    account = call.account
    loaded = load_rows(
        call,
        "customers",
        shelf=account.customers,
        taken=partial(duplicate, account),
        create=lambda row, site: create_customer(account, row, site=site, origin=call.origin),
    )
    lists = {"uploadedCustomers": loaded.uploaded, "failedCustomers": loaded.failed}
    if loaded.failed:
        text = "Customers are loaded with errors"
        raise Refused(PARTIAL, text, _folded(loaded.reasons), **lists)
    return answered(call, loaded, lists, status=200)


def _folded(errors: list[Any]) -> list[str] | dict[str, str]:
    """Return the rows' errors: a list of texts, or one object when a row names its fields."""
    if all(isinstance(one, str) for one in errors):
        return errors
    folded: dict[str, str] = {}
    for index, one in enumerate(errors):
        folded.update(one if isinstance(one, dict) else {str(index): str(one)})
    return folded


def fix_external_ids(call: Call) -> Answer:
    """POST customers/fix-external-ids: all or nothing (6, 20)."""
    pairs: list[tuple[Customer, str]] = []
    for row in call.structure("customers", list):
        number, external_id = (
            (row.get("id"), row.get("externalId")) if isinstance(row, dict) else (None, None)
        )
        if isinstance(number, bool) or not isinstance(number, int):
            raise input_errors({"id": "ID must be an integer"})
        customer = call.account.customers.by_id.get(number)
        if customer is None or not call.sees(customer.site):
            raise input_errors({"id": f"Customer with id={number} not found."})
        if not external_id:
            raise input_errors({"externalId": "This value should not be blank."})
        others = call.account.customers.external(str(external_id), [customer.site])
        if any(other is not customer for other in others):
            if call.account.settings.fix_external_id_conflict == "200_ignored":
                continue
            raise input_errors(
                {"externalId": f"Customer with externalId={external_id} already exists"}
            )
        pairs.append((customer, str(external_id)))
    changed = [
        set_external_id(call.account, customer, value, call.origin) for customer, value in pairs
    ]
    return Answer(
        {"success": True},
        key=",".join(value for _, value in pairs),
        effect="changed" if any(changed) else "unchanged",
    )


def combine(call: Call) -> Answer:
    """POST customers/combine: accepted at once, done later; the result's own values stay (6)."""
    rows, result = call.structure("customers", list), call.structure("resultCustomer")
    known = call.account.customers.by_id
    numbers = [row.get("id") for row in rows if isinstance(row, dict)]
    target = result.get("id")
    wrong = not numbers or len(numbers) > COMBINED_ROWS or target in numbers
    if wrong or any(
        not isinstance(one, int) or one not in known or not call.sees(known[one].site)
        for one in (*numbers, target)
    ):
        raise invalid_input()
    work = partial(_combine, call, [int(one) for one in numbers if one is not None], int(target))
    call.account.later(call.account.settings.combine_delay_ms, work)
    return Answer({"success": True}, key=target, effect="changed")


def _combine(call: Call, absorbed: list[int], target: int, at: str) -> None:
    combine_customers(call.account, absorbed, target, at=at)


def subscriptions(call: Call) -> Answer:
    """POST customers/{externalId}/subscriptions (6)."""
    raw = call.structure("subscriptions", list)
    customer = call.entity(call.account.customers)
    try:
        rows = _SUBSCRIPTIONS.read(raw, strict=True)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    if any(row.get(name) is None for row in rows for name in ("channel", "subscription", "active")):
        raise entity_errors(
            {"subscriptions": "channel, subscription and active should not be blank."}
        )
    changed = set_subscriptions(call.account, customer, rows, call.origin)
    return Answer(
        {"success": True},
        key=customer.external_id or customer.id,
        effect="changed" if changed else "unchanged",
    )
