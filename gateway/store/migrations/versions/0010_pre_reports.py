"""Facts for reports, sums over them, and the views that programs of others read.

Revision: 0010 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = Moment()
NUMBER = sa.BigInteger()
SERIAL = NUMBER.with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, their indexes and the views."""
    _make_changes()
    _make_purchases()
    _make_people()
    _make_sums()
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for view in VIEWS:
        op.execute(_spelled(view, on_postgres=on_postgres))


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _maybe(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _flags(*names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]


def _make_changes() -> None:
    op.create_table(
        "fact_change",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        *_texts("kind", "subject"),
        sa.PrimaryKeyConstraint("id", name="pk_fact_change"),
        comment="Transactional outbox: what changed since facts were made of it.",
        sqlite_autoincrement=True,
    )


def _make_purchases() -> None:
    op.create_table(
        "purchase_fact",
        *_texts("id", "source", "kind", "place"),
        sa.Column("at", MOMENT, nullable=False),
        *_texts("day", "shop", "brand", "channel", "number", "pair"),
        sa.Column("amount", NUMBER, nullable=False),
        *_texts("currency", "buyer", "named"),
        sa.Column("earned", NUMBER, nullable=False),
        sa.Column("spent", NUMBER, nullable=False),
        *_texts("of", "state"),
        *_flags("stands"),
        *_texts("part_of", "twin"),
        *_flags("counts"),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_fact"),
        comment="Facts: orders, and sales and returns of tills.",
    )
    for name, columns, condition in (
        ("buyer", ["buyer", "at"], "buyer <> ''"),
        ("named", ["named"], "named <> ''"),
        ("pair", ["pair"], "pair <> ''"),
        ("of", ["of"], "\"of\" <> ''"),
        ("unknown", ["id"], "named <> '' AND buyer = named"),
        ("day", ["day"], None),
    ):
        where = None if condition is None else sa.text(condition)
        op.create_index(
            f"ix_purchase_fact_{name}", "purchase_fact", columns,
            postgresql_where=where, sqlite_where=where,
        )  # fmt: skip


def _make_people() -> None:
    op.create_table(
        "buyer_fact",
        *_texts("id", "day", "shop"),
        sa.Column("again_days", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_buyer_fact"),
        comment="Facts: first purchases, and the days to the second ones.",
    )
    op.create_table(
        "person_fact",
        *_texts("id", "day", "source"),
        *_maybe("phone_day", "email_day", "card_day"),
        *_flags("phone_confirmed", "email_confirmed"),
        sa.PrimaryKeyConstraint("id", name="pk_person_fact"),
        comment="Facts: customers, and since when they have a phone, an e-mail, a card.",
    )
    op.create_table(
        "card_fact",
        *_texts("id", "day"),
        *_maybe("matched_day"),
        *_texts("holder"),
        sa.PrimaryKeyConstraint("id", name="pk_card_fact"),
        comment="Facts: cards in people's hands, and since when it is known in whose.",
    )
    held = sa.text("holder <> ''")
    op.create_index(
        "ix_card_fact_holder", "card_fact", ["holder"], postgresql_where=held, sqlite_where=held
    )


def _make_sums() -> None:
    op.create_table(
        "fact_sum",
        *_texts("figure", "day", "shop", "tag"),
        sa.Column("value", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("figure", "day", "shop", "tag", name="pk_fact_sum"),
        comment="Sums over facts by day and shop, changed in the transaction of the facts.",
    )


VIEWS = (
    """
    CREATE VIEW report_purchases AS SELECT
      id, source, kind, place, at, {day} AS day, substr(day, 1, 7) AS month, shop, brand, channel,
      number, CASE kind WHEN 'return' THEN -amount ELSE amount END / 100.0 AS amount, currency,
      buyer <> '' AS identified, buyer, earned / 10000.0 AS points_earned,
      spent / 10000.0 AS points_spent, "of" AS return_of, state, counts AS counted
    FROM purchase_fact
    """,
    """
    CREATE VIEW report_people AS SELECT
      person_fact.id AS id, {person.day} AS day, substr(person_fact.day, 1, 7) AS month, source,
      phone_day IS NOT NULL AS has_phone, {phone_day} AS phone_since, phone_confirmed,
      email_day IS NOT NULL AS has_email, {email_day} AS email_since, email_confirmed,
      card_day IS NOT NULL AS has_card, {card_day} AS card_since,
      {buyer.day} AS first_purchase_day, buyer_fact.shop AS first_purchase_shop,
      again_days AS second_purchase_after_days
    FROM person_fact LEFT JOIN buyer_fact ON buyer_fact.id = person_fact.id
    """,
    """
    CREATE VIEW report_cards AS SELECT
      id, {day} AS day, substr(day, 1, 7) AS month, matched_day IS NOT NULL AS matched,
      {matched_day} AS matched_day, holder
    FROM card_fact
    """,
)
DAYS = {
    "{day}": "day",
    "{person.day}": "person_fact.day",
    "{buyer.day}": "buyer_fact.day",
    "{phone_day}": "phone_day",
    "{email_day}": "email_day",
    "{card_day}": "card_day",
    "{matched_day}": "matched_day",
}


def _spelled(view: str, *, on_postgres: bool) -> str:
    """Give days their type where the engine has one."""
    for place, column in DAYS.items():
        view = view.replace(place, f"CAST({column} AS date)" if on_postgres else column)
    return view
