"""Customers: made members on their behalf, edited, and read back as they were written."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
from gateway.contract import Exists, Missing, Written
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import ANNA, CARD, FREE_CARD, IVAN, KEY, cut, journal, part, person, told_back

ATTRIBUTES = {"favourite": "FavoriteCategory", "code": "ExternalCode"}
STEPS = (
    "AcceptTenderOffer",
    "ChangePhone",
    "Questions",
    "ChangeEmail",
    "AcceptSubscriptionsConfirm",
    "PasswordRequired",
    "AssignCard",
)
CHAIN = [
    "users$|Users$",
    "BeginRegistration$",
    "RegistrationActions$|RequiredActions$",
    "AcceptTenderOffer$",
    "SetPhone$",
    "/Questions$",
    "UpdateAnswers$",
    "SetEmail$",
    "SetRandomPassword$",
    "TryFinishRegistration",
    "UpdateSubscriptions$",
]
LEGACY, NEW = {"version": "legacy"}, {"version": "v1.2"}
PROFILES = [pytest.param(LEGACY, "legacy", id="legacy"), pytest.param(NEW, "v1.2", id="v1.2")]


async def made(base: Bench, snapshot: Customer = IVAN) -> Copy:
    """Register a customer and return what the core remembers."""
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, snapshot)
    return copy


async def edited(base: Bench, copy: Copy, **fields: Any) -> dict[str, Any]:
    """Edit a customer, see that it reads back as written, and return it as the double has it."""
    await base.tell(Kind.CUSTOMER, copy, IVAN.model_copy(update=fields))
    assert await told_back(base, copy) == {}
    return await person(base, copy.external_id or "")


@pytest.mark.parametrize(("own", "profile"), PROFILES)
async def test_customer_becomes_a_member_and_reads_back(
    open_double: Open, own: dict[str, Any], profile: str
) -> None:
    """The site's customer reaches the programme with another name, or as no member at all."""
    base = await open_double(own, version_profile=profile)
    copy = await made(base)

    row = await person(base, copy.external_id or "")
    assert row["state"] == "Registered"
    assert row["phone"] == "79161234567"
    assert row["answers"] == {
        "FirstName": "Иван",
        "LastName": "Ёлкин",
        "PatronymicName": "Ильич",
        "BirthDay": "1985-12-31",
        "Sex": "Мужской",
    }
    assert await told_back(base, copy) == {}
    seen = (await base.look(Kind.CUSTOMER, copy.external_id)).entity
    assert (seen.birth_date, seen.gender) == (date(1985, 12, 31), Gender.MALE)
    assert [one.confirmation for one in seen.phones] == [Confirmation.CONFIRMED]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(steps, id="+".join(steps) or "none")
        for size in (0, 1, 2, len(STEPS))
        for steps in itertools.combinations(STEPS, size)
    ],
)
async def test_every_step_that_is_required_is_taken(
    open_double: Open, steps: Sequence[str]
) -> None:
    """An installation that asks for one more step registers nobody."""
    base = await open_double({"emits_cards": True}, actions=[(one, "Required") for one in steps])
    copy = await made(base)

    row = await person(base, copy.external_id or "")
    assert (row["state"], row["phone"]) == ("Registered", "79161234567")
    consents = row["consents"].get("6", {})
    assert consents["emailNotification"] is True
    assert not any(on for name, on in consents.items() if name != "emailNotification")
    news = await told_back(base, copy)
    assert [path.partition("/")[0] for path in news] == ["cards"] * ("AssignCard" in steps)


async def test_step_that_only_the_person_can_take_is_named(open_double: Open) -> None:
    """Nobody learns why a customer never gets points."""
    base = await open_double(actions=[("ChangePhone", "Required"), ("ShowMessage", "Required")])
    change = base.change(Kind.CUSTOMER, Copy(KEY), IVAN)
    (outcome,) = await base.write(Kind.CUSTOMER, change)

    assert failures([outcome]) == ["Rejected"]
    assert "ShowMessage" in str(outcome.error)


async def test_own_card_is_taken_where_a_card_is_required(open_double: Open) -> None:
    """Who has a plastic card gets a virtual one besides, with an account of its own."""
    base = await open_double(
        {"emits_cards": True}, actions=[("ChangePhone", "Required"), ("AssignCard", "Required")]
    )
    copy = await made(base, IVAN.model_copy(update={"cards": (CardRef(number=FREE_CARD),)}))

    owned = [one for one in await part(base, "cards") if one["owner"] == int(copy.external_id or 0)]
    assert [one["number"] for one in owned] == [FREE_CARD]


