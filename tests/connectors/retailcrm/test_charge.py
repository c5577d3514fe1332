"""A charge that was done and cannot be read back is no charge that was not done."""

from __future__ import annotations

import pytest

from gateway.contract import OutcomeUnknown

from .members import sale
from .scripted import Vendor

ORDER = {"id": 4501, "externalId": "pos-1-000123", "status": "new", "bonusesChargeTotal": 0}


@pytest.mark.parametrize("status", [503, 502, 404, 403])
async def test_no_failure_after_a_charge_sounds_as_if_nothing_had_happened(status: int) -> None:
    """The customer's bonuses would stay charged for a sale that was made without them."""
    refusal = {"success": False, "errorMsg": "no"}
    vendor = Vendor(
        {
            "orders/pos-1-000123": [(200, {"success": True, "order": ORDER}), (status, refusal)],
            "orders/loyalty/apply": [(200, {"success": True, "order": ORDER})],
        }
    )
    connector = vendor.connector()
    loyalty = connector.services.loyalty
    assert loyalty is not None
    with pytest.raises(OutcomeUnknown):
        await loyalty.reserve(sale(spends=20), key="k-1")
    assert vendor.form("POST orders/loyalty/apply")["bonuses"] == "20"
    await connector.close()
