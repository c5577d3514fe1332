"""Operators: sessions of the console, and actions that wait for a second person.

Revision: 0006 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = Moment()


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "operator_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_operator_session"),
        comment="Sessions of the console, by the digest of their cookie.",
    )
    op.create_index("ix_operator_session_until", "operator_session", ["until"])
    op.create_table(
        "approval",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        comment="Actions that wait for a second person; sealed holds what exactly is to be done.",
    )
    op.create_index("ix_approval_state", "approval", ["state", "asked_at"])
