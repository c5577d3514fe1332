"""Handlers of the questionnaire; profile fields live here (reference, section 5.5)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, Refused
from mocks.loymax.people import Given
from mocks.loymax.programme import NAME_RULE
from mocks.loymax.wire import text_of, whole_of, wholes_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person
    from mocks.loymax.programme import Question


def question_groups(call: Call, person: Person) -> Answer:
    """Return the questionnaire with the answers of a person."""
    only_required = call.query.flag("filter.onlyRequired", default=False)
    questions = [
        _question(one, number, person.answers.get(one.id))
        for number, one in enumerate(call.installation.programme.questions.values(), start=1)
        if one.is_required or not only_required
    ]
    group = {"type": "QuestionGroup", "id": 1, "name": "Анкета", "order": 0}
    return Answer([{**group, "questions": questions}], key=person.id)


def questions(call: Call) -> Answer:
    """GET User/Questions."""
    return question_groups(call, call.person)


def _question(one: Question, order: int, given: Given | None) -> dict[str, Any]:
    fixed = given.fixed if given is not None else ()
    return {
        "type": "Question",
        "id": one.id,
        "name": one.name,
        "order": order,
        "questionType": one.kind,
        "logicalName": one.logical_name,
        "regexp": one.regexp,
        "regexpErrorMessage": one.regexp_error,
        "isRequired": one.is_required,
        "isReadOnly": one.is_read_only,
        "isMultiSelect": one.is_multi_select,
        "isVisibleInRegistration": True,
        "fixedAnswers": [
            {
                "type": "QuestionFixedAnswer",
                "id": ident,
                "name": text,
                "order": place,
                "isCustom": False,
                "isSelected": ident in fixed,
            }
            for place, (ident, text) in enumerate(one.options)
        ],
        "answer": None
        if given is None
        else {
            "questionId": one.id,
            "fixedAnswerIds": list(given.fixed) or None,
            "value": given.value,
            "tag": given.tag,
            "questionGroupId": 1,
        },
    }


def answer(call: Call) -> Answer:
    """POST User/Answers: all or nothing."""
    store_answers(call.installation, call.person, call.rows)
    return Answer(key=call.person.id, effect="changed")


def store_answers(installation: Installation, person: Person, rows: list[dict[str, Any]]) -> None:
    """Check and store answers.

    Raises:
        Refused: one of them is wrong; ``data.errors`` names the question by a string.
    """
    errors, good = [], {}
    for row in rows:
        ident = whole_of(row, "questionId")
        question = installation.programme.questions.get(ident)
        text = text_of(row, "value")
        fixed = wholes_of(row, "fixedAnswerIds")
        trouble = _trouble(question, text, fixed)
        if trouble is not None:
            errors.append({"idQuestion": str(ident), "errors": [trouble]})
        else:
            good[ident] = Given(text, fixed, text_of(row, "tag") or "0")
    if errors:
        raise Refused(text=None, code=None, data={"errors": errors}, is_coded=False)
    person.answers.update(good)


def _trouble(question: Question | None, text: str | None, fixed: tuple[int, ...]) -> str | None:
    if question is None:
        return "Вопрос не найден"
    if question.is_read_only:
        return "Ответ нельзя изменить"
    if question.kind == "Select":
        known = {ident for ident, _ in question.options}
        fits = set(fixed) <= known and (len(fixed) == 1 or question.is_multi_select)
        return None if fixed and fits else "Недопустимый ответ"
    if text is None:
        return "Не указан ответ" if question.is_required else None
    rule = question.regexp or NAME_RULE.get(question.logical_name)
    if rule is not None and re.fullmatch(rule, text) is None:
        return question.regexp_error or "Недопустимые символы"
    return None if _fits(question.kind, text) else "Неверный формат"


def _fits(kind: str, text: str) -> bool:
    """Tell whether a text is an answer of its kind; dates are ``yyyy-MM-dd`` (unconfirmed)."""
    try:
        if kind == "Date":
            date.fromisoformat(text)
        elif kind == "Int":
            int(text)
        elif kind == "Double":
            float(text)
    except ValueError:
        return False
    return kind != "Boolean" or text in {"true", "false"}


def drop_answer_set(call: Call) -> Answer:
    """DELETE User/DeleteAnswerSets?tag=."""
    tag = call.query.text("tag") or ""
    person = call.person
    person.answers = {
        key: given for key, given in person.answers.items() if given.tag != tag or tag == "0"
    }
    return Answer(key=person.id, effect="changed")
