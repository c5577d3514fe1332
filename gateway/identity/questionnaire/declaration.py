"""Declaration: what a person said by a confirmed form, as a canonical customer. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from gateway.canonical import (
    Confirmation,
    Consent,
    Customer,
    EmailContact,
    Gender,
    PersonName,
    PhoneContact,
)
from gateway.canonical.contact import MAIN, OTHER
from gateway.config import FormSection
from gateway.identity.questionnaire.answers import EMAIL, OWN, PHONE, Answers, day_of

NAME_PARTS = ("last", "first", "patronymic")
_PROOF_CHARS = 16
C = TypeVar("C", PhoneContact, EmailContact)


@dataclass(frozen=True, slots=True)
class Said:
    """A confirmed form: its name, its session's id, and when it was confirmed.

    Shape: ``texts`` are the consents as they were shown, by id: version and digest of the text.
    ``is_new``: no system knew this person. ``is_email_free``: nobody else has the e-mail at a
    system that lets one only have it.
    """

    form: str
    session_id: str
    at: datetime
    texts: Mapping[str, Sequence[str]]
    is_new: bool = True
    is_email_free: bool = True


def declared(
    section: FormSection, answers: Answers, said: Said, before: Customer | None
) -> Customer:
    """Return what the person says, and nothing of what was not asked.

    What was the main contact before is one of others now: the confirmed one takes its place, and
    the older is still known.
    """
    values = answers.values
    spoken: dict[str, Any] = {"phones": _phones(answers, before)}
    if said.is_email_free:
        spoken["emails"] = _emails(answers, before)
    name = {part: values[part] for part in NAME_PARTS if part in values}
    if name:
        spoken["name"] = PersonName(**name)
    if "birth_date" in values:
        spoken["birth_date"] = day_of(values["birth_date"])
    if "gender" in values:
        spoken["gender"] = Gender(values["gender"])
    consents = _consents(section, answers, said, before)
    if consents:
        spoken["consents"] = consents
    if section.fields:
        spoken["attributes"] = _attributes(section, values)
    if said.is_new and (before is None or before.source is None):
        spoken["source"] = section.source or said.form
    if said.is_new and (before is None or before.registered_at is None):
        spoken["registered_at"] = said.at
    return Customer(**spoken)


def shown(section: FormSection, language: str) -> dict[str, list[str]]:
    """Return the consents as they are shown now: id → version, and digest of the text."""
    return {
        one.id: [one.version, f"{language}:{_digest(_text(one.text, language))}"]
        for one in section.consents
    }


def _phones(answers: Answers, before: Customer | None) -> tuple[PhoneContact, ...]:
    main = PhoneContact(
        number=answers.phone,
        raw=answers.values[PHONE],
        confirmation=Confirmation.CONFIRMED,
        rank=MAIN,
    )
    old = before.phones if before is not None else ()
    return (
        main,
        *(
            PhoneContact(number=one.number, rank=OTHER)
            for one in _displaced(old, "number", answers.phone)
        ),
    )


def _emails(answers: Answers, before: Customer | None) -> tuple[EmailContact, ...]:
    main = EmailContact(
        address=answers.email,
        raw=answers.values[EMAIL],
        confirmation=Confirmation.CONFIRMED,
        rank=MAIN,
    )
    old = before.emails if before is not None else ()
    return (
        main,
        *(
            EmailContact(address=one.address, rank=OTHER)
            for one in _displaced(old, "address", answers.email)
        ),
    )


def _displaced(old: Sequence[C], key: str, main: str) -> list[C]:
    """Return those that were as important as the new main one."""
    return [one for one in old if getattr(one, key) != main and one.rank <= MAIN]


def _consents(
    section: FormSection, answers: Answers, said: Said, before: Customer | None
) -> tuple[Consent, ...]:
    """Return consents that were given, and for whom nothing was known those that were not.

    An empty box withdraws nothing: who gave a consent elsewhere takes it back by saying so.
    """
    known = {one.id for one in before.consents} if before is not None else set()
    found = []
    for one_id, (version, digest) in said.texts.items():
        is_given = one_id in answers.consents
        if not is_given and one_id in known:
            continue
        proof = (
            f"form {said.form}, session {said.session_id}, text {digest}, "
            "e-mail and phone confirmed by codes"
        )
        found.append(
            Consent(
                id=one_id,
                granted=is_given,
                at=said.at,
                text_version=version,
                source=section.source or said.form,
                proof=proof,
            )
        )
    return tuple(found)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_PROOF_CHARS]


def _text(texts: Mapping[Any, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()))


def _attributes(section: FormSection, values: Mapping[str, str]) -> dict[str, str | None]:
    told: dict[str, str | None] = {}
    for one in section.fields:
        name = f"{OWN}{one.code}"
        if one.kind == "flag":
            told[one.code] = "yes" if name in values else "no"
        elif name in values:
            day = day_of(values[name]) if one.kind == "date" else None
            told[one.code] = day.isoformat() if day is not None else values[name]
    return told
