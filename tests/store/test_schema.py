"""Schema: the migrations make exactly the tables, and a wrong schema is refused with the remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.contract import ConfigInvalid, StoreError
from gateway.store import schema_state, upgrade
from gateway.store.migrating import chain
from gateway.store.schema import FOLDER, VERSION_TABLE, made_engine, parsed, revisions
from gateway.store.tables import SQLITE_ONLY, metadata
from tests.store.conftest import OpenStore


def _set_version(url: str, version: str) -> None:
    with made_engine(parsed(url)).begin() as connection:
        table = sa.table(VERSION_TABLE, sa.column("version_num"))
        connection.execute(sa.update(table).values(version_num=version))


def test_the_migrations_make_the_tables(url: str) -> None:
    """A statement would meet a column or an index that no migration made."""
    with made_engine(parsed(url)).connect() as connection:
        engine = connection.dialect.name

        def ours(item: object, name: str | None, kind: str, *_: object) -> bool:
            if kind == "table" and name == VERSION_TABLE:
                return False
            info = getattr(item, "info", {})
            return engine == "sqlite" or info != SQLITE_ONLY

        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_object": ours},
        )
        assert compare_metadata(context, metadata) == []
        names = set(sa.inspect(connection).get_table_names())
        assert names >= {"inbox", "entity", "link", "delivery", "journal", "dead_letter"}


def test_every_table_and_index_says_what_it_is_for() -> None:
    """The next reader would have to guess what an index may cost."""
    assert [table.name for table in metadata.tables.values() if not table.comment] == []
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    assert [index.name for index in indexes if not index.info.get("serves")] == []


def test_the_names_of_the_files_are_the_revisions_in_order() -> None:
    """The state of a schema is told from the names alone: a worker would refuse a good database."""
    assert revisions() == chain(FOLDER)


def test_an_upgrade_may_be_repeated(empty_url: str) -> None:
    """A second start of the upgrade would fail."""
    before = schema_state(empty_url)
    assert (before.current, before.fits) == ("", False)
    assert upgrade(empty_url) == upgrade(empty_url)
    assert schema_state(empty_url).fits


def test_an_old_schema_is_refused_with_the_remedy(empty_url: str, open_it: OpenStore) -> None:
    """The gateway would run on tables that it does not fit."""
    with pytest.raises(StoreError, match=r"schema none.*gateway db upgrade"):
        open_it(empty_url)


def test_a_newer_schema_is_refused_with_the_remedy(url: str, open_it: OpenStore) -> None:
    """An old program would write into a database of a newer one."""
    _set_version(url, "9999")
    with pytest.raises(StoreError, match=r"newer program.*run that version or restore a backup"):
        open_it(url)
    with pytest.raises(StoreError, match="newer program"):
        upgrade(url)


def test_looking_at_a_missing_file_does_not_make_it(tmp_path: Path) -> None:
    """A mistyped path would leave an empty database behind."""
    path = tmp_path / "none.db"
    assert schema_state(f"sqlite:///{path}").current == ""
    assert not path.exists()


def test_a_failing_migration_leaves_nothing(tmp_path: Path) -> None:
    """A database would be stuck between two schemas."""
    path = tmp_path / "gateway.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE seal_proof (x)")
    raw.close()
    with pytest.raises(StoreError):
        upgrade(f"sqlite:///{path}")
    with sqlite3.connect(path) as raw:
        names = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
    raw.close()
    assert names == {"seal_proof"}


@pytest.mark.parametrize("url", ["mysql://db/x", "sqlite://", "не адрес"])
def test_an_unfit_url_is_named(url: str, open_it: OpenStore) -> None:
    """The operator would see a trace instead of the setting's name."""
    with pytest.raises(ConfigInvalid, match=r"store\.url"):
        open_it(url)


def test_an_absent_server_is_a_store_error_without_the_password() -> None:
    """The password would stand in the log of every failed start."""
    with pytest.raises(StoreError, match="does not answer") as caught:
        schema_state("postgresql://gateway:tajno@127.0.0.1:1/gateway")
    assert "tajno" not in str(caught.value)
