"""View: what the templates show of a form: fields with their words, values and errors. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gateway.config import PERSONAL_DATA, FormFieldSection, FormSection, Language
from gateway.identity.questionnaire.answers import (
    CONSENT,
    CONTACT_MOST,
    EMAIL,
    NAME_MOST,
    OWN,
    PHONE,
    YES,
    Problem,
)
from gateway.ingress.forms.visit import Visit

HERE = Path(__file__).parent
LANGUAGES: Mapping[Language, str] = {"ru": "Русский", "en": "English"}
_AUTOCOMPLETE = {
    "last": "family-name",
    "first": "given-name",
    "patronymic": "additional-name",
    "birth_date": "bday",
    PHONE: "tel",
    EMAIL: "email",
}
_TYPES = {PHONE: "tel", EMAIL: "email", "birth_date": "date"}


@cache
def words(language: Language) -> Mapping[str, str]:
    """Return the fixed words of the pages."""
    found: dict[str, str] = orjson.loads((HERE / "texts" / f"{language}.json").read_bytes())
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a template shows it. Shape: ``options`` are (value, text) of a choice."""

    name: str
    label: str
    kind: str
    value: str = field(default="", repr=False)
    error: str = ""
    hint: str = ""
    required: bool = True
    autocomplete: str = "off"
    most: int = CONTACT_MOST
    options: Sequence[tuple[str, str]] = ()
    link: str = ""

    @property
    def anchor(self) -> str:
        """Return the id of its element."""
        return "field-" + "".join(char if char.isalnum() else "-" for char in self.name)


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of the pages in one language."""

    language: Language

    def say(self, key: str, **values: object) -> str:
        """Return a fixed text."""
        return words(self.language)[key].format(**values)


@dataclass(frozen=True, slots=True)
class FormWords(Words):
    """The words of a questionnaire in one language."""

    section: FormSection

    def own(self, name: str) -> str:
        """Return a text of the configuration, empty where there is none."""
        texts: Mapping[Language, str] = getattr(self.section, name)
        return texts.get(self.language, "")

    def label(self, name: str) -> str:
        """Return what a field is called."""
        if name.startswith(OWN):
            return self._own(name).label[self.language]
        if name.startswith(CONSENT):
            return self.say("consent")
        return self.say(f"label.{name}")

    def problem(self, name: str, code: str) -> str:
        """Return what is wrong with a field and what to do."""
        table = words(self.language)
        plain = CONSENT.rstrip(".") if name.startswith(CONSENT) else name
        text = table.get(f"problem.{plain}.{code}") or table.get(f"problem.{code}")
        text = text or table["problem.other"]
        most = self._own(name).most if name.startswith(OWN) else NAME_MOST
        return text.format(label=self.label(name), age=self.section.min_age, most=most)

    def _own(self, name: str) -> FormFieldSection:
        return next(one for one in self.section.fields if f"{OWN}{one.code}" == name)


def fields_of(
    told: FormWords, values: Mapping[str, str], problems: Sequence[Problem]
) -> list[Shown]:
    """Return the fields in their order."""
    wrong = {one.field: told.problem(one.field, one.code) for one in problems}
    section = told.section
    shown = [_asked(told, name, values, wrong) for name in (*section.asks, PHONE, EMAIL)]
    return shown + [_own(told, one, values, wrong) for one in section.fields]


def consents_of(
    told: FormWords, values: Mapping[str, str], problems: Sequence[Problem]
) -> list[Shown]:
    """Return the consents, none of them ticked unless the visitor did."""
    wrong = {one.field: told.problem(one.field, one.code) for one in problems}
    return [
        Shown(
            name=f"{CONSENT}{one.id}",
            label=one.text[told.language],
            kind="flag",
            value=values.get(f"{CONSENT}{one.id}", ""),
            error=wrong.get(f"{CONSENT}{one.id}", ""),
            required=one.id == PERSONAL_DATA,
            link=one.link,
        )
        for one in told.section.consents
    ]


def _asked(
    told: FormWords, name: str, values: Mapping[str, str], wrong: Mapping[str, str]
) -> Shown:
    options: list[tuple[str, str]] = []
    if name == "gender":
        options = [(one, told.say(f"label.{one}")) for one in ("female", "male")]
    table = words(told.language)
    return Shown(
        name=name,
        label=told.label(name),
        kind="radio" if options else _TYPES.get(name, "text"),
        value=values.get(name, ""),
        error=wrong.get(name, ""),
        hint=table.get(f"hint.{name}", ""),
        required=name not in told.section.optional,
        autocomplete=_AUTOCOMPLETE.get(name, "off"),
        most=CONTACT_MOST if name in (PHONE, EMAIL) else NAME_MOST,
        options=options,
    )


def _own(
    told: FormWords, own: FormFieldSection, values: Mapping[str, str], wrong: Mapping[str, str]
) -> Shown:
    name = f"{OWN}{own.code}"
    kinds: Mapping[str, str] = {"choice": "select", "flag": "flag", "date": "date"}
    return Shown(
        name=name,
        label=own.label[told.language],
        kind=kinds.get(own.kind, "text"),
        value=values.get(name, ""),
        error=wrong.get(name, ""),
        required=own.required and own.kind != "flag",
        most=own.most,
        options=[(value, text[told.language]) for value, text in own.choices.items()],
    )


def typed_of(values: Mapping[str, str], consents: Sequence[str]) -> dict[str, str]:
    """Return what a visitor typed, as the form shows it again."""
    return {**values, **{f"{CONSENT}{one}": YES for one in consents}}


def minutes(seconds: float) -> int:
    """Return whole minutes of a wait, at least one."""
    return max(1, -(-int(seconds) // 60))


def context(told: Words, visit: Visit, **more: Any) -> dict[str, Any]:
    """Return what every template knows."""
    others = [(one, LANGUAGES[one]) for one in visit.look.languages if one != visit.language]
    return {"t": told.say, "told": told, "visit": visit, "language": visit.language,
            "others": others, **more}  # fmt: skip
