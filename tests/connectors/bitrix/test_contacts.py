"""Customers of Bitrix24: contacts of its CRM, against the running double (reference 2.8, 10.7)."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.bitrix.config import BitrixSettings
from connectors.bitrix.translator_contact import (
    WireContact,
    contact_fields,
    contact_from_wire,
    held_contact,
)
from gateway.canonical import Customer, EmailContact, Kind, PersonName, PhoneContact
from gateway.canonical.paths import known, spoken
from gateway.contract import (
    ContractViolated,
    Exists,
    Failed,
    Missing,
    OutcomeUnknown,
    Rejected,
    Written,
)
from tests.connectors.bitrix.strategies import customers
from tests.connectors.bitrix.world import (
    CODE,
    CUSTOMER_KEY,
    SETTINGS,
    World,
    connect,
    creation,
    edit,
)
from tests.mocks.bitrix.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PORTAL: dict[str, Any] = {
    **SETTINGS,
    "flavour": "bitrix24",
    "customer_attributes": {"favourite_shop": "UF_CRM_FAVOURITE_SHOP"},
    "tier_field": "UF_CRM_LOYALTY_TIER",
    "balances": {"club": {"available": "UF_CRM_POINTS"}},
}
ANNA = Customer(
    name=PersonName(last="Петрова", first="Анна"),
    birth_date=date(1990, 5, 17),
    phones=(PhoneContact(number="+79990001122"), PhoneContact(number="+74951234567")),
    emails=(EmailContact(address="anna@example.ru"),),
    tier="gold",
    attributes={"favourite_shop": "Тверская"},
)


def account(address: str, **more: Any) -> BitrixSettings:
    """Return the settings of a portal."""
    return BitrixSettings.model_validate({"url": f"{address}/rest/1/{CODE}/", **PORTAL, **more})


@asynccontextmanager
async def portal(**more: Any) -> AsyncIterator[World]:
    """Serve a portal and a connector on it."""
    scopes = ("sale", "catalog", "crm", "user")
    async with (
        open_shop(change_hold_s=0.0, flavour="bitrix24", scopes=scopes) as shop,
        connect(shop, account(shop.url, **more)) as world,
    ):
        yield world


async def added(world: World, **fields: Any) -> str:
    """Let a manager add a contact."""
    return str(await world.shop.result("crm.contact.add", {"fields": fields}))


def phones(*numbers: str) -> list[dict[str, str]]:
    """Return phones as a manager types them."""
    return [{"VALUE": number, "VALUE_TYPE": "MOBILE"} for number in numbers]


def test_the_golden_contact_is_read() -> None:
    """A birthday would move to the day before, or the gateway's own mark would be overlooked."""
    sample = {
        "ID": "12",
        "NAME": "Анна",
        "SECOND_NAME": None,
        "LAST_NAME": "Петрова",
        "BIRTHDATE": "1990-05-17T03:00:00+03:00",
        "DATE_CREATE": "2025-03-03T14:06:40+03:00",
        "DATE_MODIFY": "2025-03-03T14:06:40+03:00",
        "ORIGINATOR_ID": "gateway",
        "ORIGIN_ID": CUSTOMER_KEY,
        "PHONE": [
            {"ID": "501", "VALUE_TYPE": "MOBILE", "VALUE": "8 (999) 000-11-22", "TYPE_ID": "PHONE"}
        ],
        "EMAIL": [{"ID": "502", "VALUE": "Anna@Example.ru", "TYPE_ID": "EMAIL"}],
    }
    observed = contact_from_wire(
        WireContact.model_validate(sample), account("https://p.example.ru")
    )
    entity = observed.entity
    assert (observed.external_id, observed.key) == ("12", CUSTOMER_KEY)
    assert entity.birth_date == date(1990, 5, 17)
    assert entity.phones == (PhoneContact(number="+79990001122"),)
    assert entity.emails == (EmailContact(address="anna@example.ru"),)
    assert "registered_at" not in entity.model_fields_set


async def test_a_created_contact_reads_back_as_it_was_held() -> None:
    """What is read back and was not held would echo as a change, or be sent for ever."""
    async with portal() as world:
        change = creation(world.connector, CUSTOMER_KEY, ANNA)
        outcome = await world.written(Kind.CUSTOMER, change)
        assert outcome.created
        observed = await world.customer(outcome.external_id)
        assert observed.key == CUSTOMER_KEY
        assert known(spoken(observed.entity)) == known(spoken(change.entity))
        assert await world.write(Kind.CUSTOMER, change) == [Exists(outcome.external_id)]


async def test_a_creation_cut_after_commit_is_found() -> None:
    """The portal has no keys: a repeat would make a second contact."""
    async with portal() as world:
        change = creation(world.connector, CUSTOMER_KEY, ANNA)
        await world.fault({"kind": "cut_after", "path": "crm.contact.add", "times": 1})
        writer = world.connector.writers[Kind.CUSTOMER]
        with pytest.raises(OutcomeUnknown):
            await writer.write([change])
        found = await writer.find([CUSTOMER_KEY, "c-01junknownunknownunkno"])
        assert list(found) == [CUSTOMER_KEY]
        assert await writer.write([change]) == [Exists(found[CUSTOMER_KEY])]


