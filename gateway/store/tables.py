"""Tables: one set for both engines, each named by its pattern.

Ids are text, times UTC. What may hold personal data is in ``sealed`` columns only. States are the
values of the port's enumerations. An index's comment names the query that it serves.
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

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

SQLITE_ONLY = {"engine": "sqlite"}
"""Mark of a table that PostgreSQL replaces by something better."""


inbox = sa.Table(
    "inbox",
    metadata,
    key("id"),
    *texts("account", "kind", "external_id", "token", "event", "state"),
    moment("received_at"),
    moment("due_at"),
    text("correlation_id"),
    count("attempts"),
    count("repeats"),
    flag("again"),
    text("receipt"),
    maybe("holder"),
    maybe("leased_until", MOMENT),
    maybe("finished_at", MOMENT),
    index("uq_inbox_account_token", "account", "token", unique=True, serves="receive: duplicates"),
    index("ix_inbox_due", "due_at", where="state = 'new'", serves="due_inbox: new rows"),
    index(
        "ix_inbox_lease", "leased_until", where="state = 'working'", serves="due_inbox: lost rows"
    ),
    index(
        "ix_inbox_finished", "finished_at", where="finished_at IS NOT NULL", serves="purge: inbox"
    ),
    comment="Idempotent receiver: every hint or message once per (account, token).",
)

entity = sa.Table(
    "entity",
    metadata,
    key("id"),
    text("kind"),
    count("version"),
    flag("deleted"),
    moment("created_at"),
    moment("changed_at"),
    maybe("customer_id"),
    sealed(),
    index(
        "ix_entity_customer_id",
        "customer_id",
        "kind",
        "id",
        where="customer_id IS NOT NULL",
        serves="belongings: what belongs to a customer, the newest first",
    ),
    comment="Canonical snapshots; sealed holds fields and origins.",
)

link = sa.Table(
    "link",
    metadata,
    key("entity_id"),
    key("account"),
    text("kind"),
    maybe("external_id"),
    maybe("version"),
    count("told_mark"),
    maybe("told_at", MOMENT),
    flag("keyed"),
    count("sequence"),
    sealed(),
    index(
        "uq_link_external_id", "external_id", "account", "kind", unique=True, serves="links: by id"
    ),
    comment="Identity map: one entity at one account; sealed holds what it was told.",
)

match_key = sa.Table(
    "match_key",
    metadata,
    key("digest"),
    key("entity_id"),
    index("ix_match_key_entity_id", "entity_id", serves="put_matches: what an entity had"),
    comment="Look-up index: keyed digests of phones, e-mails, numbers to entities.",
)

delivery = sa.Table(
    "delivery",
    metadata,
    key("entity_id"),
    key("account"),
    *texts("kind", "state"),
    moment("due_at"),
    count("attempts"),
    flag("unknown"),
    flag("again"),
    maybe("waits_for"),
    *texts("cause_code", "cause", "remedy", "correlation_id"),
    maybe("first_failed_at", MOMENT),
    count("sent_version"),
    maybe("holder"),
    maybe("leased_until", MOMENT),
    index(
        "ix_delivery_due",
        "due_at",
        where="state IN ('due', 'retry', 'waiting')",
        serves="due_deliveries: due",
    ),
    index(
        "ix_delivery_lease",
        "leased_until",
        where="state = 'sending'",
        serves="due_deliveries: lost rows",
    ),
    index(
        "ix_delivery_waits_for",
        "account",
        "waits_for",
        where="state = 'waiting'",
        serves="wake_waiting",
    ),
    index(
        "ix_delivery_state",
        "state",
        "account",
        "due_at",
        where="state <> 'done'",
        serves="list_deliveries, count_deliveries",
    ),
    comment="Outbox: what an account shall be told about an entity, one row each.",
)

operation = sa.Table(
    "operation",
    metadata,
    key("key"),
    *texts("name", "account", "state"),
    moment("due_at"),
    text("entity_id"),
    count("attempts"),
    flag("unknown"),
    *texts("cause_code", "cause", "remedy", "correlation_id"),
    maybe("holder"),
    maybe("leased_until", MOMENT),
    sealed("payload"),
    sealed("result"),
    index(
        "ix_operation_due",
        "account",
        "due_at",
        where="state IN ('due', 'retry', 'waiting', 'sending')",
        serves="claim_operations",
    ),
    comment="Idempotent operations: each key once in effect.",
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    moment("at"),
    *texts("entity_id", "kind", "account", "event", "outcome", "correlation_id", "detail"),
    count("count"),
    index("ix_journal_entity_id", "entity_id", "id", where="entity_id <> ''", serves="story"),
    index(
        "ix_journal_correlation_id",
        "correlation_id",
        "id",
        where="correlation_id <> ''",
        serves="journal_page: what happened under a correlation id",
    ),
    index(
        "ix_journal_account",
        "account",
        "id",
        serves="journal_page: one account, and operators, who have an account's name",
    ),
    index("ix_journal_at", "at", serves="purge: journal; journal_page: since, until"),
    comment="Sync log: one sentence per step of an entity's story.",
    sqlite_autoincrement=True,
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
    *texts("entity_id", "kind"),
    count("version"),
    moment("at"),
    sealed(),
    comment="Transactional outbox: versions of snapshots that listeners are still to be told of.",
    sqlite_autoincrement=True,
)

checkpoint = sa.Table(
    "checkpoint",
    metadata,
    key("account"),
    key("stream"),
    maybe("cursor"),
    moment("at"),
    comment="Checkpoint: how far each feed was read.",
)

lease = sa.Table(
    "lease",
    metadata,
    key("name"),
    text("holder"),
    moment("until"),
    comment="Lease: who does a duty that only one process may do.",
)

budget = sa.Table(
    "budget",
    metadata,
    key("account"),
    moment("next_at"),
    comment="Rate limit shared by all processes: when the account's next slot is free.",
)

commit_mark = sa.Table(
    "commit_mark",
    metadata,
    key("writer"),
    count("number"),
    moment("at"),
    comment="Commit marker: the last group of each writer, read after a lost COMMIT.",
)

seal_proof = sa.Table(
    "seal_proof",
    metadata,
    key("name"),
    sealed(),
    comment="Proof of the data key: opened at start, so that a wrong key is refused at once.",
)

mark = sa.Table(
    "mark",
    metadata,
    sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
    count("value"),
    comment="The largest mark given; PostgreSQL has the sequence mark_seq instead.",
    info=SQLITE_ONLY,
)

mark_seq = sa.Sequence("mark_seq", metadata=metadata, data_type=sa.BigInteger())
