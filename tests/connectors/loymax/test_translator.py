"""Translators: what the vendor can hold survives the way there and back. Properties and tables."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.loymax.config import LoymaxSettings
from connectors.loymax.history import postings
from connectors.loymax.purchases import operation_id, purchase_id, sums_of, to_pay
from connectors.loymax.reference import reference, sale_of, told
from connectors.loymax.translator import CustomerTranslator, Dossier
from connectors.loymax.values import day_of, moment_of, moment_text
from connectors.loymax.versions import Call, Version, path_of
from connectors.loymax.wire import (
    AttributeValueWire,
    BalanceWire,
    CardWire,
    HistoryRowWire,
    PersonWire,
    QuestionGroupWire,
    StepWire,
    SubscriptionWire,
)
from gateway.canonical import (
    BonusOperationKind,
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
from gateway.contract import Kept, SaleState
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
    for row in TRANSLATOR.answers(held, groups(), None):
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
    rows = TRANSLATOR.answers(entity, groups(), changed)

    assert [row["questionId"] for row in rows] == asked
    for row in rows:
        chosen = row["questionId"] == 9
        assert row["fixedAnswerIds"] == ([15] if chosen else [])
        assert (row["value"] is None) == chosen


def test_currencies_are_never_added() -> None:
    """Roubles of a gift card are spent as points."""
    rows = [
        {"currency": {"code": "Gift"}, "balance": 500.0, "notActivated": 0},
        {"currency": {"code": "Currency1"}, "balance": 110.25, "notActivated": "20.0"},
    ]
    (account,) = TRANSLATOR.bonuses([BalanceWire.model_validate(row) for row in rows])
    assert account.available is not None
    assert account.available.points == Decimal("110.25")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-11T09:20:00Z", datetime(2025, 3, 11, 9, 20, tzinfo=UTC)),
        ("2025-03-11T12:20:00.000+03:00", datetime(2025, 3, 11, 9, 20, tzinfo=UTC)),
        ("2025-03-23T12:40:32", datetime(2025, 3, 23, 12, 40, 32, tzinfo=UTC)),
        ("", None),
        ("вчера", None),
        (None, None),
    ],
)
def test_moment_is_read_with_and_without_a_zone(
    text: str | None, expected: datetime | None
) -> None:
    """A posting moves by three hours, or stops the page."""
    assert moment_of(text) == expected


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moment_survives_to_the_millisecond(moment: datetime) -> None:
    """A repeat is told from the first by its time."""
    again = moment_of(moment_text(moment))
    assert again is not None
    assert (moment - again).total_seconds() < 0.001


@pytest.mark.parametrize(
    ("text", "day"),
    [("1990-05-17T00:00:00Z", date(1990, 5, 17)), ("1990-05-17", date(1990, 5, 17)), ("", None)],
)
def test_day_is_read(text: str, day: date | None) -> None:
    """A birthday moves by a day."""
    assert day_of(text) == day


@given(st.text(min_size=1), st.text(min_size=1))
def test_id_of_a_purchase_fits_the_path_and_is_the_sales_own(one: str, other: str) -> None:
    """Two orders are one purchase, or an id with a slash is another path."""
    assert purchase_id(one).isascii()
    assert purchase_id(one).isalnum()
    assert len(purchase_id(one)) <= 60
    assert purchase_id(one) == purchase_id(one)
    if one.replace("-", "") != other.replace("-", ""):
        assert purchase_id(one) != purchase_id(other)


@given(st.text(), st.text())
def test_id_of_an_operation_is_its_step_and_key(one: str, other: str) -> None:
    """A confirmation is taken for the repeat of a payment."""
    ids = {operation_id(key, step) for key in {one, other} for step in "CPDKUR"}

    assert len(ids) == 6 * len({one, other})


@given(
    st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=5),
    st.decimals(0, 10**6, places=2),
)
def test_reference_keeps_the_sums(sums: list[Decimal], paid: Decimal) -> None:
    """After a payment the vendor wants the sums to the kopeck."""
    text = reference("SHOP1", sums, paid)

    assert told(Kept(text, SaleState.RESERVED)) == (tuple(sums), paid)
    assert sale_of(text) == "SHOP1"
    assert told(Kept("SHOP1", SaleState.COMMITTED)) == ((), Decimal(0))


def test_sums_that_are_incomplete_are_none() -> None:
    """A line that the vendor did not reckon is sold for nothing."""
    lines = [{"position": 2, "amount": 460}, {"position": 1, "amount": 540, "payAmount": 54}]
    step = StepWire.model_validate({"cheque": {"lines": lines}})

    assert sums_of(step, 2) == (Decimal(540), Decimal(460))
    assert sums_of(step, 3) == ()
    assert to_pay(step) == Decimal(946)


def _row(kind: str, **data: Any) -> HistoryRowWire:
    row = {"id": "h1", "dateTime": "2025-02-03T10:15:00+00:00", "type": kind, "data": data}
    return HistoryRowWire.model_validate(row)


def _amount(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "бнс."}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            _row("RewardData", rewardType="Bonus", amount=_amount(100)),
            [(BonusOperationKind.ACCRUE, 100)],
            id="reward",
        ),
        pytest.param(
            _row("WithdrawData", withdrawType="Withdraw", amount=_amount(-12)),
            [(BonusOperationKind.REDEEM, -12)],
            id="withdrawal",
        ),
        pytest.param(
            _row("WithdrawData", withdrawType="Expiration", amount=_amount(-5)),
            [(BonusOperationKind.EXPIRE, -5)],
            id="expiry",
        ),
        pytest.param(
            _row(
                "PurchaseData",
                rewards=[
                    {"rewardType": "Discount", "amount": _amount(60)},
                    {"rewardType": "Bonus", "amount": _amount(45)},
                ],
                withdraws=[{"withdrawType": "Bonus", "amount": _amount(-100), "moneyAmount": 100}],
                amount=_amount(1000),
            ),
            [(BonusOperationKind.ACCRUE, 45), (BonusOperationKind.REDEEM, -100)],
            id="purchase without its direct discount",
        ),
        pytest.param(_row("RewardData", rewardType="Discount", amount=_amount(60)), [], id="money"),
    ],
)
def test_postings_of_a_row(
    row: HistoryRowWire, expected: list[tuple[BonusOperationKind, int]]
) -> None:
    """Roubles of a discount are shown as points."""
    assert [(one.kind, int(one.points.points)) for one in postings(row)] == expected


@pytest.mark.parametrize(
    ("version", "call", "path"),
    [
        (Version.LEGACY, Call.ACTIONS, "systemapi/api/Users/7/RequiredActions"),
        (Version.V1_2, Call.ACTIONS, "systemapi/v1.2/users/7/RegistrationActions"),
        (Version.LEGACY, Call.FINISH, "systemapi/api/Registration/TryFinishRegistration"),
        (Version.V1_2, Call.FINISH, "systemapi/v1.2/Registration/TryFinishRegistrationCustomer"),
        (Version.LEGACY, Call.CARD_BY_NUMBER, "systemapi/api/Cards"),
        (Version.V1_2, Call.CARD_BY_NUMBER, "systemapi/v1.2/Cards/ByCardNumber"),
        (Version.LEGACY, Call.SYSTEM, "systemapi/api/deposit"),
        (Version.V1_2, Call.SYSTEM, "systemapi/v1.2/deposit"),
    ],
)
def test_path_of_a_call_is_the_versions(version: Version, call: Call, path: str) -> None:
    """One call of the old version is sent to the new one."""
    assert path_of(version, call, id="7", path="deposit") == path


def test_every_call_has_a_path_in_both_versions() -> None:
    """The switch of the version loses a call."""
    for version, call in itertools.product(Version, Call):
        assert path_of(version, call, id="7", path="x")
