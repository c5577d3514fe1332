"""Tables of questionnaires."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import count, index, key, moment, sealed, text, texts
from gateway.store.tables import metadata

form_session = sa.Table(
    "form_session",
    metadata,
    key("id"),
    *texts("form", "token", "step", "language", "correlation_id", "entity_id", "cause"),
    moment("created_at"),
    moment("changed_at"),
    moment("due_at"),
    moment("expires_at"),
    count("attempts"),
    sealed("answers"),
    index("uq_form_session_token", "token", serves="form_by_token", unique=True),
    index(
        "ix_form_session_due_at",
        "due_at",
        serves="take_form",
        where="step IN ('confirmed', 'declared', 'rewarded')",
    ),
    index("ix_form_session_expires_at", "expires_at", serves="purge_forms"),
    comment="Questionnaires under way: sealed answers, and how far each has come.",
)

form_grant = sa.Table(
    "form_grant",
    metadata,
    key("form"),
    key("person"),
    text("session_id"),
    moment("given_at"),
    comment="To whom a form's bonus was given: keyed digests of contacts, and customers' ids.",
)
