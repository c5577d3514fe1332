"""Tables of how all is going: figures over time, and the state of each account."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import COUNT, MOMENT, count, flag, key, maybe, text
from gateway.store.tables import metadata

tally = sa.Table(
    "tally",
    metadata,
    # In this order its key serves tally, replace_tally, roll_up and purge_tally.
    key("grain"),
    sa.Column("at", MOMENT, primary_key=True),
    key("account"),
    key("what"),
    count("count"),
    comment="Pre-aggregate: what happened at each account, by minute and by hour.",
)

account_state = sa.Table(
    "account_state",
    metadata,
    key("account"),
    flag("parked"),
    text("reason"),
    maybe("since", MOMENT),
    maybe("open_until", MOMENT),
    count("failures"),
    maybe("paused_at", MOMENT),
    *(maybe(name) for name in ("paused_by", "pause_reason", "slowed_by")),
    maybe("slowed_at", MOMENT),
    maybe("slowed_calls", COUNT),
    maybe("slowed_per_s", sa.Double()),
    *(maybe(name) for name in ("unprepared", "probe_note")),
    maybe("probed_at", MOMENT),
    maybe("probe_ok", sa.Boolean()),
    comment="Circuit breaker and parking brake of each account.",
)
