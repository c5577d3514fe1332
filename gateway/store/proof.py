"""Proof of the data key: a sealed word in the database, so that a wrong key is refused at start."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.contract import StoreError
from gateway.store.columns import SEALED, TEXT
from gateway.store.engine import Engine, store_error
from gateway.store.sealing import VARIABLE, Sealer
from gateway.store.statement import Dialect, Executable, statement
from gateway.store.tables import seal_proof

TABLE = "seal_proof"
WORD = "data key"


@statement("seal proof put")
def _put(d: Dialect) -> Executable:
    return d.insert(seal_proof, {"name": TEXT, "sealed": SEALED}).on_conflict_do_nothing()


@statement("seal proof read")
def _read(_: Dialect) -> Executable:
    return sa.select(seal_proof.c.sealed)


def prove_key(engine: Engine, sealer: Sealer) -> None:
    """Leave the proof in a new database; raise ``StoreError`` when an old one does not open."""
    record = {"name": WORD, "sealed": sealer.seal(TABLE, WORD)}
    try:
        connection = engine.connect_writer()
        try:
            found = connection.session.all(_read)
            if not found:
                connection.session.each(_put, [record])
                found = connection.session.all(_read)
        finally:
            connection.close()
    except engine.errors as error:
        raise store_error(engine.trouble(error), engine.code(error)) from None
    try:
        sealer.open(TABLE, found[0][0])
    except StoreError:
        msg = f"the database was written with another data key; give that key in {VARIABLE}"
        raise StoreError(msg) from None
