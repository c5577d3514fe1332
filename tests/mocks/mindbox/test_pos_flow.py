"""A receipt at the cash register, step by step (section 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Project

POS = {"endpointId": "Demo.Pos"}
HEADERS = {"Authorization": 'Mindbox secretKey="demo-pos-key"'}
CARD: dict[str, Any] = {"discountCard": {"ids": {"number": "2900000012345"}}}
PHONE = {"mobilePhone": "79260001122"}
LINE = {
    "lineId": "1",
    "lineNumber": 1,
    "product": {"ids": {"website": "SKU-9003"}},
    "quantity": 3,
    "basePricePerItem": 300,
    "minPricePerItem": 200,
    "status": {"ids": {"externalId": "Sr10CheckedOut"}},
}
KEY = "6f2a1c9e-5b0d-4a57-9d0e-2f4b8c7a1e11"


async def pos(demo: Project, name: str, body: object, **query: str) -> AnyJson:
    """Call an operation of the POS preset."""
    answer = await demo.send(f"Offline.{name}", body, headers=HEADERS, **POS, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_receipt_from_the_card_to_the_return(demo: Project) -> None:
    """Card, pre-check, proof, points, save, payment, return of one unit."""
    info = await pos(demo, "GetCustomerInfo", {"customer": CARD, "pointOfContact": "S-07"})
    assert info["customer"]["firstName"] == "Ольга"
    order: AnyJson = {"lines": [dict(LINE)]}
    body: AnyJson = {"customer": CARD, "pointOfContact": "S-07", "order": order}
    check = await pos(demo, "AuthorizedPreorder", body)
    assert check["order"]["bonusPointsInfo"][0]["availableAmountForCurrentOrder"] == 300
    await pos(demo, "SendMobilePhoneAuthorizationCode", {"customer": PHONE})
    proof = {"customer": PHONE, "authentificationCode": await demo.code()}
    assert (await pos(demo, "CheckMobilePhoneAuthorizationCode", proof))["status"] == "Success"
    order["bonusPoints"] = [{"amount": 100}]
    check = await pos(demo, "AuthorizedPreorder", body)
    assert (check["order"]["totalPrice"], check["order"]["lines"][0]["discountedPriceOfLine"]) == (
        801,
        801,
    )
    order |= {"ids": {"offlineTransactionId": "S07-2-000123"}, "totalPrice": 801}
    saved = await pos(demo, "CreateAuthorizedOrder", body, transactionId=KEY)
    assert saved["order"]["bonusPointsChanges"][0]["spentAmount"] == 99
    status = {"order": {"ids": {"offlineTransactionId": "S07-2-000123"}}}
    await pos(demo, "ChangeStatus", {**status, "orderLinesStatus": "Sr10Paid"}, mode="async")
    await demo.act("async.drain")
    assert await demo.balance() == (1240 - 99 + 40, 801, 380)
    line = {"lineNumber": 1, "quantity": 1, "status": "SR10Return"}
    returned = {"lines": [line], "returnedPayments": [{"type": "card", "amount": 267}]}
    await pos(demo, "Return", {"order": {**status["order"], **returned}})
    (found,) = await demo.inspect("orders")
    assert found["totalPrice"] == 534
    assert await demo.balance() == (1240 - 66 + 27, 834, 367)


async def test_a_return_of_an_unknown_receipt_is_refused(demo: Project) -> None:
    """Without the original order there is nothing to return (24, step 9)."""
    body = {
        "orderLinesStatus": "SR10Return",
        "order": {"ids": {"offlineTransactionId": "S07-2-404"}},
    }
    answer = await demo.send("Offline.Return", body, headers=HEADERS, **POS)
    assert (answer.status_code, answer.json()["errorMessage"]) == (
        400,
        "/order/ids: заказ не найден",
    )


async def test_a_blocked_card_buys_at_the_public_price(demo: Project) -> None:
    """The cashier is told, nothing personal is computed (10)."""
    await demo.act("card.status", number="2900000012345", status="Blocked")
    line = {"product": {"ids": {"website": "SKU-9003"}}, "quantity": 1, "basePricePerItem": 300}
    body = {"customer": CARD, "order": {"lines": [line]}}
    check = await pos(demo, "AuthorizedPreorder", body)
    assert check["customer"] == {"processingStatus": "DiscountCardIsBlocked"}
    assert check["order"]["totalPrice"] == 300
    assert "bonusPointsInfo" not in check["order"]
