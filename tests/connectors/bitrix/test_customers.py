"""Customers through the connector against the running double."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from gateway.canonical import (
    Confirmation,
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    PersonName,
    PhoneContact,
)
from gateway.canonical.paths import known, spoken
from gateway.contract import Exists, Failed, Missing, OutcomeUnknown, Rejected, StaleWrite, Written
from tests.connectors.bitrix.world import CUSTOMER_KEY, World, creation, edit

ANNA: dict[str, Any] = {
    "last_name": "Петрова",
    "name": "Анна",
    "second_name": "Ивановна",
    "gender": "F",
    "birthday": "1990-05-17",
    "phone": "8 (999) 000-11-22",
    "email": "Anna@Example.ru",
    "fields": {"UF_FAVOURITE_SHOP": "Тверская", "UF_LOYALTY_TIER": "gold"},
}


async def register(world: World, **more: Any) -> str:
    """Let a visitor register and return the id."""
    done = await world.shop.act("customer.register", **{**ANNA, **more})
    return str(done["id"])


def whole_customer() -> Customer:
    """Return a customer born at another vendor."""
    return Customer(
        name=PersonName(last="Ёлкин", first="Пётр", patronymic="Ильич"),
        birth_date=date(1985, 2, 28),
        gender=Gender.MALE,
        phones=(
            PhoneContact(number="+79161234567", confirmation=Confirmation.CONFIRMED, rank=0),
            PhoneContact(number="+74951234567", rank=5),
        ),
        emails=(EmailContact(address="petr@example.ru", rank=0),),
        consents=(
            Consent(
                id="mailing:email",
                granted=False,
                at=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
                source="анкета",
            ),
            Consent(id="undated", granted=True),
        ),
        tier="gold",
        source="till",
        attributes={"favourite_shop": "Арбат", "unmapped": "x"},
    )


async def test_a_user_is_read_whole(world: World) -> None:
    """A part of the person would be lost on the way in."""
    user_id = await register(world)
    await world.shop.act("card.put", number="2000000000017", user_id=int(user_id))
    observed = await world.customer(user_id)
    customer = observed.entity
    assert customer.name == PersonName(last="Петрова", first="Анна", patronymic="Ивановна")
    assert customer.birth_date == date(1990, 5, 17)
    assert customer.gender is Gender.FEMALE
    assert [phone.number for phone in customer.phones] == ["+79990001122"]
    assert [email.address for email in customer.emails] == ["anna@example.ru"]
    assert [card.number for card in customer.cards] == ["2000000000017"]
    assert customer.attributes == {"favourite_shop": "Тверская"}
    assert customer.tier == "gold"
    assert customer.registered_at is not None
    assert observed.version == "1"
    assert observed.key is None


async def test_a_created_customer_reads_back_as_it_was_held(world: World) -> None:
    """What is read back and was not held would echo as a change, or be sent for ever."""
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    outcome = await world.written(Kind.CUSTOMER, change)
    assert outcome.created
    observed = await world.customer(outcome.external_id)
    assert observed.key == CUSTOMER_KEY
    assert known(spoken(observed.entity)) == known(spoken(change.entity))


async def test_creating_twice_leaves_one_customer(world: World) -> None:
    """A repeated creation would make a second user or be refused as a duplicate."""
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    first = await world.written(Kind.CUSTOMER, change)
    (second,) = await world.write(Kind.CUSTOMER, change)
    assert second == Exists(first.external_id)


async def test_a_creation_cut_after_commit_is_found(world: World) -> None:
    """A lost answer would leave two users, or none that the gateway knows."""
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    await world.fault({"kind": "cut_after", "path": "gateway.user.add", "times": 1})
    writer = world.connector.writers[Kind.CUSTOMER]
    with pytest.raises(OutcomeUnknown):
        await writer.write([change])
    assert list(await writer.find([CUSTOMER_KEY, "c-01junknownunknownunkno"])) == [CUSTOMER_KEY]
    (outcome,) = await world.write(Kind.CUSTOMER, change)
    assert isinstance(outcome, Exists)


async def test_a_creation_repeated_with_newer_content_meets_its_own_record(world: World) -> None:
    """The person's newer name would be refused because the phone is taken, by himself."""
    first = await world.written(
        Kind.CUSTOMER, creation(world.connector, CUSTOMER_KEY, whole_customer())
    )
    newer = whole_customer().model_copy(update={"name": PersonName(last="Ёлкин-Сосновский")})
    change = creation(world.connector, CUSTOMER_KEY, newer)
    (second,) = await world.write(Kind.CUSTOMER, change)
    assert second == Exists(first.external_id)
    await world.completed(Kind.CUSTOMER, change, first.external_id)
    assert (await world.customer(first.external_id)).entity.name.last == "Ёлкин-Сосновский"


