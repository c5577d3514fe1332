"""Protocols of erasures.

Revision: 0015 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = Moment()
OPEN = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        comment="Protocols of erasures; sealed holds what is looked for until all is searched.",
    )
    op.create_index("ix_erasure_entity_id", "erasure", ["entity_id"])
    op.create_index("ix_erasure_asked_at", "erasure", ["asked_at", "id"])
    op.create_index(
        "ix_erasure_due_at", "erasure", ["due_at"], postgresql_where=OPEN, sqlite_where=OPEN
    )
