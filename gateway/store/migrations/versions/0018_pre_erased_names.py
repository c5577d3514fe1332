"""How those who were erased could be named.

Revision: 0018 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "erased_name",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_erased_name"),
        comment="Digests of phones, e-mails, cards and ids that named somebody who was erased.",
    )
    op.create_index("ix_erased_name_until", "erased_name", ["until"])
