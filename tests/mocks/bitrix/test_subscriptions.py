"""Events of an application: subscriptions, bodies, the offline queue (reference 1.10, 10.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mocks.bitrix.receiver import receiver
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import AnyJson, Json, Shop

HANDLER = "https://gw.example.ru/hooks/shop"
ORDER = {"event": "ONSALEORDERSAVED", "handler": HANDLER}
OFFLINE = {"event": "ONSALEORDERSAVED", "event_type": "offline", "auth_connector": "gateway"}


async def _ask(shop: Shop, method: str, **body: Any) -> tuple[int, AnyJson]:
    answer = await shop.http.post(f"/rest/{method}", json={"auth": "at-1", **body})
    return answer.status_code, answer.json()


async def _result(shop: Shop, method: str, **body: Any) -> AnyJson:
    status, answer = await _ask(shop, method, **body)
    assert status == 200, answer
    return answer["result"]


async def test_bind_get_unbind(shop: Shop) -> None:
    """A subscription is bound once, shown, and counted when it goes (10.9)."""
    assert await _result(shop, "event.bind", **ORDER, auth_type=0) is True
    assert await _ask(shop, "event.bind", **ORDER) == (
        400,
        {
            "error": "ERROR_CORE",
            "error_description": "Unable to set event handler: Handler already binded",
        },
    )
    assert await _result(shop, "event.bind", **OFFLINE) is True
    assert await _result(shop, "event.get") == [
        {"event": "ONSALEORDERSAVED", "handler": HANDLER, "auth_type": "0", "offline": 0},
        {"event": "ONSALEORDERSAVED", "connector_id": "gateway", "offline": 1},
    ]
    assert await _result(shop, "event.unbind", **ORDER) == {"count": 1}
    assert await _result(shop, "event.unbind", **ORDER) == {"count": 0}


@pytest.mark.parametrize(
    ("body", "status", "error", "argument"),
    [
        pytest.param({"handler": HANDLER}, 400, "ERROR_ARGUMENT", "event", id="no-event"),
        pytest.param({"event": "ONAPPTEST"}, 400, "ERROR_ARGUMENT", "handler", id="no-handler"),
        pytest.param(
            {**ORDER, "event_type": "later"}, 400, "ERROR_ARGUMENT", "event_type", id="type"
        ),
        pytest.param({**ORDER, "event": "ONX"}, 400, "ERROR_EVENT_NOT_FOUND", None, id="unknown"),
        pytest.param(
            {**ORDER, "event": "ONCRMCONTACTADD"}, 400, "ERROR_EVENT_NOT_FOUND", None, id="crm"
        ),
    ],
)
async def test_bind_refuses(
    shop: Shop, body: Json, status: int, error: str, argument: str | None
) -> None:
    """What cannot be bound is refused with the documented code, the argument named."""
    found, answer = await _ask(shop, "event.bind", **body)
    assert (found, answer["error"], answer.get("argument")) == (status, error, argument)


async def test_rights_and_hosts(shop: Shop) -> None:
    """Offline and foreign subscriptions need an administrator; foreign hosts answer ``false``."""
    await shop.door("settings", {"app": {"is_admin": False, "handler_hosts": ["gw.example.ru"]}})
    status, answer = await _ask(shop, "event.bind", **OFFLINE)
    assert (status, answer["error_description"]) == (
        403,
        "Access denied! Offline events binding requires administrator access rights",
    )
    assert (await _ask(shop, "event.bind", **ORDER, auth_type=5))[0] == 403
    assert (await _ask(shop, "event.offline.get"))[1]["error_description"] == "Access denied!"
    assert await _result(shop, "event.bind", event="ONAPPTEST", handler="https://x.ru/") is False


async def test_event_names_follow_the_scopes(shop: Shop) -> None:
    """``events`` lists what the application may bind; the extension's events are among them."""
    names = await _result(shop, "events")
    assert {"ONAPPINSTALL", "ONSALEORDERSAVED", "ONGATEWAYUSERSAVE"} <= set(names)
    assert not [name for name in names if name.startswith("ONCRM")]
    assert await _result(shop, "events", SCOPE="catalog") == [
        "CATALOG.PRODUCT.ON.ADD",
        "CATALOG.PRODUCT.ON.UPDATE",
        "CATALOG.PRODUCT.ON.DELETE",
        "CATALOG.PRICE.ON.ADD",
        "CATALOG.PRICE.ON.UPDATE",
        "CATALOG.PRICE.ON.DELETE",
    ]


