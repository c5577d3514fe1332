"""Alembic environment: runs in the transaction that ``gateway.store.schema`` gives."""

from __future__ import annotations

from alembic import context

from gateway.store.schema import VERSION_TABLE
from gateway.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
