"""Members of the house who were joined into others, and merges that vendors made.

Revision: 0017 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = Moment()
KNOWN = sa.text("entity_id <> ''")
JOINED = sa.text("joined_into <> ''")
DUE = sa.text("due_at IS NOT NULL")


def upgrade() -> None:
    """Make the column, the table and the indexes."""
    op.add_column(
        "house_member",
        sa.Column("joined_into", sa.Text(), nullable=False, server_default=sa.text("''")),
    )
    op.create_index(
        "ix_house_member_entity", "house_member", ["entity_id", "id"],
        postgresql_where=KNOWN, sqlite_where=KNOWN,
    )  # fmt: skip
    op.create_index(
        "ix_house_member_joined", "house_member", ["joined_into", "id"],
        postgresql_where=JOINED, sqlite_where=JOINED,
    )  # fmt: skip
    op.create_table(
        "vendor_merge",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("gone", sa.Text(), nullable=False),
        sa.Column("into_id", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("account", "gone", name="pk_vendor_merge"),
        comment="Customers' records that vendors joined into others, by their ids there.",
    )
    op.create_index(
        "ix_vendor_merge_due", "vendor_merge", ["due_at"], postgresql_where=DUE, sqlite_where=DUE
    )
