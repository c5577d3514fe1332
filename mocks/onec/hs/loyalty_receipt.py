"""``calculatediscounts`` of the loyalty server: a receipt in, its recalculation out (2.5).

The double has one rule of its own: a share of each row comes back as points.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mocks.onec.hs.cards import Card
from mocks.onec.hs.loyalty_search import SUCCESS, LoyaltySearch, failure
from mocks.onec.infobase import Infobase
from mocks.onec.schema import EMPTY_GUID

_REQUIRED = ("ObjectTime", "LoyaltyCardsList", "Goods", "RetailStore")
_CENT = Decimal("0.01")
_WAIT_DAYS, _LIFE_MONTHS = 14, 6
_RULE = "0d150001-2222-11ee-8c3a-00155d010203"
_REFERENCES = ("Item", "Variant", "Package", "Order")
_ROW = (
    "Item", "Variant", "Package", "Count", "PackagesCount", "Price", "Amount", "TotalAmount",
    "LineUID", "VATRate", "VATAmount", "AmountOfAutomaticDiscount", "AmountOfManualDiscount",
    "PercentOfAutomaticDiscount", "PercentOfManualDiscount", "Order",
)  # fmt: skip

Json = Mapping[str, Any]


def calculated(infobase: Infobase, search: LoyaltySearch, asked: Json) -> dict[str, Any]:
    """Return the recalculated receipt; a missing required field is told with ``Error`` true."""
    missing = [name for name in _REQUIRED if name not in asked]
    if missing:
        return failure(f"Не заполнено обязательное поле {missing[0]}")
    numbers = asked["LoyaltyCardsList"]
    found = search.find({"ClientCardID": str(numbers[0])}) if numbers else []
    card = found[0] if found else None
    goods = [_row(row) for row in asked["Goods"]]
    body = {
        **SUCCESS,
        "Goods": goods,
        "DiscountsList": [],
        "PromocodesList": [],
        "BonusesToAccrue": _accruals(infobase, asked) if card is not None else [],
        "Messages": _messages(infobase),
    }
    if asked.get("GetLoyaltyCardData"):
        body["LoyaltyCardDescription"] = _description(search, card)
    if asked.get("GetMaxBonusPay"):
        body |= {"MaxBonusPay": _payable(search, card, goods), "MaxBonusPayRows": []}
    if card is not None and str(asked.get("BlockBonuses")) == "1":
        search.locks.lock(card)
    return body


def _row(row: Json) -> dict[str, Any]:
    known = {name: row[name] for name in _ROW if name in row}
    return known | {name: _reference(row.get(name)) for name in _REFERENCES if name in row}


def _reference(sent: Json | None) -> dict[str, Any]:
    if sent is None or not sent.get("Ref"):
        return {"Ref": EMPTY_GUID, "Name": ""}
    return {"Ref": sent["Ref"], "Name": sent.get("Name", "")}


def _accruals(infobase: Infobase, asked: Json) -> list[dict[str, Any]]:
    percent = infobase.settings.loyalty_accrual_percent
    if not percent:
        return []
    start = datetime.fromisoformat(asked["ObjectTime"]).replace(hour=0, minute=0, second=0)
    start += timedelta(days=_WAIT_DAYS)
    rows = []
    for number, row in enumerate(asked["Goods"], 1):
        points = (_decimal(row["Amount"]) * percent / 100).quantize(_CENT, ROUND_HALF_UP)
        rows.append(
            {
                "KeyRelation": number,
                "Discount": {"Ref": _RULE, "Name": f"{percent} % баллами"},
                "BonusProgramm": {"Ref": None, "Name": None},
                "BonusCount": points,
                "AccuralDate": start.isoformat(),
                "WriteOffDate": _months_later(start, _LIFE_MONTHS).isoformat(),
            }
        )
    return rows


def _messages(infobase: Infobase) -> list[dict[str, Any]]:
    text = infobase.settings.cashier_message
    return [{"AfterSale": False, "MessageText": text}] if text else []


def _description(search: LoyaltySearch, card: Card | None) -> dict[str, Any]:
    if card is None:
        return {"CardNotFound": True}
    row = search.row(card)
    shown = {name: row[name] for name in ("ClientName", "Barcode", "BonusData")}
    return {"CardNotFound": False, "LoyaltyCard": shown}


def _payable(search: LoyaltySearch, card: Card | None, goods: list[dict[str, Any]]) -> Decimal:
    if card is None:
        return Decimal(0)
    programme = search.cards.programme(card.programme)
    total = sum((_decimal(row["Amount"]) for row in goods), Decimal(0))
    limit = (total * programme.percent / 100).quantize(_CENT, ROUND_HALF_UP)
    return min(search.locks.balance(card), limit)


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _months_later(moment: datetime, months: int) -> datetime:
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)