@pytest.mark.parametrize("lost", CHAIN)
@pytest.mark.parametrize(("own", "profile"), PROFILES)
async def test_registration_is_taken_up_where_it_was_cut(
    open_double: Open, own: dict[str, Any], profile: str, lost: str
) -> None:
    """A lost answer leaves two members, or one that nobody can log in as."""
    base = await open_double(own, version_profile=profile)
    await base.faults(cut(lost))
    copy = Copy(KEY)
    change = base.change(Kind.CUSTOMER, copy, IVAN)
    (first,) = await base.write(Kind.CUSTOMER, change)
    assert failures([first]) == ["Unavailable"]

    (again,) = await base.write(Kind.CUSTOMER, change)
    if isinstance(again, Exists):
        copy.external_id = again.external_id
        await base.tell(Kind.CUSTOMER, copy, IVAN)
    else:
        assert isinstance(again, Written)
        copy.external_id = again.external_id
    rows = [row for row in await part(base, "customers") if row["phone"] == "79161234567"]
    (row,) = rows
    assert row["state"] == "Registered"
    assert row["email"] == "ivan@example.ru"
    assert row["answers"]["LastName"] == "Ёлкин"
    assert row["consents"]["6"]["emailNotification"] is True
    assert len(await part(base, "customers")) == 2


async def test_member_of_the_phone_is_met_not_doubled(base: Bench) -> None:
    """She joined at the till last year, and the site makes her a second time."""
    anna = IVAN.model_copy(update={"phones": (PhoneContact(number="+79000005012", rank=0),)})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), anna))

    assert outcome == Exists(ANNA)
    assert (await person(base))["answers"]["LastName"] == "Иванова"


async def test_customer_without_a_phone_is_refused_before_any_call(base: Bench) -> None:
    """A person without a phone lies unfinished at the vendor for ever."""
    nobody = IVAN.model_copy(update={"phones": ()})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), nobody))

    assert failures([outcome]) == ["Rejected"]
    assert await journal(base) == []


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        pytest.param(
            {"name": PersonName(last="Соловьёва", first="Анна-Мария", patronymic="Ильинична")},
            {"LastName": "Соловьёва", "FirstName": "Анна-Мария", "PatronymicName": "Ильинична"},
            id="name",
        ),
        pytest.param(
            {"birth_date": date(2000, 2, 29)}, {"BirthDay": "2000-02-29"}, id="birth date"
        ),
        pytest.param({"gender": Gender.FEMALE}, {"Sex": "Женский"}, id="gender"),
        pytest.param({"birth_date": None}, {"BirthDay": "1985-12-31"}, id="cannot be emptied"),
    ],
)
async def test_answer_is_edited(base: Bench, fields: dict[str, Any], shown: dict[str, str]) -> None:
    """A corrected profile never reaches the programme, or comes back as the vendor's edit."""
    row = await edited(base, await made(base), **fields)

    assert {**row["answers"], **shown} == row["answers"]


async def test_contacts_are_edited(base: Bench) -> None:
    """Codes and receipts go on to the old number."""
    row = await edited(
        base,
        await made(base),
        phones=(PhoneContact(number="+79997654321", rank=0),),
        emails=(EmailContact(address="new@example.ru", rank=0),),
    )

    assert (row["phone"], row["email"]) == ("79997654321", "new@example.ru")


async def test_contact_of_somebody_else_is_refused(base: Bench) -> None:
    """Two members share a phone, and each spends the other's points."""
    copy = await made(base)
    taken = IVAN.model_copy(update={"phones": (PhoneContact(number="+79000005012", rank=0),)})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, copy, taken))

    assert failures([outcome]) == ["Rejected"]
    assert "79000005012" not in str(outcome.error)


async def test_only_what_changed_is_sent(base: Bench) -> None:
    """Every edit overwrites what the member told the vendor herself."""
    copy = await made(base)
    before = len(await journal(base))
    await edited(base, copy, gender=Gender.FEMALE)
    written = [one["op"] for one in (await journal(base))[before:] if one["method"] != "GET"]

    assert [op.rpartition("/")[2] for op in written] == ["UpdateAnswers"]


async def test_cards_are_attached_and_never_taken_away(base: Bench) -> None:
    """A card that the shop has just sold earns for nobody."""
    copy = await made(base)
    await edited(base, copy, cards=(CardRef(number=FREE_CARD),))
    await edited(base, copy, cards=())

    seen = (await base.look(Kind.CUSTOMER, copy.external_id)).entity
    assert [one.number for one in seen.cards] == [FREE_CARD]
    taken = IVAN.model_copy(update={"cards": (CardRef(number=CARD),)})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, copy, taken))
    assert failures([outcome]) == ["Rejected"]


