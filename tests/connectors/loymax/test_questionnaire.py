"""Questionnaire: attributes as answers of every kind, there and back, and what cannot be one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.loymax.config import LoymaxSettings
from connectors.loymax.questionnaire import Questionnaire
from connectors.loymax.wire import QuestionGroupWire
from gateway.canonical import Customer, Kind
from gateway.contract import Failed, Rejected, TranslationFailed
from tests.connectors.bench import Bench, Copy

from .conftest import Open
from .world import IVAN, KEY, SEED, edited, journal, made, own_settings, part, told_back

OWN: dict[str, dict[str, Any]] = {
    "car": {"question": "Car"},
    "size": {"question": "Size", "kind": "int"},
    "weight": {"question": "Weight", "kind": "double"},
    "receipt": {"question": "eCheque", "kind": "boolean"},
    "wedding": {"question": "Wedding", "kind": "date"},
    "shop": {"question": "Shop", "kind": "select", "options": {"a": "На Мира", "b": "На Ленина"}},
    "tea": {
        "question": "Tea",
        "kind": "select_many",
        "options": {"green": "Зелёный", "black": "Чёрный"},
    },
}
QUESTIONS: list[dict[str, Any]] = [
    {"id": 30, "name": "", "logicalName": "Car", "regexp": "[^<>]+"},
    {"id": 31, "name": "", "logicalName": "Size", "questionType": "Int"},
    {"id": 32, "name": "", "logicalName": "Weight", "questionType": "Double"},
    {"id": 16, "name": "", "logicalName": "eCheque", "questionType": "Boolean"},
    {"id": 33, "name": "", "logicalName": "Wedding", "questionType": "Date"},
    {
        "id": 34,
        "name": "",
        "logicalName": "Shop",
        "questionType": "Select",
        "options": [[51, "На Мира"], [52, "На Ленина"], [53, "На Садовой"]],
    },
    {
        "id": 35,
        "name": "",
        "logicalName": "Tea",
        "questionType": "Select",
        "isMultiSelect": True,
        "options": [[61, "Чёрный"], [62, "Зелёный"], [63, "Улун"]],
    },
]
READ_ONLY = {"id": 36, "logicalName": "Old", "isReadOnly": True}
FULL: dict[str, str | None] = {
    "car": "Лада «Веста»",
    "size": "43",
    "weight": "61.5",
    "receipt": "true",
    "wedding": "2014-06-21",
    "shop": "b",
    "tea": "green,black",
}
SETTINGS = LoymaxSettings.model_validate(own_settings("http://vendor.test", customer_questions=OWN))
QUESTIONNAIRE = Questionnaire(SETTINGS)

texts = st.text(st.characters(exclude_categories=["C"]), max_size=12)
fitting = st.fixed_dictionaries(
    {},
    optional={
        "car": texts,
        "size": st.integers().map(str),
        "weight": st.floats(allow_nan=False, allow_infinity=False).map(repr),
        "receipt": st.sampled_from(["true", "false", "1", "0", "True"]),
        "wedding": st.dates().map(str),
        "shop": st.sampled_from(["a", "b"]),
        "tea": st.sampled_from(["green", "black", "black, green", "green,black"]),
    },
)
anything = st.dictionaries(st.sampled_from(list(OWN)), st.none() | texts | st.just("1e999"))


def live(answers: dict[int, dict[str, Any]] | None = None) -> list[QuestionGroupWire]:
    """Show the questions as the vendor does, with answers by the question's id."""
    rows = []
    for one in (*QUESTIONS, READ_ONLY):
        given_one = (answers or {}).get(one["id"])
        fixed = [{"id": ident, "name": text} for ident, text in one.get("options", ())]
        rows.append({"questionType": "String", **one, "fixedAnswers": fixed, "answer": given_one})
    return [QuestionGroupWire.model_validate({"id": 1, "questions": rows})]


def told(before: dict[str, str | None], attributes: dict[str, Any]) -> dict[str, str | None]:
    """Return what is held of attributes after others."""
    known = Customer(attributes=before)
    return QUESTIONNAIRE.held(Customer(attributes=attributes), known)


