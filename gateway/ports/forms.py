"""Forms port: questionnaires under way, and for whom a form's bonus was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class FormStep(StrEnum):
    """How far a questionnaire has come."""

    EMAIL = "email"
    """The answers are there; the code that went to the e-mail is awaited."""
    PHONE = "phone"
    """The e-mail is confirmed; the code that went to the phone is awaited."""
    CONFIRMED = "confirmed"
    """Both are confirmed; the systems are to be asked who this is."""
    DECLARED = "declared"
    """The customer holds the answers; the processor is to hold the customer."""
    REWARDED = "rewarded"
    """The bonus is decided; the site is to hold the customer."""
    DONE = "done"


OF_VISITOR = frozenset({FormStep.EMAIL, FormStep.PHONE})
"""Steps at which the visitor is awaited; at the others the gateway works by itself."""


@dataclass(frozen=True, slots=True)
class FormRow:
    """One questionnaire of one visitor.

    Shape: ``token`` is a keyed digest of what the visitor's browser keeps; ``answers`` is sealed,
    and empty when it is done. ``due_at`` is when the gateway works on it next. ``cause`` is a code
    that says why it waits. Codes are known by the questionnaire's id, which asked for them.
    """

    id: str
    form: str
    token: str
    step: FormStep
    language: str
    created_at: datetime
    changed_at: datetime
    due_at: datetime
    expires_at: datetime
    correlation_id: str
    entity_id: str = ""
    attempts: int = 0
    cause: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)


class FormTx(Protocol):
    """Questionnaires in a transaction of the store."""

    def form_by_token(self, token: str) -> FormRow | None:
        """The questionnaire of a browser."""

    def form_rows(self, ids: Sequence[str]) -> Mapping[str, FormRow]:
        """Questionnaires by id."""

    def put_form(self, row: FormRow) -> None:
        """Insert or replace by id."""

    def take_form(self, *, now: datetime, until: datetime) -> FormRow | None:
        """Take the oldest that is due to the gateway: it is due again at ``until``."""

    def drop_forms(self, ids: Sequence[str]) -> None:
        """Delete questionnaires."""

    def purge_forms(self, *, before: datetime, limit: int) -> int:
        """Delete those that expired before then and wait for nobody but the visitor."""

    def form_givers(self, form: str, persons: Sequence[str]) -> Mapping[str, str]:
        """Person (digest or entity id) → the questionnaire by which the form's bonus was given."""

    def give_form(
        self, form: str, persons: Sequence[str], *, session_id: str, now: datetime
    ) -> None:
        """Note that a form's bonus was given to a person; who is there stays."""
