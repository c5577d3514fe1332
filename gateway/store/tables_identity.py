"""Tables of who is who: proofs, decisions about pairs, and buyers who are awaited."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, count, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

identity_pair = sa.Table(
    "identity_pair",
    metadata,
    key("one"),
    key("other"),
    *texts("state", "rule"),
    count("points"),
    text("findings"),
    moment("found_at"),
    moment("decided_at"),
    text("decided_by"),
    sealed("note"),
    maybe("asked_at", MOMENT),
    index(
        "ix_identity_pair_state", "state", "points", "one", "other",
        serves="list_pairs, count_pairs",
    ),
    index("ix_identity_pair_other", "other", serves="pairs_of"),
    index(
        "ix_identity_pair_unasked", "state", "points", "one", "other",
        where="asked_at IS NULL", serves="pairs_to_ask",
    ),
    comment="Decisions about pairs of customers: codes and arguments, nobody's values.",
)  # fmt: skip

identity_proof = sa.Table(
    "identity_proof",
    metadata,
    key("digest"),
    key("entity_id"),
    *texts("proof", "source"),
    moment("confirmed_at"),
    maybe("expired_at", MOMENT),
    text("expired"),
    index("ix_identity_proof_entity_id", "entity_id", serves="proofs"),
    comment="Identifier graph: who proved which identifier, and who lost it to another.",
)

awaited_buyer = sa.Table(
    "awaited_buyer",
    metadata,
    key("account"),
    key("external_id"),
    key("entity_id"),
    text("kind"),
    moment("seen_at"),
    index("ix_awaited_buyer_seen_at", "seen_at", serves="seen_buyers, purge_awaited"),
    comment="Orders and cards that name somebody who was not seen at their account yet.",
)
