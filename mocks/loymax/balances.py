"""Handlers of balances (reference, section 6.2); shared with the System API."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax.call import Call
from mocks.loymax.clock import iso, zoneless
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.money import ZERO, number, total
from mocks.loymax.programme import BONUS, money
from mocks.loymax.wire import paged

if TYPE_CHECKING:
    from mocks.loymax.account import Account
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person

_MONTH, _YEAR = timedelta(days=30), timedelta(days=365)


def rows_of(installation: Installation, person: Person) -> list[dict[str, Any]]:
    """Return the rows of User/Balance, one per currency: ``balance`` may be spent now."""
    now = installation.clock.now()
    return [
        {
            "currency": currency,
            "balance": number(account.balance(now)),
            "notActivated": number(account.waiting(now)),
            "accumulated": number(account.accumulated),
            "paid": number(account.paid),
        }
        for currency, account in accounts_of(installation, person)
    ]


def accounts_of(installation: Installation, person: Person) -> list[tuple[dict[str, Any], Account]]:
    """Return the accounts of a person with their currencies, the programme's own first."""
    others = installation.programme.currencies
    return [
        (BONUS, person.account),
        *((others[ident], account) for ident, account in person.others.items()),
    ]


def short(installation: Installation, person: Person) -> dict[str, Any]:
    """Return ``balanceShortInfo``."""
    account, now = person.account, installation.clock.now()
    return {
        "balance": money(account.balance(now), BONUS),
        "notActivated": money(account.waiting(now), BONUS),
        "accumulated": money(account.accumulated, BONUS),
        "paid": money(account.paid, BONUS),
    }


def planned(installation: Installation, account: Account) -> list[tuple[datetime, Decimal]]:
    """Return the activations (positive) and expiries (negative) to come, oldest first."""
    now = installation.clock.now()
    rows: list[tuple[datetime, Decimal]] = []
    for lot in account.lots:
        if lot.activates is not None and lot.activates > now:
            rows.append((lot.activates, lot.amount))
        if lot.expires is not None and lot.expires > now:
            rows.append((lot.expires, -lot.amount))
    return sorted(rows)


def detailed_rows(installation: Installation, person: Person) -> list[dict[str, Any]]:
    """Return an AccountBalance per currency with its lifetimes by date and by period."""
    return [
        _detailed(installation, currency, account)
        for currency, account in accounts_of(installation, person)
    ]


def _detailed(
    installation: Installation, currency: dict[str, Any], account: Account
) -> dict[str, Any]:
    now = installation.clock.now()
    rows = planned(installation, account)
    periods = (
        ("FromWeekToMonth", now, now + _MONTH),
        ("FromMonthToYear", now + _MONTH, now + _YEAR),
        ("FromYear", now + _YEAR, None),
    )
    return {
        "currency": currency,
        "amount": number(account.balance(now)),
        "notActivatedAmount": number(account.waiting(now)),
        "accountIsBlocked": account.is_blocked,
        "lifeTimesByTime": [{"amount": number(sum_), "date": iso(at)} for at, sum_ in rows],
        "lifeTimesByPeriod": [
            {
                "activationAmount": number(_within(rows, start, end, 1)),
                "expirationAmount": number(_within(rows, start, end, -1)),
                "period": name,
            }
            for name, start, end in periods
        ],
    }


def _within(
    rows: list[tuple[datetime, Decimal]], start: datetime, end: datetime | None, sign: int
) -> Decimal:
    kept = (
        amount
        for at, amount in rows
        if at >= start and (end is None or at < end) and amount * sign > ZERO
    )
    return total(kept)


def balance(call: Call) -> Answer:
    """GET User/Balance."""
    return Answer(rows_of(call.installation, call.person), key=call.person.id)


def detailed(call: Call) -> Answer:
    """GET User/DetailedBalance."""
    return Answer({"items": detailed_rows(call.installation, call.person)}, key=call.person.id)


def _account(call: Call, person: Person) -> Account:
    for currency, account in accounts_of(call.installation, person):
        if str(currency["id"]) == call.path["currencyId"]:
            return account
    raise Refused(text="Валюта не найдена.")


def operations(call: Call) -> Answer:
    """GET User/DetailedBalance/{currencyId}/Operations, Activations, Expirations."""
    rows = planned(call.installation, _account(call, call.person))
    kinds = set(call.query.many("filter.changeTypes"))
    part = call.path.get("part", "operations").lower()
    if kinds == {"BonusActivation"} or part == "activations":
        rows = [one for one in rows if one[1] > ZERO]
    if kinds == {"BonusExpiration"} or part == "expirations":
        rows = [one for one in rows if one[1] < ZERO]
    prefix = "filter." if part == "operations" else ""
    since, until = call.query.date(f"{prefix}fromDate"), call.query.date(f"{prefix}toDate")
    rows = [
        one
        for one in rows
        if (since is None or one[0] >= since) and (until is None or one[0] <= until)
    ]
    if not call.query.flag("orderByDateAscending", default=True):
        rows.reverse()
    shown = [{"amount": number(amount), "date": zoneless(at)} for at, amount in rows]
    return Answer(paged(call.query, shown, prefix), key=call.person.id)


def by_identifier(call: Call) -> Answer:
    """GET users/code/{identifier}/balance: the same rows by phone or card."""
    person = call.identified()
    return Answer(rows_of(call.installation, person), key=person.id)


def of_named(call: Call) -> Answer:
    """GET Users/{id}/Balance of the System API."""
    person = call.member_named()
    return Answer(rows_of(call.installation, person), key=person.id)


def detailed_of_named(call: Call) -> Answer:
    """GET Users/{id}/DetailedBalance of the System API."""
    person = call.member_named()
    return Answer({"items": detailed_rows(call.installation, person)}, key=person.id)


def operations_of_named(call: Call) -> Answer:
    """GET users/{id}/DetailedBalance/{currencyId}/Operations of the System API."""
    person = call.member_named()
    account = _account(call, person)
    running = account.balance(call.installation.clock.now())
    rows: list[dict[str, Any]] = []
    for at, amount in planned(call.installation, account):
        running += amount
        rows.append(
            {
                "amount": number(amount),
                "date": zoneless(at),
                "balance": number(running),
                "sourceOperationDate": None,
                "sourceOperationDescription": None,
                "purchase": None,
                "offer": None,
            }
        )
    return Answer(paged(call.query, rows, "filter."), key=person.id)


def accounts_of_named(call: Call) -> Answer:
    """GET Users/{id}/Accounts: blocked bonuses still count here, they leave at Confirm (13.2)."""
    person, now = call.member_named(), call.installation.clock.now()
    rows = [
        {
            "amount": number(account.balance(now) + account.held()),
            "creditAmount": 0.0,
            "currency": currency,
            "block": account.is_blocked,
        }
        for currency, account in accounts_of(call.installation, person)
    ]
    return Answer(rows, key=person.id)
