"""Members of the house who were joined into others.

Revision: 0018 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

KNOWN = sa.text("entity_id <> ''")
JOINED = sa.text("joined_into <> ''")


def upgrade() -> None:
    """Make the column and the indexes."""
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
