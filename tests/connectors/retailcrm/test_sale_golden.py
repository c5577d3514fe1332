"""Golden exchanges of sales (27.3, 27.4): what is reckoned, and what a return gives back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.canonical import BonusPoints, Money
from gateway.contract import Kept, Refund, SaleState

from .golden import L6_FOUND, L11
from .members import sale
from .scripted import Vendor


def _loyalty(vendor: Vendor) -> Any:  # noqa: ANN401 - the one of a scripted connector
    return vendor.connector().services.loyalty


async def test_l11_a_sale_is_reckoned() -> None:
    """L11: one call; the most that may be spent is the best privilege's."""
    vendor = Vendor({"loyalty/accounts": [L6_FOUND], "loyalty/calculate": [(200, L11)]})
    quote = await _loyalty(vendor).quote(sale(spends=20))
    assert quote.total == Money.of(880)
    assert quote.points_earned == BonusPoints(points=Decimal(44))
    assert quote.available == BonusPoints(points=Decimal(300))
    assert quote.spendable == BonusPoints(points=Decimal(270))
    form = vendor.form("POST loyalty/calculate")
    assert form["bonuses"] == "20"
    assert form["order"] == {
        "privilegeType": "loyalty_level",
        "customer": {"id": 9001},
        "items": [
            {
                "externalIds": [{"code": "gateway", "value": "pos-1-000123#1"}],
                "offer": {"externalId": "sku-1"},
                "initialPrice": 900.0,
                "discountManualAmount": 0.0,
                "quantity": 1,
            }
        ],
    }
    assert [call for call, _ in vendor.asked].count("POST loyalty/calculate") == 1


async def test_l13_a_return_gives_all_back() -> None:
    """L13: bonuses of the order return, earned ones leave."""
    item = {
        "quantity": 1,
        "externalIds": [{"code": "gateway", "value": "pos-1-000123#1"}],
    }
    order = {
        "id": 4501,
        "externalId": "pos-1-000123",
        "status": "complete",
        "bonusesCreditTotal": 44,
        "bonusesChargeTotal": 20,
        "items": [item],
        "loyaltyAccount": {"id": 71, "amount": 300},
    }
    after = {"bonusesCreditTotal": 0, "bonusesChargeTotal": 0, "totalSumm": 900,
             "loyaltyAccount": {"id": 71, "amount": 276}}  # fmt: skip
    vendor = Vendor(
        {
            "orders/pos-1-000123": [(200, {"success": True, "order": order})],
            "orders/loyalty/cancel-bonus-operations": [(200, {"success": True, "order": after})],
            "orders/4501/edit": [(200, {"success": True, "id": 4501, "order": order})],
        }
    )
    bought = sale()
    refund = Refund("r1", bought.id, bought.id, bought.at, lines=bought.lines)
    kept = await _loyalty(vendor).refund(refund, key="k")
    assert kept == Kept(
        reference=bought.id,
        state=SaleState.COMMITTED,
        points_earned=BonusPoints(points=Decimal(-44)),
        points_spent=BonusPoints(points=Decimal(-20)),
        balance=kept.balance,
    )
    assert kept.balance is not None
    assert kept.balance.available == BonusPoints(points=Decimal(276))
    form = vendor.form("POST orders/loyalty/cancel-bonus-operations")
    assert form == {"site": "shop-ru", "order": {"id": 4501}}
    assert vendor.form("POST orders/4501/edit")["order"] == {"status": "cancel-other"}
