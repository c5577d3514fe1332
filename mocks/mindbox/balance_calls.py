"""Operations on points: balance, history, change (section 11)."""

from __future__ import annotations

from datetime import datetime

from mocks.mindbox import customer_view
from mocks.mindbox.actions import Action, BalanceChange
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.clock import read
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import existing, find
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.ledger import Lot
from mocks.mindbox.order import ids_block
from mocks.mindbox.paging import page_of
from mocks.mindbox.project import Project
from mocks.mindbox.reading import Json, hundredths, rows, text
from mocks.mindbox.settings import BalanceType

PAGE_LIMIT = 1000


def get_balance(call: Call) -> Answer:
    """Return the balances; an unknown customer is said in the customer block."""
    found = find(call.project, call.required("customer"))
    if found.customer is None:
        return Answer({"customer": found.block()})
    return Answer(
        {"balances": customer_view.balances(call.project, found.customer)},
        key=str(found.customer.id),
    )


def history(call: Call) -> Answer:
    """Return a page of the actions that changed a balance."""
    project = call.project
    customer = existing(project, call.required("customer"))
    project.settle(customer)
    found = [one for one in project.actions_of[customer.id] if one.changes]
    page = page_of(call, found, moment=lambda one: one.at, limit=PAGE_LIMIT)
    return Answer(
        {
            "customerActions": [history_row(project, one) for one in page],
            "customerActionsCount": len(found),
        },
        key=str(customer.id),
    )


def history_row(project: Project, action: Action) -> Json:
    """Return an action as the history shows it."""
    row = action.head()
    if action.place:
        row["pointOfContact"] = {"ids": {"externalId": action.place}}
    customer = project.customers.get(action.customer_id)
    if customer is not None:
        row["customer"] = {"ids": customer.all_ids()}
    order = project.orders.get(action.order_id or 0)
    if order is not None:
        row["order"] = {"ids": ids_block(project, order, is_suffixed=True)}
    row["customerBalanceChanges"] = [change.as_json() for change in action.changes]
    return row


def change_balance(call: Call) -> Answer:
    """Credit or write off points; the account is fixed in the step (11.3)."""
    project = call.project
    customer = existing(project, call.required("customer"))
    kind = project.balance_named(call.operation.option("balance"))
    sent = rows(call.body, "balanceChanges")
    if not sent or kind is None:
        msg = "/balanceChanges: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    for row in sent:
        expires = text(row.get("expirationDateTimeUtc"))
        credit(
            project,
            customer,
            kind,
            amount=hundredths(row.get("changeAmount"), "/balanceChanges/changeAmount"),
            comment=text(row.get("comment")),
            expires=read(expires) if expires else None,
            at=call.at,
            place=call.place,
        )
    return Answer({}, "changed", str(customer.id))


def credit(
    project: Project,
    customer: Customer,
    kind: BalanceType,
    *,
    amount: int,
    comment: str = "",
    expires: datetime | None = None,
    at: datetime | None = None,
    place: str = "",
    available_from: datetime | None = None,
) -> None:
    """Change a balance by hand; more than there is leaves a debt.

    Raises:
        ProtocolRefused: nothing to change, or a write-off that expires.
    """
    if not amount or (amount < 0 and expires is not None):
        msg = "/balanceChanges: сумма изменения равна нулю или у списания указан срок"
        raise ProtocolRefused(msg)
    ledger = customer.ledger(kind.system_name)
    now = project.now()
    if amount > 0:
        ledger.add(Lot(amount, available_from, expires))
    else:
        ledger.spend(-amount, now)
    is_available = available_from is None or available_from <= now
    change = BalanceChange(
        amount,
        kind,
        "Custom",
        is_available=is_available,
        available_from=available_from,
        expires=expires,
        comment=comment,
    )
    project.act("IzmenenieBalansa", customer.id, at=at, place=place, changes=(change,))
    project.tell("balanceChanged", customer=customer)
