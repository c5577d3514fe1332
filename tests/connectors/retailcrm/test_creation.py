"""Creation against a scripted vendor: answers that the double would give only in a race."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.retailcrm import CONNECTOR
from gateway.canonical import Kind, Order, Payment, PaymentState
from gateway.contract import Change, ConnectorContext, Exists, HttpClient, Written
from tests.gateway.contract.fakes import FakeLog

from .conftest import SystemClock, built, failures, own_settings
from .samples import CUSTOMER_KEY, ORDER_KEY, customer, order

NOBODY = httpx.Response(200, json={"success": True, "pagination": {}, "customers": []})
REFUSED = httpx.Response(400, json={"success": False, "errorMsg": "Customers are not loaded"})
TAKEN = httpx.Response(400, json={"success": False, "errorMsg": "Customer already exists"})
AWAY = httpx.Response(503, text="<html>")
THERE = httpx.Response(
    200,
    json={
        "success": True,
        "pagination": {"totalCount": 1},
        "customers": [{"id": 9001, "externalId": CUSTOMER_KEY, "site": "shop-ru"}],
    },
)


@pytest.mark.parametrize(("last", "told"), [(THERE, Exists("9001")), (AWAY, "OutcomeUnknown")])
async def test_a_record_made_in_between_exists_or_is_unknown(
    last: httpx.Response, told: object
) -> None:
    """A late commit of our earlier call would be written over, or be taken for a refusal."""
    answers: Iterator[httpx.Response] = iter((REFUSED, NOBODY, TAKEN, last))
    transport = httpx.MockTransport(lambda _: next(answers))
    connector = built(own_settings("http://crm.test"), log=FakeLog(), transport=transport)
    change: Change[Any] = Change(key=CUSTOMER_KEY, entity=customer(), changed=frozenset({"name"}))
    (outcome,) = await connector.writers[Kind.CUSTOMER].write([change])
    assert outcome == told or failures([outcome]) == [told]
    assert next(answers, None) is None
    await connector.close()


async def test_a_payment_added_in_between_is_changed_and_not_added_again() -> None:
    """A late commit of our earlier call would leave its payment refused for good."""

    def listed(*payments: dict[str, Any]) -> httpx.Response:
        orders = [{"id": 4501, "externalId": ORDER_KEY, "payments": payments}]
        return httpx.Response(200, json={"success": True, "pagination": {}, "orders": orders})

    sent: list[str] = []
    late = {"id": 5601, "externalId": "bitrix-55", "type": "bank-card", "status": "not-paid"}
    taken = {"externalId": "Payment with externalId=bitrix-55 already exists."}
    refusal = {"success": False, "errorMsg": "Errors in the entity format", "errors": taken}
    done = httpx.Response(200, json={"success": True})
    answers = iter((listed(), httpx.Response(400, json=refusal), listed(late), done))

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return next(answers)

    transport = httpx.MockTransport(answer)
    connector = built(own_settings("http://crm.test"), log=FakeLog(), transport=transport)
    paid = order(payments=(Payment(id="bitrix-55", state=PaymentState.PAID),))
    changed = frozenset({"payments/bitrix-55", "payments/bitrix-55/state"})
    change: Change[Any] = Change(ORDER_KEY, paid, changed, external_id="4501", known=Order())
    (outcome,) = await connector.writers[Kind.ORDER].write([change])
    assert outcome == Written("4501")
    assert sent[-1] == "/api/v5/orders/payments/5601/edit"
    assert len(sent) == 4
    await connector.close()


def test_the_account_says_how_long_to_wait() -> None:
    """A time limit of the connector's own would hide the one in the account's section."""
    given: list[dict[str, Any]] = []

    def http(base_url: str, **options: Any) -> HttpClient:
        given.append({"base_url": base_url, **options})
        raise LookupError

    clock = SystemClock()
    settings = own_settings("http://crm.test/")
    with pytest.raises(LookupError):
        CONNECTOR.build(ConnectorContext("crm", settings, http, clock, FakeLog()))
    (options,) = given
    assert options["base_url"] == "http://crm.test"
    assert "timeout_s" not in options
