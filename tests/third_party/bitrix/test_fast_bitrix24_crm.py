"""The unmodified client ``fast_bitrix24`` against the double's Bitrix24 flavour.

Its own live tests work on leads: they add, list, read and delete them in batches.
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

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def client() -> AsyncIterator[BitrixAsync]:
    """The client, pointed at a fresh portal."""
    settings = BitrixSettings(flavour="bitrix24", scopes=("crm",))
    async with serve(build_app(settings)) as url:
        yield BitrixAsync(
            describe(settings, url)["webhook_url"],
            verbose=False,
            respect_velocity_policy=False,
            requests_per_second=1000.0,
        )


async def test_leads_are_added_listed_and_deleted(client: BitrixAsync) -> None:
    """Bare lists with totals must page, ids and values come as texts."""
    items = [{"fields": {"TITLE": f"Заявка {n}", "NAME": "Ёлка"}} for n in range(120)]
    made = sorted(int(key) for key in await client.call("crm.lead.add", items))
    rows = await client.get_all("crm.lead.list", {"select": ["ID", "TITLE"]})
    assert sorted(int(row["ID"]) for row in rows) == made
    assert {row["TITLE"] for row in rows} == {f"Заявка {n}" for n in range(120)}
    found = await client.get_by_ID("crm.lead.get", made[:3])
    assert {row["NAME"] for row in found.values()} == {"Ёлка"}
    await client.get_by_ID("crm.lead.delete", made[:100])
    assert len(await client.get_all("crm.lead.list")) == 20


async def test_contacts_are_found_by_a_filter(client: BitrixAsync) -> None:
    """A filter on a field in capitals must survive the client's batches."""
    items = [{"fields": {"NAME": f"Имя {n}", "ORIGIN_ID": f"c-{n}"}} for n in range(60)]
    await client.call("crm.contact.add", items)
    rows = await client.get_all("crm.contact.list", {"filter": {"ORIGIN_ID": "c-7"}})
    assert [row["NAME"] for row in rows] == ["Имя 7"]
