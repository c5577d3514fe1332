"""Customers: what is made, adopted, edited and read back, and what a crash in between leaves."""

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
from gateway.contract import Exists, OutcomeUnknown, Rejected, Written
from tests.connectors.bench import Bench, Copy, failures
from tests.connectors.mindbox.conftest import AnyJson, OpenProject, inspected, journal

KEY = "c-01hzx0000000000000000001"
OLGA_ID = "500123"
ANNA = Customer(
    name=PersonName(last="Ёлкина", first="Анна", patronymic="Сергеевна"),
    gender=Gender.FEMALE,
    birth_date=date(1990, 5, 17),
    phones=(PhoneContact(number="+79161234567", rank=0),),
    emails=(EmailContact(address="anna@example.ru", rank=0),),
    consents=(Consent(id="mailing:email", granted=True), Consent(id="news", granted=False)),
    attributes={"city": "Орёл", "shops": None},
)
OLGA_AGAIN = Customer(
    name=PersonName(last="Демина"), phones=(PhoneContact(number="+79260001122", rank=0),)
)


def named(last: str | None, first: str | None, patronymic: str | None) -> PersonName:
    """Return a name that speaks of all its parts."""
    return PersonName(last=last, first=first, patronymic=patronymic)


async def told(project: Bench, snapshot: Customer = ANNA, **more: Any) -> Copy:
    """Write a snapshot and return what the core remembers."""
    copy = Copy(KEY)
    await project.tell(Kind.CUSTOMER, copy, snapshot, **more)
    return copy


async def news(project: Bench, copy: Copy) -> dict[str, Any]:
    """Return what the core would take for changes; points and tier are Mindbox's own to tell."""
    found = await project.news(Kind.CUSTOMER, copy)
    return {
        path: value for path, value in found.items() if not path.startswith(("bonuses", "tier"))
    }


async def held(project: Bench, copy: Copy) -> dict[str, Any]:
    """Return the customer as the double has it."""
    (row,) = await inspected(project, "customers", ids={"mindboxId": copy.external_id})
    found: dict[str, Any] = row
    return found


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


async def test_creating_twice_leaves_one_customer(empty: Bench) -> None:
    """A lost answer doubles the customer at Mindbox."""
    copy = await told(empty)
    (outcome,) = await empty.write(Kind.CUSTOMER, empty.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert outcome == Exists(copy.external_id or "")
    assert len(await inspected(empty, "customers")) == 1
    writer = empty.connector.writers[Kind.CUSTOMER]
    assert await writer.find([KEY, "c-none"]) == {KEY: copy.external_id}


@pytest.mark.parametrize("fault", ["cut_after", "hang_after"])
async def test_lost_answer_of_a_registration_is_looked_up(
    open_project: OpenProject, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost on the way, and the customer is registered again."""
    monkeypatch.setattr("tests.connectors.bench.TIMEOUT_S", 0.4)
    empty = await open_project(demo=False)
    await empty.faults({"kind": fault, "path": "RegisterCustomer", "times": 1})
    (outcome,) = await empty.write(Kind.CUSTOMER, empty.change(Kind.CUSTOMER, Copy(KEY), ANNA))

    assert isinstance(outcome.error, OutcomeUnknown)
    found = await empty.connector.writers[Kind.CUSTOMER].find([KEY])
    (row,) = await inspected(empty, "customers")
    assert found == {KEY: str(row["ids"]["mindboxId"])}


@pytest.mark.parametrize("form", ["alreadyExists", "validationError"])
async def test_customer_with_the_same_contacts_is_adopted(
    open_project: OpenProject, form: str
) -> None:
    """She registered by herself last year; the gateway doubles her, or gives her up."""
    project = await open_project({"customer_key": "gatewayId"}, register_duplicate=form)
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )

    assert outcome == Exists(OLGA_ID)
    assert (await project.look(Kind.CUSTOMER, OLGA_ID)).key == KEY
    (row,) = await inspected(project, "customers")
    assert (row["firstName"], row["lastName"]) == ("Ольга", "Демина")


@pytest.mark.parametrize("form", ["alreadyExists", "validationError"])
async def test_customer_of_another_key_is_not_taken_over(
    open_project: OpenProject, form: str
) -> None:
    """Two of our customers share a phone, and the second takes the record of the first."""
    project = await open_project(register_duplicate=form)
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )
    assert failures([outcome]) == ["Rejected"]
    assert (await project.look(Kind.CUSTOMER, OLGA_ID)).key == "70014"


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


async def test_card_of_the_pool_is_bound_once(project: Bench) -> None:
    """A card that she has already counts as refused, or is bound with each edit."""
    await project.seed(cards=[{"number": "2900000000777"}])
    copy = Copy(KEY)
    own = ANNA.model_copy(update={"cards": (CardRef(number="2900000000777"),)})
    await project.tell(Kind.CUSTOMER, copy, own)
    assert (await project.look(Kind.CUSTOMER, copy.external_id)).entity.cards == own.cards
    assert await news(project, copy) == {}

    again = Copy(KEY, external_id=copy.external_id)
    await project.tell(Kind.CUSTOMER, again, own)
    binding = [one for one in await journal(project) if "ActivateDiscountCard" in one["op"]]
    assert [one["status"] for one in binding] == [200, 200]
    await project.tell(Kind.CUSTOMER, again, own.model_copy(update={"gender": Gender.MALE}))
    assert len([one for one in await journal(project) if "Activate" in one["op"]]) == 2


@pytest.mark.parametrize(
    ("number", "code"),
    [("2900000012345", "AlreadyBoundToAnotherCustomer"), ("2900000055555", "NotFound")],
    ids=["of-another", "unknown"],
)
async def test_card_that_cannot_be_bound_is_told(project: Bench, number: str, code: str) -> None:
    """The customer pays with a card that is somebody else's, and nobody is told."""
    own = ANNA.model_copy(update={"cards": (CardRef(number=number),)})
    (outcome,) = await project.write(Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), own))

    assert isinstance(outcome.error, Rejected)
    assert outcome.error.vendor_code == code
    assert number not in str(outcome.error)
    (olga,) = await inspected(project, "customers", ids={"mindboxId": OLGA_ID})
    assert [one["ids"]["number"] for one in olga["discountCards"]] == ["2900000012345"]


