"""The operator API of the journal: found, read in pages, followed, taken away as a file."""

from __future__ import annotations

import json

import httpx
import pytest

from gateway.ops import livelog
from tests.gateway.ops.backstage import Doors, doors, employ
from tests.gateway.ops.house import (
    CUSTOMER,
    FIRST,
    ORDER,
    PHONE,
    PLANTED,
    House,
    eventually,
    hint,
)

EVIL = "<script>alert('x')</script>"


async def arrived(house: House, there: Doors) -> None:
    """Let a customer and an order arrive at both vendors."""
    house.vendor("shop").change(customer={"7": CUSTOMER}, order={"12": ORDER})
    await hint(there.gateway, "customer", "7")
    await hint(there.gateway, "order", "12")

    async def is_there() -> bool:
        crm = house.vendor("crm").read()
        return bool(crm["customer"] and crm["order"])

    await eventually(is_there, bool)


async def _found(client: httpx.AsyncClient, query: str) -> str:
    answer = await client.get("/ops/v1/search", params={"q": query})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["lines"][0]["id"])


async def test_a_program_reads_a_customer_and_his_story(house: House) -> None:
    """A help desk's own program could not show what the console shows."""
    employ(house)
    async with doors(house) as there, there.api("vera") as client:
        await arrived(house, there)
        near = (await client.get("/ops/v1/search", params={"q": "8 916 123-45-66"})).json()
        assert (near["how"], len(near["lines"])) == ("near", 1)
        entity_id = await _found(client, PHONE)
        entity = (await client.get(f"/ops/v1/entities/{entity_id}")).json()
        assert {copy["account"] for copy in entity["copies"]} == {"crm", "shop"}
        assert entity["story"][0]["text"].startswith("Received from shop: new here, taken in.")
        story = await client.get(
            f"/ops/v1/entities/{entity_id}/story", params={"limit": 1, "lang": "ru"}
        )
        page = story.json()
        assert (page["steps"][0]["tone"], page["after"]) == ("ok", None)
        assert page["steps"][0]["text"].startswith("Отправлено в crm: создано там под номером")
        older = await client.get(
            f"/ops/v1/entities/{entity_id}/story", params={"before": page["before"]}
        )
        assert [one["outcome"] for one in older.json()["steps"]] == ["created"]
        related = await client.get(f"/ops/v1/entities/{entity_id}/related/order")
        assert related.json() == {"kind": "order", "lines": [], "before": None}
        everything = entity, page, older.json(), near
        assert not [secret for secret in PLANTED if secret in str(everything)]
        assert (await client.get("/ops/v1/entities/c-none")).status_code == 404
        assert (await client.get("/ops/v1/entities/c-none/story")).status_code == 404


async def test_personal_data_need_the_right_and_a_reason(house: House) -> None:
    """A viewer's key in a script would open every customer."""
    employ(house)
    async with doors(house) as there:
        await arrived(house, there)
        async with there.api("olga") as olga, there.api("vera") as vera:
            path = f"/ops/v1/entities/{await _found(olga, PHONE)}/unmask"
            assert (await vera.post(path, json={"reason": "любопытство"})).status_code == 403
            assert (await olga.post(path, json={"reason": " "})).status_code == 409
            shown = await olga.post(path, json={"reason": "звонок клиента"})
            assert shown.json()["result"]["fields"]["name/first"] == FIRST
            assert shown.headers["cache-control"] == "no-store"
            audit = await vera.get("/ops/v1/journal", params={"account": "operator", "lang": "ru"})
            texts = [step["text"] for step in audit.json()["steps"]]
            assert texts[0] == "olga: просмотрены скрытые данные. Причина: звонок клиента."
            assert any("vera: нет права на просмотр скрытых данных" in text for text in texts)


async def test_the_journal_is_read_in_pages_and_followed(house: House) -> None:
    """A monitor would read the whole journal every second."""
    employ(house)
    async with doors(house) as there, there.api("vera") as client:
        await arrived(house, there)
        first = (await client.get("/ops/v1/journal", params={"limit": 3})).json()
        ids = [step["id"] for step in first["steps"]]
        assert ids == sorted(ids, reverse=True)
        second = await client.get("/ops/v1/journal", params={"limit": 3, "before": first["older"]})
        assert max(step["id"] for step in second.json()["steps"]) < min(ids)
        crm = await client.get(
            "/ops/v1/journal", params={"account": "crm", "event": "delivered", "kind": "order"}
        )
        assert {step["account"] for step in crm.json()["steps"]} == {"crm"}
        tail = (await client.get("/ops/v1/journal/tail", params={"account": "shop"})).json()
        assert tail["steps"]
        arguments = {"account": "shop", "cursor": tail["cursor"]}
        quiet = (await client.get("/ops/v1/journal/tail", params=arguments)).json()
        assert quiet["steps"] == []
        await hint(there.gateway, "order", "12")
        more = (await client.get("/ops/v1/journal/tail", params=arguments)).json()
        assert more["steps"][0]["event"] in {"hint", "received"}
        for wrong in ({"cursor": "x"}, {"limit": "0"}, {"since": "yesterday"}):
            answer = await client.get("/ops/v1/journal/tail", params=wrong)
            assert answer.status_code in {409, 422}, wrong


async def test_the_journal_leaves_as_a_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An auditor would copy a table from the screen."""
    employ(house)
    async with doors(house) as there:
        await arrived(house, there)
        async with there.api("vera") as client:
            answer = await client.get("/ops/v1/journal/export", params={"account": "shop"})
            lines = [json.loads(line) for line in answer.text.splitlines()]
            assert {line["account"] for line in lines} == {"shop"}
            assert answer.headers["content-type"].startswith("application/x-ndjson")
            assert "link" not in answer.headers
            table = await client.get("/ops/v1/journal/export", params={"form": "csv"})
            assert table.text.startswith("id,at,account")
            assert 'filename="journal.csv"' in table.headers["content-disposition"]
            assert not [secret for secret in PLANTED if secret in answer.text + table.text]
            monkeypatch.setattr(livelog, "EXPORT_IDS", 2)
            part = await client.get("/ops/v1/journal/export", params={"text": "7"})
            following = part.headers["link"].partition("<")[2].partition(">")[0]
            assert int(part.headers["x-continue-before"]) > 1
            rest = await client.get(following)
            assert not set(part.text.splitlines()) & set(rest.text.splitlines())
        async with there.api(None) as nobody:
            assert (await nobody.get("/ops/v1/journal/export")).status_code == 401


async def test_a_vendors_text_stays_what_it_is(house: House) -> None:
    """A name with markup would be lost, or would be run by whoever shows it."""
    employ(house)
    house.vendor("shop").change(order={"12": {**ORDER, "number": EVIL}})
    async with doors(house) as there, there.api("vera") as client:
        await hint(there.gateway, "order", "12")

        async def look() -> list[dict[str, str]]:
            answer = await client.get("/ops/v1/search", params={"q": EVIL})
            return list(answer.json()["lines"])

        (line,) = await eventually(look, bool)
        assert line["title"] == EVIL
