"""Modules and triggers: what the CRM itself sends, received by a real server."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from mocks.retailcrm.app import RetailCrmSettings, build_app
from mocks.serving import address, listen, serve
from tests.mocks.retailcrm.conftest import Crm
from tests.mocks.retailcrm.listener import Listener, listening

SETTINGS = {"value": "Europe/Moscow", "updated_at": "2026-03-09 12:00:00"}


@pytest.fixture
async def module() -> AsyncIterator[Listener]:
    """A served module."""
    async with listening() as listener:
        yield listener


async def _register(crm: Crm, url: str, **changes: Any) -> None:
    row = {
        "integrationCode": "gateway",
        "active": True,
        "name": "Шлюз",
        "clientId": "c1",
        "baseUrl": f"{url}/",
        "actions": {"activity": "/actions/activity", "settings": "/actions/settings"},
        **changes,
    }
    answer = await crm.post("integration-modules/gateway-c1/edit", integrationModule=row)
    assert answer.status_code == 201, answer.text


async def test_switching_off_tells_the_module(crm: Crm, module: Listener) -> None:
    """Sample M3: form fields, JSON inside, the account's present address."""
    await _register(crm, module.url)
    told = await crm.act("module.switch", code="gateway-c1", active=False)
    assert (told["status"], json.loads(told["body"])) == (200, {"success": True})
    fields = {
        "clientId": "c1",
        "activity": '{"active":false,"freeze":false}',
        "systemUrl": "https://demo.retailcrm.ru",
    }
    assert module.seen == [("POST", "/actions/activity", fields)]
    shown = (await crm.get("integration-modules/gateway-c1")).json()["integrationModule"]
    assert shown["active"] is False
    await crm.act("module.switch", code="gateway-c1", active=True, freeze=True)
    assert json.loads(module.seen[1][2]["activity"]) == {"active": True, "freeze": True}


async def test_changed_settings_are_told(crm: Crm, module: Listener) -> None:
    """Sample M4: the settings in the shape of GET settings."""
    await _register(crm, module.url)
    crm.clock.set("2026-03-09 12:00:00")
    names = ["default_currency", "timezone"]
    await crm.act("module.settings", code="gateway-c1", only=names)
    ((_, path, fields),) = module.seen
    expected = {"default_currency": {**SETTINGS, "value": "RUB"}, "timezone": SETTINGS}
    assert (path, fields["clientId"]) == ("/actions/settings", "c1")
    assert json.loads(fields["settings"]) == expected
    assert (await crm.get("settings")).json()["settings"]["timezone"] == SETTINGS


async def test_a_module_that_is_away_or_refuses(crm: Crm, module: Listener) -> None:
    """The operator's act stands, whatever the module says; the act tells what it said."""
    await _register(crm, "http://127.0.0.1:9")
    gone = await crm.act("module.switch", code="gateway-c1", active=False)
    assert (gone["status"], gone["error"]) == (None, "ConnectionRefusedError")
    row = {"baseUrl": module.url, "actions": {"activity": "/x"}}
    await crm.post("integration-modules/gateway-c1/edit", integrationModule=row)
    module.answers["/x"] = (500, {})
    assert (await crm.act("module.switch", code="gateway-c1", active=True))["status"] == 500
    silent = await crm.act("module.settings", code="gateway-c1")
    assert silent["error"] == "the module names no action settings"


async def test_one_step_connection(crm: Crm, module: Listener) -> None:
    """Samples M5 and M6: config, then register with a token that only the secret can make."""
    module.answers["/connect/config"] = (
        200,
        {
            "success": True,
            "scopes": ["order_read", "order_write", "loyalty_read"],
            "registerUrl": f"{module.url}/connect/register",
        },
    )
    made = await crm.act(
        "module.connect",
        code="gateway-c1",
        secret="s3cret",
        configUrl=f"{module.url}/connect/config",
        apiKey="k3y-c1",
    )
    assert (made["register"]["status"], made["apiKey"]) == (200, "k3y-c1")
    register = json.loads(module.seen[1][2]["register"])
    assert register == {
        "token": "7fe9230d7231c59e01db1078e02a327dae20aa515467fa8ba530024fecdb1c72",
        "apiKey": "k3y-c1",
        "systemUrl": "https://demo.retailcrm.ru",
    }
    assert register["token"] == hmac.new(b"s3cret", b"k3y-c1", hashlib.sha256).hexdigest()
    assert (await crm.get("orders", key="k3y-c1")).status_code == 200
    assert (await crm.get("customers", key="k3y-c1")).json()["errorMsg"] == "Access denied."
    await _register(crm, module.url)
    wider = {"scopes": ["order_read", "customer_read"]}
    answer = await crm.post("integration-modules/gateway-c1/update-scopes", requires=wider)
    new = answer.json()["apiKey"]
    assert (await crm.get("customers", key=new)).status_code == 200
    assert (await crm.get("orders", key="k3y-c1")).json()["errorMsg"] == 'Wrong "apiKey" value.'


