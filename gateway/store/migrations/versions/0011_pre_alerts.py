"""Alerts.

Revision: 0011 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = Moment()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    """Make the tables and their indexes."""
    _alert()
    op.create_table(
        "alert_note",
        _text("alert_id"),
        _text("turn"),
        _text("address"),
        _text("state"),
        sa.Column("due_at", MOMENT, nullable=False),
        _text("message"),
        _count("attempts"),
        _text("cause"),
        sa.PrimaryKeyConstraint("alert_id", "turn", "address", name="pk_alert_note"),
        comment="Outbox of alerts: each turn of an alert once for each address.",
    )
    _partial("ix_alert_note_open", "alert_note", ["alert_id"], "state IN ('waiting', 'handed')")
    op.create_table(
        "alert_silence",
        _text("id"),
        _text("rule"),
        _text("subject"),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_silence"),
        comment="Silences: when beginnings are not told; sealed holds who and why.",
    )
    op.create_index("ix_alert_silence_until", "alert_silence", ["until"])


def _alert() -> None:
    op.create_table(
        "alert",
        _text("id"),
        _text("rule"),
        _text("subject"),
        _text("state"),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("bad_at", MOMENT, nullable=False),
        sa.Column("clear_at", MOMENT, nullable=True),
        sa.Column("began_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("told_at", MOMENT, nullable=True),
        _count("reminded"),
        _count("flaps"),
        _text("value"),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        comment="Alerts: what is wrong or was, and how far it is told.",
    )
    _partial("uq_alert_open", "alert", ["rule", "subject"], "state <> 'over'", unique=True)
    _partial("ix_alert_over", "alert", ["id"], "state = 'over'")
    _partial("ix_alert_ended_at", "alert", ["ended_at"], "ended_at IS NOT NULL")


def _partial(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        postgresql_where=condition,
        sqlite_where=condition,
    )
