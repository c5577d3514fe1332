"""The gateway as a module: registered once, switched by the administrator, told by callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.canonical import Kind
from gateway.contract import (
    AuthRejected,
    Connector,
    Hint,
    WebhookRefused,
    WebhookRequest,
    WebhookSource,
)
from mocks.serving import serve

from .conftest import Bench, OpenBench, built, own_settings

CLIENT_ID = "c1-secret-of-the-gateway"
TOKEN = "trigger-secret-of-ours"
MODULE: dict[str, Any] = {
    "code": "gateway-c1",
    "base_url": "https://gw.example.com",
    "client_id": CLIENT_ID,
}
OWN: dict[str, Any] = {"module": MODULE, "webhook_token": TOKEN}
AWAY: dict[str, Any] = {"module": {**MODULE, "base_url": "http://127.0.0.1:9"}}
"""A gateway that the CRM cannot reach: its callbacks are lost."""


def _hooks(connector: Connector) -> WebhookSource:
    assert connector.webhooks is not None
    return connector.webhooks


@asynccontextmanager
async def _door(taken: list[Any]) -> AsyncIterator[tuple[str, dict[str, WebhookSource]]]:
    """Serve ``/hooks/crm`` as the gateway does."""
    found: dict[str, WebhookSource] = {}

    async def hook(request: Request) -> JSONResponse:
        body = await request.body()
        call = WebhookRequest(body, dict(request.headers), dict(request.query_params))
        try:
            taken.extend(found["crm"].receive(call))
        except WebhookRefused as error:
            return JSONResponse({"success": False}, status_code=error.status)
        return JSONResponse({"success": True})

    app = Starlette(routes=[Route("/hooks/crm", hook, methods=["GET", "POST"])])
    async with serve(app) as url:
        yield url, found


async def _module_of(bench: Bench) -> dict[str, Any]:
    told = await bench.api("integration-modules/gateway-c1")
    module: dict[str, Any] = told["integrationModule"]
    return module


async def test_the_module_is_registered_once(open_bench: OpenBench) -> None:
    """Each start would write to the account, or switch on what its administrator switched off."""
    bench = await open_bench(OWN)
    await bench.connector.prepare()
    effects = [
        effect
        for op, effect in await bench.calls()
        if "modules" in op and effect not in {"none", "refused"}
    ]
    assert effects == ["created"]
    module = await _module_of(bench)
    assert module["actions"] == {"activity": "/hooks/crm", "settings": "/hooks/crm"}
    assert (module["active"], module["clientId"], module["integrationCode"]) == (
        True,
        CLIENT_ID,
        "gateway",
    )


async def test_a_changed_address_is_told(open_bench: OpenBench) -> None:
    """After a move the CRM would call the old gateway."""
    bench = await open_bench({"module": {**MODULE, "base_url": "https://old.example.com"}})
    moved = built(own_settings(str(bench.door.base_url).rstrip("/"), **OWN), log=bench.log)
    await moved.prepare()
    await moved.close()
    assert (await _module_of(bench))["baseUrl"] == MODULE["base_url"]


@pytest.mark.parametrize(
    "state",
    [{"active": False}, {"freeze": True}],
    ids=["off", "frozen"],
)
async def test_a_module_that_is_off_calls_nothing(
    open_bench: OpenBench, state: dict[str, Any]
) -> None:
    """The administrator switched the gateway off, and it would go on writing."""
    taken: list[Any] = []
    async with _door(taken) as (url, found):
        bench = await open_bench({"module": {**MODULE, "base_url": url}})
        found["crm"] = _hooks(bench.connector)
        told = await bench.act("module.switch", code="gateway-c1", **state)
        assert told["status"] == 200
        for attempt in (
            bench.connector.readers[Kind.ORDER].get(["1"]),
            bench.connector.writers[Kind.CUSTOMER].find(["c-01jd7fhq3v9m2x4k"]),
        ):
            with pytest.raises(AuthRejected, match="switched off"):
                await attempt
        report = await bench.connector.probe()
        assert (report.ok, report.notes) == (
            False,
            ("module: it is switched off in the CRM, switch it on there",),
        )
        await bench.act("module.switch", code="gateway-c1", active=True, freeze=False)
        assert (await bench.connector.readers[Kind.ORDER].get(["1"])).missing == ["1"]
        assert taken == []


async def test_a_probe_finds_that_the_module_is_on_again(open_bench: OpenBench) -> None:
    """A lost callback would keep the account parked for ever."""
    bench = await open_bench(AWAY)
    await bench.act("module.switch", code="gateway-c1", active=False)
    assert not (await bench.connector.probe()).ok
    with pytest.raises(AuthRejected):
        await bench.connector.readers[Kind.ORDER].get(["1"])
    await bench.act("module.switch", code="gateway-c1", active=True)
    assert (await bench.connector.probe()).ok
    await bench.connector.readers[Kind.ORDER].get(["1"])


async def test_a_start_leaves_the_administrator_s_switch(open_bench: OpenBench) -> None:
    """A restart would switch the gateway on against the administrator's will."""
    bench = await open_bench(AWAY)
    await bench.act("module.switch", code="gateway-c1", active=False)
    with pytest.raises(AuthRejected):
        await bench.connector.prepare()
    assert (await _module_of(bench))["active"] is False


async def test_the_probe_tells_of_a_module_to_come(open_bench: OpenBench) -> None:
    """A check must not register anything."""
    bench = await open_bench(
        {**OWN, "order_fields": {"promo_code": None, "card_number": None}}, prepare=False
    )
    report = await bench.connector.probe()
    assert (report.ok, report.notes) == (
        True,
        ("module gateway-c1 is absent and will be registered",),
    )
    # The vendor refuses the look at a module that it does not know.
    assert {effect for _, effect in await bench.calls()} <= {"none", "refused"}


