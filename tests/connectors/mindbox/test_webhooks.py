"""Webhooks: calls that the scenarios of a project make to us."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.canonical import (
    CardRef,
    Customer,
    EmailContact,
    Kind,
    PersonName,
    PhoneContact,
)
from gateway.contract import (
    Hint,
    WebhookRefused,
    WebhookRequest,
)
from mocks.serving import serve
from tests.connectors.bench import Bench
from tests.connectors.mindbox.conftest import HOOK_SECRET, OpenProject

PHONE, EMAIL, CARD, NAME = "+79160007654", "planted@example.ru", "2900000077777", "Подсадная"
SECRETS = (PHONE, PHONE[1:], EMAIL, CARD, NAME, "demo-key", HOOK_SECRET)
PLANTED = Customer(
    name=PersonName(last=NAME),
    phones=(PhoneContact(number=PHONE, rank=0),),
    emails=(EmailContact(address=EMAIL, rank=0),),
    cards=(CardRef(number=CARD),),
)


def _call(body: object, secret: str | None = HOOK_SECRET, **more: Any) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {} if secret is None else {"authorization": f"WebHookSecretKey {secret}"}
    return WebhookRequest(body=raw, headers=headers, **more)


CHANGED = {"requestId": "r-1", "event": "customerChanged", "customer": {"mindboxId": "500123"}}
RATED = {
    "requestId": "r-2",
    "event": "orderRated",
    "order": {"id": "o-01h2"},
    "rating": "5",
    "comment": "Спасибо",
}


async def test_call_of_a_scenario_is_read(project: Bench) -> None:
    """A changed customer is seen only by the export of the next night."""
    hooks = project.connector.webhooks
    assert hooks is not None
    (hint,) = hooks.receive(_call(CHANGED))
    assert hint == Hint(Kind.CUSTOMER, "500123", "r-1", "customerChanged")
    number = {**CHANGED, "customer": {"mindboxId": 500123}, "requestId": ""}
    (hint,) = hooks.receive(_call(number))
    assert hint.external_id == "500123"
    assert len(hint.token) == 64
    assert hooks.receive(_call({"event": "promoNeeded"})) == []


async def test_rating_comes_with_its_order(project: Bench) -> None:
    """The stars that a customer gave in a letter never reach the order."""
    hooks = project.connector.webhooks
    assert hooks is not None
    (hint,) = hooks.receive(_call(RATED))
    assert (hint.kind, hint.external_id, hint.token) == (Kind.ORDER, "o-01h2", "r-2")
    assert hint.carried is not None
    assert hint.carried.key == "o-01h2"
    assert hint.carried.entity.attributes == {"rating": "5", "rating_comment": "Спасибо"}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (_call(CHANGED, None), 403),
        (_call(CHANGED, "wrong"), 403),
        (_call(CHANGED, ""), 403),
        (_call(CHANGED, "ключ"), 403),
        (_call(b"\xff\x00"), 400),
        (_call(b""), 400),
        (_call([CHANGED]), 400),
        (_call({"event": "customerChanged"}), 400),
        (_call({"event": "customerChanged", "customer": "79160007654"}), 400),
        (_call({"event": "customerChanged", "customer": {"mindboxId": True}}), 400),
        (_call({"event": "customerChanged", "customer": {"mindboxId": {}}}), 400),
        (_call({**RATED, "order": None}), 400),
        (_call({**RATED, "rating": ""}), 400),
    ],
    ids=[
        "no-secret", "wrong-secret", "empty-secret", "not-ascii", "not-utf8", "empty-body",
        "a-list", "no-customer", "customer-text", "id-bool", "id-object", "no-order", "no-rating",
    ],
)  # fmt: skip
async def test_call_that_proves_nothing_is_refused(
    project: Bench, request_: WebhookRequest, status: int
) -> None:
    """Anybody can tell the gateway what changed, or a broken body stops the door."""
    hooks = project.connector.webhooks
    assert hooks is not None
    with pytest.raises(WebhookRefused) as caught:
        hooks.receive(request_)
    assert caught.value.status == status
    assert not any(one in str(caught.value) for one in (*SECRETS, "79160007654", "wrong"))


async def test_call_that_was_proved_needs_no_secret(project: Bench) -> None:
    """What comes by the broker is refused for lack of a header."""
    hooks = project.connector.webhooks
    assert hooks is not None
    assert len(hooks.receive(_call(CHANGED, None, proved=True))) == 1


async def test_without_a_secret_there_is_no_door(open_project: OpenProject) -> None:
    """A door without a lock is open to everybody."""
    project = await open_project({"webhook_secret": None})
    assert project.connector.webhooks is None


TOKEN = "${WebhookRequest.TransactionalId}"
OF_README = {
    "customerEdited": {
        "requestId": TOKEN,
        "event": "customerChanged",
        "customer": {"mindboxId": "${Recipient.MindboxId}"},
    },
    "orderRated": {
        "requestId": TOKEN,
        "event": "orderRated",
        "order": {"id": "${Order.Ids.websiteOrder}"},
        "rating": "${rating}",
        "comment": "${comment}",
    },
}
OLGA = {"ids": {"mindboxId": 500123}}
LINE = {"product": {"ids": {"website": "SKU-9001"}}, "quantity": 1, "basePricePerItem": 5}
ORDER = {"ids": {"websiteOrder": "o-01h2"}, "lines": [LINE]}


async def test_bodies_of_the_readme_are_those_that_the_vendor_sends(project: Bench) -> None:
    """The operator sets up what the README says, and the gateway refuses every call."""
    hooks = project.connector.webhooks
    assert hooks is not None
    hints: list[Hint] = []

    async def door(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        with suppress(WebhookRefused):
            hints.extend(hooks.receive(WebhookRequest(await request.body(), headers)))
        return JSONResponse({})

    app = Starlette(routes=[Route("/hooks/cdp", door, methods=["POST"])])
    async with serve(app) as url:
        headers = {"Authorization": f"WebHookSecretKey {HOOK_SECRET}"}
        shared = {"method": "POST", "url": f"{url}/hooks/cdp", "headers": headers}
        calls = [{**shared, "name": e, "event": e, "body": b} for e, b in OF_README.items()]
        await project.switch(webhooks=calls)
        await project.seed(orders=[{"customer": OLGA, "order": ORDER}])
        await project.act("customer.edit", customer=OLGA, fields={"firstName": "Яна"})
        await project.act("order.rate", order={"ids": ORDER["ids"]}, rating=5, comment="Спасибо")
        while len(hints) < 2:
            await project.door.get("/__mock__/health")

    by_kind = {hint.kind: hint for hint in hints}
    assert by_kind[Kind.CUSTOMER].external_id == "500123"
    rating = by_kind[Kind.ORDER]
    assert rating.external_id == "o-01h2"
    assert rating.carried is not None
    assert rating.carried.entity.attributes == {"rating": "5", "rating_comment": "Спасибо"}
    assert len({hint.token for hint in hints}) == 2
