"""Webhooks: templates, attempts, use of the answer (section 23, 31.9)."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mocks.serving import serve
from tests.mocks.mindbox.project import OLGA, open_project

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from tests.mocks.mindbox.project import AnyJson, Json, Project

BODY: dict[str, Any] = {
    "requestId": "${WebhookRequest.TransactionalId}",
    "event": "promoNeeded",
    "customer": {
        "mindboxId": "${Recipient.MindboxId}",
        "mobilePhone": "${Recipient.MobilePhone}",
    },
}
PROMO = {
    "variables": ["promocode.value"],
    "issue_promo_code": {"variable": "promocode.value", "pool": "pool-gateway"},
}
LIMIT_S = 10.0


@dataclass
class Receiver:
    """A receiver that answers with ``statuses`` in turn, the last of them for ever."""

    statuses: list[int]
    answer: Any = None
    url: str = ""
    bodies: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def receive(self, request: Request) -> Response:
        """Keep one call."""
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return JSONResponse(self.answer, status_code=status)


@asynccontextmanager
async def receiving(*statuses: int, answer: object = None) -> AsyncIterator[Receiver]:
    """Serve a receiver."""
    receiver = Receiver(list(statuses), answer)
    app = Starlette(routes=[Route("/hooks/mindbox/promo", receiver.receive, methods=["POST"])])
    async with serve(app) as url:
        receiver.url = url + "/hooks/mindbox/promo"
        yield receiver


async def configured(project: Project, url: str, **more: Any) -> None:
    """Configure one webhook."""
    webhook = {
        "name": "promo",
        "event": "promoNeeded",
        "url": url,
        "headers": {"Authorization": "WebHookSecretKey demo-hook-key"},
        "body": BODY,
        **more,
    }
    await project.switch(webhooks=[webhook])


async def finished(project: Project) -> AnyJson:
    """Wait until every call of a webhook has its branch and return the webhook log."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            log = await project.inspect("webhooks")
            if log and all(row["branch"] for row in log):
                return log


async def test_the_golden_webhook_issues_the_returned_code(demo: Project) -> None:
    """Header, body, ``promocode.value``: the code becomes the customer's (31.9)."""
    async with receiving(200, answer={"promocode": {"value": "GW-88213"}}) as receiver:
        await configured(demo, receiver.url, **PROMO)
        fired = await demo.act("webhook.fire", name="promo", customer=OLGA)
        (row,) = await finished(demo)
        assert (row["attempts"], row["status"], row["branch"]) == (1, 200, "Yes")
        assert receiver.bodies == [
            {
                "requestId": fired["transactionalId"],
                "event": "promoNeeded",
                "customer": {"mindboxId": "500123", "mobilePhone": "79260001122"},
            }
        ]
        assert receiver.headers[0]["authorization"] == "WebHookSecretKey demo-hook-key"
        assert receiver.headers[0]["accept"] == "application/json"
    codes = (await demo.call("Website.GetCustomerPromoCodes", {"customer": OLGA}))["promoCodes"]
    assert [one["ids"]["value"] for one in codes] == ["SPRING-0007", "GW-88213"]


@pytest.mark.parametrize(
    ("statuses", "body", "attempts", "branch"),
    [
        pytest.param([503, 429, 200], BODY, 3, "Yes", id="busy twice"),
        pytest.param([500], BODY, 4, "No", id="busy for ever"),
        pytest.param([404], BODY, 1, "No", id="refused"),
        pytest.param([503], {"event": "x"}, 1, "No", id="no transactional id"),
    ],
)
async def test_a_busy_receiver_is_asked_four_times_with_one_id(
    statuses: list[int], body: Json, attempts: int, branch: str
) -> None:
    """Only 5xx, 429 and silence are repeated, and only with the id in the template (23)."""
    async with (
        open_project(webhook_retry_gap_s=0.0) as project,
        receiving(*statuses, answer={}) as receiver,
    ):
        await configured(project, receiver.url, body=body)
        await project.act("webhook.fire", name="promo", customer=OLGA)
        (row,) = await finished(project)
        assert (row["attempts"], row["branch"]) == (attempts, branch)
        assert len({str(one) for one in receiver.bodies}) == 1


async def test_a_missing_variable_means_no(demo: Project) -> None:
    """A 2xx answer must hold every declared variable (23)."""
    async with receiving(200, answer={"promocode": {}}) as receiver:
        await configured(demo, receiver.url, **PROMO)
        await demo.act("webhook.fire", name="promo", customer=OLGA)
        (row,) = await finished(demo)
        assert (row["status"], row["branch"]) == (200, "No")
    assert "GW-88213" not in str(await demo.inspect("promoCodes"))


async def test_an_answer_may_fill_a_custom_field(demo: Project) -> None:
    """A variable by JSON path goes to a field of the customer (23)."""
    async with receiving(200, answer={"items": [{"x": "Ржев"}]}) as receiver:
        await configured(
            demo,
            receiver.url,
            variables=["items[0].x"],
            custom_field={"name": "city", "variable": "items[0].x"},
        )
        await demo.act("webhook.fire", name="promo", customer=OLGA)
        await finished(demo)
    (row,) = await demo.inspect("customers")
    assert row["customFields"]["city"] == "Ржев"


async def test_nobody_there_is_silence(demo: Project) -> None:
    """No receiver at all: status 0, branch No after the attempts."""
    async with receiving(200) as receiver:
        url = receiver.url
    await demo.switch(webhook_retry_gap_s=0.0)
    await configured(demo, url)
    await demo.act("webhook.fire", name="promo", customer=OLGA)
    (row,) = await finished(demo)
    assert (row["attempts"], row["status"], row["branch"]) == (4, 0, "No")


@pytest.mark.parametrize(
    "event",
    ["customerEdited", "orderRated", "subscriptionChanged", "balanceChanged", "mailingSent"],
)
async def test_what_happens_inside_calls_its_webhooks(demo: Project, event: str) -> None:
    """A scenario that starts at an event sends for that event and no other."""
    async with receiving(200, answer={}) as receiver:
        body = {"event": "${Event}", "customer": "${Recipient.Ids.websiteId}"}
        await configured(demo, receiver.url, event=event, body=body)
        line = {
            "lineNumber": 1,
            "product": {"ids": {"website": "SKU-9003"}},
            "quantity": 1,
            "basePricePerItem": 300,
        }
        order = {"ids": {"websiteOrder": "T-1"}, "totalPrice": 300, "lines": [line]}
        await demo.call("Website.CreateAuthorizedOrder", {"customer": OLGA, "order": order})
        await demo.act("customer.edit", customer=OLGA, fields={"lastName": "Орлова"})
        await demo.act("customer.unsubscribe", customer=OLGA, topic="News")
        await demo.act("balance.credit", customer=OLGA, amount=100)
        await demo.act("order.rate", order={"ids": {"websiteOrder": "T-1"}}, rating=5)
        await demo.act("mailing.send", customer=OLGA, template="Новинки")
        await finished(demo)
        assert receiver.bodies == [{"event": event, "customer": "70014"}]


async def test_an_import_calls_no_webhook(demo: Project) -> None:
    """Bulk loads start no real-time mechanics (20)."""
    async with receiving(200) as receiver:
        await configured(demo, receiver.url, event="balanceChanged")
        await demo.load(
            "DirectCrm.CreateCustomerBalanceChangeOperation",
            ["CustomerIdentity;ChangeAmount", "70014;5"],
        )
        assert await demo.inspect("webhooks") == []
        assert receiver.bodies == []