async def test_a_taken_phone_is_rejected_with_a_remedy(world: World) -> None:
    """Two people with one phone would be merged silently, or the cause would stay unknown."""
    await register(world, phone="+79161234567")
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    (outcome,) = await world.write(Kind.CUSTOMER, change)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert "merge the two users" in outcome.error.reason
    assert "79161234567" not in str(outcome.error)


async def test_an_edit_goes_over_the_version_that_it_is_based_on(world: World) -> None:
    """A newer edit at the shop would be overwritten by an older one."""
    user_id = await register(world)
    observed = await world.customer(user_id)
    await world.shop.act("customer.edit", id=int(user_id), fields={"name": "Анюта"})
    wanted = observed.entity.model_copy(update={"name": PersonName(first="Аня")})
    (outcome,) = await world.write(Kind.CUSTOMER, edit(world.connector, observed, wanted))
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, StaleWrite)
    again = await world.customer(user_id)
    written = await world.written(Kind.CUSTOMER, edit(world.connector, again, wanted))
    assert written.version == "3"
    assert (await world.customer(user_id)).entity.name.first == "Аня"


async def test_the_same_value_may_come_back_later(world: World) -> None:
    """The third of three edits A, B, A would be taken for a repeat of the first and do nothing."""
    user_id = await register(world)
    for first_name in ("Аня", "Нюра", "Аня"):
        observed = await world.customer(user_id)
        wanted = observed.entity.model_copy(update={"name": PersonName(first=first_name)})
        await world.written(Kind.CUSTOMER, edit(world.connector, observed, wanted))
        assert (await world.customer(user_id)).entity.name.first == first_name


async def test_what_the_gateway_does_not_know_is_not_wiped(world: World) -> None:
    """An edit of the name would blank the birthday, the contacts or the custom fields."""
    user_id = await register(world)
    observed = await world.customer(user_id)
    change = edit(world.connector, observed, Customer(name=PersonName(first="Аня")))
    await world.written(Kind.CUSTOMER, change)
    after = (await world.customer(user_id)).entity
    assert after.name == PersonName(last="Петрова", first="Аня", patronymic="Ивановна")
    assert after.birth_date == date(1990, 5, 17)
    assert after.phones == observed.entity.phones
    assert after.tier == "gold"


async def test_many_customers_travel_in_one_call(world: World) -> None:
    """Each customer would cost a call of its own."""
    changes = [
        creation(
            world.connector,
            f"c-01jabcdefghjkmnpqrst{n:02d}",
            Customer(phones=(PhoneContact(number=f"+791612345{n:02d}"),)),
        )
        for n in range(50)
    ]
    outcomes = await world.write(Kind.CUSTOMER, *changes)
    assert all(isinstance(outcome, Written) and outcome.created for outcome in outcomes)
    assert world.operations == ["batch"]


async def test_a_customer_without_contacts_is_refused_before_the_call(world: World) -> None:
    """The shop's refusal of such a user would name no field."""
    change = creation(world.connector, CUSTOMER_KEY, Customer(name=PersonName(first="Аня")))
    (outcome,) = await world.write(Kind.CUSTOMER, change)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Rejected)
    assert world.operations == []


async def test_a_user_that_is_not_there_is_missing(world: World) -> None:
    """A wrong id would look like a broken shop."""
    reading = await world.connector.readers[Kind.CUSTOMER].get(["424242", "login"])
    assert list(reading.missing) == ["424242", "login"]
    user_id = await register(world)
    observed = await world.customer(user_id)
    change = edit(world.connector, observed, Customer(name=PersonName(first="Аня")))
    gone = replace(change, external_id="424242")
    (outcome,) = await world.write(Kind.CUSTOMER, gone)
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, Missing)


async def test_no_personal_data_reach_the_log_or_an_error(world: World) -> None:
    """A phone, name or the webhook's code would lie in clear in the logs."""
    await register(world, phone="+79161234567")
    change = creation(world.connector, CUSTOMER_KEY, whole_customer())
    (outcome,) = await world.write(Kind.CUSTOMER, change)
    told = "\n".join(world.log.lines) + repr(outcome) + str(world.connector)
    for secret in ("79161234567", "petr@example.ru", "Ёлкин", "wh0a1b2c3d4e5f6g"):
        assert secret not in told
