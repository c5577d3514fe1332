"""Tables of dead letters, and of what people decide about many of them at once."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.store.columns import MOMENT, count, index, key, maybe, moment, sealed, text, texts
from gateway.store.tables import metadata

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    key("id"),
    *texts("source", "subject", "kind", "account", "state", "cause_code", "cause", "remedy"),
    # An older program beside this one writes neither of these two.
    sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()),
    maybe("opened_at", MOMENT),
    count("attempts"),
    count("version"),
    moment("first_at"),
    moment("last_at"),
    maybe("closed_at", MOMENT),
    text("correlation_id"),
    sealed("request"),
    sealed("answer"),
    sealed("note"),
    index(
        "uq_dead_letter_open",
        "subject",
        "account",
        "source",
        "kind",
        unique=True,
        where="state = 'open'",
        serves="put_dead, close_dead, letters_about; purge: inbox",
    ),
    index(
        "ix_dead_letter_state",
        "state",
        "last_at",
        "id",
        "account",
        "cause_code",
        "kind",
        "source",
        serves="dead_letters, letter_page: filters are looked up in it before any row is read",
    ),
    index(
        "ix_dead_letter_cause",
        "state",
        "account",
        "cause_code",
        "last_at",
        "id",
        "kind",
        "source",
        "held",
        serves="letter_counts, count_dead, letter_page and put_batch of a group",
    ),
    index(
        "ix_dead_letter_opened_at",
        "opened_at",
        "account",
        "cause_code",
        "kind",
        "source",
        serves="letters_opened",
    ),
    index(
        "ix_dead_letter_closed_at",
        "closed_at",
        where="closed_at IS NOT NULL",
        serves="purge: letters",
    ),
    comment="Dead letter channel: what a human must decide about.",
)

letter_batch = sa.Table(
    "letter_batch",
    metadata,
    key("id"),
    *texts("deed", "who"),
    sealed("reason"),
    *(maybe(name) for name in ("account", "cause_code", "kind", "source")),
    moment("as_of"),
    moment("begun_at"),
    maybe("ended_at", MOMENT),
    count("chosen"),
    count("done"),
    count("left"),
    index("ix_letter_batch_begun_at", "begun_at", "id", serves="batches"),
    index(
        "ix_letter_batch_open",
        "begun_at",
        where="ended_at IS NULL",
        serves="open_batches",
    ),
    index(
        "ix_letter_batch_ended_at",
        "ended_at",
        where="ended_at IS NOT NULL",
        serves="purge_batches",
    ),
    comment="Decisions about many letters at once, worked off in small transactions.",
)

letter_choice = sa.Table(
    "letter_choice",
    metadata,
    key("batch_id"),
    key("letter_id"),
    moment("last_at"),
    text("state"),
    text("said"),
    count("newer"),
    index(
        "ix_letter_choice_waiting",
        "batch_id",
        "letter_id",
        where="state = 'waiting'",
        serves="batch_waiting",
    ),
    comment="The letters of a batch as they were when it was chosen, and what became of each.",
)
