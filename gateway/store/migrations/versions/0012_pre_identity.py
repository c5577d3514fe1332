"""Who is who: proofs of identifiers, and decisions about pairs of customers.

Revision: 0012 (pre). Written out in full, since a revision must not change when the tables do.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.columns import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = Moment()


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "identity_pair",
        sa.Column("one", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", "other", name="pk_identity_pair"),
        comment="Decisions about pairs of customers: codes and arguments, nobody's values.",
    )
    op.create_index("ix_identity_pair_state", "identity_pair", ["state", "points", "one", "other"])
    op.create_index("ix_identity_pair_other", "identity_pair", ["other"])
    op.create_table(
        "identity_proof",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("expired_at", MOMENT, nullable=True),
        sa.Column("expired", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "entity_id", name="pk_identity_proof"),
        comment="Identifier graph: who proved which identifier, and who lost it to another.",
    )
    op.create_index("ix_identity_proof_entity_id", "identity_proof", ["entity_id"])
