"""Orders beyond the documented chain: statuses, flavours, reading, gift cards, switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.project import OLGA
from tests.mocks.mindbox.small_orders import CHANGE, CREATE, order, status

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import Json, Project


@pytest.mark.parametrize(
    ("words", "available", "blocked"),
    [
        pytest.param(["CheckedOut"], 800, 340, id="checked out"),
        pytest.param(["Paid"], 800, 365, id="paid at once"),
        pytest.param(["Delivered"], 800, 365, id="delivered at once"),
        pytest.param(["Cancelled"], 900, 340, id="cancelled at once"),
        pytest.param(["CheckedOut", "Paid"], 800, 365, id="paid later"),
        pytest.param(["CheckedOut", "Paid", "Delivered"], 800, 365, id="no second accrual"),
        pytest.param(["CheckedOut", "Delivered"], 800, 365, id="delivered later"),
        pytest.param(["CheckedOut", "Cancelled"], 900, 340, id="cancelled later"),
        pytest.param(["CheckedOut", "Returned"], 900, 340, id="returned unpaid"),
        pytest.param(["Paid", "Returned"], 900, 340, id="returned"),
        pytest.param(["Paid", "CheckedOut"], 800, 365, id="nothing reversed"),
        pytest.param(["Delivered", "Returned", "Returned"], 900, 340, id="returned twice"),
        pytest.param(["Sr10CheckedOut", "Sr10Paid", "SR10Return"], 900, 340, id="preset of a POS"),
    ],
)
async def test_points_follow_the_status(
    demo: Project, words: list[str], available: int, blocked: int
) -> None:
    """The table of section 13: 100 points spent, 25 earned."""
    sent = order(status=words[0], bonusPoints=[{"amount": 100}])
    sent["order"]["totalPrice"] = 500
    await demo.call(CREATE, sent)
    for word in words[1:]:
        await demo.call(CHANGE, status(word))
    assert (await demo.balance())[1:] == (available, blocked)


@pytest.mark.parametrize(
    ("operation", "body", "text"),
    [
        pytest.param(CREATE, order(status="Returned"), "не может быть возвращён", id="new return"),
        pytest.param(CHANGE, status("Paid", "T-404"), "заказ не найден", id="unknown order"),
        pytest.param(CHANGE, status("Lost"), "статус позиции заказа Lost", id="unknown status"),
        pytest.param(
            CHANGE, {"order": {"ids": {"websiteOrder": "T-1"}}}, "/orderLinesStatus", id="no status"
        ),
        pytest.param(
            CREATE, {**order(), "customer": {"ids": {"mindboxId": 990017}}}, "990017", id="nobody"
        ),
        pytest.param(CREATE, order(ids={}), "/order/ids", id="no id"),
        pytest.param(CREATE, order(ids={"shop": "1"}), "/order/ids/shop", id="unknown system"),
    ],
)
async def test_orders_are_refused_with_their_place(
    demo: Project, operation: str, body: Json, text: str
) -> None:
    """HTTP 400 and a text that tells what is wrong (3.1)."""
    await demo.call(CREATE, order())
    if body["order"].get("ids") == {"websiteOrder": "T-1"} and operation == CREATE:
        body = {**body, "order": {**body["order"], "ids": {"websiteOrder": "T-2"}}}
    found = await demo.refused(operation, body)
    assert found[0] == 400
    assert text in found[1]


async def test_a_save_needs_line_numbers(demo: Project) -> None:
    """Optional at calculation, mandatory at save (12.1)."""
    sent = order()
    del sent["order"]["lines"][0]["lineNumber"]
    await demo.call("Website.CalculateAuthorizedCart", sent)
    found = await demo.refused(CREATE, sent)
    assert found == (400, "/order/lines/0/lineNumber: не передан обязательный параметр")


@pytest.mark.parametrize(
    ("switch", "place"),
    [pytest.param("order", "order", id="block"), pytest.param("envelope", "top", id="envelope")],
)
async def test_a_wrong_total_is_told_where_the_switch_says(
    demo: Project, switch: str, place: str
) -> None:
    """Both places of ``PriceHasBeenChanged`` (13.1, 28)."""
    await demo.switch(priceChangedPlace=switch)
    answer = (await demo.send(CREATE, order(totalPrice=599))).json()
    found = answer["status"] if place == "top" else answer["order"]["processingStatus"]
    assert found == "PriceHasBeenChanged"
    assert answer["order"]["statusDescription"] == (
        "Стоимость заказа изменилась: ожидалось 599, рассчитано 600"
    )


async def test_the_saved_status_has_two_spellings(demo: Project) -> None:
    """``Processed``, or ``Created`` and then ``Updated`` (28)."""
    await demo.switch(orderSavedStatus="CreatedUpdated")
    words = [(await demo.call(CREATE, order()))["order"]["processingStatus"] for _ in range(2)]
    assert words == ["Created", "Updated"]


@pytest.mark.parametrize(
    ("switch", "http", "envelope"),
    [
        pytest.param("validation", 200, "ValidationError", id="validation error"),
        pytest.param("protocol400", 400, "ProtocolError", id="protocol error"),
    ],
)
async def test_the_split_error_has_three_places(
    demo: Project, switch: str, http: int, envelope: str
) -> None:
    """The text is the same everywhere (12.3, 32)."""
    await demo.switch(splitError=switch)
    asked = {"type": "discount", "promotion": {"ids": {"externalId": "SCR-15"}}, "amount": 0.01}
    sent = order(totalPrice=599.99)
    sent["order"]["lines"][0]["requestedPromotions"] = [asked]
    answer = await demo.send(CREATE, sent)
    assert (answer.status_code, answer.json()["status"]) == (http, envelope)
    assert "Splitting of lines means that current order must be recalculated" in answer.text


async def test_an_unauthorized_order_makes_its_customer(demo: Project) -> None:
    """Contacts, names and subscriptions create the customer with the order (7)."""
    sent = order()
    sent["customer"] = {
        "mobilePhone": "79260007788",
        "firstName": "Алёна",
        "subscriptions": [{"pointOfContact": "Sms"}],
    }
    found = await demo.call("Website.CreateUnauthorizedOrder", sent)
    assert found["customer"]["processingStatus"] == "Created"
    await demo.call(CHANGE, status("Paid"))
    (row,) = await demo.inspect("customers", mobilePhone="79260007788")
    assert (row["balances"][0]["blocked"], len(row["orders"])) == (30, 1)


async def test_an_anonymous_order_refuses_a_referral_code(demo: Project) -> None:
    """The documented validation text (13.1)."""
    pool = {"id": "pool-friend", "name": "Друг", "referral": True}
    code = {"code": "FRIEND-1", "pool": "pool-friend"}
    await demo.door("seed", {"pools": [pool], "promoCodes": [code]})
    sent = order(coupons=[{"ids": {"code": "FRIEND-1"}}])
    del sent["customer"]
    answer = await demo.send("Website.CreateAnonymousOrder", sent)
    assert answer.json()["validationMessages"] == [
        {"message": "Промокод не применился", "location": "/order/coupons"}
    ]
    found = await demo.call("Website.AnonymousPreorder", sent)
    assert found["order"]["couponsInfo"][0]["coupon"]["status"] == "CanNotBeUsedForCurrentOrder"


@pytest.mark.parametrize(
    ("code", "at", "word"),
    [
        pytest.param("SPRING-0007", "2026-03-02", "CanBeUsed", id="usable"),
        pytest.param("SPRING-0007", "2026-02-28", "YetNotActive", id="too early"),
        pytest.param("SPRING-0007", "2026-06-01", "AlreadyNotActive", id="too late"),
        pytest.param("NEXT-55K2", "2026-03-02", "CanNotBeUsedForCurrentOrder", id="no promotion"),
        pytest.param("NO-SUCH", "2026-03-02", "NotFound", id="unknown"),
    ],
)
async def test_a_code_has_a_state_for_the_order(
    demo: Project, code: str, at: str, word: str
) -> None:
    """``couponsInfo[].coupon.status`` (12.2)."""
    await demo.act("clock.freeze", at=at)
    sent = order(coupons=[{"ids": {"code": code}}])
    sent["order"]["lines"][0]["product"] = {"ids": {"website": "SKU-9001"}}
    found = await demo.call("Website.CalculateAuthorizedCart", sent)
    assert found["order"]["couponsInfo"][0]["coupon"]["status"] == word


async def test_an_exhausted_limit_hides_the_promotion(demo: Project) -> None:
    """Three units per customer: one was used before, two now, none is left (12.2)."""
    line = {
        "lineNumber": 1,
        "product": {"ids": {"website": "SKU-9001"}},
        "quantity": 2,
        "basePricePerItem": 1500,
    }
    sent = order(lines=[line], totalPrice=2700, coupons=[{"ids": {"code": "SPRING-0007"}}])
    await demo.call(CREATE, sent)
    again = order("T-2", lines=[line], coupons=[{"ids": {"code": "SPRING-0101"}}])
    found = await demo.call("Website.CalculateAuthorizedCart", again)
    assert found["order"]["totalPrice"] == 3000
    assert found["order"]["couponsInfo"][0]["coupon"]["status"] == "CanNotBeUsedForCurrentOrder"


async def test_a_line_is_found_by_product_and_price(demo: Project) -> None:
    """Without id and number; an unknown line is refused as the switch says (14.1, 32)."""
    await demo.call(CREATE, order(status="Paid"))
    by_product = {
        "order": {
            "ids": {"websiteOrder": "T-1"},
            "lines": [
                {
                    "product": {"ids": {"website": "SKU-9003"}},
                    "pricePerItem": 300,
                    "quantity": 1,
                    "status": {"ids": {"externalId": "Returned"}},
                }
            ],
        }
    }
    await demo.call("Offline.Return", by_product)
    (found,) = await demo.inspect("orders")
    assert found["totalPrice"] == 300
    by_product["order"]["lines"] = [{"lineNumber": 9, "status": "Returned"}]
    refusal = await demo.refused("Offline.Return", by_product)
    assert refusal == (400, "/order/lines/0: позиция заказа не найдена")
    await demo.switch(cancelUnknownLine="validationError")
    answer = await demo.send("Offline.Return", by_product)
    assert answer.json()["status"] == "ValidationError"


async def test_young_orders_are_not_listed(demo: Project) -> None:
    """Younger than five minutes: absent; then with categories and line sums (16, 4.5)."""
    await demo.call(CREATE, {**order(), "pointOfContact": "S-07"})
    sent = {"customer": OLGA, "page": {"pageNumber": 1, "itemsPerPage": 10}}
    assert (await demo.call("Website.GetOrdersList", sent))["orders"] == []
    await demo.act("clock.advance", seconds=300)
    (found,) = (await demo.call("Website.GetOrdersList", sent))["orders"]
    assert found["ids"] == {"mindboxId": 81234, "websiteOrder": "T-1"}
    assert found["firstPointOfContact"] == {"ids": {"externalId": "S-07"}, "name": "Тверь"}
    assert found["lines"][0]["priceOfLine"] == 600
    assert found["lines"][0]["status"] == {
        "ids": {"externalId": "CheckedOut"},
        "category": "checkedOut",
    }
    await demo.call(CHANGE, status("Paid"))
    paid = await demo.call("Website.GetTotalPaidOrdersAmount", {"customer": OLGA})
    assert paid["retailOrderStatistics"] == {"totalPaidAmount": 600}


async def test_orders_without_processing_are_stored_as_told(demo: Project) -> None:
    """Discounts of the caller, text statuses; creating twice is refused (14.3)."""
    body: Json = {
        "customer": OLGA,
        "order": {
            "ids": {"websiteOrder": "P-1"},
            "totalPrice": 550,
            "lines": [
                {
                    "product": {"ids": {"website": "SKU-9003"}},
                    "quantity": 2,
                    "basePricePerItem": 300,
                    "status": "CheckedOut",
                    "discounts": [
                        {
                            "type": "externalPromoAction",
                            "externalPromoAction": {"ids": {"externalId": "X"}},
                            "amount": 50,
                        }
                    ],
                }
            ],
        },
    }
    assert await demo.call("Website.CreateOrder", body) == {"status": "Success"}
    assert (await demo.refused("Website.CreateOrder", body))[0] == 400
    body["order"]["totalPrice"] = 500
    await demo.queue("Website.UpdateOrder", body)
    (found,) = await demo.inspect("orders")
    assert (found["totalPrice"], found["lines"][0]["priceOfLine"]) == (500, 550)


async def test_a_cancelled_order_is_not_saved_again(demo: Project) -> None:
    """What is closed as a whole stays closed, by a save too (13)."""
    await demo.call(CREATE, order())
    await demo.call(CHANGE, status("Cancelled"))
    found = await demo.refused(CREATE, order())
    assert found == (400, "/order: отменённый или возвращённый заказ не может быть открыт снова")


async def test_a_seeded_order_is_read_like_any_other(demo: Project) -> None:
    """The side door stores past orders as told."""
    past = {**order("OLD-1", status="Delivered"), "executionDateTimeUtc": "2025-12-31 20:00:00"}
    await demo.door("seed", {"orders": [past]})
    (found,) = (await demo.call("Website.GetOrdersList", {"customer": OLGA}))["orders"]
    assert (found["ids"]["websiteOrder"], found["totalPrice"]) == ("OLD-1", 600)
