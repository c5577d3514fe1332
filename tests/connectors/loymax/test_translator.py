"""Translators: what the vendor can hold survives the way there and back. Properties and tables."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.loymax.config import LoymaxSettings
from connectors.loymax.translator import CustomerTranslator, Dossier
from connectors.loymax.wire import (
    AttributeValueWire,
    CardWire,
    PersonWire,
    QuestionGroupWire,
    SubscriptionWire,
)
from gateway.canonical import (
    CardRef,
    Consent,
    Customer,
    EmailContact,
    Gender,
    Kind,
    PersonName,
    PhoneContact,
)
from gateway.canonical.paths import known as valued
from gateway.canonical.paths import spoken
from gateway.sync.merge import changes

from .world import own_settings

SETTINGS = LoymaxSettings.model_validate(
    own_settings("http://vendor.test", customer_attributes={"favourite": "FavoriteCategory"})
)
TRANSLATOR = CustomerTranslator(SETTINGS)
_CHOICES = [{"id": 14, "name": "Мужской"}, {"id": 15, "name": "Женский"}]
QUESTIONS: dict[str, tuple[int, list[dict[str, Any]]]] = {
    "FirstName": (4, []),
    "LastName": (5, []),
    "PatronymicName": (6, []),
    "BirthDay": (7, []),
    "Sex": (9, _CHOICES),
}

words = st.text(
    st.characters(codec="utf-8", categories=["L"], include_characters="ёЁ -’«»"), min_size=1
)
parts = st.none() | st.just("") | words
phones = st.integers(9000000000, 9999999999).map(lambda number: f"+7{number}")
emails = st.from_regex(r"[a-zа-яё]{1,9}@[a-z]{1,9}\.(ru|рф)", fullmatch=True)
cards = st.lists(st.from_regex(r"[0-9]{8,19}", fullmatch=True), max_size=3, unique=True)
consents = st.lists(
    st.builds(
        Consent,
        id=st.sampled_from(["mailing:email", "mailing:sms", "personal_data"]),
        granted=st.booleans(),
        at=st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    ),
    unique_by=lambda one: one.id,
)
customers = st.builds(
    Customer,
    name=st.none() | st.builds(PersonName, last=parts, first=parts, patronymic=parts),
    birth_date=st.none() | st.dates(date(1900, 1, 1), date(2030, 1, 1)),
    gender=st.none() | st.sampled_from(Gender),
    phones=st.lists(phones.map(lambda one: PhoneContact(number=one)), max_size=3,
                    unique_by=lambda one: one.number).map(tuple),
    emails=st.lists(emails.map(lambda one: EmailContact(address=one)), max_size=2,
                    unique_by=lambda one: one.address).map(tuple),
    cards=cards.map(lambda found: tuple(CardRef(number=one) for one in found)),
    consents=consents.map(tuple),
    attributes=st.dictionaries(st.sampled_from(["favourite", "other"]), st.none() | words),
)  # fmt: skip


def groups(answers: dict[int, dict[str, Any]] | None = None) -> list[QuestionGroupWire]:
    """Return the questionnaire as the vendor shows it, with answers by the question's id."""
    given = answers or {}
    rows = [
        {"id": ident, "logicalName": name, "fixedAnswers": options, "answer": given.get(ident)}
        for name, (ident, options) in QUESTIONS.items()
    ]
    return [QuestionGroupWire.model_validate({"id": 1, "questions": rows})]


def vendor(held: Customer, before: dict[int, dict[str, Any]]) -> Dossier:
    """Hold a customer as the vendor does, over the answers that it has already."""
    for row in TRANSLATOR.questionnaire.answers(held, groups(), None):
        before[row["questionId"]] = row
    texts = {name: before.get(ident, {}).get("value") for name, (ident, _) in QUESTIONS.items()}
    phone = held.phones[0].number.lstrip("+") if held.phones else None
    email = held.emails[0].address if held.emails else None
    person = {
        "id": 1,
        "state": "Registered",
        "firstName": texts["FirstName"],
        "lastName": texts["LastName"],
        "patronymicName": texts["PatronymicName"],
        "birthDay": f"{texts['BirthDay']}T00:00:00Z" if texts["BirthDay"] else None,
        "phone": {"currentValue": phone} if phone else None,
        "email": {"currentValue": email} if email else None,
    }
    granted = {one.id.partition(":")[2]: one.granted for one in held.consents}
    subscription = {
        "typeId": 6,
        "externalId": "Advertisement",
        **{f"{name}Notification": {"selected": value} for name, value in granted.items()},
    }
    value = {"attribute": {"logicalName": "FavoriteCategory"},
             "value": held.attributes["favourite"]}  # fmt: skip
    return Dossier(
        person=PersonWire.model_validate(person),
        cards=[CardWire(number=one.number) for one in held.cards],
        questions=groups(before),
        subscriptions=[SubscriptionWire.model_validate(subscription)],
        attributes=[AttributeValueWire.model_validate(value)],
    )


def differing(held: Customer, seen: Customer) -> dict[str, Any]:
    """Return what the core would tell, or take for a change, after this was written and read."""
    one, other = spoken(held), spoken(seen)
    return {
        **changes(one, valued(other), Kind.CUSTOMER),
        **changes(other, valued(one), Kind.CUSTOMER),
    }


@given(customers)
def test_what_is_held_reads_back(entity: Customer) -> None:
    """A difference comes back as a change made at the vendor, and is told for ever."""
    held = TRANSLATOR.held(entity, None)
    seen = TRANSLATOR.observed(vendor(held, {})).entity

    assert differing(held, seen) == {}


@given(customers, customers)
def test_what_is_held_over_another_reads_back(first: Customer, second: Customer) -> None:
    """A name that was emptied stays at the vendor, and the two disagree for ever."""
    answers: dict[int, dict[str, Any]] = {}
    known = TRANSLATOR.held(first, None)
    vendor(known, answers)
    held = TRANSLATOR.held(second, known)
    seen = TRANSLATOR.observed(vendor(held, answers)).entity

    assert differing(held, seen) == {}


@given(customers, st.none() | customers)
def test_held_is_a_law(entity: Customer, known: Customer | None) -> None:
    """A reduction that moves with each round is told for ever."""
    before = TRANSLATOR.held(known, None) if known is not None else None
    once = TRANSLATOR.held(entity, before)

    assert TRANSLATOR.held(once, before) == once


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        pytest.param({"name/first"}, [4], id="one part"),
        pytest.param({"name"}, [4, 5, 6], id="the whole name"),
        pytest.param({"gender"}, [9], id="gender"),
        pytest.param({"phones/+79161234567"}, [], id="another field"),
        pytest.param(None, [4, 5, 6, 7, 9], id="all"),
    ],
)
def test_only_what_changed_is_answered(changed: set[str] | None, asked: list[int]) -> None:
    """What the member told the vendor herself is overwritten."""
    name = PersonName(last="Ёлкина", first="Анна", patronymic="Ильинична")
    entity = Customer(name=name, birth_date=date(1990, 5, 17), gender=Gender.FEMALE)
    rows = TRANSLATOR.questionnaire.answers(entity, groups(), changed)

    assert [row["questionId"] for row in rows] == asked
    for row in rows:
        chosen = row["questionId"] == 9
        assert row["fixedAnswerIds"] == ([15] if chosen else [])
        assert (row["value"] is None) == chosen