async def test_a_forged_registration_carries_a_wrong_token(crm: Crm, module: Listener) -> None:
    """A module must refuse it with 401; the act lets a test send one."""
    config = {"success": True, "scopes": [], "registerUrl": f"{module.url}/r"}
    module.answers = {"/c": (200, config), "/r": (401, {})}
    made = await crm.act(
        "module.connect", code="x", secret="s", configUrl=f"{module.url}/c", badToken=True
    )
    assert made["register"]["status"] == 401
    assert json.loads(module.seen[1][2]["register"])["token"] == "0" * 64


async def test_scopes_change_for_one_step_connections_only(crm: Crm, module: Listener) -> None:
    """A module with a key given by hand gets no new one."""
    await _register(crm, module.url)
    form: dict[str, Any] = {"requires": {"scopes": ["order_read"]}}
    answer = await crm.post("integration-modules/gateway-c1/update-scopes", **form)
    assert (answer.status_code, answer.json()["errorMsg"]) == (400, "Not enabled simple connection")


async def test_a_trigger_sends_exactly_what_was_written(crm: Crm, module: Listener) -> None:
    """One save is one event; a change of another field does not fire it."""
    trigger = {
        "event": "order",
        "url": f"{module.url}/hook?secret=5",
        "condition": 'changeSet.hasChangedField("status")',
        "parameters": {
            "order_id": "{{ order.getExternalId() }}",
            "status": "{{ order.getStatus().getCode() }}",
        },
    }
    await crm.post("orders/create", order={"externalId": "o-0", "status": "new"})
    await crm.act("trigger.set", triggers=[trigger])
    await crm.post("orders/create", order={"externalId": "o-1", "status": "new"})
    await crm.post("orders/o-1/edit", order={"managerComment": "Позвонить"})
    await crm.act("order.status", externalId="o-1", status="complete")
    assert await crm.act("trigger.settle") == {
        "fired": 2,
        "delivered": 2,
        "refused": 0,
        "lost": 0,
    }
    sent = [fields for _, _, fields in module.seen]
    assert sorted(sent, key=str) == [
        {"order_id": "o-1", "status": "complete"},
        {"order_id": "o-1", "status": "new"},
    ]


async def test_triggers_promise_no_delivery(crm: Crm, module: Listener) -> None:
    """A refused or lost request is not repeated: a gateway must read history all the same."""
    away = {"event": "customer", "method": "GET", "url": "http://127.0.0.1:9/x"}
    refusing = {
        **away,
        "url": f"{module.url}/x",
        "condition": "changeSet.isCreate()",
        "parameters": {"id": "{{ customer.getId() }}"},
    }
    module.answers["/x"] = (503, {})
    await crm.act("trigger.set", triggers=[away, refusing])
    await crm.post("customers/create", customer={"externalId": "c-1"})
    tally = await crm.act("trigger.settle")
    assert tally == {"fired": 2, "delivered": 0, "refused": 1, "lost": 1}
    assert module.seen == [("GET", "/x", {"id": "9001"})]


@pytest.mark.parametrize(
    "row",
    [
        {"event": "task", "url": "http://x"},
        {"event": "order", "url": "http://x", "condition": "order.isPaid()"},
    ],
    ids=["event", "condition"],
)
async def test_a_trigger_that_could_never_fire_is_refused(crm: Crm, row: dict[str, str]) -> None:
    """A condition that the double cannot evaluate must not pass as always or never."""
    body = {"action": "trigger.set", "triggers": [row]}
    answer = await crm.client.post("/__mock__/act", json=body)
    assert answer.status_code == 400


async def test_what_is_still_being_sent_ends_with_the_double() -> None:
    """A hook that never answers must not hold up the call that fired it, nor the end."""
    async with AsyncExitStack() as stack:
        silent = listen()
        stack.callback(silent.close)
        url = await stack.enter_async_context(serve(build_app(RetailCrmSettings())))
        async with httpx.AsyncClient(base_url=url) as client:
            hook = {"event": "customer", "url": address(silent)}
            body = {"action": "trigger.set", "triggers": [hook]}
            await client.post("/__mock__/act", json=body)
            headers = {"X-API-KEY": RetailCrmSettings().keys[0].value}
            form = {"customer": '{"externalId":"c-1"}'}
            made = await client.post("/api/v5/customers/create", data=form, headers=headers)
            assert made.status_code == 201
