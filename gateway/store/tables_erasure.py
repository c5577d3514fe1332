"""Table of the protocols of erasures."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

erasure = sa.Table(
    "erasure",
    metadata,
    key("id"),
    *texts("entity_id", "state", "asked_by"),
    moment("asked_at"),
    maybe("ended_at", MOMENT),
    maybe("due_at", MOMENT),
    text("record"),
    sealed(),
    index("ix_erasure_entity_id", "entity_id", serves="erasures_of"),
    index("ix_erasure_asked_at", "asked_at", "id", serves="erasures: those after a backup"),
    index(
        "ix_erasure_due_at",
        "due_at",
        where="due_at IS NOT NULL",
        serves="due_erasures",
    ),
    comment="Protocols of erasures; sealed holds what is looked for until all is searched.",
)
