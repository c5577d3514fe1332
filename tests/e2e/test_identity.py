"""Identity: one customer for one person, never two, and never one for two people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.canonical import Kind
from gateway.config import Config
from tests.e2e.selling import CRM_FORM, EMAIL, FORM, register
from tests.e2e.world import CRM, SHOP, World, open_world, until


def _without_creations(account: str) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        section = config.accounts[account].model_copy(update={"creates": frozenset()})
        return config.model_copy(update={"accounts": {**config.accounts, account: section}})

    return change


@pytest.mark.parametrize("first", [SHOP, CRM])
async def test_one_person_in_both_systems_is_one_customer(tmp_path: Path, first: str) -> None:
    """One person under two spellings of a phone must not become two customers."""
    other = CRM if first == SHOP else SHOP
    async with open_world(tmp_path, change=_without_creations(other)) as world:
        if first == SHOP:
            user = await register(world)
            await until(lambda: world.link(SHOP, Kind.CUSTOMER, user), what="the site's is known")
            made = await world.crm.act("customer.create", customer=CRM_FORM)
        else:
            made = await world.crm.act("customer.create", customer=CRM_FORM)
            await until(
                lambda: world.link(CRM, Kind.CUSTOMER, made["id"]), what="the CRM's is known"
            )
            user = await register(world)

        async def linked() -> bool:
            pair = [
                await world.link(SHOP, Kind.CUSTOMER, user),
                await world.link(CRM, Kind.CUSTOMER, made["id"]),
            ]
            return len({link.entity_id for link in pair if link}) == 1 and all(pair)

        await until(linked, what="both records are one customer")
        await world.quiet()
        assert len(await world.crm_customers()) == 1
        assert len(await world.site_api.users()) == 1


def _loads_all(config: Config) -> Config:
    more: dict[str, dict[str, object]] = {
        SHOP: {"customers_full_load": True},
        CRM: {"first_load": "all"},
    }
    sections = {
        name: section.model_copy(update={"settings": {**section.settings, **more[name]}})
        for name, section in config.accounts.items()
    }
    return config.model_copy(update={"accounts": sections})


async def test_the_first_load_makes_no_duplicate_of_who_is_in_both_systems(tmp_path: Path) -> None:
    """A gateway put between two systems in use must not double their common customers."""
    held = {SHOP: {"users": [FORM]}, CRM: {"customers": [CRM_FORM]}}
    async with open_world(tmp_path, held=held, change=_loads_all) as world:
        await until(lambda: world.link(CRM, Kind.CUSTOMER, 9001), what="the CRM's is known")
        await world.quiet()
        assert len(await world.crm_customers()) == 1
        assert len(await world.site_api.users()) == 1


FAMILY = (("Семёнова", "Алёна", EMAIL), ("Семёнов", "Пётр", "pyotr@example.ru"))


async def test_two_customers_of_the_crm_with_one_phone_stay_two(world: World) -> None:
    """Never one customer for two people; the site, which takes one of them, asks a human."""
    ids = []
    for last, first, email in FAMILY:
        form = {**CRM_FORM, "lastName": last, "firstName": first, "email": email}
        ids.append((await world.crm.act("customer.create", customer=form))["id"])

    async def named() -> set[str] | None:
        found = {one.get("externalId") for one in await world.crm_customers()}
        return {key for key in found if key} if None not in found else None

    assert len(await until(named, what="the CRM knows our ids")) == 2
    await world.quiet()
    links = [await world.link(CRM, Kind.CUSTOMER, one) for one in ids]
    assert all(links)
    assert len({link.entity_id for link in links if link}) == 2
    assert sorted(one["firstName"] for one in await world.crm_customers()) == ["Алёна", "Пётр"]
    [user] = await world.site_api.users()
    assert (user["name"], user["email"]) in {(first, email) for _, first, email in FAMILY}
    [letter] = await world.gateway.foundation.store.read(
        lambda tx: tx.dead_letters(state="open", account=SHOP, limit=10)
    )
    assert letter.cause_code == "GW_DUPLICATE"
    assert letter.subject in {link.entity_id for link in links if link}


async def test_two_buyers_of_the_site_with_one_phone_stay_two(world: World) -> None:
    """The same family the other way round: the CRM takes both, each with his own e-mail."""
    users = [
        await register(world, last_name=last, name=first, email=email)
        for last, first, email in FAMILY
    ]

    async def both() -> bool:
        return len(await world.crm_customers()) == len(FAMILY)

    await until(both, what="both are in the CRM")
    await world.quiet()
    customers = await world.crm_customers()
    told = {(one["lastName"], one["firstName"], one["email"]) for one in customers}
    assert told == set(FAMILY)
    links = [await world.link(SHOP, Kind.CUSTOMER, user) for user in users]
    assert {one["externalId"] for one in customers} == {link.entity_id for link in links if link}
