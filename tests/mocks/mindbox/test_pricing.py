"""How orders are computed: the vendor's published vectors and the rules beside them (12, 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mocks.mindbox.settings import BalanceType
from tests.mocks.mindbox.project import OLGA, open_project

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

CALCULATE = "Website.CalculateAuthorizedCart"


def line(sku: str, quantity: float, price: float, **more: Any) -> Json:
    """Return a line of a calculation."""
    return {
        "product": {"ids": {"website": sku}},
        "quantity": quantity,
        "basePricePerItem": price,
        **more,
    }


def promotion(benefit: str, value: float, **more: Any) -> Json:
    """Return a promotion for the side door."""
    return {"external_id": "P", "name": "Акция", "benefit": benefit, "value": value, **more}


async def computed(
    project: Project, lines: list[Json], *, wanted: float = 0, **order: Any
) -> AnyJson:
    """Calculate an order of the shop's customer and return its block."""
    sent: Json = {"lines": lines, **order}
    if wanted:
        sent["bonusPoints"] = [{"amount": wanted}]
    found = await project.call(CALCULATE, {"customer": OLGA, "order": sent})
    return found["order"]


async def shop(project: Project, *promotions: Json) -> None:
    """Add a customer with 1000 points, and promotions."""
    customer = {"mobilePhone": "79260001122", "lots": [{"amount": 1000}]}
    await project.door("seed", {"customers": [customer], "promotions": list(promotions)})


def shape(order: AnyJson) -> list[tuple[float, float]]:
    """Return quantity and price of every line."""
    return [(row["quantity"], row["discountedPriceOfLine"]) for row in order["lines"]]


async def test_points_are_spread_by_cost(empty: Project) -> None:
    """2 × 4000 and 1 × 2000 with 1000 points: −800 and −200 (12.3)."""
    await shop(empty)
    order = await computed(empty, [line("A", 2, 4000), line("B", 1, 2000)], wanted=1000)
    assert shape(order) == [(2, 7200), (1, 1800)]
    assert order["bonusPointsInfo"][0]["spentAmountForCurrentOrder"] == 1000


async def test_an_indivisible_discount_splits_the_line(empty: Project) -> None:
    """−1000 over three units: 1 × 333.34 and 2 × 333.33 (12.3)."""
    await shop(empty, promotion("amount", 1000))
    order = await computed(empty, [line("A", 3, 1500, lineId="7")])
    assert shape(order) == [(1, 1166.66), (2, 2333.34)]
    assert [row["lineId"] for row in order["lines"]] == ["7", "7"]
    assert [row["lineNumber"] for row in order["lines"]] == [1, 2]
    assert order["totalPrice"] == 3500


async def test_a_set_discounts_its_units_only(empty: Project) -> None:
    """−10 % on two of the first and one of the second: three lines (12.3)."""
    await shop(empty, promotion("percent", 10, bundle=[["A", 2], ["B", 1]]))
    order = await computed(empty, [line("A", 3, 2000), line("B", 1, 4500)])
    assert shape(order) == [(2, 3600), (1, 2000), (1, 4050)]


@pytest.mark.parametrize(
    ("account", "spent"),
    [
        pytest.param(BalanceType("P", "П"), 99, id="whole points"),
        pytest.param(BalanceType("P", "П", is_integer=False), 99.99, id="fractional points"),
    ],
)
async def test_points_never_split_a_line(account: BalanceType, spent: float) -> None:
    """100 points over three equal units: 99, or 99.99 on a fractional account (12.3)."""
    async with open_project(demo=False, balance_types=(account,)) as project:
        await shop(project)
        order = await computed(project, [line("A", 3, 200)], wanted=100)
        assert order["bonusPointsInfo"][0]["spentAmountForCurrentOrder"] == spent
        assert len(order["lines"]) == 1


