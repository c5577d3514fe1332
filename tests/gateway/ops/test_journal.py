"""The journal: found by whatever a person has in hand, masked, and complete."""

from __future__ import annotations

import pytest

from gateway.bootstrap.foundation import Foundation
from gateway.ops.faults import NotFound
from gateway.ops.journal import EntityView, Journal
from tests.gateway.ops.house import (
    CUSTOMER,
    EMAIL,
    FIRST,
    ORDER,
    PHONE,
    PLANTED,
    House,
    eventually,
    hint,
)


def journal_of(foundation: Foundation) -> Journal:
    """Return the service."""
    return Journal(
        foundation.store, foundation.accounts, foundation.applier.digester, foundation.clock
    )


async def told(foundation: Foundation, query: str) -> EntityView:
    """Return the one entity of a query once both vendors hold it."""

    async def look() -> tuple[EntityView, ...]:
        try:
            return await journal_of(foundation).show(query, who="olga")
        except NotFound:
            return ()

    found = await eventually(
        look, lambda views: views and all(copy.external_id for copy in views[0].copies[:2])
        and len(views[0].copies) == 2,
    )  # fmt: skip
    return found[0]


async def test_a_customer_is_found_by_everything_that_names_him(house: House) -> None:
    """An operator with a phone call in hand would have to know how the gateway spells phones."""
    house.vendor("shop").change(customer={"7": {**CUSTOMER, "cards/2900000012345": True}})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        expected = (await told(gateway.foundation, "shop:7")).id
        spellings = (
            "8 (916) 123-45-67", "+7 916 1234567", "9161234567", EMAIL.upper(), f" {EMAIL} ",
            "2900000012345", "2900 0000 1234 5", "shop:7", f"crm:made-{expected}", expected,
        )  # fmt: skip
        for spelling in spellings:
            views = await journal_of(gateway.foundation).show(spelling, who="olga")
            assert [view.id for view in views] == [expected], spelling


async def test_an_order_is_found_by_its_number_in_any_case(house: House) -> None:
    """Numbers are read out over the phone, where nobody speaks capitals."""
    house.vendor("shop").change(order={"12": ORDER})
    async with house.gateway() as gateway:
        await hint(gateway, "order", "12")
        view = await told(gateway.foundation, "а-1025")
        assert (view.kind, view.fields["number"], view.fields["lines/1/quantity"]) == (
            "order", "А-1025", "2",
        )  # fmt: skip


async def test_the_story_tells_what_came_and_what_was_sent_in_order(house: House) -> None:
    """Without it nobody could say why a vendor holds what it holds."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        view = await told(gateway.foundation, PHONE)
    steps = [(step.account, step.event, step.outcome) for step in view.story]
    assert steps == [("shop", "received", "created"), ("crm", "delivered", "created")]
    crm, shop = view.copies
    assert (crm.account, crm.differs, crm.delivery and crm.delivery.sent_version) == ("crm", (), 1)
    assert crm.told_at is not None
    assert (shop.external_id, shop.delivery) == ("7", None)


async def test_a_copy_that_differs_is_shown_with_its_fields(house: House) -> None:
    """An operator would take a vendor that was not told yet for one that is in step."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        view = await told(gateway.foundation, PHONE)
        house.vendor("crm").change(mood="away")
        changed = {**CUSTOMER, "name/patronymic": "Петровна", "phones/+79037654321": True}
        house.vendor("shop").change(customer={"7": changed})
        await hint(gateway, "customer", "7")

        async def copies() -> tuple[str, ...] | None:
            views = await journal_of(gateway.foundation).show(view.id, who="olga")
            return views[0].copies[0].differs

        differs = await eventually(copies, bool)
    assert differs == ("name/patronymic", "phones/+7903***4321")


async def test_personal_data_are_masked_unless_asked_for_and_then_written_down(
    house: House,
) -> None:
    """Looking at people's data without a trace is what the law and P8 forbid."""
    twin = {"phones/+79161114567": True}
    house.vendor("shop").change(customer={"7": {**CUSTOMER, **twin}})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        masked = await told(gateway.foundation, PHONE)
        assert not [secret for secret in PLANTED if secret in repr(masked)]
        phones = [path for path in masked.fields if path.startswith("phones/")]
        assert {path for path in phones if path.count("/") == 1} == {
            "phones/+7916***4567", "phones/+7916***4567 #2",
        }  # fmt: skip
        journal = journal_of(gateway.foundation)
        (open_view,) = await journal.show(PHONE, who="olga", unmask=True)
    assert open_view.fields["name/first"] == FIRST
    last = open_view.story[-1]
    assert (last.event, last.detail) == ("unmasked", {"who": "olga"})


async def test_what_is_not_known_is_refused_without_repeating_it(house: House) -> None:
    """A phone in an error text would end up in a log or a ticket."""
    async with house.foundation() as foundation:
        with pytest.raises(NotFound) as refusal:
            await journal_of(foundation).show("8 (916) 123-45-67", who="olga")
    assert "123" not in str(refusal.value)
