"""Migrating: Alembic, for those who bring a schema up.

Apart from ``gateway.store.schema``, because a worker only asks which schema there is, and Alembic
would cost each of them its start and its memory.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def migrate(connection: sa.Connection, folder: Path) -> None:
    """Bring the database up by the migrations of ``folder``, inside the connection's transaction.

    Does not commit.
    """
    config = _config(folder)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def chain(folder: Path) -> list[str]:
    """Return the revisions of ``folder`` as Alembic orders them, the first one first."""
    walked = ScriptDirectory.from_config(_config(folder)).walk_revisions()
    return [script.revision for script in walked][::-1]


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return config
