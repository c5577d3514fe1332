"""Tables of alerts."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, count, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

alert = sa.Table(
    "alert",
    metadata,
    key("id"),
    *texts("rule", "subject", "state"),
    moment("since"),
    moment("seen_at"),
    moment("bad_at"),
    maybe("clear_at", MOMENT),
    maybe("began_at", MOMENT),
    maybe("ended_at", MOMENT),
    maybe("told_at", MOMENT),
    count("reminded"),
    count("flaps"),
    text("value"),
    index(
        "uq_alert_open",
        "rule",
        "subject",
        unique=True,
        where="state <> 'over'",
        serves="alerts_open; one of each",
    ),
    index("ix_alert_over", "id", where="state = 'over'", serves="alerts_over"),
    index("ix_alert_ended_at", "ended_at", where="ended_at IS NOT NULL", serves="purge_alerts"),
    comment="Alerts: what is wrong or was, and how far it is told.",
)

alert_note = sa.Table(
    "alert_note",
    metadata,
    key("alert_id"),
    key("turn"),
    key("address"),
    text("state"),
    moment("due_at"),
    text("message"),
    count("attempts"),
    text("cause"),
    index(
        "ix_alert_note_open",
        "alert_id",
        where="state IN ('waiting', 'handed')",
        serves="open_notes",
    ),
    comment="Outbox of alerts: each turn of an alert once for each address.",
)

alert_silence = sa.Table(
    "alert_silence",
    metadata,
    key("id"),
    *texts("rule", "subject"),
    moment("since"),
    moment("until"),
    sealed(),
    index("ix_alert_silence_until", "until", serves="silences"),
    comment="Silences: when beginnings are not told; sealed holds who and why.",
)
