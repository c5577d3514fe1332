"""Answers: what was typed into a form, checked field by field. Pure.

A problem is a field and a code; whoever shows it has the words, in the visitor's language. The same
checks serve a field while it is typed and the whole form when it is sent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from gateway.canonical import normal_email, normal_phone
from gateway.config import PERSONAL_DATA, FormFieldSection, FormSection

PHONE, EMAIL = "phone", "email"
OWN, CONSENT = "own.", "consent."
"""Prefixes of the names of a shop's own fields and of consents."""

NAME_MOST, CONTACT_MOST, OLDEST = 60, 120, 120
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ '’.-](?=[^\W\d_]|$))*")
_DAY = re.compile(
    r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2}))|(?:(\d{1,2})\.(\d{1,2})\.(\d{4}))", re.ASCII
)
_MOBILE = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)
_SAME_DIGITS = re.compile(r"(\d)\1{6,}")
_SPACES = re.compile(r"\s+")
YES = "yes"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field. Shape: ``code`` names the words, as ``missing`` or ``form``."""

    field: str
    code: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers that can be used.

    Shape: ``values`` by the name of a field, cleaned, without empty ones; ``consents`` are the ids
    of those that were given. ``is_complete``: no field that the form has is empty.
    """

    phone: str = field(repr=False)
    email: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    consents: tuple[str, ...]
    is_complete: bool

    def sealed(self) -> dict[str, Any]:
        """Return the answers as JSON, to be sealed."""
        return {
            "phone": self.phone,
            "email": self.email,
            "values": dict(self.values),
            "consents": list(self.consents),
            "complete": self.is_complete,
        }


def opened(sealed: Mapping[str, Any]) -> Answers:
    """Return what ``sealed`` made."""
    return Answers(
        phone=sealed["phone"],
        email=sealed["email"],
        values=sealed["values"],
        consents=tuple(sealed["consents"]),
        is_complete=sealed["complete"],
    )


def names_of(form: FormSection) -> list[str]:
    """Return the names of all fields in the order in which they stand, without consents."""
    return [*form.asks, PHONE, EMAIL, *(f"{OWN}{one.code}" for one in form.fields)]


def read(
    form: FormSection, typed: Mapping[str, str], *, today: date
) -> tuple[Answers | None, list[Problem]]:
    """Return the answers, or what is wrong with them in the order of the fields."""
    values = {name: cleaned(typed.get(name, "")) for name in names_of(form)}
    problems = [
        Problem(name, code)
        for name, value in values.items()
        if (code := problem_of(form, name, value, today=today))
    ]
    given = tuple(one.id for one in form.consents if typed.get(f"{CONSENT}{one.id}") == YES)
    if PERSONAL_DATA not in given:
        problems.append(Problem(f"{CONSENT}{PERSONAL_DATA}", "missing"))
    if problems:
        return None, problems
    phone, email = normal_phone(values[PHONE]), normal_email(values[EMAIL])
    assert phone is not None  # noqa: S101 - for the type checker
    assert email is not None  # noqa: S101 - for the type checker
    flags = {f"{OWN}{one.code}" for one in form.fields if one.kind == "flag"}
    is_complete = all(value or name in flags for name, value in values.items())
    kept = {name: value for name, value in values.items() if value}
    return Answers(phone, email, kept, given, is_complete), []


def cleaned(text: str) -> str:
    """Return a text without needless and invisible blanks."""
    whole = unicodedata.normalize("NFC", text)
    visible = "".join(char for char in whole if char.isprintable() or char.isspace())
    return _SPACES.sub(" ", visible).strip()


def problem_of(form: FormSection, name: str, value: str, *, today: date) -> str:
    """Return the code of what is wrong with one field, empty for nothing."""
    if name.startswith(OWN):
        own = next((one for one in form.fields if f"{OWN}{one.code}" == name), None)
        return _of_own(own, value) if own is not None else "unknown"
    if name not in (PHONE, EMAIL) and name not in form.asks:
        return "unknown"
    if not value:
        return "" if name in form.optional else "missing"
    if name == "birth_date":
        return _of_birth(value, form.min_age, today)
    return _CHECKS[name](value)


def day_of(text: str) -> date | None:
    """Return a day as browsers send it or as people here write it, ``None`` for none."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    parts = [part for part in found.groups() if part is not None]
    year, month, day = parts if found["y"] else reversed(parts)
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _of_name(value: str) -> str:
    if len(value) > NAME_MOST:
        return "long"
    return "" if _NAME.fullmatch(value) else "letters"


def _of_gender(value: str) -> str:
    return "" if value in ("female", "male") else "choice"


def _of_phone(value: str) -> str:
    number = normal_phone(value) if len(value) <= CONTACT_MOST else None
    if number is None:
        return "form"
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed) or _SAME_DIGITS.search(number):
        return "form"
    return "" if phonenumbers.number_type(parsed) in _MOBILE else "mobile"


def _of_email(value: str) -> str:
    if len(value) > CONTACT_MOST:
        return "form"
    if not value.isascii():
        return "letters"
    try:
        validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return "form"
    return "" if normal_email(value) else "form"


def _of_birth(value: str, min_age: int, today: date) -> str:
    day = day_of(value)
    if day is None:
        return "form"
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    if day > today or age > OLDEST:
        return "range"
    return "young" if age < min_age else ""


def _of_own(own: FormFieldSection, value: str) -> str:
    if own.kind == "flag":
        return "" if value in ("", YES) else "choice"
    if not value:
        return "missing" if own.required else ""
    if len(value) > own.most:
        return "long"
    code, fits = _OWN_KINDS[own.kind]
    return "" if fits(own, value) else code


def _is_number(value: str) -> bool:
    try:
        return Decimal(value.replace(",", ".").replace(" ", "")).is_finite()
    except InvalidOperation:
        return False


_CHECKS: Mapping[str, Callable[[str], str]] = {
    "last": _of_name,
    "first": _of_name,
    "patronymic": _of_name,
    "gender": _of_gender,
    PHONE: _of_phone,
    EMAIL: _of_email,
}
_OWN_KINDS: Mapping[str, tuple[str, Callable[[FormFieldSection, str], bool]]] = {
    "text": ("", lambda _, __: True),
    "choice": ("choice", lambda own, value: value in own.choices),
    "date": ("form", lambda _, value: day_of(value) is not None),
    "number": ("number", lambda _, value: _is_number(value)),
}
