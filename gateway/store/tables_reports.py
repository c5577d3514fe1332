"""Tables of reports: facts without anybody's name, sums over them, and what is still to be read.

As in ``gateway.store.tables``, in whose metadata they are. Units: money in kopecks, points in
ten-thousandths; days are those of the shop. Programs of others read the views that the migration
makes over them, never the tables.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import (
    COUNT,
    SERIAL,
    TEXT,
    count,
    flag,
    index,
    key,
    maybe,
    moment,
    text,
    texts,
)
from gateway.store.tables import metadata

COUNTS = "counts"

fact_change = sa.Table(
    "fact_change",
    metadata,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    *texts("kind", "subject"),
    comment="Transactional outbox: what changed since facts were made of it.",
    sqlite_autoincrement=True,
)

purchase_fact = sa.Table(
    "purchase_fact",
    metadata,
    key("id"),
    *texts("source", "kind", "place"),
    moment("at"),
    *texts("day", "shop", "brand", "channel", "number", "pair"),
    count("amount"),
    *texts("currency", "buyer", "named"),
    count("earned"),
    count("spent"),
    *texts("of", "state"),
    flag("stands"),
    *texts("part_of", "twin"),
    flag(COUNTS),
    index(
        "ix_purchase_fact_buyer",
        "buyer",
        "at",
        where="buyer <> ''",
        serves="first_purchases; purchase_facts: of a buyer",
    ),
    index("ix_purchase_fact_named", "named", where="named <> ''", serves="purchase_facts: by name"),
    index(
        "ix_purchase_fact_pair",
        "pair",
        where="pair <> ''",
        serves="purchase_facts: the two records of a purchase",
    ),
    index("ix_purchase_fact_of", "of", where="\"of\" <> ''", serves="purchase_facts: returns"),
    index(
        "ix_purchase_fact_unknown",
        "id",
        where="named <> '' AND buyer = named",
        serves="unknown_buyers",
    ),
    index("ix_purchase_fact_day", "day", serves="the view report_purchases, by day"),
    comment="Facts: orders, and sales and returns of tills.",
)

buyer_fact = sa.Table(
    "buyer_fact",
    metadata,
    key("id"),
    *texts("day", "shop"),
    maybe("again_days", COUNT),
    comment="Facts: first purchases, and the days to the second ones.",
)

person_fact = sa.Table(
    "person_fact",
    metadata,
    key("id"),
    *texts("day", "source"),
    maybe("phone_day", TEXT),
    maybe("email_day", TEXT),
    maybe("card_day", TEXT),
    flag("phone_confirmed"),
    flag("email_confirmed"),
    comment="Facts: customers, and since when they have a phone, an e-mail, a card.",
)

card_fact = sa.Table(
    "card_fact",
    metadata,
    key("id"),
    text("day"),
    maybe("matched_day", TEXT),
    text("holder"),
    index("ix_card_fact_holder", "holder", where="holder <> ''", serves="card_facts: by holder"),
    comment="Facts: cards in people's hands, and since when it is known in whose.",
)

fact_sum = sa.Table(
    "fact_sum",
    metadata,
    key("figure"),
    key("day"),
    key("shop"),
    key("tag"),
    count("value"),
    comment="Sums over facts by day and shop, changed in the transaction of the facts.",
)

VIEWS = {
    "purchases": (
        "id", "source", "kind", "place", "at", "day", "month", "shop", "brand", "channel", "number",
        "amount", "currency", "identified", "buyer", "points_earned", "points_spent", "return_of",
        "state", "counted",
    ),
    "people": (
        "id", "day", "month", "source", "has_phone", "phone_since", "phone_confirmed", "has_email",
        "email_since", "email_confirmed", "has_card", "card_since", "first_purchase_day",
        "first_purchase_shop", "second_purchase_after_days",
    ),
    "cards": ("id", "day", "month", "matched", "matched_day", "holder"),
}  # fmt: skip
"""Columns of the views ``report_purchases``, ``report_people`` and ``report_cards``: others read
them, so columns are only ever added, at the end."""
