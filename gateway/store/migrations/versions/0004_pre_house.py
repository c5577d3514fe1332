"""House programme: members, ledger, sales.

Revision: 0004 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = Moment()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _member() -> None:
    op.create_table(
        "house_member",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_house_member"),
        comment="Members of the house programme; sealed holds the person.",
    )
    op.create_table(
        "house_contact",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_house_contact"),
        comment="Look-up index: keyed digests of phones, e-mails, cards to members.",
    )


def _ledger() -> None:
    op.create_table(
        "house_entry",
        sa.Column("id", SERIAL, nullable=False, autoincrement=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("sale_id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_house_entry"),
        comment="Ledger: one balanced movement each, under a key of its own.",
        sqlite_autoincrement=True,
    )
    _index("uq_house_entry_key", "house_entry", "key", unique=True)
    _index("ix_house_entry_member", "house_entry", "member_id", "id")
    _index("ix_house_entry_sale", "house_entry", "sale_id", where="sale_id <> ''")
    op.create_table(
        "house_posting",
        sa.Column("entry_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("active_from", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_key", "number", name="pk_house_posting"),
        comment="Ledger: the sides of the entries; every balance is a sum of them.",
    )
    _index("ix_house_posting_member", "house_posting", "member_id", "account")
    _index(
        "ix_house_posting_expiry",
        "house_posting",
        "expires_at",
        "member_id",
        where="account = 'points' AND expires_at IS NOT NULL",
    )


def _sale() -> None:
    op.create_table(
        "house_sale",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sale_of", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("shop", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("accrual", sa.Text(), nullable=False),
        sa.Column("turnover", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_house_sale"),
        comment="Sales and returns of the house; body holds lines and conditions.",
    )
    _index("ix_house_sale_member", "house_sale", "member_id", "counted_at")
    _index("ix_house_sale_of", "house_sale", "sale_of", where="sale_of <> ''")
    _index(
        "ix_house_sale_hold", "house_sale", "expires_at", "member_id", where="state = 'reserved'"
    )
    _index("ix_house_sale_awaiting", "house_sale", "id", where="accrual = 'awaiting'")
    _index("ix_house_sale_number", "house_sale", "number", where="number <> ''")


def _keys() -> None:
    op.create_table(
        "house_rules",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_house_rules"),
        comment="Versions of the rules by their digest, as JSON; sales name theirs.",
    )
    op.create_table(
        "house_asked",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_house_asked"),
        comment="Idempotency keys of callers, and what each was used for.",
    )
    op.create_table(
        "house_order_key",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("sale_id", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_house_order_key"),
        comment="Secret keys of single orders, as digests.",
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
    """Make the tables."""
    _member()
    _ledger()
    _sale()
    _keys()
