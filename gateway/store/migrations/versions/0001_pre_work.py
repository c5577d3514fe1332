"""Inbox, entities, links, deliveries and operations.

Revision: 0001 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = Moment()


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        comment="Idempotent receiver: every hint or message once per (account, token).",
    )
    _index("ix_inbox_due", "inbox", "due_at", where="state = 'new'")
    _index("ix_inbox_finished", "inbox", "finished_at", where="finished_at IS NOT NULL")
    _index("ix_inbox_lease", "inbox", "leased_until", where="state = 'working'")
    _index("uq_inbox_account_token", "inbox", "account", "token", unique=True)


def _entity() -> None:
    op.create_table(
        "entity",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entity"),
        comment="Canonical snapshots; sealed holds fields and origins.",
    )


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("told_mark", sa.BigInteger(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("keyed", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entity_id", "account", name="pk_link"),
        comment="Identity map: one entity at one account; sealed holds what it was told.",
    )
    _index("uq_link_external_id", "link", "external_id", "account", "kind", unique=True)


def _match_key() -> None:
    op.create_table(
        "match_key",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "entity_id", name="pk_match_key"),
        comment="Look-up index: keyed digests of phones, e-mails, numbers to entities.",
    )
    _index("ix_match_key_entity_id", "match_key", "entity_id")


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("first_failed_at", MOMENT, nullable=True),
        sa.Column("sent_version", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("entity_id", "account", name="pk_delivery"),
        comment="Outbox: what an account shall be told about an entity, one row each.",
    )
    _index("ix_delivery_due", "delivery", "due_at", where="state IN ('due', 'retry', 'waiting')")
    _index("ix_delivery_lease", "delivery", "leased_until", where="state = 'sending'")
    _index("ix_delivery_state", "delivery", "state", "account", "due_at", where="state <> 'done'")
    _index("ix_delivery_waits_for", "delivery", "account", "waits_for", where="state = 'waiting'")


def _operation() -> None:
    op.create_table(
        "operation",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("cause_code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_operation"),
        comment="Idempotent operations: each key once in effect.",
    )
    _index(
        "ix_operation_due",
        "operation",
        "account",
        "due_at",
        where="state IN ('due', 'retry', 'waiting', 'sending')",
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
    """Make the tables of the gateway's work."""
    _inbox()
    _entity()
    _link()
    _match_key()
    _delivery()
    _operation()
    if op.get_bind().dialect.name == "postgresql":
        _tell_postgresql()


def _tell_postgresql() -> None:
    """Say what it could not know.

    What is sealed cannot be compressed, and is read with its row, so it stays there while it fits;
    and these are rows that change all the time.
    """
    for table in ("entity", "link"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN sealed SET STORAGE EXTERNAL")
        op.execute(f"ALTER TABLE {table} SET (toast_tuple_target = 8160)")
    for table in ("inbox", "entity", "link", "delivery"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01,"
            " autovacuum_vacuum_threshold = 1000)"
        )
