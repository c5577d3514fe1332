"""Tables of the people who look after the gateway."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

operator_session = sa.Table(
    "operator_session",
    metadata,
    key("digest"),
    *texts("name", "role", "token"),
    moment("created_at"),
    moment("seen_at"),
    moment("until"),
    index("ix_operator_session_until", "until", serves="purge_sessions"),
    comment="Sessions of the console, by the digest of their cookie.",
)

approval = sa.Table(
    "approval",
    metadata,
    key("id"),
    *texts("action", "state", "asked_by"),
    moment("asked_at"),
    moment("until"),
    text("decided_by"),
    maybe("decided_at", MOMENT),
    sealed(),
    index("ix_approval_state", "state", "asked_at", serves="approvals"),
    comment="Actions that wait for a second person; sealed holds what exactly is to be done.",
)
