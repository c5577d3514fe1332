"""Handlers of the change feeds (reference, section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.account import Shelf
from mocks.retailcrm.call import Answer, Call, pagination, paging
from mocks.retailcrm.refusals import INVALID, input_errors
from mocks.retailcrm.shapes import Invalid
from mocks.retailcrm.wire import values

if TYPE_CHECKING:
    from mocks.retailcrm.feed import Feed, Record


def customers(call: Call) -> Answer:
    """GET customers/history (8)."""
    return _walk(call, call.account.customer_feed, "customer")


def orders(call: Call) -> Answer:
    """GET orders/history (8)."""
    return _walk(call, call.account.order_feed, "order")


def corporates(call: Call) -> Answer:
    """GET customers-corporate/history (7, 8)."""
    return _walk(call, call.account.corporate_feed, "corporate")


def tasks(call: Call) -> Answer:
    """GET tasks/history (8, 17)."""
    return _walk(call, call.account.task_feed, "task")


def _walk(call: Call, feed: Feed, kind: str) -> Answer:
    """Answer one page: after ``sinceId``, in a window, or of one entity.

    Records hidden from the key are dropped after paging, so a page may be short or empty.
    """
    tree = call.filters()
    limit, page = paging(call)
    since = _since(tree.get("sinceId"))
    if since is not None and _page_refused(call, page):
        raise input_errors({"page": "Parameter page can not be used with sinceId"})
    rows = _window(tree, _chosen(call, feed, kind, since))
    total = (
        len(feed.records) if call.account.settings.history_pagination == "whole_feed" else len(rows)
    )
    shown = [
        _shown(call, row, kind)
        for row in rows[(page - 1) * limit : page * limit]
        if row.entity and call.sees(row.site)
    ]
    return Answer(
        {
            "success": True,
            "generatedAt": call.account.now(),
            "history": shown,
            "pagination": pagination(limit, page, total),
        }
    )


def _since(value: Any) -> int | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not value.isdecimal():
        raise input_errors({"children[sinceId]": INVALID})
    return int(value)


def _page_refused(call: Call, page: int) -> bool:
    """Tell whether ``page`` beside ``sinceId`` is refused, as the vendor does since May 2023."""
    rule = call.account.settings.strict_history
    return "page" in call.parameters and (rule == "on" or (rule == "allow_page_1" and page > 1))


def _chosen(call: Call, feed: Feed, kind: str, since: int | None) -> Sequence[Record]:
    tree = call.filters()
    name = "customer" if kind == "corporate" else kind
    number, external_id = tree.get(f"{name}Id"), tree.get(f"{name}ExternalId")
    if kind == "corporate" and "contactIds" in tree:
        wanted = set(values(tree["contactIds"]))
        firms = call.account.corporates.by_id.values()
        told = {firm.id for firm in firms if wanted & set(map(str, firm.people()))}
        return [row for row in feed.of(told) if since is None or row.id > since]
    if number is None and external_id is None:
        return feed.after(since) if since is not None else feed.records
    if external_id is not None:
        shelf: Any = getattr(call.account, f"{kind}s", None)
        rows = shelf.external(str(external_id), call.sites) if isinstance(shelf, Shelf) else []
        entities = [row.id for row in rows]
    else:
        entities = [int(number)] if isinstance(number, str) and number.isdecimal() else []
    return [row for row in feed.of(entities) if since is None or row.id > since]


def _window(tree: dict[str, Any], rows: Sequence[Record]) -> Sequence[Record]:
    errors: dict[str, str] = {}
    bounds: dict[str, str] = {}
    for name in ("startDate", "endDate"):
        try:
            if tree.get(name):
                bounds[name] = shapes.moment(tree[name])
        except Invalid:
            errors[f"children[{name}]"] = INVALID
    if errors:
        raise input_errors(errors)
    if not bounds:
        return rows
    low, high = bounds.get("startDate", ""), bounds.get("endDate", "9")
    return [row for row in rows if low <= row.at <= high]


def _shown(call: Call, row: Record, kind: str) -> dict[str, Any]:
    """Return a record for the asking key; an order's nested customer is the one of now."""
    view = row.render(call.key.name)
    if kind == "order" and ("created" in row.body or "deleted" in row.body):
        customer = call.account.customers.by_id.get(row.customer or 0)
        if row.firm is not None:
            view["order"] = {**view["order"], "customer": row.firm.in_order()}
        elif customer is not None:
            view["order"] = {**view["order"], "customer": customer.in_order()}
    return view
