"""One-time codes.

Revision: 0005 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = Moment()


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_code"),
        comment="One-time codes: keyed digests of who got which, and how often it was tried.",
    )
    op.create_index("ix_one_time_code_recipient", "one_time_code", ["recipient", "created_at"])
    op.create_index("ix_one_time_code_expires_at", "one_time_code", ["expires_at"])
