"""Tables of the protocols of erasures, and of how those who were erased could be named."""

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

erased_name = sa.Table(
    "erased_name",
    metadata,
    key("name"),
    moment("until"),
    index("ix_erased_name_until", "until", serves="purge_erased_names"),
    comment="Digests of phones, e-mails, cards and ids that named somebody who was erased.",
)