@pytest.mark.parametrize(
    ("more", "prices"),
    [
        pytest.param({}, [0, 200, 700], id="on the cheapest"),
        pytest.param({"spread": "proportional"}, [90, 180, 630], id="proportional to all"),
        pytest.param({"floor": 1}, [1, 200, 700], id="minimum of one rouble"),
        pytest.param(
            {"floor": 1, "is_floor_spread": True}, [1, 199.78, 699.22], id="that rouble spread"
        ),
    ],
)
async def test_the_cheapest_is_free_in_four_ways(
    empty: Project, more: Json, prices: list[float]
) -> None:
    """100 + 200 + 700 with the cheapest free (12.3)."""
    await shop(empty, promotion("cheapestFree", 0, **more))
    order = await computed(empty, [line("A", 1, 100), line("B", 1, 200), line("C", 1, 700)])
    assert [price for _, price in shape(order)] == prices


async def test_the_floor_of_a_line_holds_against_points_and_discounts(empty: Project) -> None:
    """A line never falls below ``minPricePerItem`` (12.1)."""
    await shop(empty, promotion("percent", 50))
    lines = [line("A", 2, 1000, minPricePerItem=400), line("B", 1, 100, minPricePerItem=100)]
    order = await computed(empty, lines, wanted=1000)
    assert shape(order) == [(2, 800), (1, 100)]
    assert order["bonusPointsInfo"][0]["availableAmountForCurrentOrder"] == 200
    assert order["bonusPointsInfo"][0]["spentAmountForCurrentOrder"] == 200


async def test_wanted_points_are_lowered_to_the_balance(empty: Project) -> None:
    """Silently by default, refused with the switch (12.1, 32)."""
    await shop(empty)
    order = await computed(empty, [line("A", 1, 5000)], wanted=2000)
    assert order["totalPrice"] == 4000
    await empty.switch(spendOverBalance="validationError")
    sent = {"lines": [line("A", 1, 5000)], "bonusPoints": [{"amount": 2000}]}
    answer = await empty.send(CALCULATE, {"customer": OLGA, "order": sent})
    assert answer.json()["status"] == "ValidationError"


async def test_points_may_be_limited_to_a_share(empty: Project) -> None:
    """The project allows at most 30 % of the goods to be paid by points."""
    await shop(empty)
    await empty.switch(points_percent_limit=30)
    order = await computed(empty, [line("A", 1, 1000)], wanted=1000)
    assert order["totalPrice"] == 700


async def test_a_fractional_quantity_is_one_unit(empty: Project) -> None:
    """1.5 kg need ``quantityType`` and are never split (6)."""
    await shop(empty, promotion("amount", 100))
    order = await computed(empty, [line("A", 1.5, 199.99, quantityType="double")])
    assert shape(order) == [(1.5, 199.99)]
    sent = {"order": {"lines": [line("A", 1.5, 199.99)]}}
    status, text = await empty.refused("Website.AnonymousPreorder", sent)
    assert status == 400
    assert text.startswith("/order/lines/0/quantity")


async def test_unauthorized_buyers_spend_nothing_and_get_no_personal_promotions(
    empty: Project,
) -> None:
    """A customer known by contacts only is not proven (7)."""
    await shop(empty, promotion("percent", 10, is_personal=True))
    sent = {"lines": [line("A", 1, 1000)], "bonusPoints": [{"amount": 500}]}
    body = {"customer": {"mobilePhone": "79260001122"}, "order": sent}
    found = await empty.call("Website.CalculateUnauthorizedCart", body)
    assert found["order"]["totalPrice"] == 1000
    proven = await empty.call(CALCULATE, body)
    assert proven["order"]["totalPrice"] == 400


