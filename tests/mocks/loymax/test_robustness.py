"""Nonsense is refused the vendor's way: no body may make the double fall over."""

from __future__ import annotations

import re

import pytest

from mocks.loymax.routes_public import OPEN, PUBLIC
from mocks.loymax.routes_system import SYSTEM
from tests.mocks.loymax.stand import Loymax

JUNK: list[object] = [None, 0, -1, 3.5, "x", "5012", True, [], [1], {}, {"id": "x"}, [{"id": None}]]
NAMES = re.findall(
    r"\w+",
    "accrual action amount answers attribute cardId cardNumber cheque commonAttributes "
    "confirmCode count coupons couponsCount currency email emissionId errorHandlingType "
    "expirationDelay fixedAnswerIds from goods id identifier identifierType isVerified "
    "legal lifeTimeDefinition lines login loyaltyProgram merchantIds newPassword newPhone "
    "notifierIdentity operationDate operationId operations partner password paymentAmount "
    "pays personId phone phoneNumber position quantity questionId questionsAnswer "
    "refundPurchaseId refundTransactionId startChequeTime tag token transactionId type "
    "typeId userIdentifier value values",
)
PARTS = {"id": "5012", "cardId": "456", "identifier": "79000005012", "currencyId": "1"}
OTHERS = {"what": "BlockCard", "kind": "Phone", "part": "Operations", "step": "Confirm"}
ROUTES = sorted(
    {(verbs.split("|")[0], f"/publicapi/v1.2/{path}") for verbs, path, _, _ in (*PUBLIC, *OPEN)}
    | {(verbs.split("|")[0], f"/systemapi/v1.2/{path}") for verbs, path, _, _ in SYSTEM}
)
KNOWN = {200, 201, 401, 403, 404}


def _bodies() -> list[object]:
    """Return bare junk, then objects whose properties are all the same junk."""
    whole = [dict.fromkeys(NAMES, junk) for junk in JUNK]
    return [*JUNK, *whole, *([row] for row in whole)]


def _path(pattern: str) -> str:
    names = {**PARTS, **OTHERS}
    return re.sub(r"{(\w+)}", lambda found: names.get(found[1], "1"), pattern)


async def _token(double: Loymax, path: str) -> str:
    if path.startswith("/systemapi"):
        return await double.operator()
    return await (double.customer() if "Processing" in path else double.member())


@pytest.mark.parametrize(("verb", "pattern"), ROUTES, ids=str)
async def test_no_method_falls_over_nonsense(loymax: Loymax, verb: str, pattern: str) -> None:
    """An exception in a handler would be a bug of the double, not an answer of the vendor."""
    if verb == "GET":
        query = "from=x&count=-1&phone=1&filter.fromDate=0&filter.identifierText=%00&cardNumber=1"
        answer = await loymax.call(verb, f"{_path(pattern)}?{query}", await _token(loymax, pattern))
        assert answer.status_code in KNOWN
        return
    token = await _token(loymax, pattern)
    for body in _bodies():
        answer = await loymax.call(verb, _path(pattern), token, body)
        assert answer.status_code in KNOWN, (body, answer.text)


async def test_a_body_that_is_no_json_is_a_validation_error(loymax: Loymax) -> None:
    """Broken JSON never reaches a handler."""
    headers = {
        "Authorization": f"Bearer {await loymax.member()}",
        "Content-Type": "application/json",
    }
    answer = await loymax.client.post(
        "/publicapi/v1.2/User/Email", content=b'{"email": ', headers=headers
    )
    assert answer.json()["result"]["state"] == "ValidationError"


async def test_the_lists_of_ids_fit_a_deposit(loymax: Loymax) -> None:
    """Trap 8: what the lists tell is what a batch takes."""
    token = await loymax.operator()
    found = {
        name: (await loymax.data("GET", f"/systemapi/v1.2/{path}", token))[0]
        for name, path in (
            ("legal", "deposit/legals"),
            ("currency", "currency"),
            ("loyaltyProgram", "LoyaltyPrograms"),
            ("partner", "partners"),
            ("lifeTimeDefinition", "lifeTimeDefinitions"),
        )
    }
    rows = [{"identifierType": "Phone", "identifier": "79000005012", "amount": 5}]
    body = {**found, "type": "Deposit", "operations": rows}
    assert await loymax.data("PUT", "/systemapi/v1.2/deposit", token, body) == 9001
    pays = await loymax.data("GET", "/systemapi/v1.2/payType", token)
    assert [row["logicalName"] for row in pays] == ["Cash", "Card", "Gift1C"]
