"""Table of merges of persons."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

person_merge = sa.Table(
    "person_merge",
    metadata,
    key("id"),
    *texts("survivor", "absorbed", "state", "asked_by", "cause"),
    moment("asked_at"),
    moment("until"),
    maybe("changed_at", MOMENT),
    text("note"),
    sealed(),
    index(
        "uq_person_merge_absorbed",
        "absorbed",
        unique=True,
        where="state = 'done'",
        serves="absorbed_into; nobody is absorbed twice",
    ),
    index("ix_person_merge_survivor", "survivor", serves="merges_of"),
    index("ix_person_merge_state", "state", "asked_at", serves="merges"),
    comment="Merges of persons; sealed holds what both were before and all that was moved.",
)
