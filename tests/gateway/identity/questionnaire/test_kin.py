"""What a code has proved is stronger than names, whichever came first: record or questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from gateway.canonical import Confirmation, Customer, EmailContact, PersonName, PhoneContact
from gateway.ports import FormStep, MergeState, PairState
from gateway.sync.absorbed import survivors
from tests.gateway.identity.questionnaire.test_walk import confirm
from tests.gateway.identity.questionnaire.world import FormWorld, one_of_each
from tests.gateway.sync.vendors import Fate, Vendor

PHONE, EMAIL = "+79161112233", "anna@example.com"
BORN, HERS = date(1961, 2, 3), "1990-05-17"


@pytest.fixture
def world() -> Iterator[FormWorld]:
    """Two systems and a questionnaire that asks for the birth date too."""
    made = FormWorld(asks=["last", "first", "birth_date"])
    yield made
    made.close()


def known(vendor: Vendor, first: str, *, proved: bool = True, **more: Any) -> str:
    """Let a system hold somebody with her phone."""
    proof = Confirmation.CONFIRMED if proved else Confirmation.UNCONFIRMED
    phone = PhoneContact(number=PHONE, rank=0, confirmation=proof)
    return vendor.create(Customer(name=PersonName(first=first), phones=(phone,), **more))


def fill_in(world: FormWorld) -> None:
    """Fill in and confirm, later than what systems hold."""
    world.clock.move(1)
    confirm(world, phone=PHONE, birth_date=HERS)


def owners(world: FormWorld, name: str) -> dict[str, str]:
    """Return who the records of a system are now."""
    links = {one: row.entity_id for one, row in world.links(name).items()}
    now = world.store.now(lambda tx: survivors(tx, links.values()))
    return {one: now.get(entity_id, entity_id) for one, entity_id in links.items()}


def everybody(world: FormWorld) -> set[str]:
    """Return the customers of all records of both systems."""
    return {one for name in world.vendors for one in owners(world, name).values()}


def test_two_names_that_were_read_first_are_one_customer(world: FormWorld) -> None:
    """By their names they were two, and one person would stay two customers."""
    known(world.shop, "Мария")
    known(world.points, "Олег")
    for name in ("shop", "points"):
        world.do("pull", name)
    assert len(everybody(world)) == 2
    fill_in(world)
    world.to_the_end()
    (customer,) = everybody(world)
    row = world.row("t")
    assert row is not None
    assert row.step is FormStep.DONE
    assert world.entity(customer).fields["name/first"] == "Анна"
    assert list(world.paid().values()) == [100]
    story = [one.outcome for one in world.store.now(lambda tx: tx.story(customer, limit=99))]
    assert "merged" in story
    assert "declared" in story


def test_a_record_from_which_the_phone_has_gone_is_not_hers(world: FormWorld) -> None:
    """Somebody who had the number and gave another since would be joined by an old reading."""
    first = known(world.shop, "Олег")
    world.do("pull", "shop")
    world.shop.edit(first, phones=(PhoneContact(number="+79160000007", rank=0),))
    stranger = owners(world, "shop")[first]
    known(world.points, "Анна")
    world.do("pull", "points")
    fill_in(world)
    world.to_the_end()
    his = [one.number for one in world.shop.records[first].entity.phones]
    assert his == ["+79160000007"]
    assert owners(world, "shop")[first] == stranger


def test_a_record_that_comes_after_the_questionnaire_is_hers(world: FormWorld) -> None:
    """The feed would bring a second customer for whoever had just proved the phone."""
    fill_in(world)
    world.clock.move(2)
    world.done(world.walk().once())
    record = known(world.shop, "Мария", proved=False)
    world.do("pull", "shop")
    row = world.row("t")
    assert row is not None
    assert owners(world, "shop") == {record: row.entity_id}
    world.to_the_end()
    assert len(world.shop.records) == len(world.points.records) == 1


def test_two_records_of_one_system_are_one_customer(world: FormWorld) -> None:
    """The one that was not read yet would be told to the processor as a second member."""
    known(world.shop, "Анна")
    known(world.shop, "Мария")
    fill_in(world)
    world.to_the_end()
    (customer,) = everybody(world)
    assert len(world.shop.records) == 2
    assert len(world.points.records) == 1
    assert len(owners(world, "shop")) == 2
    assert world.entity(customer).fields["name/first"] == "Анна"


@pytest.mark.parametrize("proved", [False, True])
@pytest.mark.parametrize("was_read", [False, True])
def test_another_name_and_another_birth_date_are_left_to_people(
    world: FormWorld, *, proved: bool, was_read: bool
) -> None:
    """The number's owner of before would lose name, orders and points to the one of today."""
    world.points.reduce = world.shop.reduce = with_birth_date
    his = known(world.shop, "Олег", proved=proved, birth_date=BORN)
    if was_read:
        world.do("pull", "shop")
    fill_in(world)
    world.to_the_end()
    assert len(everybody(world)) == 2
    held = world.shop.records[his].entity
    assert (held.name.first, held.birth_date) == ("Олег", BORN)
    row = world.row("t")
    assert row is not None
    assert row.step is FormStep.DONE
    pairs = world.store.now(
        lambda tx: [one for state in PairState for one in tx.list_pairs(state, below=None, limit=9)]
    )
    assert {one.pair for one in pairs} == {tuple(sorted(everybody(world)))}


def with_birth_date(entity: Customer, held: Customer | None) -> Customer:
    """Hold what the systems of questionnaires hold, and the birth date."""
    birth_date = entity.birth_date or (held.birth_date if held is not None else None)
    return one_of_each(entity, held).model_copy(update={"birth_date": birth_date})


@pytest.mark.parametrize("dies_in", range(1, 9))
@pytest.mark.parametrize("after", [False, True])
def test_a_death_at_any_step_leaves_one_customer(
    world: FormWorld, dies_in: int, *, after: bool
) -> None:
    """What the first process had joined would be half of a person for the second one."""
    known(world.shop, "Мария")
    known(world.points, "Олег", emails=(EmailContact(address=EMAIL, rank=0),))
    for name in ("shop", "points"):
        world.do("pull", name)
    fill_in(world)
    world.die_in(dies_in, after=after)
    world.points.fates.append(Fate.DONE_UNANSWERED)
    for _ in range(4):
        world.clock.move(40)
        world.done(world.walk().once())
    world.to_the_end()
    assert len(everybody(world)) == 1
    assert list(world.paid().values()) == [100]
    merges = world.store.now(lambda tx: tx.merges(state=MergeState.DONE, limit=9))
    assert len(merges) == 1
