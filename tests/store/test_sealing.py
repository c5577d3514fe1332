"""Personal data at rest: sealed, authentic, and lost to whoever has not the key."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from gateway.contract import ConfigInvalid, StoreError
from gateway.store import Sealer, SqlStore
from tests.store.conftest import KEY, OpenStore
from tests.store.rows import NAME, PHONE, customer, in_order, letter, link, operation

OTHER = b"fedcba9876543210fedcba9876543210"


def _dump(url: str, tmp_path: Path) -> bytes:
    """Everything that lies on the disk of SQLite, or in the tables of PostgreSQL."""
    if url.startswith("sqlite"):
        return b"".join(file.read_bytes() for file in tmp_path.iterdir())
    made = b""
    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        ).fetchall()
        for (name,) in tables:
            with connection.cursor().copy(
                sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            ) as copy:
                made += b"".join(bytes(block) for block in copy)
    # COPY writes bytes as hex: what is stored in clear would stand there as hex of its UTF-8.
    return made


async def test_personal_data_are_nowhere_in_clear(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    """A stolen disk or backup would tell who the customers are."""
    await store.run(
        in_order(
            lambda tx: tx.put_entities([customer("plain-id")]),
            lambda tx: tx.put_links([link("c1")]),
            lambda tx: tx.put_operations([operation("k1", result={"name": NAME})]),
            lambda tx: tx.put_dead([letter("l1"), letter("l2", account="crm", note=NAME)]),
            lambda tx: tx.close_dead(
                "delivery", "c1", "loyalty", state="dropped", note=f"{NAME} {PHONE}"
            ),
        )
    )
    await store.close()
    dump = _dump(url, tmp_path)
    assert b"plain-id" in dump
    for secret in (NAME, NAME.split()[0], PHONE, "2000123456789"):
        assert secret.encode() not in dump
        assert secret.encode().hex().encode() not in dump
        assert ascii(secret)[1:-1].encode() not in dump


async def test_a_wrong_key_is_refused_at_the_start(
    store: SqlStore, url: str, open_it: OpenStore
) -> None:
    """The gateway would start and dead-letter everything it cannot read."""
    await store.close()
    with pytest.raises(StoreError, match=r"another data key.*GATEWAY_DATA_KEY"):
        open_it(url, sealer=Sealer([OTHER]))


async def test_an_old_key_still_opens_after_a_change(
    store: SqlStore, url: str, open_it: OpenStore
) -> None:
    """Changing the key would need a rewrite of the whole store."""
    await store.run(lambda tx: tx.put_entities([customer("c1")]))
    await store.close()
    changed = open_it(url, sealer=Sealer([OTHER, KEY]))
    assert (await changed.read(lambda tx: tx.entities(["c1"])))["c1"] == customer("c1")


def test_a_sealed_value_opens_in_its_table_only() -> None:
    """Someone with write access could swap values between tables."""
    sealer = Sealer([KEY])
    sealed = sealer.seal("link", {"имя": NAME})
    assert sealer.open("link", sealed) == {"имя": NAME}
    with pytest.raises(StoreError, match="entity: a sealed value was changed"):
        sealer.open("entity", sealed)
    with pytest.raises(StoreError, match="changed from outside"):
        sealer.open("link", sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(StoreError, match="which was not given"):
        Sealer([OTHER]).open("link", sealed)


def test_two_seals_of_one_value_differ() -> None:
    """Equal phones could be found by comparing ciphertexts."""
    sealer = Sealer([KEY])
    assert sealer.seal("link", PHONE) != sealer.seal("link", PHONE)


def test_the_key_comes_from_the_environment(tmp_path: Path) -> None:
    """Production would run with a key that lies beside the data."""
    text = ",".join(base64.b64encode(key).decode() for key in (OTHER, KEY))
    sealer = Sealer.from_environment(tmp_path, {"GATEWAY_DATA_KEY": text})
    assert not sealer.generated
    assert sealer.open("t", Sealer([KEY]).seal("t", 1)) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_development_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The next start could not read what this one wrote, or anybody could."""
    folder = tmp_path / "data"
    first = Sealer.from_environment(folder, {})
    second = Sealer.from_environment(folder, {"GATEWAY_DATA_KEY": " "})
    assert first.generated
    assert second.open("t", first.seal("t", [PHONE])) == [PHONE]
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("value", ["короткий", "c2hvcnQ="])
def test_a_value_that_is_no_key_is_named(tmp_path: Path, value: str) -> None:
    """The operator would see a trace of the cipher library."""
    with pytest.raises(ConfigInvalid, match=r"data key.*openssl rand -base64 32"):
        Sealer.from_environment(tmp_path, {"GATEWAY_DATA_KEY": value})


def test_a_sealer_does_not_show_its_key() -> None:
    """The key would stand in a log."""
    shown = repr(Sealer([KEY]))
    assert KEY.decode() not in shown
    assert KEY.hex() not in shown
