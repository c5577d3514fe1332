"""Whatever a calculation answers can be saved as it is, cancelled, and leaves nothing behind."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

SKUS = ("A", "B", "C", "D")
PROMOTIONS: list[Json] = [
    {"benefit": "percent", "value": 7, "products": ["A", "B"], "limit": 5},
    {"benefit": "percent", "value": 33, "bundle": [["C", 2], ["D", 1]]},
    {"benefit": "amount", "value": 100.01, "pool": "pool"},
    {"benefit": "cheapestFree", "value": 0, "products": ["B", "C"], "spread": "proportional"},
    {"benefit": "cheapestFree", "value": 0, "products": ["D"], "floor": 1, "is_floor_spread": True},
    {"benefit": "delivery", "value": 50},
    {"benefit": "cashback", "value": 5},
]


async def stocked(project: Project, chance: random.Random) -> None:
    """Load a random choice of promotions, codes and a customer with points."""
    chosen = chance.sample(PROMOTIONS, chance.randint(1, len(PROMOTIONS)))
    await project.door(
        "seed",
        {
            "pools": [{"id": "pool", "name": "Пул"}],
            "promotions": [
                {"external_id": f"P{at}", "name": "Акция", **row} for at, row in enumerate(chosen)
            ]
            + [{"external_id": "X", "name": "Сайт", "benefit": "external"}],
            "customers": [{"mobilePhone": "79260001122", "lots": [{"amount": 777}]}],
            "promoCodes": [{"code": "CODE", "pool": "pool"}],
        },
    )


def basket(chance: random.Random) -> Json:
    """Return a random order: one line per product, discounts of the site, a code, points."""
    lines = []
    for number, sku in enumerate(chance.sample(SKUS, chance.randint(1, 4)), 1):
        price = chance.randint(100, 200_000) / 100
        line: Json = {
            "lineId": str(number),
            "lineNumber": number,
            "product": {"ids": {"website": sku}},
            "quantity": chance.randint(1, 7),
            "basePricePerItem": price,
            "minPricePerItem": round(price * chance.choice([0, 0, 0.3, 0.9]), 2),
        }
        if chance.random() < 0.4:
            asked = {"type": "discount", "promotion": {"ids": {"externalId": "X"}}}
            line["requestedPromotions"] = [{**asked, "amount": chance.randint(1, 5000) / 100}]
        lines.append(line)
    return {
        "lines": lines,
        "deliveryCost": chance.choice([0, 30, 300]),
        "bonusPoints": [{"amount": chance.randint(0, 900)}],
        "coupons": [{"ids": {"code": "CODE"}}] if chance.random() < 0.5 else [],
    }


def as_saved(sent: Json, found: AnyJson) -> Json:
    """Return the save of a calculated order: the answer's lines, each with its own discounts."""
    lines = []
    for row in found["lines"]:
        asked = [
            {"type": "discount", "promotion": one["promotion"], "amount": one["amount"]}
            for one in row["appliedPromotions"]
            if one["type"] == "discount" and one["promotion"]["type"] == "external"
        ]
        kept = ("lineNumber", "product", "quantity", "basePricePerItem", "minPricePerItem")
        lines.append({key: row[key] for key in kept} | {"requestedPromotions": asked})
    spent = sum(one["spentAmount"] for one in found.get("bonusPointsChanges", []))
    return {
        **sent,
        "ids": {"websiteOrder": "R-1"},
        "totalPrice": found["totalPrice"],
        "bonusPoints": [{"amount": spent}],
        "lines": lines,
    }


@pytest.mark.parametrize("seed", range(25))
async def test_a_calculation_is_saved_as_it_came(seed: int) -> None:
    """Its sum is exact, its save is accepted, its cancellation restores points and code."""
    chance = random.Random(seed)
    async with open_project(demo=False, seed=seed + 1) as project:
        await stocked(project, chance)
        (customer,) = await project.inspect("customers")
        buyer = {"ids": {"mindboxId": customer["ids"]["mindboxId"]}}
        sent = basket(chance)
        calculated = await project.call(
            "Website.CalculateAuthorizedCart", {"customer": buyer, "order": sent}
        )
        found = calculated["order"]
        assert_exact(found)
        body = {"customer": buyer, "order": as_saved(sent, found)}
        saved = await project.call("Website.CreateAuthorizedOrder", body)
        assert saved["order"]["processingStatus"] == "Processed", (found, saved)
        again = await project.call("Website.CreateAuthorizedOrder", body)
        assert again["order"]["processingStatus"] == "Processed", again
        cancel = {"orderLinesStatus": "Cancelled", "order": {"ids": {"websiteOrder": "R-1"}}}
        await project.call("Website.ChangeStatus", cancel)
        (customer,) = await project.inspect("customers")
        assert customer["balances"][0]["available"] == 777
        (code,) = await project.inspect("promoCodes")
        assert code["status"] == "Active"


def assert_exact(found: AnyJson) -> None:
    """Check that every price is the base less what was applied, and that floors hold."""
    kopecks = 0
    for row in found["lines"]:
        taken = sum(
            round(one["amount"] * 100)
            for one in row["appliedPromotions"]
            if one["type"] in {"discount", "spentBonusPoints"}
        )
        base = round(row["quantity"] * row["basePricePerItem"] * 100)
        total = round(row["discountedPriceOfLine"] * 100)
        assert base - taken == total, row
        assert total % row["quantity"] == 0, row
        assert total >= round(row["quantity"] * row["minPricePerItem"] * 100), row
        kopecks += total
    delivery = round(found.get("deliveryCost", 0) * 100)
    assert kopecks + delivery == round(found["totalPrice"] * 100)
