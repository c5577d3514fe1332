"""Tables of merges of persons: ours and vendors', and where a person is asked about one."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import COUNT, MOMENT, index, key, maybe, moment, sealed, text, texts
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
    maybe("told_at", MOMENT),
    index(
        "uq_person_merge_absorbed",
        "absorbed",
        unique=True,
        where="state = 'done'",
        serves="absorbed_into; nobody is absorbed twice",
    ),
    index("ix_person_merge_survivor", "survivor", serves="merges_of"),
    index("ix_person_merge_state", "state", "asked_at", serves="merges, merges_untold"),
    index("ix_person_merge_told_at", "told_at", where="told_at IS NOT NULL", serves="merges_begun"),
    comment="Merges of persons; sealed holds what both were before and all that was moved.",
)

vendor_merge = sa.Table(
    "vendor_merge",
    metadata,
    key("account"),
    key("gone"),
    text("into_id"),
    moment("seen_at"),
    maybe("due_at", MOMENT),
    index("ix_vendor_merge_due", "due_at", where="due_at IS NOT NULL", serves="vendor_merges_due"),
    comment="Customers' records that vendors joined into others, by their ids there.",
)

merge_point = sa.Table(
    "merge_point",
    metadata,
    key("merge_id"),
    sa.Column("place", COUNT, primary_key=True),
    text("token"),
    maybe("told_at", MOMENT),
    index("uq_merge_point_token", "token", unique=True, serves="merge_by_token"),
    index(
        "ix_merge_point_untold", "merge_id", where="told_at IS NULL", serves="untold_merge_points"
    ),
    comment="Where a person is asked about a merge; token is the digest of the link's secret.",
)
