"""Answers: what is taken, what is refused, and with which words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.questionnaire.answers import (
    Problem,
    cleaned,
    day_of,
    opened,
    problem_of,
    read,
)
from tests.gateway.identity.questionnaire.sections import section, typed

TODAY = date(2026, 11, 30)
FULL = section(
    asks=["last", "first", "patronymic", "birth_date", "gender"],
    optional=["patronymic"],
    fields=[
        {"code": "size", "kind": "choice", "label": {"ru": "Размер", "en": "Size"},
         "choices": {"s": {"ru": "С", "en": "S"}}},
        {"code": "pets", "kind": "number", "label": {"ru": "Звери", "en": "Pets"},
         "required": False},
        {"code": "since", "kind": "date", "label": {"ru": "С", "en": "Since"}, "required": False},
        {"code": "note", "most": 5, "label": {"ru": "Заметка", "en": "Note"}, "required": False},
        {"code": "vip", "kind": "flag", "label": {"ru": "VIP", "en": "VIP"}},
    ],
)  # fmt: skip
WHOLE = typed(
    patronymic="Ильинична", birth_date="17.05.1990", gender="female",
    **{"own.size": "s", "own.pets": "2", "own.since": "2020-02-29", "own.note": "да"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("last", "Ёлкина", ""),
        ("last", "Салтыкова-Щедрина", ""),
        ("first", "О’Генри", ""),
        ("first", "Ахмед оглы", ""),
        ("last", "", "missing"),
        ("last", "Ёлкина2", "letters"),
        ("last", "-", "letters"),
        ("last", "Ё" * 61, "long"),
        ("patronymic", "", ""),
        ("gender", "female", ""),
        ("gender", "other", "choice"),
        ("birth_date", "1990-05-17", ""),
        ("birth_date", "17.5.1990", ""),
        ("birth_date", "1990-02-30", "form"),
        ("birth_date", "вчера", "form"),
        ("birth_date", "2026-12-01", "range"),
        ("birth_date", "1900-01-01", "range"),
        ("birth_date", "2012-12-01", "young"),
        ("birth_date", "2012-11-30", ""),
        ("phone", "8 (916) 123-45-67", ""),
        ("phone", "9161234567", ""),
        ("phone", "+7 916 123 45 6", "form"),
        ("phone", "+79999999999", "form"),
        ("phone", "8 495 123-45-67", "mobile"),
        ("phone", "8 800 555-35-35", "mobile"),
        ("phone", "+375 29 123-45-67", ""),
        ("phone", "8 705 123-45-67", ""),
        ("email", "Anna@Example.com", ""),
        ("email", "anna@example", "form"),
        ("email", "anna@@example.com", "form"),
        ("email", "аnna@example.com", "letters"),
        ("own.size", "s", ""),
        ("own.size", "xl", "choice"),
        ("own.pets", "1,5", ""),
        ("own.pets", "два", "number"),
        ("own.pets", "NaN", "number"),
        ("own.since", "29.02.2021", "form"),
        ("own.note", "шесть!", "long"),
        ("own.vip", "maybe", "choice"),
        ("own.nothing", "1", "unknown"),
        ("csrf", "1", "unknown"),
    ],
)
def test_a_field_is_checked(name: str, value: str, code: str) -> None:
    """A customer would be made of nonsense, or a person be refused for his real name."""
    assert problem_of(FULL, name, value, today=TODAY) == code


def test_answers_are_cleaned_and_complete() -> None:
    """A stray blank would make another person of somebody, or cost the bonus."""
    answers, problems = read(FULL, {**WHOLE, "last": "  Ёлкина \u200b "}, today=TODAY)
    assert problems == []
    assert answers is not None
    assert (answers.phone, answers.email) == ("+79161234567", "anna@example.com")
    assert answers.values["last"] == "Ёлкина"
    assert answers.is_complete
    assert opened(answers.sealed()) == answers


@pytest.mark.parametrize("name", ["patronymic", "own.pets", "own.since", "own.note"])
def test_an_empty_field_makes_it_incomplete(name: str) -> None:
    """A half filled form would be paid for."""
    answers, _ = read(FULL, {**WHOLE, name: " "}, today=TODAY)
    assert answers is not None
    assert not answers.is_complete


def test_all_problems_are_told_at_once_in_order() -> None:
    """A visitor would mend one field after the other, a page each."""
    answers, problems = read(FULL, {"last": "1"}, today=TODAY)
    assert answers is None
    assert problems == [
        Problem("last", "letters"), Problem("first", "missing"), Problem("birth_date", "missing"),
        Problem("gender", "missing"), Problem("phone", "missing"), Problem("email", "missing"),
        Problem("own.size", "missing"), Problem("consent.personal_data", "missing"),
    ]  # fmt: skip


def test_a_consent_is_what_its_own_box_says() -> None:
    """One tick would give consents that were never read."""
    given_ones, _ = read(FULL, {**WHOLE, "consent.mailing:email": "on"}, today=TODAY)
    assert given_ones is not None
    assert given_ones.consents == ("personal_data",)


@given(st.text(max_size=200))
def test_whatever_is_typed_is_answered(text: str) -> None:
    """Some text would end in a fault instead of a word to the visitor."""
    for name in ("last", "birth_date", "gender", "phone", "email", "own.pets", "own.since"):
        code = problem_of(FULL, name, cleaned(text), today=TODAY)
        assert code in {"", "missing", "letters", "long", "choice", "form", "range", "young",
                        "number", "mobile"}  # fmt: skip
    day_of(text)
    assert cleaned(cleaned(text)) == cleaned(text)