async def test_the_one_contact_with_the_phone_is_the_person() -> None:
    """One person would be two contacts, and the manager would call the wrong one."""
    async with portal() as world:
        there = await added(world, NAME="Аня", PHONE=phones("8 999 000 11 22"))
        change = creation(world.connector, CUSTOMER_KEY, ANNA)
        assert await world.write(Kind.CUSTOMER, change) == [Exists(there)]
        await added(world, NAME="Анна", EMAIL=[{"VALUE": "anna@example.ru", "VALUE_TYPE": "HOME"}])
        (outcome,) = await world.write(Kind.CUSTOMER, change)
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.error, Rejected)
        assert "79990001122" not in str(outcome.error)


async def test_an_edit_adds_and_never_removes() -> None:
    """A phone that a manager wrote down would be wiped by a till that does not know it."""
    async with portal() as world:
        there = await added(
            world, NAME="Аня", LAST_NAME="Петрова", PHONE=phones("+79991112233", "мама")
        )
        observed = await world.customer(there)
        assert observed.remarks
        wanted = Customer(name=PersonName(first="Анна"), phones=ANNA.phones)
        await world.written(Kind.CUSTOMER, edit(world.connector, observed, wanted))
        row = await world.shop.result("crm.contact.get", {"id": int(there)})
        assert (row["NAME"], row["LAST_NAME"]) == ("Анна", "Петрова")
        assert [one["VALUE"] for one in row["PHONE"]] == [
            "+79991112233",
            "мама",
            "+79990001122",
            "+74951234567",
        ]


async def test_a_contact_that_is_gone_spares_its_neighbours() -> None:
    """One deleted contact would hold up all others."""
    async with portal() as world:
        there = await added(world, NAME="Аня")
        observed = await world.customer(there)
        good = edit(world.connector, observed, ANNA)
        gone, strange = replace(good, external_id="999"), replace(good, external_id="c-7")
        outcomes = await world.write(Kind.CUSTOMER, gone, good, strange)
        errors = [one.error for one in outcomes if isinstance(one, Failed)]
        assert [type(error) for error in errors] == [Missing, Missing]
        assert outcomes[1] == Written(there)
        reading = await world.connector.readers[Kind.CUSTOMER].get([there, "999", "x"])
        assert reading.missing == ["999", "x"]


async def test_the_feed_loses_nothing_of_one_second() -> None:
    """Contacts of an import share a second: the rest of a page would never be read."""
    async with portal() as world:
        reader = world.connector.readers[Kind.CUSTOMER]
        await world.shop.act("clock.freeze", at="2026-03-03T12:00:00+03:00")
        start = await reader.pull(None, limit=3)
        assert (list(start.items), start.has_more) == ([], False)
        await world.shop.act("clock.freeze", at="2026-03-03T12:05:00+03:00")
        wanted = [await added(world, NAME=f"Гость {n}") for n in range(7)]
        cursor, seen = start.cursor, []
        for _ in range(8):
            page = await reader.pull(cursor, limit=3)
            cursor = page.cursor
            seen += [item.external_id for item in page.items]
            if not page.has_more:
                break
        assert seen == wanted
        later = datetime.fromisoformat("2026-03-03T12:05:30+03:00") + timedelta(minutes=5)
        await world.shop.act("clock.freeze", at=later.isoformat())
        await world.shop.result(
            "crm.contact.update", {"id": int(wanted[2]), "fields": {"NAME": "Ёжик"}}
        )
        page = await reader.pull(cursor, limit=50)
        assert wanted[2] in [item.external_id for item in page.items]


async def test_a_first_load_walks_all_contacts() -> None:
    """The portal's own contacts would stay unknown until each of them changes."""
    async with portal(customers_full_load=True) as world:
        wanted = [await added(world, NAME=f"Гость {n}") for n in range(4)]
        reader = world.connector.readers[Kind.CUSTOMER]
        cursor, seen = (await reader.pull(None, limit=3)).cursor, []
        for _ in range(4):
            page = await reader.pull(cursor, limit=3)
            cursor = page.cursor
            seen += [item.external_id for item in page.items]
            if not page.has_more:
                break
        assert seen == wanted
        with pytest.raises(ContractViolated):
            await reader.pull('{"of": "customers"}', limit=3)


QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(customers, st.none() | customers)
def test_holding_a_held_contact_changes_nothing(entity: Customer, before: Customer | None) -> None:
    """Two rounds of reduction would differ, and the account would never be at rest."""
    own = account("https://p.example.ru")
    base = None if before is None else held_contact(before, None, own)
    held = held_contact(entity, base, own)
    assert spoken(held_contact(held, base, own)) == spoken(held)


@QUICK
@given(customers)
def test_a_contact_on_the_wire_reads_as_it_was_held(entity: Customer) -> None:
    """A name or phone that the wire spells otherwise would be told for ever."""
    own = account("https://p.example.ru")
    held = held_contact(entity, None, own)
    row = {"ID": 12, "ORIGINATOR_ID": "gateway", "ORIGIN_ID": CUSTOMER_KEY}
    sent = {**row, **contact_fields(held, None, None, own)}
    observed = contact_from_wire(WireContact.model_validate(sent), own)
    shown = known(spoken(observed.entity))
    assert shown == {
        path: value for path, value in known(spoken(held)).items() if "bonuses" not in path
    }