def answered(answers: dict[int, dict[str, Any]], held: dict[str, str | None]) -> dict[str, Any]:
    """Answer at the vendor, and return what reads back."""
    for row in QUESTIONNAIRE.answers(Customer(attributes=held), live(answers), None):
        answers[row["questionId"]] = row
    remarks: list[str] = []
    seen = QUESTIONNAIRE.attributes(live(answers), remarks)
    assert remarks == []
    return seen


@given(fitting, fitting)
def test_what_the_vendor_can_hold_survives_the_round_trip(
    first: dict[str, str], second: dict[str, str]
) -> None:
    """A difference comes back as a change made at the vendor, and is told for ever."""
    answers: dict[int, dict[str, Any]] = {}
    held = told({}, first)
    assert answered(answers, held) == held

    over = told(held, second)
    assert answered(answers, over) == over
    QUESTIONNAIRE.check(Customer(attributes=over), None)


def test_what_no_snapshot_reduced_is_told_in_the_form_of_its_question() -> None:
    """A till registers a member, and the words of two options are taken for one."""
    wanted = Customer(attributes={"tea": "black, green", "weight": "61,50"})
    rows = QUESTIONNAIRE.answers(wanted, live(), None)

    assert [(row["value"], row["fixedAnswerIds"]) for row in rows] == [
        ("61.5", []),
        (None, [61, 62]),
    ]


@given(anything, anything)
def test_what_is_held_is_a_law(first: dict[str, str], second: dict[str, str]) -> None:
    """A reduction that moves with each round is told for ever."""
    before = told({}, first)
    once = told(before, second)

    assert told(before, once) == once


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("size", "43.5"),
        ("size", "4_3"),
        ("weight", "тяжёлый"),
        ("weight", "inf"),
        ("receipt", "да"),
        ("wedding", "21.06.2014"),
        ("shop", "на мира"),
        ("shop", "a,b"),
        ("tea", "green,oolong"),
    ],
)
def test_value_that_a_question_cannot_hold_is_refused_by_its_path(code: str, value: str) -> None:
    """A size stands as text at the vendor, or is lost without a word."""
    held = told({}, {code: value})
    with pytest.raises(TranslationFailed) as met:
        QUESTIONNAIRE.check(Customer(attributes=held), {f"attributes/{code}"})

    assert met.value.path == f"attributes/{code}"
    assert OWN[code]["question"] in str(met.value)
    assert value not in str(met.value)
    QUESTIONNAIRE.check(Customer(attributes=held), {"name/first"})


@pytest.mark.parametrize(
    ("answer", "seen", "remark"),
    [
        ({31: {"value": "сорок"}}, {}, "attributes/size"),
        ({33: {"value": "2014-06-21T00:00:00Z"}}, {"wedding": "2014-06-21"}, None),
        ({32: {"value": "61,50"}}, {"weight": "61.5"}, None),
        ({16: {"value": "True"}}, {"receipt": "true"}, None),
        ({34: {"fixedAnswerIds": [53]}}, {}, "attributes/shop"),
        ({35: {"fixedAnswerIds": [63]}}, {"tea": None}, None),
        ({35: {"fixedAnswerIds": [63, 61]}}, {"tea": "black"}, None),
    ],
)
def test_what_the_vendor_shows_is_read_leniently(
    answer: dict[int, Any], seen: dict[str, str], remark: str | None
) -> None:
    """One answer that nobody can read takes the whole member away."""
    remarks: list[str] = []
    found = QUESTIONNAIRE.attributes(live(answer), remarks)

    code = remark.partition("/")[2] if remark else next(iter(seen))
    assert {code: found[code]} == seen if seen else code not in found
    assert [one.partition(":")[0] for one in remarks] == ([remark] if remark else [])


