"""Dead letters by cause and by day, and decisions about many of them at once.

Revision: 0007 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = Moment()

_CLOSED = sa.text("ended_at IS NOT NULL")
_OPEN = sa.text("ended_at IS NULL")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    """Tell letters that nobody can know the outcome of, and make room for batches."""
    op.add_column(
        "dead_letter",
        sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("dead_letter", sa.Column("opened_at", MOMENT, nullable=True))
    op.execute("UPDATE dead_letter SET opened_at = first_at")
    op.execute(
        "UPDATE dead_letter SET held = true WHERE (source = 'delivery' AND cause_code = "
        "'outcome_unknown') OR (source = 'operation' AND cause LIKE 'It may have happened%')"
    )
    op.drop_index("ix_dead_letter_state", table_name="dead_letter")
    op.create_index(
        "ix_dead_letter_state",
        "dead_letter",
        ["state", "last_at", "id", "account", "cause_code", "kind", "source"],
    )
    op.create_index(
        "ix_dead_letter_cause",
        "dead_letter",
        ["state", "account", "cause_code", "last_at", "id", "kind", "source", "held"],
    )
    op.create_index(
        "ix_dead_letter_opened_at",
        "dead_letter",
        ["opened_at", "account", "cause_code", "kind", "source"],
    )
    _batches()
    _choices()


def _batches() -> None:
    op.create_table(
        "letter_batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("cause_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("chosen", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter_batch"),
        comment="Decisions about many letters at once, worked off in small transactions.",
    )
    op.create_index("ix_letter_batch_begun_at", "letter_batch", ["begun_at", "id"])
    op.create_index(
        "ix_letter_batch_open", "letter_batch", ["begun_at"],
        postgresql_where=_OPEN, sqlite_where=_OPEN,
    )  # fmt: skip
    op.create_index(
        "ix_letter_batch_ended_at", "letter_batch", ["ended_at"],
        postgresql_where=_CLOSED, sqlite_where=_CLOSED,
    )  # fmt: skip


def _choices() -> None:
    op.create_table(
        "letter_choice",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("letter_id", sa.Text(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("newer", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "letter_id", name="pk_letter_choice"),
        comment="The letters of a batch as they were when it was chosen, and what became of each.",
    )
    op.create_index(
        "ix_letter_choice_waiting", "letter_choice", ["batch_id", "letter_id"],
        postgresql_where=_WAITING, sqlite_where=_WAITING,
    )  # fmt: skip
