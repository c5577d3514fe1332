"""A small order and its status changes, for the tests of orders."""

from __future__ import annotations

from typing import Any

from tests.mocks.mindbox.project import OLGA, Json

CREATE = "Website.CreateAuthorizedOrder"
CHANGE = "Website.ChangeStatus"


def order(number: str = "T-1", *, status: str = "CheckedOut", **more: Any) -> Json:
    """Return a save of two units for 600 roubles that earns 30 points when paid."""
    line = {
        "lineId": "1",
        "lineNumber": 1,
        "product": {"ids": {"website": "SKU-9003"}},
        "quantity": 2,
        "basePricePerItem": 300,
        "status": {"ids": {"externalId": status}},
    }
    sent = {"ids": {"websiteOrder": number}, "totalPrice": 600, "lines": [line], **more}
    return {"customer": OLGA, "order": sent}


def status(word: str, number: str = "T-1") -> Json:
    """Return a change of the whole order's status."""
    return {"orderLinesStatus": word, "order": {"ids": {"websiteOrder": number}}}