async def test_lost_answer_of_a_card_is_harmless(base: Bench) -> None:
    """The repeat meets a card that is taken, by the member herself."""
    copy = await made(base)
    wanted = IVAN.model_copy(update={"cards": (CardRef(number=FREE_CARD),)})
    change = base.change(Kind.CUSTOMER, copy, wanted)
    await base.faults(cut("SetCard$"))

    assert failures(await base.write(Kind.CUSTOMER, change)) == ["Unavailable"]
    assert failures(await base.write(Kind.CUSTOMER, change)) == []


async def test_consent_is_withdrawn_by_channel(base: Bench) -> None:
    """Who unsubscribed from letters gets no messages either, or goes on getting letters."""
    row = await edited(
        base,
        await made(base),
        consents=(
            Consent(id="mailing:email", granted=False),
            Consent(id="mailing:sms", granted=True),
        ),
    )

    assert row["consents"]["6"]["emailNotification"] is False
    assert row["consents"]["6"]["smsNotification"] is True


async def test_consent_that_only_the_vendor_changes_stays(open_double: Open) -> None:
    """A read-only channel is written again for ever, or blocks the rest of the profile."""
    consents = {
        "mailing:email": {"channel": "email"},
        "system:sms": {"external_id": "System", "channel": "sms"},
    }
    base = await open_double({"consents": consents})
    wanted = (
        Consent(id="mailing:email", granted=True),
        Consent(id="system:sms", granted=False),
    )
    copy = await made(base, IVAN.model_copy(update={"consents": wanted}))

    assert await told_back(base, copy) == {}
    seen = (await base.look(Kind.CUSTOMER, copy.external_id)).entity
    assert {one.id: one.granted for one in seen.consents} == {
        "mailing:email": True,
        "system:sms": True,
    }


async def test_attributes_are_sent_back_whole(open_double: Open) -> None:
    """The vendor reads an attribute by its type, which must stand first."""
    base = await open_double({"customer_attributes": ATTRIBUTES})
    seen = (await base.look(Kind.CUSTOMER, ANNA)).entity
    assert seen.attributes == {"favourite": "чай", "code": None}

    copy = Copy(KEY, ANNA)
    copy.known = {}
    await base.tell(Kind.CUSTOMER, copy, seen.model_copy(update={"attributes": {
        "favourite": "мёд", "code": "A-1"}}))  # fmt: skip
    assert (await person(base))["attributes"] == {"FavoriteCategory": "мёд", "ExternalCode": "A-1"}
    assert await told_back(base, copy) == {}


async def test_attribute_that_the_installation_lacks_is_named(open_double: Open) -> None:
    """A mistyped name in the set-up loses a field without a word."""
    base = await open_double({"customer_attributes": {"favourite": "Favourite"}})
    wanted = IVAN.model_copy(update={"attributes": {"favourite": "чай"}})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), wanted))

    assert failures([outcome]) == ["Rejected"]
    assert "Favourite" in str(outcome.error)


async def test_who_left_is_read_as_deleted_and_not_edited(base: Bench) -> None:
    """Somebody who left gets letters, or comes back as a member by an edit."""
    copy = await made(base)
    await base.act("customer.edit", id=int(copy.external_id or 0), change={"state": "Deregistered"})

    assert (await base.look(Kind.CUSTOMER, copy.external_id)).deleted
    change = base.change(Kind.CUSTOMER, copy, IVAN.model_copy(update={"gender": Gender.FEMALE}))
    (outcome,) = await base.write(Kind.CUSTOMER, change)
    assert isinstance(outcome.error, Missing)


async def test_unknown_and_unfinished_are_missing(base: Bench) -> None:
    """A person who never finished is shown as a member with no points."""
    await base.act("customer.edit", id=5012, change={"state": "Normal"})
    reading = await base.connector.readers[Kind.CUSTOMER].get([ANNA, "999999"])

    assert list(reading.missing) == [ANNA, "999999"]
    assert not reading.items


async def test_points_of_another_currency_are_not_added(base: Bench) -> None:
    """Roubles of a gift card are offered as points."""
    await base.seed(
        currencies=[{"id": 3, "name": "Подарки", "code": "Gift"}],
        customers=[{"id": 6000, "phone": "79000006000", "balance": 7, "otherBalances": {"3": 500}}],
    )
    seen = (await base.look(Kind.CUSTOMER, "6000")).entity

    assert [str(one.available.points) for one in seen.bonuses if one.available] == ["7"]