@pytest.mark.parametrize(
    ("code", "more", "fault"),
    [
        pytest.param("car", {"question": "Ca"}, "customer_questions.car.question", id="unknown"),
        pytest.param("car", {"question": "Old"}, "customer_questions.car: ", id="read-only"),
        pytest.param("size", {"kind": "string"}, "customer_questions.size.kind", id="kind"),
        pytest.param(
            "tea",
            {"kind": "select"},
            "customer_questions.tea.kind: the question Tea is another, write select_many",
            id="one of several",
        ),
        pytest.param(
            "shop",
            {"options": {"a": "На Мира", "c": "На Лесной"}},
            "customer_questions.shop.options.c: the question Shop has no answer На Лесной",
            id="option",
        ),
    ],
)
def test_what_the_installation_lacks_is_named(code: str, more: dict[str, Any], fault: str) -> None:
    """A mistyped name shows on the day on which the first customer loses a field by it."""
    questions = {**OWN, code: {**OWN[code], **more}}
    settings = own_settings("http://vendor.test", customer_questions=questions)
    questionnaire = Questionnaire(LoymaxSettings.model_validate(settings))
    (found,) = questionnaire.faults(live())

    assert found.startswith(fault)
    told = Customer(attributes={**FULL, "tea": "green", "shop": "a"})
    with pytest.raises(Rejected, match=f"customer_questions.{code}"):
        questionnaire.answers(told, live(), None)
    assert questionnaire.answers(told, live(), {"birth_date"}) == []


@pytest.fixture
async def asked(open_double: Open) -> Bench:
    """An installation with these questions, and Anna who has answered none of them."""
    return await open_double({"customer_questions": OWN}, seed={"questions": QUESTIONS, **SEED})


async def test_check_compares_the_questions_that_are_there(asked: Bench) -> None:
    """A set-up that is right is refused, or one that went wrong is not."""
    report = await asked.connector.probe()
    assert (report.ok, report.notes) == (True, ())

    await asked.seed(questions=[{**QUESTIONS[1], "isReadOnly": True}])
    report = await asked.connector.probe()
    assert not report.ok
    assert report.notes[0].startswith("customer_questions.size: ")


async def test_check_needs_somebody_to_see_the_questions(open_double: Open) -> None:
    """An installation that has just been made cannot be taken into service."""
    base = await open_double({"customer_questions": OWN}, seed={})
    report = await base.connector.probe()

    assert report.ok
    assert ["customer_questions" in one for one in report.notes] == [True]


async def test_answers_of_every_kind_are_told_and_read(asked: Bench) -> None:
    """What a customer told the shop of herself stays with the shop."""
    copy = await made(asked, IVAN.model_copy(update={"attributes": FULL}))
    assert await told_back(asked, copy) == {}
    seen = (await asked.look(Kind.CUSTOMER, copy.external_id)).entity
    assert seen.attributes == FULL

    member = int(copy.external_id or 0)
    await asked.act("customer.edit", id=member, change={"answers": {"Tea": ["Улун", "Чёрный"]}})
    copy.known["attributes/tea"] = "black"
    row = await edited(asked, copy, attributes={"tea": "green", "size": "44"})
    assert row["answers"]["Tea"] == "Зелёный, Улун"
    assert row["answers"]["Size"] == "44"
    assert row["answers"]["Car"] == FULL["car"]


async def test_refusal_of_the_vendor_names_the_question(asked: Bench) -> None:
    """An operator is told a number that only the vendor's database knows."""
    copy = await made(asked)
    wanted = IVAN.model_copy(update={"attributes": {"car": "<b>", "size": "44"}})
    (outcome,) = await asked.write(Kind.CUSTOMER, asked.change(Kind.CUSTOMER, copy, wanted))

    assert isinstance(outcome, Failed)
    assert type(outcome.error) is Rejected
    assert "question Car" in str(outcome.error)
    assert "<b>" not in str(outcome.error)


async def test_unfit_value_makes_no_half_member(asked: Bench) -> None:
    """A person lies unfinished at the vendor for an attribute that he mistyped."""
    before = len(await part(asked, "customers"))
    wanted = IVAN.model_copy(update={"attributes": {"size": "XXL"}})
    (outcome,) = await asked.write(Kind.CUSTOMER, asked.change(Kind.CUSTOMER, Copy(KEY), wanted))

    assert isinstance(outcome, Failed)
    assert isinstance(outcome.error, TranslationFailed)
    assert len(await part(asked, "customers")) == before
    assert "BeginRegistration" not in str(await journal(asked))
