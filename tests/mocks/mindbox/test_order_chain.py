"""The order of the vendor reference, sections 11 to 14 and 16, played call by call.

``samples/orders.json`` holds its requests and answers; an answer matches when it has every
documented key with the documented value.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mocks.mindbox.project import OLGA, differences

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project

SAMPLES: dict[str, Json] = json.loads(
    (Path(__file__).parent / "samples" / "orders.json").read_text("utf-8")
)
KEY_1 = "6f2a1c9e-5b0d-4a57-9d0e-2f4b8c7a1e10"
KEY_2 = "0c9d7b52-83a4-4f0e-a3ff-51f0a1b7c2d3"
CREATE = "Offline.CreateAuthorizedOrder"


def request(name: str) -> AnyJson:
    """Return a copy of a documented request."""
    return copy.deepcopy(SAMPLES[name]["request"])


def answer(name: str) -> AnyJson:
    """Return a documented answer."""
    return SAMPLES[name]["answer"]


async def create(demo: Project) -> AnyJson:
    """Save the documented order."""
    return await demo.call(CREATE, request("creation"), transactionId=KEY_1)


async def pay(demo: Project) -> None:
    """Set the documented order to paid at its documented time."""
    await demo.act("clock.freeze", at="2026-03-01 10:00:00")
    await demo.queue("Offline.ChangeStatus", request("paid"))


async def test_the_calculation_splits_and_spreads_as_documented(demo: Project) -> None:
    """5546 roubles, a split first line, 594 points spread and 265 earned (12.2)."""
    found = await demo.call("Offline.AuthorizedPreorder", request("calculation"))
    assert differences(answer("calculation"), found) == []
    assert await demo.balance() == (1240, 900, 340)


async def test_the_anonymous_calculation_answers_a_bad_code_in_place(demo: Project) -> None:
    """An unknown code is no error of the call but a status of ``couponsInfo`` (12.2)."""
    found = await demo.call("Offline.AnonymousPreorder", request("anonymous"))
    assert differences(answer("anonymous"), found) == []
    assert "bonusPointsInfo" not in found["order"]
    assert "customer" not in found


async def test_the_degraded_calculation_offers_no_points(demo: Project) -> None:
    """Without personal discounts the call still succeeds (12.2)."""
    await demo.switch(degraded="personal")
    sent = request("anonymous")
    del sent["order"]["coupons"], sent["order"]["lines"][0]["minPricePerItem"]
    sent["customer"] = OLGA
    found = await demo.call("Offline.AuthorizedPreorder", sent)
    assert differences(answer("degraded"), found) == []


async def test_the_save_takes_points_and_the_code(demo: Project) -> None:
    """The order is stored, 594 points are gone, the code is used (13.1)."""
    assert differences(answer("creation"), await create(demo)) == []
    assert await demo.balance() == (646, 306, 340)
    codes = {row["ids"]["value"]: row["status"] for row in await demo.inspect("promoCodes")}
    assert codes == {"SPRING-0007": "Used", "SPRING-0101": "Active", "NEXT-55K2": "Active"}


async def test_a_repeated_key_is_not_executed_again(demo: Project) -> None:
    """The repeat answers nothing but its status, on another operation too (4.1)."""
    await create(demo)
    repeated = await demo.send(CREATE, request("creation"), transactionId=KEY_1)
    assert (repeated.status_code, repeated.json()) == (
        200,
        {"status": "TransactionAlreadyProcessed"},
    )
    other = await demo.send(
        "Website.CreateAnonymousOrder", {"order": {}}, transactionId=KEY_1.replace("-", "")
    )
    assert other.json() == {"status": "TransactionAlreadyProcessed"}
    assert await demo.balance() == (646, 306, 340)


async def test_a_changed_price_is_refused_inside_a_success(demo: Project) -> None:
    """The code stopped working: 5846 instead of 5546, and nothing is stored (13.1)."""
    await demo.act("promoCode.block", code="SPRING-0007")
    found = await demo.call(CREATE, request("creation"), transactionId=KEY_1)
    assert found == answer("price_changed")
    assert await demo.inspect("orders") == []
    assert await demo.balance() == (1240, 900, 340)
    await demo.act("promoCode.block", code="SPRING-0007", lift=True)
    again = await demo.call(CREATE, request("creation"), transactionId=KEY_1)
    assert again["order"]["processingStatus"] == "Processed"


async def test_an_unsplit_line_must_be_recalculated(demo: Project) -> None:
    """Saving the three pairs in one line is refused with the documented text (12.3)."""
    sent = request("calculation")
    sent["order"] |= {"ids": {"websiteOrder": "A-1542"}, "totalPrice": 5546}
    found = await demo.call(CREATE, sent)
    assert found["order"] == {
        "processingStatus": "PriceHasBeenChanged",
        "statusDescription": "Splitting of lines means that current order must be recalculated",
    }


async def test_the_update_gives_back_what_it_no_longer_spends(demo: Project) -> None:
    """Without line 4 the order earns 252 and spends 564 (13.1)."""
    await create(demo)
    found = await demo.call(CREATE, request("update"), transactionId=KEY_2)
    changes = found["order"]["bonusPointsChanges"][0]
    assert (changes["earnedAmount"], changes["spentAmount"]) == (252, 564)
    assert (
        differences(answer("creation")["order"]["issuedCoupons"], found["order"]["issuedCoupons"])
        == []
    )
    assert await demo.balance() == (676, 336, 340)
    (order,) = await demo.inspect("orders")
    assert (order["totalPrice"], len(order["lines"])) == (5276, 3)


async def test_a_saved_order_keeps_its_promotions_and_points(demo: Project) -> None:
    """What was available at the first save stays available to the same order (12.1)."""
    await create(demo)
    await demo.act("promotion.stop", externalId="SPR26")
    await demo.act("promotion.stop", externalId="DLV-3")
    found = await demo.call(CREATE, request("update"), transactionId=KEY_2)
    assert found["order"]["processingStatus"] == "Processed"


async def test_payment_and_return_move_the_points_as_documented(demo: Project) -> None:
    """After payment and the return of one pair: total 994, available 456, blocked 538 (11.1)."""
    await create(demo)
    await pay(demo)
    assert await demo.balance() == (911, 306, 605)
    await demo.act("clock.freeze", at="2026-03-03 12:10:00")
    await demo.queue("Offline.Return", request("return_line"))
    assert await demo.balance() == (994, 456, 538)


async def test_the_order_reads_as_documented(demo: Project) -> None:
    """The read order shows what is left after the partial return (16)."""
    await create(demo)
    await pay(demo)
    await demo.call("Offline.Return", request("return_line"))
    sent = {"order": {"ids": {"websiteOrder": "A-1542"}}}
    found = await demo.call("Website.GetOrderInfo", sent)
    assert differences(answer("order"), found) == []


async def test_the_history_reads_as_documented(demo: Project) -> None:
    """Write-off, accrual and return stand in the history with the vendor's words (11.2)."""
    await create(demo)
    await pay(demo)
    await demo.act("clock.freeze", at="2026-03-03 12:10:00")
    await demo.call("Offline.Return", request("return_line"))
    found = await demo.call("Website.GetCustomerBalanceHistory", request("history"))
    want = copy.deepcopy(answer("history"))
    # The third action's number depends on what other customers did meanwhile.
    want["customerActions"][2]["ids"]["mindboxId"] = 991004
    assert differences(want, found) == []


