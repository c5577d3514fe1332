"""Table of one-time codes."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import count, index, key, moment, text, texts
from gateway.store.tables import metadata

one_time_code = sa.Table(
    "one_time_code",
    metadata,
    key("id"),
    *texts("recipient", "caller", "purpose", "digest"),
    moment("created_at"),
    moment("expires_at"),
    text("state"),
    count("tries"),
    index("ix_one_time_code_recipient", "recipient", "created_at", serves="codes_of"),
    index("ix_one_time_code_expires_at", "expires_at", serves="purge_codes"),
    comment="One-time codes: keyed digests of who got which, and how often it was tried.",
)
