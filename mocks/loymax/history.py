"""The history of a person: rows of the three kinds, shown after a lag (reference, section 6.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax.clock import offset
from mocks.loymax.programme import BONUS, BRAND, LOCATION, PARTNER_UID, money

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person

_MODEL = "Loymax.History.UI.Model.{}, Loymax.History.UI.Model"


@dataclass
class Row:
    """A row with what the filters look at; ``written`` starts its lag."""

    id: str
    person: Person
    at: datetime
    written: datetime
    kind: str
    data: dict[str, Any]
    operations: frozenset[str]
    description: str | None
    card_id: int | None = None
    is_till: bool = False

    def view(self, *, is_legacy: bool) -> dict[str, Any]:
        """Return the row as the API shows it."""
        phone = self.person.phone.value if self.person.phone is not None else None
        body = {
            "id": self.id,
            "dateTime": offset(self.at),
            "type": self.kind,
            "userId": self.person.id if self.is_till else None,
            "identity": None if self.is_till else phone,
            "description": self.description,
            "location": LOCATION if self.is_till else None,
            "partnerId": PARTNER_UID,
            "brandId": BRAND["uid"] if self.is_till else None,
            "brand": BRAND if self.is_till else None,
            "data": self.data,
        }
        if is_legacy:
            return _without_common_code(body)
        return {**body, "historyVersion": "V2", "deviceId": None, "userUid": self.person.uid}


def _without_common_code(body: dict[str, Any]) -> dict[str, Any]:
    items = body["data"].get("chequeItems")
    if items is None:
        return body
    kept = [{key: item[key] for key in item if key != "commonCode"} for item in items]
    return {**body, "data": {**body["data"], "chequeItems": kept}}


def add_row(
    installation: Installation, person: Person, kind: str, data: dict[str, Any], **what: Any
) -> Row:
    """Append a row; ``what`` are further fields of it."""
    now = installation.clock.now()
    row = Row(
        what.pop("id", None) or installation.count.guid(),
        person,
        what.pop("at", None) or now,
        now,
        kind,
        data,
        what.pop("operations", frozenset()),
        **what,
    )
    installation.rows.setdefault(person.id, []).append(row)
    return row


def reward_row(
    installation: Installation,
    person: Person,
    amount: Decimal,
    description: str,
    *,
    offer: str | None = None,
    at: datetime | None = None,
) -> Row:
    """Append an accrual that belongs to no purchase."""
    data: dict[str, Any] = {
        "$type": _MODEL.format("RewardDataModel"),
        "offerExternalId": offer,
        "rewardType": "Bonus",
        "description": None,
        "positionInfo": [],
        "amount": money(amount, BONUS),
    }
    operations = frozenset({"RewardBonus"})
    return add_row(
        installation,
        person,
        "RewardData",
        data,
        operations=operations,
        description=description,
        at=at,
    )


def withdraw_row(
    installation: Installation,
    person: Person,
    amount: Decimal,
    description: str,
    *,
    kind: str = "Bonus",
    at: datetime | None = None,
) -> Row:
    """Append a write-off that belongs to no purchase; ``amount`` is positive."""
    data: dict[str, Any] = {
        "$type": _MODEL.format("WithdrawDataModel"),
        "moneyAmount": None,
        "withdrawType": kind,
        "description": None,
        "positionInfo": [],
        "amount": money(-amount, BONUS),
    }
    operation = "WithdrawBonusExpiration" if kind == "Expiration" else "WithdrawBonus"
    return add_row(
        installation,
        person,
        "WithdrawData",
        data,
        operations=frozenset({operation}),
        description=description,
        at=at,
    )


def visible(installation: Installation, persons: Iterable[Person]) -> list[Row]:
    """Return the rows of these persons that have come out of the lag, oldest first."""
    lag = timedelta(seconds=installation.settings.history_lag_s)
    now = installation.clock.now()
    rows = [
        row
        for person in persons
        for row in installation.rows.get(person.id, ())
        if row.written + lag <= now
    ]
    return sorted(rows, key=lambda row: row.at)


def settle(installation: Installation, person: Person) -> None:
    """Let bonuses expire that are due, each with its row."""
    for at, amount in person.account.settle(installation.clock.now()):
        withdraw_row(installation, person, amount, "Сгорание бонусов", kind="Expiration", at=at)
