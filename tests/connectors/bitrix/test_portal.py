"""A portal of Bitrix24 beside its contacts: merges, events and the check of the account."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Kind
from gateway.contract import Operation, Rejected, Unavailable, Unsupported, WebhookRequest
from gateway.contract.operations import CUSTOMER_MERGE
from tests.connectors.bitrix.test_contacts import added, phones, portal
from tests.connectors.bitrix.test_webhook import form


async def test_contacts_are_merged_once() -> None:
    """A merge whose answer was lost would be held for a human, or take a third contact."""
    async with portal() as world:
        survivor = await added(world, NAME="Анна", PHONE=phones("+79990001122"))
        loser = await added(world, NAME="Анна", PHONE=phones("+79990001133"))
        merge = world.connector.operations[CUSTOMER_MERGE]
        said = Operation("m-1", CUSTOMER_MERGE, {"survivor": survivor, "losers": [loser]})
        await world.fault({"kind": "cut_after", "path": "mergeBatch", "times": 1})
        with pytest.raises(Unavailable):
            await merge.perform(said)
        assert await merge.perform(said) == {"merged": 0}
        with pytest.raises(Unsupported):
            await merge.find("m-1")
        assert len((await world.customer(survivor)).entity.phones) == 2


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"survivor": "c-7", "losers": ["1"]}, "ids of contacts"),
        ({"survivor": "999", "losers": ["1"]}, "survivor"),
    ],
)
async def test_a_merge_of_strangers_is_refused(payload: dict[str, Any], word: str) -> None:
    """A typing error would be tried for ever."""
    async with portal() as world:
        merge = world.connector.operations[CUSTOMER_MERGE]
        with pytest.raises(Rejected, match=word):
            await merge.perform(Operation("m-1", CUSTOMER_MERGE, payload))


async def test_a_conflict_is_left_to_a_person() -> None:
    """Two people with one phone would become one."""
    async with portal() as world:
        survivor = await added(world, NAME="Анна")
        loser = await added(world, NAME="Пётр")
        merge = world.connector.operations[CUSTOMER_MERGE]
        said = Operation("m-1", CUSTOMER_MERGE, {"survivor": survivor, "losers": [loser]})
        with pytest.raises(Rejected, match="by hand"):
            await merge.perform(said)


async def test_a_portal_passes_the_probe_and_a_shop_does_not() -> None:
    """Site Management has no CRM: the account would fail at the first contact."""
    async with portal() as world:
        report = await world.connector.probe()
        assert report.ok, report.notes
        assert (report.facts["crm"], report.facts["users"]) == ("yes", "yes")
        await world.connector.prepare()
        await world.shop.door("settings", {"flavour": "site"})
        report = await world.connector.probe()
        assert "crm.contact.list" in report.notes[0]


async def test_events_of_contacts_are_hints_and_those_of_users_are_not() -> None:
    """The id of a user would be read as that of a contact."""
    async with portal() as world:
        assert world.connector.webhooks is not None
        receive = world.connector.webhooks.receive
        (hint,) = receive(WebhookRequest(form("ONCRMCONTACTUPDATE", ID="12")))
        assert (hint.kind, hint.external_id) == (Kind.CUSTOMER, "12")
        for event in ("ONGATEWAYUSERSAVE", "ONSALEORDERSAVED"):
            assert list(receive(WebhookRequest(form(event, ID="7")))) == []
