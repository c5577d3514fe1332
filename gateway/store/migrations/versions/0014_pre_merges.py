"""Merges of persons.

Revision: 0014 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = Moment()
DONE = sa.text("state = 'done'")


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("survivor", sa.Text(), nullable=False),
        sa.Column("absorbed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
        comment="Merges of persons; sealed holds what both were before and all that was moved.",
    )
    op.create_index(
        "uq_person_merge_absorbed", "person_merge", ["absorbed"], unique=True,
        postgresql_where=DONE, sqlite_where=DONE,
    )  # fmt: skip
    op.create_index("ix_person_merge_survivor", "person_merge", ["survivor"])
    op.create_index("ix_person_merge_state", "person_merge", ["state", "asked_at"])
