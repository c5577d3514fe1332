"""The table of figures over time."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, count
from gateway.store.tables import metadata

tally = sa.Table(
    "tally",
    metadata,
    # In this order its key serves tally, replace_tally, roll_up and purge_tally.
    sa.Column("grain", sa.Text(), primary_key=True),
    sa.Column("at", MOMENT, primary_key=True),
    sa.Column("account", sa.Text(), primary_key=True),
    sa.Column("what", sa.Text(), primary_key=True),
    count("count"),
    comment="Pre-aggregate: what happened at each account, by minute and by hour.",
)
