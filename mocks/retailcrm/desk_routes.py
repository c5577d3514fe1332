"""The methods around customers and orders, and of modules (reference, sections 9, 17, 18)."""

from __future__ import annotations

from functools import partial

from mocks.retailcrm import (
    cart_calls,
    corporate_calls,
    desk_calls,
    file_calls,
    history_calls,
    modules,
    note_calls,
    task_calls,
)
from mocks.retailcrm.method import Method

_SITE = "v5/customer-interaction/{site}"
_FAVORITES = _SITE + "/favorites/{customerId}"
_MODULE = "v5/integration-modules/{code}"

_FIRM = "customer_corporate"
_CORPORATE = "v5/customers-corporate"
_PARTS = _CORPORATE + "/{externalId}/{part}"

CORPORATE_METHODS = (
    Method("GET", _CORPORATE, "customer_read", corporate_calls.listed),
    Method("POST", f"{_CORPORATE}/create", "customer_write", corporate_calls.create),
    Method("POST", f"{_CORPORATE}/upload", "customer_write", corporate_calls.upload),
    Method(
        "POST",
        f"{_CORPORATE}/fix-external-ids",
        "customer_write",
        corporate_calls.fix_external_ids,
    ),
    Method("POST", f"{_CORPORATE}/combine", "customer_write", corporate_calls.combine),
    Method("GET", f"{_CORPORATE}/history", "customer_read", history_calls.corporates),
    Method("GET", f"{_CORPORATE}/notes", "customer_read", partial(note_calls.listed, kind=_FIRM)),
    Method(
        "POST",
        f"{_CORPORATE}/notes/create",
        "customer_write",
        partial(note_calls.create, kind=_FIRM),
    ),
    Method(
        "POST",
        _CORPORATE + "/notes/{id}/delete",
        "customer_write",
        partial(note_calls.delete, kind=_FIRM),
    ),
    Method("GET", _CORPORATE + "/{externalId}", "customer_read", corporate_calls.get),
    Method("POST", _CORPORATE + "/{externalId}/edit", "customer_write", corporate_calls.edit),
    Method("GET", _PARTS, "customer_read", corporate_calls.parts),
    Method("POST", f"{_PARTS}/create", "customer_write", corporate_calls.part_create),
    Method(
        "POST", _PARTS + "/{entityExternalId}/edit", "customer_write", corporate_calls.part_edit
    ),
)
DESK_METHODS = (
    *CORPORATE_METHODS,
    Method("GET", "v5/segments", "segment_read", desk_calls.segments),
    Method("GET", "v5/users", "user_read", desk_calls.users),
    Method("GET", "v5/users/{id}", "user_read", desk_calls.user),
    Method("GET", "v5/user-groups", "user_read", desk_calls.user_groups),
    Method("POST", "v5/notifications/send", "user_write", desk_calls.notify),
    Method("POST", "v5/orders/links/create", "order_write", desk_calls.link_create),
    Method(
        "POST", "v5/orders/{externalId}/delivery/cancel", "order_write", desk_calls.delivery_cancel
    ),
    Method("GET", "v5/tasks", "task_read", task_calls.listed),
    Method("GET", "v5/tasks/history", "task_read", history_calls.tasks),
    Method("POST", "v5/tasks/create", "task_write", task_calls.create),
    Method("GET", "v5/tasks/{id}", "task_read", task_calls.get),
    Method("POST", "v5/tasks/{id}/edit", "task_write", task_calls.edit),
    Method("GET", "v5/tasks/{id}/comments", "task_read", task_calls.comments),
    Method("GET", "v5/files", "file_read", file_calls.listed),
    Method("POST", "v5/files/upload", "file_write", file_calls.upload),
    Method("GET", "v5/files/{id}", "file_read", file_calls.get),
    Method("GET", "v5/files/{id}/download", "file_read", file_calls.download),
    Method("POST", "v5/files/{id}/edit", "file_write", file_calls.edit),
    Method("POST", "v5/files/{id}/delete", "file_write", file_calls.delete),
    Method("POST", f"{_SITE}/cart/set", "customer_write", cart_calls.cart_set),
    Method("POST", f"{_SITE}/cart/clear", "customer_write", cart_calls.cart_clear),
    Method("GET", _SITE + "/cart/{customerId}", "customer_read", cart_calls.cart_get),
    Method("GET", _FAVORITES, "customer_read", cart_calls.favorites),
    Method("POST", f"{_FAVORITES}/add", "customer_write", cart_calls.favorite_add),
    Method("POST", f"{_FAVORITES}/remove", "customer_write", cart_calls.favorite_remove),
    Method("GET", _MODULE, "integration_read", modules.read),
    Method("POST", f"{_MODULE}/edit", "integration_write", modules.edit),
    Method("POST", f"{_MODULE}/update-scopes", "integration_write", modules.update_scopes),
)
