"""Questionnaire: what of a customer is told and read as answers to questions. Pure.

Ids of questions and of their answers are the installation's own, so both are found by the names
that the configuration gives (vendor reference, 5.5). An answer can be replaced and not taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.canonical import Customer, Gender, PersonName
from gateway.contract import Rejected, TranslationFailed

from .answers import SEPARATOR, fitting
from .config import AttributeQuestion, LoymaxSettings
from .wire import FixedAnswerWire, QuestionGroupWire, QuestionWire

OPERATION = "users/answers"
_TYPES = {"int": "Int", "double": "Double", "boolean": "Boolean", "date": "Date"}
_NEEDS = {
    "int": "a whole number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a day as yyyy-mm-dd",
    "select": "one of its options",
    "select_many": f"some of its options, with {SEPARATOR!r} between them",
}
_CHOICES = {"select": False, "select_many": True}
_Row = dict[str, Any]
_ByName = dict[str, tuple[QuestionGroupWire, QuestionWire]]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Answers of one installation's members."""

    settings: LoymaxSettings

    def gender(self, groups: Sequence[QuestionGroupWire]) -> Gender | None:
        """Return the gender that was answered; another word is none that we know."""
        names = self.settings.questions
        words = {names.female: Gender.FEMALE, names.male: Gender.MALE}
        question = _by_name(groups).get(names.gender or "")
        return words.get(_text(question[1]) or "") if question else None

    def attributes(
        self, groups: Sequence[QuestionGroupWire], remarks: list[str]
    ) -> dict[str, str | None]:
        """Return attributes by canonical code, ``None`` where there is no answer.

        What cannot be read is left out, as is a question that is not there: nothing is said of it.
        """
        known, found = _by_name(groups), {}
        for code, one in self.settings.customer_questions.items():
            if one.question not in known:
                continue
            told = _told(one, known[one.question][1])
            fits = fitting(one, told) if told else None
            if told and fits is None:
                remarks.append(f"attributes/{code}: the answer cannot be read and was left out")
            else:
                found[code] = fits
        return found

    def held(self, entity: Customer, before: Customer) -> dict[str, str | None]:
        """Return attributes as they would be held; what does not fit is kept, to be refused."""
        found = {}
        for code, one in self.settings.customer_questions.items():
            now = (entity.attributes.get(code) or "").strip()
            found[code] = (fitting(one, now) or now) or before.attributes.get(code)
        return found

    def check(self, entity: Customer, changed: Collection[str] | None) -> None:
        """Refuse an attribute that its question cannot hold. Raises ``TranslationFailed``."""
        self._wanted(entity, changed)

    def concerns(self, changed: Collection[str] | None) -> bool:
        """Tell whether a change concerns anything that is an answer."""
        paths = {path for path, _ in self._profile(Customer()).values()}
        codes = {f"attributes/{code}" for code in self.settings.customer_questions}
        return any(_concerns(changed, path) for path in paths | codes)

    def answers(
        self,
        entity: Customer,
        groups: Sequence[QuestionGroupWire],
        changed: Collection[str] | None,
    ) -> list[_Row]:
        """Return answers to the questions that hold what changed, all that are known for ``None``.

        Fields of a profile whose question the installation does not have, or keeps for itself, are
        left out. Raises as ``check``, and ``Rejected`` for an attribute without such a question.
        """
        rows, profile = [], self._profile(entity)
        for logical, (group, question) in _by_name(groups).items():
            path, value = profile.get(logical, ("", None))
            if value is not None and not question.is_read_only and _concerns(changed, path):
                fixed = [one.id for one in question.fixed_answers or () if one.name == value]
                rows.append(_row(group, question, None if fixed else value, fixed))
        return rows + self._attribute_rows(self._wanted(entity, changed), groups)

    def faults(
        self, groups: Sequence[QuestionGroupWire], codes: Collection[str] | None = None
    ) -> list[str]:
        """Name what of the configuration the installation does not have, and what to do about it.

        ``codes``: of these attributes only.
        """
        known, found = _by_name(groups), []
        for code, one in self.settings.customer_questions.items():
            if codes is None or code in codes:
                told = known.get(one.question)
                question = told[1] if told is not None else None
                key = f"customer_questions.{code}"
                found += [f"{key}{fault}" for fault in _faults(one, question)]
        return found

    def _attribute_rows(
        self, wanted: Mapping[str, str], groups: Sequence[QuestionGroupWire]
    ) -> list[_Row]:
        faults = self.faults(groups, wanted)
        if faults:
            raise Rejected("; ".join(faults), operation=OPERATION, vendor_code="questions")
        known = _by_name(groups)
        return [
            _attribute_row(self.settings.customer_questions[code], value, known)
            for code, value in wanted.items()
        ]

    def _wanted(self, entity: Customer, changed: Collection[str] | None) -> dict[str, str]:
        """Return the attributes that a change concerns, as their questions hold them."""
        found = {}
        for code, one in self.settings.customer_questions.items():
            value = (entity.attributes.get(code) or "").strip()
            if not value or not _concerns(changed, f"attributes/{code}"):
                continue
            fits = fitting(one, value)
            if fits is None:
                msg = f"the question {one.question} takes {_NEEDS[one.kind]}"
                raise TranslationFailed(msg, path=f"attributes/{code}", operation=OPERATION)
            found[code] = fits
        return found

    def _profile(self, entity: Customer) -> dict[str, tuple[str, str | None]]:
        """Logical name of a question → (path of the field, its answer)."""
        names, name = self.settings.questions, entity.name or PersonName()
        genders = {Gender.FEMALE: names.female, Gender.MALE: names.male}
        told = {
            names.last_name: ("name/last", name.last),
            names.first_name: ("name/first", name.first),
            names.patronymic: ("name/patronymic", name.patronymic),
            names.birth_date: (
                "birth_date",
                entity.birth_date.isoformat() if entity.birth_date else None,
            ),
            names.gender: ("gender", genders[entity.gender] if entity.gender else None),
        }
        return {logical: value for logical, value in told.items() if logical}