@pytest.mark.parametrize("merged_ids", ["forward", "gone"])
async def test_id_of_somebody_merged_away_is_said_to_be_gone(
    open_project: OpenProject, merged_ids: str
) -> None:
    """Two records of ours live on as one person's, each with the other's orders."""
    project = await open_project(merged_ids=merged_ids)
    copy = await told(project)
    await project.act(
        "customer.merge",
        customer={"ids": {"mindboxId": OLGA_ID}},
        others=[{"ids": {"mindboxId": copy.external_id}}],
    )
    reading = await project.connector.readers[Kind.CUSTOMER].get([copy.external_id or "", OLGA_ID])

    known = {item.external_id: item for item in reading.items}
    assert not known[OLGA_ID].deleted
    if merged_ids == "gone":
        assert reading.missing == [copy.external_id]
        change = project.change(Kind.CUSTOMER, copy, ANNA.model_copy(update={"gender": None}))
        assert failures(await project.write(Kind.CUSTOMER, change)) == ["Missing"]
    else:
        assert known[copy.external_id or ""].deleted
        assert known[copy.external_id or ""].merged_into == OLGA_ID


async def test_key_is_given_to_a_record_that_has_none(project: Bench) -> None:
    """A customer who was met by phone never gets our key, and is met again each night."""
    await project.seed(customers=[{"firstName": "Яна", "mobilePhone": "79160000009"}])
    (row,) = await inspected(project, "customers", mobilePhone="79160000009")
    copy = Copy(KEY, external_id=str(row["ids"]["mindboxId"]))
    change = project.change(Kind.CUSTOMER, copy, Customer(gender=Gender.FEMALE), assign_key=True)
    (outcome,) = await project.write(Kind.CUSTOMER, change)

    assert isinstance(outcome, Written)
    assert (await project.look(Kind.CUSTOMER, copy.external_id)).key == KEY


async def test_several_matches_are_told_not_guessed(project: Bench) -> None:
    """Of two customers with one phone the first is taken for ours."""
    twin = {"mobilePhone": "79260001122", "firstName": "Олег"}
    await project.seed(customers=[twin])
    (outcome,) = await project.write(
        Kind.CUSTOMER, project.change(Kind.CUSTOMER, Copy(KEY), OLGA_AGAIN)
    )
    assert outcome.error.vendor_code == "Ambiguous"


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
