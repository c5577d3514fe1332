"""Handlers of history (reference, section 6.3); shared with the System API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, invalid
from mocks.loymax.history import Row, visible
from mocks.loymax.programme import BONUS, RUB, money
from mocks.loymax.wire import paged

if TYPE_CHECKING:
    from mocks.loymax.people import Person

_KINDS = {
    "all": None,
    "purchase": "PurchaseData",
    "rewarddata": "RewardData",
    "withdrawdata": "WithdrawData",
}


def history(call: Call) -> Answer:
    """GET History: ``allCount`` counts all that the filter keeps, rows ascend."""
    return _page(call, call.person)


def history_of_named(call: Call) -> Answer:
    """GET Users/{id}/History of the System API."""
    return _page(call, call.member_named())


def _page(call: Call, person: Person) -> Answer:
    rows = _kept(call, person)
    shown = [row.view(is_legacy=call.is_legacy) for row in paged(call.query, rows, "filter.")]
    return Answer({"allCount": len(rows), "rows": shown}, key=person.id)


def _kept(call: Call, person: Person) -> list[Row]:
    query = call.query
    kind = (query.text("filter.historyItemType") or "All").lower()
    # The row's own name is no value of the filter (trap 13).
    if kind not in _KINDS:
        raise invalid(name="filter.historyItemType")
    since, until = query.date("filter.fromDate"), query.date("filter.toDate")
    operations = set(query.many("filter.operationTypes"))
    number, card = query.text("filter.chequeNumber"), query.text("filter.cardId")
    is_own = query.flag("filter.currentUser", default=True)
    persons = [person] if is_own else call.installation.group(person)
    return [
        row
        for row in visible(call.installation, persons)
        if _KINDS[kind] in {None, row.kind}
        and (since is None or row.at >= since)
        and (until is None or row.at <= until)
        and (not operations or operations & row.operations)
        and (number is None or row.data.get("chequeNumber") == number)
        and (card is None or str(row.card_id) == card)
    ]


def sums(call: Call) -> Answer:
    """GET History/AggregateWithdrawRewardPurchase: sums of the purchases in the filter."""
    purchases = [
        row.data
        for row in _kept(call, call.person)
        if row.kind == "PurchaseData" and not row.data["isRefund"]
    ]
    spent = sum(part["amount"]["amount"] for one in purchases for part in one["withdraws"])
    earned = sum(
        part["amount"]["amount"]
        for one in purchases
        for part in one["rewards"]
        if part["rewardType"] == "Bonus"
    )
    body: dict[str, Any] = {
        "purchaseAmount": [{"amount": money(sum(_amounts(purchases)), RUB)}],
        "withdraws": [
            {
                "withdrawType": "Loymax.History.Mobile.Contract.Bonuses",
                "amount": money(round(spent, 2), BONUS),
            }
        ],
        "rewards": [
            {
                "rewardType": "Loymax.History.Mobile.Contract.Bonus",
                "amount": money(round(earned, 2), BONUS),
            }
        ],
        "purchaseCount": len(purchases),
    }
    return Answer(body, key=call.person.id)


def _amounts(purchases: list[dict[str, Any]]) -> list[float]:
    return [float(one["amount"]["amount"]) for one in purchases]
