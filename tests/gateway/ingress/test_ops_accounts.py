"""The operator API of the overview, of accounts and of what is due."""

from __future__ import annotations

from datetime import timedelta

from gateway.canonical import Kind
from gateway.ports import DeliveryRow, DeliveryState, Settlement
from tests.gateway.ops.backstage import Doors, doors, employ
from tests.gateway.ops.house import House

API = "/ops/v1"


async def failing(there: Doors, count: int) -> None:
    """Let deliveries to an account fail that the gateway itself does not serve now."""
    store, clock = there.backstage.store, there.backstage.clock
    ids = [f"c-{number:02}" for number in range(count)]
    now = clock.now()
    rows = [DeliveryRow(one, Kind.CUSTOMER, "crm", DeliveryState.DUE, now) for one in ids]
    ends = [
        Settlement(
            one, "crm", DeliveryState.RETRY, now + timedelta(hours=1), 3,
            cause_code="LOCKED", cause="занято", first_failed_at=now,
        )
        for one in ids
    ]  # fmt: skip
    await store.run(lambda tx: tx.start(rows, holder="me", until=now + timedelta(hours=1)))
    await store.run(lambda tx: tx.settle(ends, holder="me"))


async def test_the_overview_tells_programs_whether_all_is_in_order(house: House) -> None:
    """A monitoring would have to read a page."""
    employ(house)
    async with doors(house) as there, there.api("vera") as client:
        answer = await client.get(f"{API}/overview", params={"span": "1h"})
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert (view["is_red"], view["findings"]) == (False, [])
        assert [one["name"] for one in view["accounts"]] == ["crm", "shop"]
        assert len(view["series"]["times"]) == 60
        await there.backstage.account_desk.pause("crm", who="anna", reason="переезд")
        series = await client.get(f"{API}/series", params={"span": "7d", "what": ["told"]})
        assert [one["what"] for one in series.json()["figures"]] == ["told"]
        assert (await client.get(f"{API}/series", params={"span": "1y"})).status_code == 422


async def test_accounts_are_shown_paused_slowed_and_probed(house: House) -> None:
    """A deployment that moves a vendor could not pause it by itself."""
    employ(house)
    async with doors(house) as there, there.api("anna") as client:
        names = [one["name"] for one in (await client.get(f"{API}/accounts")).json()]
        assert names == ["crm", "shop"]
        view = (await client.get(f"{API}/accounts/crm")).json()
        assert view["facts"]["vendor"] == "Vendor in a file"
        assert view["facts"]["creates"] == ["customer", "order"]
        answer = await client.post(f"{API}/accounts/crm/pause", json={"reason": "переезд"})
        assert (answer.status_code, answer.json()["result"][0]["changed"]) == (200, True)
        answer = await client.post(f"{API}/accounts/crm/budget", json={"calls": 2, "per_s": 3})
        assert answer.status_code == 200, answer.text
        view = (await client.get(f"{API}/accounts/crm")).json()
        assert view["standing"]["stand"] == "paused"
        assert view["standing"]["who"] == "anna"
        assert view["spending"]["slowed"] == {"calls": 2, "per_s": 3.0, "by_operation": False}
        answer = await client.post(f"{API}/accounts/crm/probe")
        assert answer.json()["result"][0]["ok"] is True
        assert (await client.get(f"{API}/accounts/crm")).json()["standing"]["stand"] == "paused"
        await client.post(f"{API}/accounts/crm/resume")
        await client.post(f"{API}/accounts/crm/budget", json={})
        view = (await client.get(f"{API}/accounts/crm")).json()
        assert (view["standing"]["stand"], view["spending"]["slowed"]) == ("works", None)


async def test_accounts_refuse_what_is_not_there_not_allowed_or_no_sense(house: House) -> None:
    """A viewer's key would stop the shop."""
    employ(house)
    async with doors(house) as there:
        async with there.api("vera") as client:
            for path in ("pause", "budget"):
                answer = await client.post(f"{API}/accounts/crm/{path}", json={})
                assert answer.status_code == 403
            for path in ("probe", "resume"):
                assert (await client.post(f"{API}/accounts/crm/{path}")).status_code == 403
            answer = await client.post(f"{API}/due/hurry", json={"account": "crm"})
            assert answer.status_code == 403
        async with there.api("anna") as client:
            assert (await client.get(f"{API}/accounts/none")).status_code == 404
            answer = await client.post(f"{API}/accounts/none/pause", json={})
            assert answer.status_code == 404
            answer = await client.post(f"{API}/accounts/crm/budget", json={"calls": 0})
            assert answer.status_code == 422


async def test_what_is_due_is_walked_through_and_hurried(house: House) -> None:
    """A script that hurries after an outage would need the database."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        await there.backstage.account_desk.pause("crm", who="anna", reason="")
        await failing(there, 5)
        [crm] = (await client.get(f"{API}/due", params={"account": "crm"})).json()
        assert [(one["state"], one["count"]) for one in crm["backlogs"]] == [("retry", 5)]
        ids: list[str] = []
        after = ""
        while True:
            asked: dict[str, str | int] = {"after": after, "limit": 2}
            page = (await client.get(f"{API}/due/crm/retry", params=asked)).json()
            ids += [one["id"] for one in page["items"]]
            after = page["next"]
            if not after:
                break
        assert ids == [f"c-{number:02}" for number in range(5)]
        answer = await client.post(f"{API}/due/hurry", json={"account": "crm", "ids": ids[:2]})
        assert answer.json()["result"]["deliveries"] == 2
        assert (await client.get(f"{API}/due/crm/none")).status_code == 409
        names = {one["name"] for one in (await client.get(f"{API}/schedules")).json()}
        assert {"customer", "order", "retention", "tally"} <= names
