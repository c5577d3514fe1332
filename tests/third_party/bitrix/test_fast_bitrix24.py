"""The unmodified client ``fast_bitrix24`` from PyPI against the double.

It takes any webhook URL, plain HTTP included; its own limiter is off because the double is fast.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from mocks.bitrix.app import BitrixSettings, build_app, describe
from mocks.serving import serve

with warnings.catch_warnings():
    # The package's own import chain warns; what it does to the double is judged, not its lint.
    warnings.simplefilter("ignore")
    from fast_bitrix24 import BitrixAsync
    from fast_bitrix24.server_response import ErrorInServerResponseException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ORDER = {"lid": "s1", "personTypeId": 1, "currency": "RUB"}


@pytest.fixture
async def client() -> AsyncIterator[BitrixAsync]:
    """The client, pointed at a fresh shop by the webhook URL that the double describes."""
    settings = BitrixSettings()
    async with serve(build_app(settings)) as url:
        webhook = describe(settings, url)["webhook_url"]
        yield BitrixAsync(
            webhook, verbose=False, respect_velocity_policy=False, requests_per_second=1000.0
        )


async def _add(client: BitrixAsync, count: int) -> list[int]:
    items = [
        {"fields": {**ORDER, "xmlId": f"gw-{n}", "userDescription": "Ёлка"}} for n in range(count)
    ]
    # Batches finish in any order, so the client's answers do not keep that of the items.
    return sorted([int(row["id"]) for row in await client.call("sale.order.add", items)])


async def test_batched_adds_and_reads_over_several_pages(client: BitrixAsync) -> None:
    """Adds go out as batches of 50 and ``get_all`` must bring each order back exactly once."""
    made = await _add(client, 125)
    assert made == list(range(51, 176))
    rows = await client.get_all("sale.order.list", {"select": ["id", "xmlId"]})
    assert sorted(row["id"] for row in rows) == made
    assert {row["xmlId"] for row in rows} == {f"gw-{n}" for n in range(125)}


async def test_filtered_pages(client: BitrixAsync) -> None:
    """A filter must survive the client's own encoding into batch commands."""
    made = await _add(client, 120)
    wanted = {">id": made[0], "<=id": made[110], ">=dateUpdate": "2025-01-01T00:00:00+03:00"}
    rows = await client.get_all("sale.order.list", {"filter": wanted, "select": ["id"]})
    assert sorted(row["id"] for row in rows) == made[1:111]


async def test_updates_and_reads_by_id(client: BitrixAsync) -> None:
    """Every update of a batch must be answered with its own order, reads keyed by id."""
    made = await _add(client, 60)
    changes = [{"id": key, "fields": {"comments": f"№ {key}"}} for key in made]
    answers = await client.call("sale.order.update", changes)
    assert {row["id"]: row["comments"] for row in answers} == {key: f"№ {key}" for key in made}
    found = await client.get_by_ID("sale.order.get", made[:3], ID_field_name="id")
    assert {int(key): row["order"]["comments"] for key, row in found.items()} == {
        key: f"№ {key}" for key in made[:3]
    }


async def test_batch_with_references(client: BitrixAsync) -> None:
    """``call_batch`` must see the double result and the substituted id."""
    add = "sale.order.add?fields[lid]=s1&fields[personTypeId]=1&fields[currency]=RUB"
    commands = {"new": add, "got": "sale.order.get?id=$result[new][order][id]"}
    result = await client.call_batch({"halt": 0, "cmd": commands})
    assert result["got"]["order"]["id"] == result["new"]["order"]["id"]


async def test_refusal_inside_a_batch_is_raised(client: BitrixAsync) -> None:
    """The client must recognise the double's errors as the vendor's."""
    with pytest.raises(ErrorInServerResponseException, match="order is not exists"):
        await client.call("sale.order.get", [{"id": 999}])


async def test_single_call_unpacks_its_only_entity(client: BitrixAsync) -> None:
    """A raw call must carry the envelope that the client expects."""
    await _add(client, 1)
    answer = await client.call("sale.order.list", {"select": ["id"]}, raw=True)
    assert answer["result"] == {"orders": [{"id": 51}]}
    assert answer["total"] == 1
