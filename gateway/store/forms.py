"""Questionnaires: their part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gateway.ports.forms import FormRow, FormStep
from gateway.store.columns import COUNT, MOMENT
from gateway.store.part import Part
from gateway.store.statement import Dialect, Executable, Row, param, shape, statement
from gateway.store.tables_forms import form_grant, form_session

SESSION = shape(
    form_session,
    "id",
    "form",
    "token",
    "step",
    "language",
    "created_at",
    "changed_at",
    "due_at",
    "expires_at",
    "correlation_id",
    "entity_id",
    "attempts",
    "cause",
    "answers",
)
SHOWN = [form_session.c[name] for name in SESSION]
GRANT = shape(form_grant, "form", "person", "session_id", "given_at")
OF_GATEWAY = sa.text("step IN ('confirmed', 'declared', 'rewarded')")
OF_OTHERS = sa.text("step NOT IN ('confirmed', 'declared', 'rewarded')")


@statement("questionnaire of a browser")
def _by_token(_: Dialect) -> Executable:
    return sa.select(*SHOWN).where(form_session.c.token == param("token"))


@statement("questionnaires read")
def _read(d: Dialect) -> Executable:
    return sa.select(*SHOWN).where(d.among(form_session.c.id, "ids"))


@statement("questionnaire put")
def _put(d: Dialect) -> Executable:
    insert = d.insert(form_session, SESSION)
    changed = {name: insert.excluded[name] for name in SESSION if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


@statement("questionnaire take")
def _take(_: Dialect) -> Executable:
    due = (
        sa.select(form_session.c.id)
        .where(OF_GATEWAY, form_session.c.due_at <= param("now", MOMENT))
        .order_by(form_session.c.due_at)
        .limit(param("limit", COUNT))
        .with_for_update(skip_locked=True)
    )
    return (
        sa.update(form_session)
        .where(form_session.c.id.in_(due))
        .values(due_at=param("until", MOMENT))
        .returning(*SHOWN)
    )


@statement("questionnaires drop")
def _drop(d: Dialect) -> Executable:
    return (
        sa.delete(form_session)
        .where(d.among(form_session.c.id, "ids"))
        .returning(form_session.c.id)
    )


@statement("questionnaire purge")
def _purge(_: Dialect) -> Executable:
    old = (
        sa.select(form_session.c.id)
        .where(OF_OTHERS, form_session.c.expires_at < param("before", MOMENT))
        .order_by(form_session.c.expires_at)
        .limit(param("limit", COUNT))
        .with_for_update(skip_locked=True)
    )
    return sa.delete(form_session).where(form_session.c.id.in_(old)).returning(form_session.c.id)


@statement("questionnaire bonus given to")
def _givers(d: Dialect) -> Executable:
    return sa.select(form_grant.c.person, form_grant.c.session_id).where(
        form_grant.c.form == param("form"), d.among(form_grant.c.person, "ids")
    )


@statement("questionnaire bonus give")
def _give(d: Dialect) -> Executable:
    insert = d.insert(form_grant, GRANT)
    return insert.on_conflict_do_nothing(index_elements=["form", "person"])


class FormPart(Part):
    """See ``gateway.ports.forms.FormTx``."""

    def form_by_token(self, token: str) -> FormRow | None:
        """The questionnaire of a browser."""
        found = self._session.all(_by_token, token=token)
        return self._form(found[0]) if found else None

    def form_rows(self, ids: Sequence[str]) -> Mapping[str, FormRow]:
        """Questionnaires by id."""
        rows = [self._form(row) for row in self._about(_read, ids)]
        return {row.id: row for row in rows}

    def put_form(self, row: FormRow) -> None:
        """Insert or replace."""
        record: dict[str, Any] = {name: getattr(row, name) for name in SESSION}
        record |= {
            "step": row.step.value,
            "answers": self._sealer.seal("form_session", row.answers),
        }
        self._session.each(_put, [record])

    def take_form(self, *, now: datetime, until: datetime) -> FormRow | None:
        """Take the oldest that is due."""
        found = self._session.all(_take, now=now, until=until, limit=1)
        return self._form(found[0]) if found else None

    def drop_forms(self, ids: Sequence[str]) -> None:
        """Delete questionnaires."""
        self._about(_drop, ids)

    def purge_forms(self, *, before: datetime, limit: int) -> int:
        """Delete those that expired; return how many."""
        return len(self._session.all(_purge, before=before, limit=limit))

    def form_givers(self, form: str, persons: Sequence[str]) -> Mapping[str, str]:
        """By which questionnaire the bonus was given."""
        return {str(row[0]): str(row[1]) for row in self._about(_givers, persons, form=form)}

    def give_form(
        self, form: str, persons: Sequence[str], *, session_id: str, now: datetime
    ) -> None:
        """Note to whom the bonus was given."""
        rows = [
            {"form": form, "person": one, "session_id": session_id, "given_at": now}
            for one in sorted(set(persons))
        ]
        self._session.each(_give, rows)

    def _form(self, row: Row) -> FormRow:
        values = dict(zip(SESSION, row, strict=True))
        values |= {
            "step": FormStep(values["step"]),
            "answers": self._sealer.open("form_session", values["answers"]),
        }
        return FormRow(**values)
