"""The journal read by correlation and by account, and what belongs to a customer.

Revision: 0008 (pre). Written out in full, since a revision must not change when the tables do.
Entities that were there before get their ``customer_id`` when they are next changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column and the indexes."""
    op.add_column("entity", sa.Column("customer_id", sa.Text(), nullable=True))
    _index(
        "ix_entity_customer_id",
        "entity",
        "customer_id",
        "kind",
        "id",
        where="customer_id IS NOT NULL",
    )
    _index(
        "ix_journal_correlation_id", "journal", "correlation_id", "id", where="correlation_id <> ''"
    )
    op.create_index("ix_journal_account", "journal", ["account", "id"])


def _index(name: str, table: str, *columns: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, list(columns), postgresql_where=condition, sqlite_where=condition)
