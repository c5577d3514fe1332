"""Asking: whom the gateway wrote to about a merge, and the links by which he answers.

Revision: 0016 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = Moment()
TOLD = sa.text("told_at IS NOT NULL")
UNTOLD = sa.text("told_at IS NULL")
UNASKED = sa.text("asked_at IS NULL")


def upgrade() -> None:
    """Make the table, the columns and their indexes."""
    op.add_column("person_merge", sa.Column("told_at", MOMENT, nullable=True))
    op.create_index(
        "ix_person_merge_told_at", "person_merge", ["told_at"], postgresql_where=TOLD,
        sqlite_where=TOLD,
    )  # fmt: skip
    op.add_column("identity_pair", sa.Column("asked_at", MOMENT, nullable=True))
    op.create_index(
        "ix_identity_pair_unasked", "identity_pair", ["state", "points", "one", "other"],
        postgresql_where=UNASKED, sqlite_where=UNASKED,
    )  # fmt: skip
    op.create_table(
        "merge_point",
        sa.Column("merge_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("merge_id", "place", name="pk_merge_point"),
        comment="Where a person is asked about a merge; token is the digest of the link's secret.",
    )
    op.create_index("uq_merge_point_token", "merge_point", ["token"], unique=True)
    op.create_index(
        "ix_merge_point_untold", "merge_point", ["merge_id"], postgresql_where=UNTOLD,
        sqlite_where=UNTOLD,
    )  # fmt: skip
