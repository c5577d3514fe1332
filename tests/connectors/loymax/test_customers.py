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
    Gender,
    Kind,
    PhoneContact,
)
from gateway.contract import Exists, Written
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import ANNA, FREE_CARD, IVAN, KEY, cut, journal, made, part, person, told_back

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
    has_begun = not lost.startswith("users$")
    assert failures([first]) == ["OutcomeUnknown" if has_begun else "Unavailable"]

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
