"""Questionnaires.

Revision: 0013 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = Moment()
OF_GATEWAY = sa.text("step IN ('confirmed', 'declared', 'rewarded')")


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "form_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_form_session"),
        comment="Questionnaires under way: sealed answers, and how far each has come.",
    )
    op.create_index("uq_form_session_token", "form_session", ["token"], unique=True)
    op.create_index(
        "ix_form_session_due_at",
        "form_session",
        ["due_at"],
        postgresql_where=OF_GATEWAY,
        sqlite_where=OF_GATEWAY,
    )
    op.create_index("ix_form_session_expires_at", "form_session", ["expires_at"])
    op.create_table(
        "form_grant",
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("form", "person", name="pk_form_grant"),
        comment="To whom a form's bonus was given: keyed digests of contacts, and customers' ids.",
    )
