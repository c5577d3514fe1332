"""Tables of the tills: sales as far as they have come, and the switches of the programme.

As in ``gateway.store.tables``, in whose metadata they are.
"""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import (
    MOMENT,
    SERIAL,
    count,
    flag,
    index,
    key,
    maybe,
    moment,
    sealed,
    text,
    texts,
)
from gateway.store.tables import metadata

OPEN = "due_at IS NOT NULL"
"""What the settler still looks at; written once, so that statements say it as the indexes do."""

sale = sa.Table(
    "sale",
    metadata,
    key("id"),
    *texts("kind", "caller", "shop", "brand", "processor", "progress"),
    count("version"),
    count("place"),
    moment("at"),
    moment("changed_at"),
    maybe("due_at", MOMENT),
    text("of"),
    count("attempts"),
    flag("unknown"),
    *texts("cause_code", "cause", "remedy", "correlation_id"),
    sealed("content"),
    sealed("kept"),
    sealed("asked"),
    index("ix_sale_open", "id", where=OPEN, serves="open_sales, count_sales: open ones"),
    index("ix_sale_due", "caller", "place", "due_at", where=OPEN, serves="due_sales"),
    index("ix_sale_caller", "caller", "place", serves="last_place"),
    index(
        "ix_sale_progress",
        "progress",
        "changed_at",
        serves="list_sales: one progress; count_sales: dead ones",
    ),
    index("ix_sale_changed_at", "changed_at", serves="list_sales: all; purge_sales"),
    comment="Sales and returns of tills, one row each at its last version.",
)

switch = sa.Table(
    "switch",
    metadata,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    *texts("feature", "scope", "name"),
    flag("is_on"),
    moment("since"),
    moment("at"),
    sealed(),
    comment="Switches of the programme: every turn, never changed; sealed holds who and why.",
    sqlite_autoincrement=True,
)