async def test_a_promotion_may_be_tied_to_a_place(empty: Project) -> None:
    """The overridden point of contact decides (12.1)."""
    await shop(empty, promotion("percent", 10, places=["S-07"]))
    body: Json = {"order": {"lines": [line("A", 1, 1000)]}}
    found = await empty.call("Offline.AnonymousPreorder", body)
    assert found["order"]["totalPrice"] == 1000
    found = await empty.call("Offline.AnonymousPreorder", {**body, "pointOfContact": "S-07"})
    assert found["order"]["totalPrice"] == 900


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        pytest.param({"basePricePerItem": None}, "basePricePerItem", id="no price"),
        pytest.param({"basePricePerItem": "12.345"}, "basePricePerItem", id="three decimals"),
        pytest.param({"quantity": 0}, "quantity", id="no quantity"),
        pytest.param({"product": {"ids": {"shop": "1"}}}, "product/ids/shop", id="unknown system"),
        pytest.param({"status": "Lost"}, "status", id="unknown status"),
        pytest.param(
            {
                "requestedPromotions": [
                    {
                        "type": "discount",
                        "promotion": {"ids": {"externalId": "SCR-99"}},
                        "amount": 10,
                    }
                ]
            },
            "requestedPromotions/promotion/ids/externalId",
            id="promotion never created",
        ),
    ],
)
async def test_a_line_that_cannot_be_computed_is_refused(
    empty: Project, bad: Json, where: str
) -> None:
    """400 with the place in the text (3.1, trap 11)."""
    sent = {"order": {"lines": [{**line("A", 1, 100), **bad}]}}
    status, text = await empty.refused("Website.AnonymousPreorder", sent)
    assert status == 400
    assert text.startswith(f"/order/lines/0/{where}")


async def test_an_external_promotion_must_be_saved_first(empty: Project) -> None:
    """After the upsert the same discount is taken, numeric strings included (18)."""
    sent = {
        "promotion": {
            "ids": {"externalId": "SCR-15"},
            "type": "external",
            "name": "Скидка по купону сайта",
            "startDateTimeUtc": "2026-01-01 00:00:00.000",
        }
    }
    await empty.call("Website.SaveExternalPromotion", sent)
    asked = {
        "type": "discount",
        "promotion": {"ids": {"externalId": "SCR-15"}},
        "amount": "160.00",
    }
    body = {"order": {"lines": [line("A", 2, 800, requestedPromotions=[asked])]}}
    found = await empty.call("Website.AnonymousPreorder", body)
    assert found["order"]["totalPrice"] == 1440
    archive = {"promotion": {"ids": {"externalId": "SCR-15"}}}
    await empty.call("Website.ArchiveExternalPromotion", archive)
    assert (await empty.refused("Website.AnonymousPreorder", body))[0] == 400


async def test_catalogue_prices_are_computed_per_product(empty: Project) -> None:
    """At most a hundred products, each with its discount (18)."""
    await shop(empty, promotion("percent", 10, products=["A"]))
    items = [{"product": {"ids": {"website": sku}}, "basePricePerItem": 1000} for sku in ("A", "B")]
    found = await empty.call("Website.CalculateProducts", {"productList": {"items": items}})
    assert [row["priceForCustomer"] for row in found["productList"]["items"]] == [900, 1000]
    many = {"productList": {"items": items * 51}}
    assert (await empty.refused("Website.CalculateProducts", many))[0] == 400


async def test_requested_points_are_taken_and_given_by_line(empty: Project) -> None:
    """The caller's own ``spentBonusPoints`` and ``earnedBonusPoints`` (12.1)."""
    await shop(empty)
    asked = [
        {"type": "spentBonusPoints", "amount": 101},
        {"type": "earnedBonusPoints", "amount": 7},
    ]
    lines = [line("A", 2, 500, requestedPromotions=asked), line("B", 1, 1000)]
    order = await computed(empty, lines, wanted=300)
    assert shape(order) == [(2, 758), (1, 842)]
    changes = order["bonusPointsChanges"][0]
    assert (changes["spentAmount"], changes["earnedAmount"]) == (400, 7)


async def test_two_requested_discounts_of_a_line_add_up(empty: Project) -> None:
    """The second one is spread over the parts that the first one made (12.3)."""
    await empty.door("seed", {"promotions": [promotion("external", 0, external_id="X")]})
    asked = [
        {"type": "discount", "promotion": {"ids": {"externalId": "X"}}, "amount": amount}
        for amount in (100, 30)
    ]
    body = {"order": {"lines": [line("A", 3, 500, requestedPromotions=asked)]}}
    found = await empty.call("Website.AnonymousPreorder", body)
    assert found["order"]["totalPrice"] == 1370