async def test_the_return_of_one_unit_splits_the_line(demo: Project) -> None:
    """One of two pairs comes back: 1215 roubles and half of the line's points (14.1)."""
    await create(demo)
    await pay(demo)
    await demo.call("Offline.Return", request("return_unit"))
    (order,) = await demo.inspect("orders")
    assert order["totalPrice"] == 5546 - 1215
    rows = [
        (
            line["lineNumber"],
            line["quantity"],
            line["priceOfLine"],
            line["status"]["ids"]["externalId"],
        )
        for line in order["lines"]
    ]
    assert rows == [
        (1, 1, 1215, "Paid"),
        (5, 1, 1215, "Returned"),
        (2, 1, 1350, "Paid"),
        (3, 2, 1296, "Paid"),
        (4, 1, 270, "Paid"),
    ]
    assert await demo.balance() == (911 + 135 - 60, 306 + 135, 605 - 60)


async def test_the_full_return_leaves_nothing_but_the_used_code(demo: Project) -> None:
    """All points come back, accruals go; the code stays used after a return (13, switch)."""
    await create(demo)
    await pay(demo)
    await demo.call("Offline.Return", request("return_all"))
    assert await demo.balance() == (1240, 900, 340)
    (order,) = await demo.inspect("orders")
    assert order["totalPrice"] == 0
    codes = {row["ids"]["value"]: row["status"] for row in await demo.inspect("promoCodes")}
    assert codes["SPRING-0007"] == "Used"


