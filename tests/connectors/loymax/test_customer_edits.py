"""Edits of members: only what changed is set, and it reads back as it was written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.canonical import (
    CardRef,
    Consent,
    EmailContact,
    Gender,
    Kind,
    PersonName,
    PhoneContact,
)
from gateway.contract import Missing
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import (
    ANNA,
    CARD,
    FREE_CARD,
    IVAN,
    KEY,
    cut,
    edited,
    journal,
    made,
    person,
    told_back,
)

ATTRIBUTES = {"favourite": "FavoriteCategory", "code": "ExternalCode"}


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

    assert failures(await base.write(Kind.CUSTOMER, change)) == ["OutcomeUnknown"]
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
