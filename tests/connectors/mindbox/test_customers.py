"""Customers: what is made, edited and read back, field by field."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.canonical import (
    CardRef,
    Confirmation,
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    PersonName,
    PhoneContact,
)
from gateway.contract import Written
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.mindbox.conftest import AnyJson, OpenProject, inspected
from tests.connectors.mindbox.people import (
    ANNA,
    KEY,
    OLGA_ID,
    held,
    named,
    news,
    told,
)


async def test_customer_is_registered_and_reads_back_as_written(empty: Bench) -> None:
    """The shop's customer reaches Mindbox with another name, phone or consent."""
    copy = await told(empty)

    assert await news(empty, copy) == {}
    seen = await empty.look(Kind.CUSTOMER, copy.external_id)
    assert seen.key == KEY
    assert seen.entity.name == ANNA.name
    assert seen.entity.birth_date == date(1990, 5, 17)
    assert seen.entity.gender is Gender.FEMALE
    assert seen.entity.consents == ANNA.consents
    assert seen.entity.attributes == {"city": "Орёл", "shops": None}
    assert [phone.number for phone in seen.entity.phones] == ["+79161234567"]


async def test_demo_customer_is_read_with_all_blocks(project: Bench) -> None:
    """Points, cards and the tier stay at Mindbox, because they stand beside the customer."""
    seen = (await project.look(Kind.CUSTOMER, OLGA_ID)).entity

    assert seen.tier == "gold"
    assert seen.cards == (CardRef(number="2900000012345"),)
    (account,) = seen.bonuses
    assert (account.programme, account.available, account.pending) == (
        "mindbox",
        account.available.model_copy(update={"points": 900}) if account.available else None,
        account.pending.model_copy(update={"points": 340}) if account.pending else None,
    )
    assert seen.phones[0].confirmation is Confirmation.CONFIRMED
    assert seen.attributes == {"city": "Тверь", "shops": None}
    assert seen.consents == (Consent(id="news", granted=True),)


@pytest.mark.parametrize("vocabulary", ["both", "short", "valueSuffix"])
@pytest.mark.parametrize("phone", ["number", "string"])
async def test_both_vocabularies_are_read(
    open_project: OpenProject, vocabulary: str, phone: str
) -> None:
    """The balance is zero at a project of the other generation."""
    project = await open_project(balance_vocabulary=vocabulary, phone_in_answer=phone)
    seen = (await project.look(Kind.CUSTOMER, OLGA_ID)).entity
    assert seen.bonuses[0].available is not None
    assert seen.bonuses[0].available.points == 900
    assert seen.phones[0].number == "+79260001122"


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"name": named("Орлова", "Анна", "Сергеевна")}, "lastName", "Орлова"),
        ({"name": named("Ёлкина", "Яна", "Сергеевна")}, "firstName", "Яна"),
        ({"name": named("Ёлкина", "Анна", None)}, "middleName", None),
        ({"name": named(None, None, None)}, "lastName", None),
        ({"gender": None}, "sex", None),
        ({"gender": Gender.MALE}, "sex", "male"),
        ({"birth_date": date(1991, 6, 18)}, "birthDate", "1991-06-18"),
        ({"birth_date": None}, "birthDate", None),
        ({"phones": (PhoneContact(number="+79160000001", rank=0),)}, "mobilePhone", 79160000001),
        ({"phones": ()}, "mobilePhone", None),
        ({"emails": (EmailContact(address="a2@example.ru", rank=0),)}, "email", "a2@example.ru"),
        ({"emails": ()}, "email", None),
        ({"attributes": {"city": "Ржев"}}, "customFields", {"city": "Ржев"}),
        ({"attributes": {"city": None}}, "customFields", None),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_every_field_is_edited_alone(
    empty: Bench, change: dict[str, Any], name: str, value: AnyJson
) -> None:
    """A change of one field leaves the old value, or touches another field."""
    copy = await told(empty)
    before = await held(empty, copy)
    await empty.tell(Kind.CUSTOMER, copy, ANNA.model_copy(update=change))
    after = await held(empty, copy)

    assert after.get(name) == value
    touched = {key for key in before if before[key] != after.get(key)} - {
        "actions", "changeDateTimeUtc", "isMobilePhoneInvalid", "isMobilePhoneConfirmed",
        "isEmailInvalid", "isEmailConfirmed",
    }  # fmt: skip
    if change != {"name": named(None, None, None)}:
        assert touched <= {name}
    assert await news(empty, copy) == {}


async def test_phone_that_waits_for_confirmation_counts_as_told(empty: Bench) -> None:
    """A confirmed phone is changed, waits as pending, and is sent again for ever."""
    copy = await told(empty)
    number = ANNA.phones[0].number.lstrip("+")
    code = (await inspected(empty, "messages"))[-1]["code"]
    confirm = {"customer": {"mobilePhone": number}, "smsConfirmation": {"code": code}}
    answer = await empty.door.post(
        "/v3/operations/sync",
        params={"endpointId": "Demo.Website", "operation": "Website.ConfirmMobilePhone"},
        json=confirm,
        headers={"Authorization": "SecretKey demo-key", "Accept": "application/json"},
    )
    assert answer.json()["smsConfirmation"] == {"processingStatus": "MobilePhoneConfirmed"}
    seen = await empty.look(Kind.CUSTOMER, copy.external_id)
    assert seen.entity.phones[0].confirmation is Confirmation.CONFIRMED

    new = ANNA.model_copy(update={"phones": (PhoneContact(number="+79169999999", rank=0),)})
    await empty.tell(Kind.CUSTOMER, copy, new)

    row = await held(empty, copy)
    assert (row["mobilePhone"], row["pendingMobilePhone"]) == (79161234567, 79169999999)
    assert await news(empty, copy) == {}
    seen = await empty.look(Kind.CUSTOMER, copy.external_id)
    assert seen.entity.phones[0].confirmation is Confirmation.UNKNOWN


async def test_consents_go_both_ways(empty: Bench) -> None:
    """A withdrawn consent stays given at Mindbox, or the other way round."""
    copy = await told(empty)
    consents = (
        Consent(id="mailing:email", granted=False),
        Consent(id="mailing:sms", granted=True),
        Consent(id="personal_data", granted=True),
    )
    await empty.tell(Kind.CUSTOMER, copy, ANNA.model_copy(update={"consents": consents}))

    rows = {
        (one["pointOfContact"], one.get("topic")): one["isSubscribed"]
        for one in (await held(empty, copy))["subscriptions"]
    }
    assert rows == {("Email", None): False, ("Sms", None): True, ("Email", "News"): False}
    assert await news(empty, copy) == {}

    customer = {"ids": {"mindboxId": copy.external_id}}
    await empty.act("customer.unsubscribe", customer=customer, channel="Sms")
    assert await news(empty, copy) == {"consents/mailing:sms/granted": False}


async def test_a_refused_customer_spares_the_neighbours(empty: Bench) -> None:
    """One wrong phone of a batch stops all customers of the night."""
    wrong = Customer(emails=(EmailContact(address="a@b..c", rank=0),))
    changes = [
        empty.change(Kind.CUSTOMER, Copy("c-1"), ANNA),
        empty.change(Kind.CUSTOMER, Copy("c-2"), Customer(name=PersonName(first="Никто"))),
        empty.change(Kind.CUSTOMER, Copy("c-3"), wrong),
    ]
    outcomes = await empty.write(Kind.CUSTOMER, *changes)

    assert isinstance(outcomes[0], Written)
    assert "Rejected" in failures(outcomes)
    assert len(await inspected(empty, "customers")) == sum(
        isinstance(one, Written) for one in outcomes
    )
