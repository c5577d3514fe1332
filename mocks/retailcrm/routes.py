"""All methods that the double knows, and the finding of one by verb and path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote

from mocks.retailcrm import (
    customer_calls,
    customer_lists,
    field_calls,
    history_calls,
    note_calls,
    order_calls,
    order_combine,
    order_lists,
    payment_calls,
    reference_calls,
    service_calls,
)
from mocks.retailcrm.desk_routes import DESK_METHODS
from mocks.retailcrm.loyalty_routes import LOYALTY_METHODS
from mocks.retailcrm.method import Method
from mocks.retailcrm.refusals import Refused, no_method
from mocks.retailcrm.store_routes import STORE_METHODS

METHODS = (
    Method("GET", "api-versions", "", service_calls.versions),
    Method("GET", "credentials", "", service_calls.credentials),
    Method("GET", "system-info", "", service_calls.system_info),
    Method("GET", "v5/settings", "", service_calls.settings),
    Method("GET", "v5/statistic/update", "", service_calls.statistic),
    Method("GET", "v5/customers", "customer_read", customer_lists.listed),
    Method("POST", "v5/customers/create", "customer_write", customer_calls.create),
    Method("POST", "v5/customers/upload", "customer_write", customer_calls.upload),
    Method(
        "POST", "v5/customers/fix-external-ids", "customer_write", customer_calls.fix_external_ids
    ),
    Method("POST", "v5/customers/combine", "customer_write", customer_calls.combine),
    Method("GET", "v5/customers/history", "customer_read", history_calls.customers),
    Method(
        "GET", "v5/customers/notes", "customer_read", partial(note_calls.listed, kind="customer")
    ),
    Method(
        "POST",
        "v5/customers/notes/create",
        "customer_write",
        partial(note_calls.create, kind="customer"),
    ),
    Method(
        "POST",
        "v5/customers/notes/{id}/delete",
        "customer_write",
        partial(note_calls.delete, kind="customer"),
    ),
    Method("GET", "v5/customers/{externalId}", "customer_read", customer_calls.get),
    Method("POST", "v5/customers/{externalId}/edit", "customer_write", customer_calls.edit),
    Method(
        "POST",
        "v5/customers/{externalId}/subscriptions",
        "customer_write",
        customer_calls.subscriptions,
    ),
    Method("GET", "v5/orders", "order_read", order_lists.listed),
    Method("POST", "v5/orders/create", "order_write", order_calls.create),
    Method("POST", "v5/orders/upload", "order_write", order_calls.upload),
    Method("POST", "v5/orders/fix-external-ids", "order_write", order_calls.fix_external_ids),
    Method("POST", "v5/orders/combine", "order_write", order_combine.combine),
    Method("GET", "v5/orders/history", "order_read", history_calls.orders),
    Method("GET", "v5/orders/statuses", "order_read", order_lists.statuses),
    Method("POST", "v5/orders/payments/create", "order_write", payment_calls.create),
    Method("POST", "v5/orders/payments/{id}/edit", "order_write", payment_calls.edit),
    Method("POST", "v5/orders/payments/{id}/delete", "order_write", payment_calls.delete),
    Method("GET", "v5/orders/{externalId}", "order_read", order_calls.get),
    Method("POST", "v5/orders/{externalId}/edit", "order_write", order_calls.edit),
    *LOYALTY_METHODS,
    *STORE_METHODS,
    *DESK_METHODS,
    Method("GET", "v5/reference/{book}", "reference_read", reference_calls.read),
    Method("POST", "v5/reference/{book}/create", "reference_write", reference_calls.create),
    Method("POST", "v5/reference/{book}/{code}/edit", "reference_write", reference_calls.edit),
    Method("GET", "v5/custom-fields", "custom_fields_read", field_calls.listed),
    Method("GET", "v5/custom-fields/dictionaries", "custom_fields_read", field_calls.dictionaries),
    Method(
        "POST",
        "v5/custom-fields/dictionaries/create",
        "custom_fields_write",
        field_calls.dictionary_create,
    ),
    Method(
        "GET", "v5/custom-fields/dictionaries/{code}", "custom_fields_read", field_calls.dictionary
    ),
    Method(
        "POST",
        "v5/custom-fields/dictionaries/{code}/edit",
        "custom_fields_write",
        field_calls.dictionary_edit,
    ),
    Method("POST", "v5/custom-fields/{entity}/create", "custom_fields_write", field_calls.create),
    Method("GET", "v5/custom-fields/{entity}/{code}", "custom_fields_read", field_calls.get),
    Method(
        "POST", "v5/custom-fields/{entity}/{code}/edit", "custom_fields_write", field_calls.edit
    ),
)


def _literals(method: Method) -> int:
    return sum(not part.startswith("{") for part in method.pattern.split("/"))


def _by_length() -> Mapping[int, tuple[tuple[Method, tuple[str, ...]], ...]]:
    """Return the methods by path length, the most literal first: a name never hides a method."""
    table: dict[int, list[tuple[Method, tuple[str, ...]]]] = {}
    for method in sorted(METHODS, key=_literals, reverse=True):
        parts = tuple(method.pattern.split("/"))
        table.setdefault(len(parts), []).append((method, parts))
    return {length: tuple(rows) for length, rows in table.items()}


_TABLE = _by_length()


def route(verb: str, raw_path: str) -> tuple[Method, dict[str, str]]:
    """Return the method of a request and the decoded names of its path.

    Raises:
        Refused: 404 for an unknown path, 405 for a known one with another verb.
    """
    parts = raw_path.removeprefix("/api/").split("/")
    other_verb = False
    for method, pattern in _TABLE.get(len(parts), ()):
        names = _match(pattern, parts)
        if names is None:
            continue
        if method.verb == verb:
            return method, names
        other_verb = True
    if other_verb:
        raise Refused(405, "Method Not Allowed")
    raise no_method()


def _match(pattern: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            names[wanted[1:-1]] = unquote(part)
        elif wanted != part:
            return None
    return names
