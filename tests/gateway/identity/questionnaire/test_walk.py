"""The walk: who waits for what, and what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.canonical import Customer, EmailContact, PersonName, PhoneContact
from gateway.ports import FormRow, FormStep
from tests.gateway.identity.questionnaire.sections import typed
from tests.gateway.identity.questionnaire.world import VISITOR, FormWorld

PHONE, EMAIL = "+79161234567", "anna@example.com"


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


def test_two_customers_of_ours_wait_for_people(world: FormWorld) -> None:
    """Two people's histories would be glued together by a guess."""
    world.shop.create(Customer(phones=(PhoneContact(number=PHONE, rank=0),)))
    world.points.create(Customer(emails=(EmailContact(address=EMAIL, rank=0),)))
    for name in ("shop", "points"):
        world.do("pull", name)
    row = confirm(world)
    world.done(world.walk().once())
    waiting = world.row("t")
    assert waiting is not None
    assert (waiting.step, waiting.cause) == (FormStep.CONFIRMED, "two_customers")
    (told,) = [one for one in world.store.now(lambda tx: tx.story(row.id, limit=99))
               if one.outcome == "waits"]  # fmt: skip
    assert len(told.detail["customers"]) == 2
    assert world.ledger.booked == {}
    assert world.writes() == 0


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