def names_of(groups: Sequence[QuestionGroupWire]) -> dict[int, str]:
    """Return the logical names of questions by their ids."""
    return {
        question.id: question.logical_name
        for group in groups
        for question in group.questions
        if question.logical_name
    }


def _by_name(groups: Sequence[QuestionGroupWire]) -> _ByName:
    return {
        question.logical_name: (group, question)
        for group in groups
        for question in group.questions
        if question.logical_name
    }


def _row(
    group: QuestionGroupWire, question: QuestionWire, value: str | None, fixed: Sequence[int]
) -> _Row:
    return {
        "questionId": question.id,
        "questionGroupId": group.id,
        "value": value,
        "fixedAnswerIds": list(fixed),
        "tag": "0",
    }


def _attribute_row(one: AttributeQuestion, value: str, known: _ByName) -> _Row:
    group, question = known[one.question]
    if one.kind not in _CHOICES:
        return _row(group, question, value, [])
    texts = {one.options[word] for word in value.split(SEPARATOR)}
    if _CHOICES[one.kind]:
        # What the configuration does not name stays as the member chose it.
        chosen = {ans.name for ans in _chosen(question) if ans.name}
        texts |= chosen.difference(one.options.values())
    fixed = [ans.id for ans in question.fixed_answers or () if ans.name in texts]
    return _row(group, question, None, fixed)


def _faults(one: AttributeQuestion, question: QuestionWire | None) -> list[str]:
    """Compare a question with what is configured of it; each fault begins where its key goes on."""
    if question is None:
        return [f".question: the installation has no question {one.question}, make it there"]
    if question.is_read_only:
        return [f": the question {one.question} is read-only, let it be answered or leave it out"]
    kind = _kind_of(question)
    if question.question_type is not None and kind != one.kind:
        return [f".kind: the question {one.question} is another, write {kind}"]
    there = {ans.name for ans in question.fixed_answers or ()}
    return [
        f".options.{word}: the question {one.question} has no answer {text}, add it there"
        for word, text in one.options.items()
        if text not in there
    ]


def _kind_of(question: QuestionWire) -> str:
    """Return a question's kind by our words; a type that is not known holds texts."""
    told = question.question_type
    if told == "Select" or question.is_multi_select:
        return "select_many" if question.is_multi_select else "select"
    return next((kind for kind, name in _TYPES.items() if name == told), "string")


def _told(one: AttributeQuestion, question: QuestionWire) -> str | None:
    """Return an answer by our words; a choice that only the vendor has a word for stays as text."""
    if one.kind not in _CHOICES:
        return question.answer.value if question.answer else None
    words = {text: word for word, text in one.options.items()}
    chosen = [ans.name or "" for ans in _chosen(question)]
    known = [words[text] for text in chosen if text in words]
    if _CHOICES[one.kind]:
        return SEPARATOR.join(known)
    return known[0] if known else next(iter(chosen), None)


def _text(question: QuestionWire) -> str | None:
    """Return the answer that was chosen, by its text, or written."""
    chosen = _chosen(question)
    if chosen:
        return chosen[0].name
    return question.answer.value if question.answer else None


def _chosen(question: QuestionWire) -> list[FixedAnswerWire]:
    ids = set(question.answer.fixed_answer_ids or ()) if question.answer else set()
    return [one for one in question.fixed_answers or () if one.is_selected or one.id in ids]


def _concerns(changed: Collection[str] | None, path: str) -> bool:
    whole = path.partition("/")[0]
    return changed is None or path in changed or whole in changed