async def test_settings_of_the_account_are_heard(open_bench: OpenBench) -> None:
    """The callback of changed settings would be refused and reported to the vendor as a fault."""
    taken: list[Any] = []
    async with _door(taken) as (url, found):
        bench = await open_bench({"module": {**MODULE, "base_url": url}})
        found["crm"] = _hooks(bench.connector)
        assert (await bench.act("module.settings", code="gateway-c1"))["status"] == 200


async def test_triggers_name_what_changed(open_bench: OpenBench) -> None:
    """An order would wait for the next poll."""
    taken: list[Hint] = []
    async with _door(taken) as (url, found):
        bench = await open_bench(OWN)
        found["crm"] = _hooks(bench.connector)
        triggers = [
            {
                "event": "order",
                "url": f"{url}/hooks/crm",
                "method": "POST",
                "parameters": {"order_id": "{{ order.getId() }}", "token": TOKEN},
            },
            {
                "event": "customer",
                "url": f"{url}/hooks/crm?token={TOKEN}",
                "method": "GET",
                "parameters": {"customer_id": "{{ customer.getId() }}", "event": "edit"},
            },
        ]
        await bench.act("trigger.set", triggers=triggers)
        order = await bench.act("order.create", order={"firstName": "Пётр", "items": []})
        settled = await bench.act("trigger.settle")
        assert settled["refused"] == 0
        told = {(hint.kind, hint.external_id, hint.event) for hint in taken}
        assert (Kind.ORDER, str(order["id"]), "changed") in told
        assert (Kind.CUSTOMER, str(order["customerId"]), "edit") in told


def _call(
    body: str, query: dict[str, str] | None = None, *, proved: bool = False
) -> WebhookRequest:
    return WebhookRequest(body.encode(), {}, query or {}, proved)


@pytest.mark.parametrize(
    "request_",
    [
        _call("order_id=7"),
        _call("order_id=7&token=wrong"),
        _call("order_id=7", {"token": "wrong"}),
        _call('clientId=wrong&activity={"active":false}'),
        _call('activity={"active":false}'),
        _call(f'clientId={TOKEN}&activity={{"active":false}}'),
        _call(""),
        WebhookRequest(b"\xff\x00{"),
    ],
    ids=["none", "wrong", "wrong-query", "client", "no-client", "other-secret", "empty", "bytes"],
)
async def test_a_forged_call_is_refused(open_bench: OpenBench, request_: WebhookRequest) -> None:
    """Anybody could switch the gateway off."""
    bench = await open_bench(OWN, prepare=False)
    with pytest.raises(WebhookRefused):
        _hooks(bench.connector).receive(request_)
    await bench.connector.readers[Kind.ORDER].get(["1"])


@pytest.mark.parametrize(
    "body",
    [
        f"clientId={CLIENT_ID}&activity=broken",
        f"clientId={CLIENT_ID}&activity=[]",
        f"clientId={CLIENT_ID}&settings=7",
        f"token={TOKEN}&order_id=pos-1-7",
    ],
    ids=["json", "list", "number", "external-id"],
)
async def test_an_unreadable_call_is_refused(open_bench: OpenBench, body: str) -> None:
    """A fault of the gateway would be answered where the caller is wrong."""
    bench = await open_bench(OWN, prepare=False)
    with pytest.raises(WebhookRefused) as caught:
        _hooks(bench.connector).receive(_call(body))
    assert caught.value.status == 400


async def test_calls_of_no_use_give_no_hints(open_bench: OpenBench) -> None:
    """An action that the vendor adds would be refused and repeated."""
    bench = await open_bench(OWN, prepare=False)
    hooks = _hooks(bench.connector)
    assert hooks.receive(_call(f"clientId={CLIENT_ID}&novelty=1")) == []
    assert hooks.receive(_call(f"token={TOKEN}&status=new")) == []
    assert hooks.receive(_call("order_id=7", proved=True))[0].external_id == "7"


async def test_a_repeated_call_has_one_token(open_bench: OpenBench) -> None:
    """A repeat would be taken for a new change; two changes without a time for one."""
    hooks = _hooks((await open_bench(OWN, prepare=False)).connector)

    def token(number: int, at: str) -> str:
        (hint,) = hooks.receive(_call(f"token={TOKEN}&order_id={number}{at}"))
        return hint.token

    assert token(7, "&at=10:00") == token(7, "&at=10:00") != token(7, "&at=10:01")
    assert token(7, "") != token(7, "")
    (both,) = {
        hint.token for hint in hooks.receive(_call(f"token={TOKEN}&order_id=7&customer_id=8&at=1"))
    }
    assert TOKEN not in both


@pytest.mark.parametrize(
    "wrong",
    [
        {"module": {**MODULE, "client_id": "short"}},
        {"module": {**MODULE, "base_url": "gw.example.com"}},
        {"module": {"code": "gateway-c1"}},
        {"webhook_token": "short"},
        {"loyalty": {"programme": 0}},
        {"loyalty": {"programme": 2, "phone_form": "dots"}},
        {"store": {"stores": 1}},
    ],
)
def test_wrong_parts_are_refused(wrong: dict[str, Any]) -> None:
    """A mistake in the configuration would be found out at the first sale."""
    with pytest.raises(ValidationError):
        own_settings("https://crm.example", **wrong)


def test_secrets_are_not_shown() -> None:
    """A secret of the callbacks in a log would let anybody switch the gateway off."""
    shown = repr(own_settings("https://crm.example", **OWN))
    assert CLIENT_ID not in shown
    assert TOKEN not in shown
