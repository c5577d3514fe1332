"""Buyers whose orders were seen before they were.

Revision: 0019 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "awaited_buyer",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("account", "external_id", "entity_id", name="pk_awaited_buyer"),
        comment="Orders and cards that name somebody who was not seen at their account yet.",
    )
    op.create_index("ix_awaited_buyer_seen_at", "awaited_buyer", ["seen_at"])
