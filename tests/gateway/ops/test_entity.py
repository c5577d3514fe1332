"""What stands around an entity: origins, copies side by side, letters, relatives, its story."""

from __future__ import annotations

import pytest

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import Foundation
from gateway.canonical import Kind
from gateway.ops.actions import Action, ActionKind, Done
from gateway.ops.entity_view import EntityView
from gateway.ops.faults import NotFound, Refused
from gateway.ops.letters import LetterView
from gateway.ops.rights import Face, Forbidden, Operator, Role
from gateway.ports import JournalFilter
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
    letters,
)
from tests.gateway.ops.test_journal import journal_of, told
from tests.store.rows import NOON, customer, sentence

OLGA = Operator("olga", Role.OPERATOR, Face.CONSOLE)
VERA = Operator("vera", Role.VIEWER, Face.CONSOLE)


async def test_fields_tell_where_they_come_from(house: House) -> None:
    """Which system brought a wrong address would have to be guessed."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        view = await told(gateway.foundation, PHONE)
    assert set(view.origins) == set(view.fields)
    assert {one.account for one in view.origins.values()} == {"shop"}
    assert not any(one.disputed for one in view.origins.values())
    assert view.title.startswith("Ё***")


async def test_systems_are_shown_side_by_side(house: House) -> None:
    """Two phones that look alike behind the mask would read as one and the same."""
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        view = await told(gateway.foundation, PHONE)
        assert not any(row.differs for row in view.across)
        house.vendor("crm").change(mood="away")
        changed = {**CUSTOMER, "name/first": "Анна", "phones/+79161114567": True}
        house.vendor("shop").change(customer={"7": changed})
        await hint(gateway, "customer", "7")

        async def look() -> EntityView:
            return await journal_of(gateway.foundation).entity(view.id)

        view = await eventually(look, lambda one: any(row.differs for row in one.across))
    rows = {row.path: row for row in view.across}
    crm, shop = rows["name/first"].cells
    assert (crm.account, crm.holds, crm.shall, crm.differs) == ("crm", "А***", "А***", True)
    assert (shop.account, shop.differs) == ("shop", False)
    twin = rows["phones/+7916***4567"], rows["phones/+7916***4567 #2"]
    assert sorted(row.differs for row in twin) == [False, True]
    assert not rows["name/last"].differs
    assert not [secret for secret in PLANTED if secret in repr(view)]


async def test_a_record_at_a_vendor_is_one_click_away(house: House) -> None:
    """An operator would copy ids between windows."""
    house.edit_config(
        "[accounts.crm.settings]",
        '[accounts.crm.object_urls]\ncustomer = "https://crm.example/c/{id}/edit"\n\n'
        "[accounts.crm.settings]",
    )
    house.vendor("shop").change(customer={"7": CUSTOMER})
    async with house.gateway() as gateway:
        await hint(gateway, "customer", "7")
        view = await told(gateway.foundation, PHONE)
        linked = await build_backstage(gateway.foundation).journal.entity(view.id)
    crm, shop = linked.copies
    assert (crm.url, shop.url) == (f"https://crm.example/c/{crm.external_id}/edit", None)


async def test_a_customer_leads_to_his_orders_and_they_to_him(house: House) -> None:
    """To see what somebody ordered one would have to know the numbers."""
    async with house.foundation() as foundation:
        owner = customer("c-1", fields={"name/first": FIRST})
        orders = [
            customer(
                f"o-{n:02}", kind=Kind.ORDER, fields={"number": f"А-{n}", "customer_id": "c-1"}
            )
            for n in range(23)
        ]
        await foundation.store.run(lambda tx: tx.put_entities([owner, *orders]))
        journal = journal_of(foundation)
        view = await journal.entity("c-1")
        (related,) = view.related
        assert [line.title for line in related.lines][:2] == ["А-22", "А-21"]
        assert (len(related.lines), related.before) == (20, "o-03")
        rest = await journal.belongings("c-1", Kind.ORDER, before=related.before)
        assert ([line.title for line in rest.lines], rest.before) == (["А-2", "А-1", "А-0"], None)
        (back,) = (await journal.entity("o-07")).related
        assert (back.kind, [line.id for line in back.lines]) == ("customer", ["c-1"])


async def test_open_letters_stand_on_the_page(house: House) -> None:
    """An order would look in order while a person is waited for."""
    async with house.after_refusal() as gateway:
        (view,) = await journal_of(gateway.foundation).show(EMAIL, who="olga")
        (letter,) = view.letters
        assert (letter.account, letter.cause_code) == ("crm", "BAD_NAME")
        house.vendor("shop").change(order={"12": ORDER})
        await hint(gateway, "order", "12")
        order = await told_order(gateway.foundation)
    assert order.letters == ()


async def told_order(foundation: Foundation) -> EntityView:
    """Return the order once it is known."""
    journal = journal_of(foundation)

    async def look() -> tuple[EntityView, ...]:
        try:
            return await journal.show("А-1025", who="olga")
        except NotFound:
            return ()

    (view,) = await eventually(look, bool)
    return view


async def test_a_long_story_has_pages_and_permalinks(house: House) -> None:
    """A sentence could not be shown to a colleague."""
    async with house.foundation() as foundation:
        rows = [sentence("c-1", f"step.{n}", at=NOON) for n in range(50)]
        await foundation.store.run(lambda tx: tx.put_entities([customer("c-1")]))
        await foundation.store.run(lambda tx: tx.write_journal(rows))
        journal = journal_of(foundation)
        last = await journal.story("c-1", limit=20)
        assert [one.event for one in last.steps] == [f"step.{n}" for n in range(30, 50)]
        assert last.after is None
        older = await journal.story("c-1", before=last.before, limit=20)
        assert [one.event for one in older.steps] == [f"step.{n}" for n in range(10, 30)]
        newer = await journal.story("c-1", after=older.after, limit=20)
        assert newer.steps == last.steps
        first = await journal.story("c-1", before=older.before, limit=20)
        assert (len(first.steps), first.before) == (10, None)
        one = older.steps[7]
        assert (await journal.story("c-1", before=one.id + 1, limit=5)).steps[-1] == one
        with pytest.raises(NotFound):
            await journal.story("c-2")


async def test_looking_behind_the_mask_needs_a_right_and_a_reason(house: House) -> None:
    """Somebody would look at people's data, and nobody could say why."""
    async with house.after_refusal() as gateway:
        backstage = build_backstage(gateway.foundation)
        (view,) = await backstage.journal.show(EMAIL, who="olga")
        ask = Action(ActionKind.UNMASK, (view.id,), {"reason": "звонок клиента"})
        with pytest.raises(Forbidden):
            await backstage.actions.perform(VERA, ask)
        with pytest.raises(Refused, match="say why"):
            await backstage.actions.perform(OLGA, Action(ActionKind.UNMASK, (view.id,)))
        done = await backstage.actions.perform(OLGA, ask)
        assert isinstance(done, Done)
        assert isinstance(done.result, EntityView)
        assert done.result.fields["name/first"] == f"{FIRST}7"
        assert any(cell.holds == f"{FIRST}7" for row in done.result.across for cell in row.cells)
        (letter,) = await letters(gateway.foundation)
        seen = await backstage.actions.perform(
            OLGA,
            Action(ActionKind.UNMASK, (letter.id,), {"reason": "разбор отказа", "what": "letter"}),
        )
        assert isinstance(seen, Done)
        assert isinstance(seen.result, LetterView)
        assert seen.result.request["name/first"] == f"{FIRST}7"
        audit = await backstage.livelog.page(JournalFilter(account="operator"))
    told = [(step.event, step.outcome, step.detail["who"]) for step in audit.steps]
    assert told == [
        ("unmasked", "shown", "olga"), ("unmasked", "shown", "olga"),
        ("action", "failed", "olga"), ("action", "forbidden", "vera"),
    ]  # fmt: skip
    assert audit.steps[1].detail["reason"] == "звонок клиента"


async def test_what_is_not_there_is_refused(house: House) -> None:
    """A link from last year's ticket would end as a fault of the gateway."""
    async with house.foundation() as foundation:
        journal = journal_of(foundation)
        with pytest.raises(NotFound):
            await journal.entity("c-none")
        with pytest.raises(NotFound):
            await journal.unmasked("c-none", who="olga", reason="просто так")
