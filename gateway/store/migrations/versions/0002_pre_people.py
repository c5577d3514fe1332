"""Journal, letters and what processes agree on.

Revision: 0002 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = Moment()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", SERIAL, nullable=False, autoincrement=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        comment="Sync log: one sentence per step of an entity's story.",
        sqlite_autoincrement=True,
    )
    _index("ix_journal_at", "journal", "at")
    _index("ix_journal_entity_id", "journal", "entity_id", "id", where="entity_id <> ''")


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("id", SERIAL, nullable=False, autoincrement=True),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        comment=(
            "Transactional outbox: versions of snapshots that listeners are still to be told of."
        ),
        sqlite_autoincrement=True,
    )


def _dead_letter() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letter"),
        comment="Dead letter channel: what a human must decide about.",
    )
    _index("ix_dead_letter_closed_at", "dead_letter", "closed_at", where="closed_at IS NOT NULL")
    _index("ix_dead_letter_state", "dead_letter", "state", "last_at")
    _index(
        "uq_dead_letter_open",
        "dead_letter",
        "subject",
        "account",
        "source",
        "kind",
        where="state = 'open'",
        unique=True,
    )


def _checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account", "stream", name="pk_checkpoint"),
        comment="Checkpoint: how far each feed was read.",
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
        comment="Lease: who does a duty that only one process may do.",
    )


def _account_state() -> None:
    op.create_table(
        "account_state",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("parked", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("open_until", MOMENT, nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_account_state"),
        comment="Circuit breaker and parking brake of each account.",
    )


def _budget() -> None:
    op.create_table(
        "budget",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_budget"),
        comment="Rate limit shared by all processes: when the account's next slot is free.",
    )


def _commit_mark() -> None:
    op.create_table(
        "commit_mark",
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_commit_mark"),
        comment="Commit marker: the last group of each writer, read after a lost COMMIT.",
    )


def _seal_proof() -> None:
    op.create_table(
        "seal_proof",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_seal_proof"),
        comment="Proof of the data key: opened at start, so that a wrong key is refused at once.",
    )


def _mark() -> None:
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mark"),
        comment="The largest mark given; PostgreSQL has the sequence mark_seq instead.",
    )


def _index(
    name: str, table: str, *columns: str, where: str | None = None, unique: bool = False
) -> None:
    condition = sa.text(where) if where else None
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        postgresql_where=condition,
        sqlite_where=condition,
    )


def upgrade() -> None:
    """Make the tables; marks are a sequence on PostgreSQL and a row on SQLite."""
    _journal()
    _event()
    _dead_letter()
    _checkpoint()
    _lease()
    _account_state()
    _budget()
    _commit_mark()
    _seal_proof()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE mark_seq AS bigint")
        return
    _mark()
    op.execute("INSERT INTO mark (id, value) VALUES (1, 0)")
