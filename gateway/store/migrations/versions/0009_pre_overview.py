"""Overview: figures over time, and what operators decide about accounts.

Revision: 0009 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = Moment()


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "tally",
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "at", "account", "what", name="pk_tally"),
        comment="Pre-aggregate: what happened at each account, by minute and by hour.",
    )
    for column in (
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("slowed_by", sa.Text(), nullable=True),
        sa.Column("slowed_at", MOMENT, nullable=True),
        sa.Column("slowed_calls", sa.BigInteger(), nullable=True),
        sa.Column("slowed_per_s", sa.Double(), nullable=True),
        sa.Column("unprepared", sa.Text(), nullable=True),
        sa.Column("probe_note", sa.Text(), nullable=True),
        sa.Column("probed_at", MOMENT, nullable=True),
        sa.Column("probe_ok", sa.Boolean(), nullable=True),
    ):
        op.add_column("account_state", column)