async def test_handler_gets_a_token_when_somebody_acts(shop: Shop) -> None:
    """A REST save carries the acting user's token, a visitor's none; never a refresh token."""
    await shop.door("settings", {"target": {"delay_s": 0.0}})
    async with receiver() as (url, hook):
        await _result(shop, "event.bind", event="ONSALEORDERSAVED", handler=url)
        order = await shop.order(xmlId="gw-1")
        await hook.until(lambda: len(hook.bodies) == 1)
        await shop.act("order.status", order_id=order, status="P")
        await hook.until(lambda: len(hook.bodies) == 2)
        first, second = hook.bodies
        assert first["auth[application_token]"] == "0f0e0d0c0b0a09080706050403020100"
        assert first["auth[access_token]"] == "at-2"
        assert (first["auth[expires_in]"], first["auth[status]"]) == ("3600", "L")
        assert "auth[refresh_token]" not in first
        assert "auth[access_token]" not in second
        assert second["data[FIELDS][ID]"] == str(order)
        status = await shop.http.post("/rest/profile", json={"auth": "at-2"})
        assert status.status_code == 200


async def test_installation_events(shop: Shop) -> None:
    """``ONAPPINSTALL`` brings a whole pair of tokens; nothing else comes before it."""
    async with receiver() as (url, hook):
        settings = {"target": {"delay_s": 0.0}, "app": {"event_url": url}}
        await shop.door("settings", settings)
        await _result(shop, "event.bind", event="ONSALEORDERSAVED", handler=url)
        await shop.act("app.uninstall")
        await shop.order()
        await shop.act("app.install")
        await hook.until(lambda: len(hook.bodies) == 2)
        gone, fresh = hook.bodies
        assert gone["event"] == "ONAPPUNINSTALL"
        assert "auth[access_token]" not in gone
        assert (fresh["event"], fresh["data[INSTALLED]"]) == ("ONAPPINSTALL", "Y")
        token = {"auth": fresh["auth[access_token]"]}
        assert (await shop.http.post("/rest/event.get", json=token)).json()["result"] == []
        assert fresh["auth[refresh_token]"].startswith("rt-")
        assert (await _ask(shop, "profile"))[1]["error"] == "NO_AUTH_FOUND"


async def test_app_test_event_returns_the_query(shop: Shop) -> None:
    """``event.test`` fires ``ONAPPTEST`` with what was sent."""
    await shop.door("settings", {"target": {"delay_s": 0.0}})
    async with receiver() as (url, hook):
        await _result(shop, "event.bind", event="ONAPPTEST", handler=url)
        assert await _result(shop, "event.test", a="Ё") == 1
        await hook.until(lambda: len(hook.bodies) == 1)
        assert hook.bodies[0]["data[QUERY][a]"] == "Ё"


async def test_offline_queue_is_read_once(shop: Shop) -> None:
    """The default reading deletes; repeated changes of one order collapse into the latest."""
    await shop.act("clock.freeze", at="2025-03-03T14:10:02+03:00")
    await _result(shop, "event.bind", **OFFLINE)
    order = await shop.order(xmlId="gw-1001")
    await shop.result("sale.order.update", {"id": order, "fields": {"comments": "x"}})
    await shop.order()
    listed = await _result(shop, "event.offline.list", auth_connector="gateway")
    assert [row["EVENT_DATA"]["FIELDS"]["ID"] for row in listed] == [51, 52]
    result = await _result(shop, "event.offline.get", auth_connector="gateway", limit=1)
    assert result["process_id"] is None
    [event] = result["events"]
    assert event["EVENT_DATA"] == {"FIELDS": {"ID": 51, "XML_ID": "gw-1001", "ACTION": "save"}}
    assert (event["EVENT_NAME"], event["EVENT_ADDITIONAL"]) == (
        "ONSALEORDERSAVED",
        {"user_id": "1"},
    )
    assert event["TIMESTAMP_X"] == "2025-03-03T14:10:02+03:00"
    assert len(event["MESSAGE_ID"]) == 32
    rest = await _result(shop, "event.offline.get", auth_connector="gateway")
    assert [row["EVENT_DATA"]["FIELDS"]["ID"] for row in rest["events"]] == [52]
    empty = await _result(shop, "event.offline.get", auth_connector="gateway")
    assert empty == {"process_id": None, "events": []}


