"""The operator API of letters, over HTTP against a running gateway."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.bootstrap.running import Gateway
from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import CUSTOMER, FIRST, PLANTED, House, eventually, hint, letters
from tests.gateway.ops.letter_shelf import shelve

AT = "/ops/v1/letters"


async def refused(gateway: Gateway, house: House) -> str:
    """Let the CRM refuse a customer; return the letter's id."""
    house.vendor("shop").change(customer={"7": {**CUSTOMER, "name/first": f"{FIRST}7"}})
    await hint(gateway, "customer", "7")
    found = await eventually(lambda: letters(gateway.foundation), bool)
    return str(found[0].id)


def bare(answer: httpx.Response, status: int = 200) -> Any:  # noqa: ANN401 - any JSON value
    """Return an answer's JSON, after a look for what must not stand in it."""
    assert answer.status_code == status, answer.text
    assert not [secret for secret in PLANTED if secret in answer.text]
    return answer.json()


async def test_a_program_finds_mends_and_replays_a_letter(house: House) -> None:
    """Whoever runs a shop's own console would have to click in ours."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        letter_id = await refused(there.gateway, house)
        groups = bare(await client.get(f"{AT}/groups"))["groups"]
        assert (groups[0]["cause_code"], groups[0]["letters"]) == ("BAD_NAME", 1)
        assert groups[0]["why"]["todo"]["ru"]
        assert sum(groups[0]["opened"]) == 1
        hours = bare(await client.get(f"{AT}/groups", params={"trend": "hours"}))
        assert len(hours["groups"][0]["opened"]) == 24
        page = bare(await client.get(AT, params={"account": "crm", "cause_code": "BAD_NAME"}))
        assert [one["id"] for one in page["letters"]] == [letter_id]
        shown = bare(await client.get(f"{AT}/{letter_id}"))
        assert shown["request"]["name/first"] == "А***"
        edit = {"set": [f"name/first={FIRST}"], "version": 1}
        dry = bare(await client.post(f"{AT}/{letter_id}/edit/dry-run", json=edit))
        assert [one["account"] for one in dry["tellings"]] == ["crm", "shop"]
        assert bare(await client.get(f"{AT}/{letter_id}/dry-run"))["saying"] == "sent"
        done = bare(await client.post(f"{AT}/{letter_id}/edit", json=edit))
        assert (done["done"], done["result"]["told"]) == (True, ["crm", "shop"])
        assert bare(await client.get(AT))["letters"] == []
        assert bare(await client.get(f"{AT}/{letter_id}"))["note"] == "edited by olga"


async def test_a_group_is_decided_as_it_was_seen(house: House) -> None:
    """A program would replay what came since it looked."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        await shelve(there.gateway.foundation, range(3), account="gone")
        (group,) = bare(await client.get(f"{AT}/groups"))["groups"]
        await shelve(there.gateway.foundation, [9], account="gone")
        chosen = {
            "account": "gone", "cause_code": group["cause_code"], "as_of": group["last_at"],
            "seen": group["letters"],
        }  # fmt: skip
        dry = bare(await client.post(f"{AT}/dry-run", json=chosen))
        assert (dry["letters"], len(dry["sample"])) == (3, 3)
        drop = {**chosen, "reason": "закрыли магазин"}
        done = bare(await client.post(f"{AT}/drop", json=drop))
        assert (done["result"]["chosen"], done["result"]["done"]) == (3, 3)
        batch = bare(await client.get(f"/ops/v1/letter-batches/{done['result']['id']}"))
        assert {one["text"] for one in batch["letters"]} == {"dropped"}
        listed = bare(await client.get("/ops/v1/letter-batches"))
        assert [one["who"] for one in listed["batches"]] == ["olga"]
        left = bare(await client.get(AT))["letters"]
        assert [one["id"] for one in left] == ["l0009"]
        some = bare(await client.post(f"{AT}/replay", json={"ids": ["l0009", "l0000"]}))
        assert [one["saying"] for one in some["result"]] == ["sent", "was_dropped"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("replay", {"ids": ["l0000"]}),
        ("drop", {"ids": ["l0000"], "reason": "так"}),
        ("l0000/edit", {"set": ["name/first=А"]}),
        ("l0000/unmask", {"reason": "проверка"}),
    ],
)
async def test_a_viewer_changes_nothing(house: House, path: str, body: dict[str, Any]) -> None:
    """Whoever may look could give up what customers are owed."""
    employ(house)
    async with doors(house) as there:
        await shelve(there.gateway.foundation, [0], account="gone")
        async with there.api("vera") as client:
            assert (await client.get(f"{AT}/l0000")).status_code == 200
            answer = await client.post(f"{AT}/{path}", json=body)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:gateway:problem:forbidden"
            (left,) = bare(await client.get(AT))["letters"]
            assert left["id"] == "l0000"
        story = await there.gateway.foundation.store.read(lambda tx: tx.story("", limit=500))
        assert ("action", "forbidden") in {(row.event, row.outcome) for row in story}


async def test_looking_behind_the_mask_is_written_down(house: House) -> None:
    """Somebody could read customers one by one, and nobody would know."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        letter_id = await refused(there.gateway, house)
        (row,) = await letters(there.gateway.foundation)
        bare(await client.post(f"{AT}/{letter_id}/unmask", json={}), 422)
        why = {"reason": "звонок покупателя"}
        answer = await client.post(f"{AT}/{letter_id}/unmask", json=why)
        assert answer.json()["result"]["request"]["name/first"] == f"{FIRST}7"
        story = await there.gateway.foundation.store.read(lambda tx: tx.story(row.subject, limit=9))
        assert ("unmasked", "olga") in {(one.event, one.detail.get("who")) for one in story}


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (f"{AT}", {"after": "nonsense"}, 409),
        (f"{AT}", {"limit": "1000"}, 422),
        (f"{AT}", {"state": "lost"}, 422),
        (f"{AT}/none", {}, 404),
        ("/ops/v1/letter-batches/none", {}, 404),
    ],
)
async def test_what_cannot_be_read_is_refused(
    house: House, path: str, params: dict[str, str], status: int
) -> None:
    """A program would take a page of nothing for an empty list."""
    employ(house)
    async with doors(house) as there, there.api("vera") as client:
        bare(await client.get(path, params=params), status)


async def test_a_value_that_does_not_fit_is_refused_without_it(house: House) -> None:
    """A typing error would be a fault of the gateway, or stand in a log."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        letter_id = await refused(there.gateway, house)
        for step in ("edit/dry-run", "edit"):
            edit = {"set": ["birth_date=вчера"]}
            answer = bare(await client.post(f"{AT}/{letter_id}/{step}", json=edit), 409)
            assert "birth_date" in answer["detail"]
            assert "вчера" not in str(answer)


async def test_everything_at_once_is_no_choice(house: House) -> None:
    """An empty body must not mean all letters there are."""
    employ(house)
    async with doors(house) as there, there.api("olga") as client:
        answer = bare(await client.post(f"{AT}/replay", json={}), 409)
        assert "not everything at once" in answer["detail"]
        bare(await client.post(f"{AT}/drop", json={"account": "crm"}), 422)
