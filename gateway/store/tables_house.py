"""Tables of the house programme: members, the double-entry ledger, sales.

Units: points in ten-thousandths, money in kopecks. ``house_entry`` and ``house_posting`` are only
ever added to.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import (
    MOMENT,
    SERIAL,
    count,
    index,
    key,
    maybe,
    moment,
    sealed,
    text,
    texts,
)
from gateway.store.tables import metadata

house_member = sa.Table(
    "house_member",
    metadata,
    key("id"),
    moment("registered_at"),
    moment("changed_at"),
    *texts("tier", "entity_id"),
    sealed(),
    sa.Column("joined_into", sa.Text(), nullable=False, server_default=sa.text("''")),
    index(
        "ix_house_member_entity",
        "entity_id",
        "id",
        where="entity_id <> ''",
        serves="house_members_of",
    ),
    index(
        "ix_house_member_joined",
        "joined_into",
        "id",
        where="joined_into <> ''",
        serves="house_joined",
    ),
    comment="Members of the house programme; sealed holds the person.",
)

house_contact = sa.Table(
    "house_contact",
    metadata,
    key("digest"),
    text("member_id"),
    comment="Look-up index: keyed digests of phones, e-mails, cards to members.",
)

house_entry = sa.Table(
    "house_entry",
    metadata,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    *texts("key", "kind", "member_id", "sale_id"),
    moment("at"),
    text("reason"),
    index("uq_house_entry_key", "key", unique=True, serves="post_entries: each once"),
    index("ix_house_entry_member", "member_id", "id", serves="house_history"),
    index("ix_house_entry_sale", "sale_id", where="sale_id <> ''", serves="house_sale_lots"),
    comment="Ledger: one balanced movement each, under a key of its own.",
    sqlite_autoincrement=True,
)

house_posting = sa.Table(
    "house_posting",
    metadata,
    key("entry_key"),
    sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
    *texts("account", "member_id", "lot"),
    maybe("active_from", MOMENT),
    maybe("expires_at", MOMENT),
    count("amount"),
    index("ix_house_posting_member", "member_id", "account", serves="house_lots"),
    index(
        "ix_house_posting_expiry",
        "expires_at",
        "member_id",
        where="account = 'points' AND expires_at IS NOT NULL",
        serves="house_dying",
    ),
    comment="Ledger: the sides of the entries; every balance is a sum of them.",
)

house_sale = sa.Table(
    "house_sale",
    metadata,
    key("id"),
    *texts("kind", "state", "sale_of", "member_id"),
    count("round"),
    *texts("shop", "number"),
    moment("at"),
    moment("counted_at"),
    moment("changed_at"),
    maybe("expires_at", MOMENT),
    text("accrual"),
    count("turnover"),
    sealed("body"),
    index("ix_house_sale_member", "member_id", "counted_at", serves="house_purchases"),
    index("ix_house_sale_of", "sale_of", where="sale_of <> ''", serves="house_refunds"),
    index(
        "ix_house_sale_hold",
        "expires_at",
        "member_id",
        where="state = 'reserved'",
        serves="house_holds",
    ),
    index("ix_house_sale_awaiting", "id", where="accrual = 'awaiting'", serves="house_awaiting"),
    index("ix_house_sale_number", "number", where="number <> ''", serves="house_numbered"),
    comment="Sales and returns of the house; body holds lines and conditions.",
)

house_asked = sa.Table(
    "house_asked",
    metadata,
    key("key"),
    text("what"),
    comment="Idempotency keys of callers, and what each was used for.",
)

house_order_key = sa.Table(
    "house_order_key",
    metadata,
    key("digest"),
    text("sale_id"),
    moment("issued_at"),
    moment("expires_at"),
    text("issued_by"),
    count("uses"),
    maybe("used_at", MOMENT),
    comment="Secret keys of single orders, as digests.",
)

house_rules = sa.Table(
    "house_rules",
    metadata,
    key("version"),
    moment("first_at"),
    text("rules"),
    comment="Versions of the rules by their digest, as JSON; sales name theirs.",
)
