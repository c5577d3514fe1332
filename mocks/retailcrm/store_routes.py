"""The methods of the store (reference, section 16)."""

from __future__ import annotations

from mocks.retailcrm import store_calls, store_writes
from mocks.retailcrm.method import Method

_READ, _WRITE = "store_read", "store_write"
_STORE = "v5/store"

STORE_METHODS = (
    Method("GET", f"{_STORE}/products", _READ, store_calls.products),
    Method("GET", f"{_STORE}/offers", _READ, store_calls.offers),
    Method("GET", f"{_STORE}/inventories", _READ, store_calls.inventories),
    Method("POST", f"{_STORE}/inventories/upload", _WRITE, store_writes.inventories_upload),
    Method("POST", f"{_STORE}/prices/upload", _WRITE, store_writes.prices_upload),
    Method("GET", f"{_STORE}/product-groups", _READ, store_calls.groups),
    Method("POST", f"{_STORE}/product-groups/create", _WRITE, store_writes.group_create),
    Method("POST", _STORE + "/product-groups/{externalId}/edit", _WRITE, store_writes.group_edit),
    Method("POST", f"{_STORE}/products/batch/create", _WRITE, store_writes.products_create),
    Method("POST", f"{_STORE}/products/batch/edit", _WRITE, store_writes.products_edit),
    Method("GET", f"{_STORE}/products/properties", _READ, store_calls.properties),
    Method("GET", f"{_STORE}/products/properties/values", _READ, store_calls.property_values),
)
