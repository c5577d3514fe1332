"""Sections: a questionnaire of the configuration, and answers that fit it."""

from __future__ import annotations

from typing import Any

from gateway.config import FormSection

CONSENTS: list[dict[str, Any]] = [
    {"id": "personal_data", "version": "1", "text": {"ru": "Согласен", "en": "I agree"}},
    {"id": "mailing:email", "version": "2", "text": {"ru": "Письма", "en": "Letters"}},
]


def section(**more: Any) -> FormSection:
    """Return a questionnaire."""
    plain: dict[str, Any] = {
        "site": "shop",
        "processor": "points",
        "bonus": "100",
        "title": {"ru": "Анкета", "en": "Form"},
        "asks": ["last", "first"],
        "consents": CONSENTS,
    }
    return FormSection.model_validate({**plain, **more})


def typed(**more: str) -> dict[str, str]:
    """Return answers."""
    plain = {
        "last": "Ёлкина",
        "first": "Анна",
        "phone": "8 (916) 123-45-67",
        "email": "Anna@Example.com",
        "consent.personal_data": "yes",
    }
    return {**plain, **more}