async def test_reserved_events_wait_for_their_process(shop: Shop) -> None:
    """``clear=0`` reserves: others get different rows, the process confirms or fails each."""
    await _result(shop, "event.bind", **OFFLINE)
    for _ in range(3):
        await shop.order()
    mine: Json = {"auth_connector": "gateway", "clear": 0}
    first = await _result(shop, "event.offline.get", **mine, limit=2)
    second = await _result(shop, "event.offline.get", **mine)
    assert [len(part["events"]) for part in (first, second)] == [2, 1]
    again = await _result(shop, "event.offline.get", **mine, process_id=first["process_id"])
    assert again["events"] == first["events"]
    done, failed = (row["MESSAGE_ID"] for row in first["events"])
    process = {"process_id": first["process_id"]}
    assert await _result(shop, "event.offline.clear", **process, message_id=[done]) is True
    assert await _result(shop, "event.offline.error", **process, message_id=[failed]) is True
    left = await _result(shop, "event.offline.list", auth_connector="gateway")
    assert [(row["MESSAGE_ID"] == failed, row["ERROR"]) for row in left] == [
        (True, "1"),
        (False, "0"),
    ]
    errors = await _result(shop, "event.offline.get", **mine, error=1)
    assert [row["MESSAGE_ID"] for row in errors["events"]] == [failed]
    short = await _ask(shop, "event.offline.clear", **process, message_id=["x"])
    assert (short[0], short[1]["error"]) == (400, "ERROR_ARGUMENT")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"filter": {"NAME": 1}}, "Filter field not allowed: NAME"),
        ({"filter": {"%EVENT_NAME": "x"}}, "Filter operation not allowed: %"),
    ],
)
async def test_offline_filter_is_strict(shop: Shop, body: Json, text: str) -> None:
    """Unlike the lists of ``sale`` the queue refuses what it does not know (1.7)."""
    status, answer = await _ask(shop, "event.offline.list", **body)
    assert (status, answer["error"], answer["error_description"]) == (400, "ERROR_ARGUMENT", text)
    assert (await _ask(shop, "event.offline.get", limit=0))[1]["error"] == "ERROR_ARGUMENT"


async def test_own_writes_are_skipped_by_their_connector(shop: Shop) -> None:
    """A write that names the connector does not come back to it; others see it."""
    await _result(shop, "event.bind", **OFFLINE)
    await _result(shop, "event.bind", **{**OFFLINE, "auth_connector": "other"})
    fields = {"lid": "s1", "personTypeId": 1, "currency": "RUB"}
    await shop.result("sale.order.add", {"fields": fields, "auth_connector": "gateway"})
    for connector, count in (("gateway", 0), ("other", 1)):
        result = await _result(shop, "event.offline.get", auth_connector=connector)
        assert len(result["events"]) == count


async def test_offline_ping_says_that_something_waits(shop: Shop) -> None:
    """``ONOFFLINEEVENT`` has empty data and a refresh token; pings keep their pause."""
    await shop.door("settings", {"target": {"delay_s": 0.0}})
    await shop.act("clock.freeze", at="2025-03-03T14:00:00+03:00")
    async with receiver() as (url, hook):
        ping = {"event": "ONOFFLINEEVENT", "handler": url, "options": {"minTimeout": 5}}
        await _result(shop, "event.bind", **ping)
        await _result(shop, "event.bind", **OFFLINE)
        await shop.order()
        await shop.order()
        await shop.act("clock.freeze", at="2025-03-03T14:00:05+03:00")
        await shop.order()
        await hook.until(lambda: len(hook.bodies) == 2)
        assert [body["ts"] for body in hook.bodies] == ["1740999600", "1740999605"]
        assert not [key for key in hook.bodies[0] if key.startswith("data")]
        assert hook.bodies[0]["auth[refresh_token]"].startswith("rt-")


async def test_licence_error_switch(shop: Shop) -> None:
    """A plan without the feature refuses ``clear=0`` (switch S20)."""
    await shop.door("settings", {"app": {"offline_license_error": True}})
    status, answer = await _ask(shop, "event.offline.get", clear=0)
    assert (status, answer["error"]) == (403, "ACCESS_DENIED")
    assert (await _ask(shop, "event.offline.get"))[0] == 200


async def test_events_of_a_portal() -> None:
    """Contacts, smart processes and employees are announced; a new employee has flat data."""
    scopes = ["crm", "user"]
    async with (
        open_shop(flavour="bitrix24", scopes=tuple(scopes)) as portal,
        receiver() as (
            url,
            hook,
        ),
    ):
        app = {"scopes": scopes, "event_refresh_token": True}
        await portal.door("settings", {"target": {"delay_s": 0.0, "concurrency": 1}, "app": app})
        for event in ("ONCRMCONTACTADD", "ONCRMDYNAMICITEMADD_130", "ONUSERADD"):
            await _result(portal, "event.bind", event=event, handler=url)
        await portal.result("crm.contact.add", {"fields": {"NAME": "Анна"}})
        await portal.result("crm.item.add", {"entityTypeId": 130, "fields": {"title": "x"}})
        petr = {"EMAIL": "petr@example.ru", "NAME": "Пётр", "UF_DEPARTMENT": [1]}
        await portal.result("user.add", petr)
        await hook.until(lambda: len(hook.bodies) == 3)
        contact, item, user = hook.bodies
        assert contact["data[FIELDS][ID]"] == "12"
        assert contact["auth[refresh_token]"].startswith("rt-")
        assert item["data[FIELDS][ENTITY_TYPE_ID]"] == "130"
        assert (user["data[ID]"], user["data[NAME]"]) == ("12", "Пётр")