async def test_a_cancelled_order_frees_points_and_code(demo: Project) -> None:
    """Cancellation replaces the old rollback: everything is given back (13)."""
    await create(demo)
    sent = {"orderLinesStatus": "Cancelled", "order": {"ids": {"websiteOrder": "A-1542"}}}
    await demo.queue("Offline.ChangeStatus", sent)
    assert await demo.balance() == (1240, 900, 340)
    codes = {row["ids"]["value"]: row["status"] for row in await demo.inspect("promoCodes")}
    assert codes["SPRING-0007"] == "Active"
    reopened = {**sent, "orderLinesStatus": "Paid"}
    status, _ = await demo.refused("Offline.ChangeStatus", reopened)
    assert status == 400


async def test_a_deferred_sale_accrues_but_spends_nothing(demo: Project) -> None:
    """1740 roubles as told, 5 % of each line accrued from the time of sale (14.2)."""
    await demo.act("clock.freeze", at="2026-03-02 18:00:00")
    await demo.queue("Offline.SaveOfflineOrder", request("offline"), transactionId=KEY_1)
    await demo.queue("Offline.SaveOfflineOrder", request("offline"), transactionId=KEY_1)
    (order,) = await demo.inspect("orders")
    assert (order["totalPrice"], order["ids"]["websiteOrder"]) == (1740, "A-1543")
    assert [line["priceOfLine"] for line in order["lines"]] == [1440, 300]
    assert await demo.balance() == (1240 + 72 + 15, 900, 340 + 72 + 15)
    log = [row["status"] for row in await demo.inspect("operationLog")]
    assert log == ["Success", "TransactionAlreadyProcessed"]


async def test_a_deferred_sale_sent_twice_without_a_key_is_one_order(demo: Project) -> None:
    """The order's own id keeps it single; accruals are not doubled (14.2)."""
    for _ in range(2):
        await demo.queue("Offline.SaveOfflineOrder", request("offline"))
    assert len(await demo.inspect("orders")) == 1
    assert await demo.balance() == (1327, 900, 427)


async def test_a_temporary_id_gets_its_real_one(demo: Project) -> None:
    """The status call that names both ids binds the real one (13.2)."""
    sent = request("creation")
    sent["order"]["ids"] = {"tmpOrder": "0123456789abcdef0123456789abcdef"}
    await demo.call(CREATE, sent, transactionId=KEY_1)
    ids = {"websiteOrder": "A-1542", "tmpOrder": "0123456789abcdef0123456789abcdef"}
    await demo.queue("Website.ChangeStatus", {"orderLinesStatus": "Paid", "order": {"ids": ids}})
    found = await demo.call("Website.GetOrderInfo", {"order": {"ids": {"websiteOrder": "A-1542"}}})
    assert found["order"]["ids"] == {"mindboxId": 81234, **ids}
