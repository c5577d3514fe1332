"""The walk: who waits for what, and what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.canonical import Confirmation, Customer, EmailContact, PersonName, PhoneContact
from gateway.identity.merging.service import Wanted
from gateway.ports import FormRow, FormStep
from tests.gateway.identity.questionnaire.sections import typed
from tests.gateway.identity.questionnaire.world import VISITOR, FormWorld

PHONE, EMAIL = "+79161234567", "anna@example.com"
PROVED: dict[str, Any] = {"confirmation": Confirmation.CONFIRMED}


@pytest.fixture
def world() -> Iterator[FormWorld]:
    """Two systems and a questionnaire."""
    made = FormWorld()
    yield made
    made.close()


def confirm(world: FormWorld, tab: str = "t", **more: str) -> FormRow:
    """Fill in and confirm; return the questionnaire."""
    world.done(world.desk().submit(tab, typed(**more), "ru", VISITOR))
    for step in (FormStep.EMAIL, FormStep.PHONE):
        row = world.row(tab)
        assert row is not None
        code = world.post.codes[row.answers[str(step)]][-1]
        world.done(world.desk().confirm(tab, step, code, VISITOR))
    row = world.row(tab)
    assert row is not None
    assert row.step is FormStep.CONFIRMED
    return row


def two_customers(world: FormWorld, **more: Any) -> None:
    """Let one person be two customers of ours, by the phone and by the e-mail."""
    by_email = {"emails": (EmailContact(address=EMAIL, rank=0),), **more}
    world.shop.create(Customer(phones=(PhoneContact(number=PHONE, rank=0, **PROVED),)))
    world.points.create(Customer(**by_email))
    for name in ("shop", "points"):
        world.do("pull", name)


def test_two_customers_of_ours_are_joined_by_who_confirmed_both(world: FormWorld) -> None:
    """Somebody whom each system knows by another contact would stay two people."""
    two_customers(world)
    confirm(world)
    world.to_the_end()
    row = world.row("t")
    assert row is not None
    assert row.step is FormStep.DONE
    (site,), (member,) = world.links("shop").values(), world.links("points").values()
    assert site.entity_id == member.entity_id
    assert list(world.paid()) == [member.external_id]


def test_two_confirmed_phones_wait_for_people(world: FormWorld) -> None:
    """A wife and a husband with one mailbox would be glued together."""
    his = PhoneContact(number="+79160000007", rank=0, **PROVED)
    two_customers(world, phones=(his,))
    row = confirm(world)
    world.clock.move(5)
    world.done(world.walk().once())
    waiting = world.row("t")
    assert waiting is not None
    assert (waiting.step, waiting.cause) == (FormStep.CONFIRMED, "two_customers")
    (told,) = [one for one in world.store.now(lambda tx: tx.story(row.id, limit=99))
               if one.outcome == "waits"]  # fmt: skip
    assert len(told.detail["customers"]) == 2
    # The processor is told of the site's buyer anyway; then she has a record of her own there.
    world.to_the_end()
    husband = world.points.records["points-1"].entity
    assert [one.number for one in husband.phones] == [his.number]
    assert [one.address for one in husband.emails] == [EMAIL]
    assert list(world.paid()) == ["points-2"]


def test_whom_nobody_has_read_of_is_found_all_the_same(world: FormWorld) -> None:
    """What a system holds from before the gateway would be made a second time."""
    shop = world.shop.create(Customer(phones=(PhoneContact(number=PHONE, rank=0),)))
    points = world.points.create(Customer(emails=(EmailContact(address=EMAIL, rank=0),)))
    confirm(world)
    world.to_the_end()
    assert (sorted(world.shop.records), sorted(world.points.records)) == ([shop], [points])
    for vendor in (world.shop, world.points):
        ((_, record),) = vendor.records.items()
        assert [one.number for one in record.entity.phones] == [PHONE]
        assert [one.address for one in record.entity.emails] == [EMAIL]
    assert list(world.paid()) == [points]


def test_an_edit_after_the_confirmation_is_not_undone(world: FormWorld) -> None:
    """A system that was away for days would bring old answers back over newer ones."""
    world.shop.create(Customer(phones=(PhoneContact(number=PHONE, rank=0),)))
    confirm(world)
    world.clock.move(60)
    world.shop.edit("shop-1", name=PersonName(last="Новая", first="Анна"))
    world.to_the_end()
    name = world.shop.records["shop-1"].entity.name
    assert name.last == "Новая"
    assert world.points.records["points-1"].entity.name.last == "Новая"


def test_a_bonus_waits_for_the_processor_and_not_for_the_site(world: FormWorld) -> None:
    """A site that is away for days would keep the points from its customer."""
    confirm(world)
    for _ in range(4):
        world.clock.move(700)
        world.done(world.walk().once())
        world.do("deliver", "points")
    row = world.row("t")
    assert row is not None
    assert row.step is FormStep.REWARDED
    world.done(world.operations().perform(world.accounts["points"]))
    assert len(world.ledger.booked) == 1
    assert world.shop.records == {}


def test_what_nobody_finished_is_forgotten(world: FormWorld) -> None:
    """Answers of people who went away would be kept for ever."""
    world.done(world.desk().submit("left", typed(), "ru", VISITOR))
    confirm(world, "kept", phone="+79165550000", email="kept@example.com")
    world.clock.move(4000)
    sight = world.done(world.desk().look("left"))
    assert sight is not None
    assert sight.step is None
    assert world.done(world.walk().forget()) == 1
    assert world.row("left") is None
    assert world.row("kept") is not None


def test_a_form_that_left_the_configuration_waits(world: FormWorld) -> None:
    """A confirmed form would be lost by an edit of the configuration."""
    confirm(world)
    assert world.done(replace(world.walk(), forms={}).once()) is True
    world.to_the_end()
    row = world.row("t")
    assert row is not None
    assert row.step is FormStep.DONE


def test_who_was_absorbed_had_the_bonus_for_both(world: FormWorld) -> None:
    """Somebody would be paid for one questionnaire by each of the records that he once was."""
    confirm(world)
    world.to_the_end()
    first = world.row("t")
    assert first is not None
    other = {"phone": "+79160000007", "email": "other@example.com"}
    external_id = world.shop.create(
        Customer(
            phones=(PhoneContact(number=other["phone"], rank=0, **PROVED),),
            emails=(EmailContact(address=other["email"], rank=0, **PROVED),),
        )
    )
    world.do("pull", "shop")
    survivor = world.links("shop")[external_id].entity_id
    wish = Wanted(survivor, first.entity_id, "operator", "olga", despite=True, vouched=True)
    world.done(world.merging().propose(wish))
    confirm(world, "u", **other)
    world.to_the_end()
    second = world.row("u")
    assert second is not None
    assert (second.step, second.entity_id) == (FormStep.DONE, survivor)
    assert len(world.ledger.booked) == 1
