"""Sales of tills, and the switches.

Revision: 0003 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = Moment()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _sale() -> None:
    op.create_table(
        "sale",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("processor", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sale"),
        comment="Sales and returns of tills, one row each at its last version.",
    )
    _index("ix_sale_caller", "sale", "caller", "place")
    _index("ix_sale_changed_at", "sale", "changed_at")
    _index("ix_sale_due", "sale", "caller", "place", "due_at", where="due_at IS NOT NULL")
    _index("ix_sale_open", "sale", "id", where="due_at IS NOT NULL")
    _index("ix_sale_progress", "sale", "progress", "changed_at")


def _switch() -> None:
    op.create_table(
        "switch",
        sa.Column("id", SERIAL, nullable=False, autoincrement=True),
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_switch"),
        comment="Switches of the programme: every turn, never changed; sealed holds who and why.",
        sqlite_autoincrement=True,
    )


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, list(columns), postgresql_where=condition, sqlite_where=condition)


def upgrade() -> None:
    """Make the tables."""
    _sale()
    _switch()
    if op.get_bind().dialect.name == "postgresql":
        _tell_postgresql()


def _tell_postgresql() -> None:
    """Say what it could not know.

    What is sealed cannot be compressed; and a sale changes a few times within minutes.
    """
    for column in ("content", "kept", "asked"):
        op.execute(f"ALTER TABLE sale ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.execute(
        "ALTER TABLE sale SET (autovacuum_vacuum_scale_factor = 0.01,"
        " autovacuum_vacuum_threshold = 1000)"
    )
