"""Form: one questionnaire of the configuration, with the systems that it fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.canonical import Kind
from gateway.config import HOUSE, FormSection
from gateway.ports import FormRow, JournalRow
from gateway.sync.account import Account
from gateway.sync.lookup import EMAIL, PHONE, Digester

FORM = "form"
"""The name under which forms stand in the journal and among the origins of values."""


@dataclass(frozen=True, slots=True)
class Form:
    """Shape: ``processor`` is ``None`` for the programme inside the gateway."""

    name: str
    section: FormSection
    site: Account
    processor: Account | None

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return the accounts that are asked and told, each once."""
        if self.processor is None or self.processor.name == self.site.name:
            return (self.site,)
        return (self.site, self.processor)

    @property
    def processor_name(self) -> str:
        """Return who keeps the points."""
        return self.processor.name if self.processor is not None else HOUSE


@dataclass(frozen=True, slots=True)
class Digests:
    """Digests of contacts, as customers are found by them."""

    digester: Digester = field(repr=False)

    def of(self, phone: str, email: str) -> list[str]:
        """Return those of a phone and an e-mail."""
        return [self.digester.digest(PHONE, phone), self.digester.digest(EMAIL, email)]


def sentence(
    row: FormRow, at: datetime, outcome: str, detail: Mapping[str, Any] | None = None
) -> JournalRow:
    """Return a sentence of a form's story; it stands with the customer as soon as there is one."""
    told = {"form": row.form, "session": row.id, **(detail or {})}
    about = row.entity_id or row.id
    return JournalRow(at, about, Kind.CUSTOMER, FORM, "form", outcome, row.correlation_id, told)


def moved(row: FormRow, now: datetime, **changes: Any) -> FormRow:
    """Return a row that came further: it is due at once, and nothing is in its way."""
    fresh = {"changed_at": now, "due_at": now, "attempts": 0, "cause": "", **changes}
    return replace(row, **fresh)
