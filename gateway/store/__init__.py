"""Store: tables, migrations and the group-commit writer, on SQLite and PostgreSQL."""

from gateway.store.sale_log import LocalSaleLog, StoreSaleLog, open_sale_log
from gateway.store.schema import SchemaState, schema_state, upgrade
from gateway.store.sealing import Sealer
from gateway.store.store import SqlStore, open_store

__all__ = [
    "LocalSaleLog",
    "SchemaState",
    "Sealer",
    "SqlStore",
    "StoreSaleLog",
    "open_sale_log",
    "open_store",
    "schema_state",
    "upgrade",
]
