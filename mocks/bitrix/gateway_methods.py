"""The extension's own services: health, change log, probe of a key.

And the table of all its methods (10.10, 10.11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.bitrix import (
    gateway_accounts,
    gateway_baskets,
    gateway_cards,
    gateway_coupons,
    gateway_merge,
    gateway_users,
)
from mocks.bitrix.changes import ENTITIES
from mocks.bitrix.gateway_rules import Args, reading, refuse_absent, refuse_argument
from mocks.bitrix.rest import Call, Handler

_CHANGES_MAX = 500
_CHANGES_DEFAULT = 50


def info(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.info``: the extension's health."""
    del args
    site = call.site
    return {
        "module": "1.0.0",
        "contract": 1,
        "siteIds": ["s1"],
        "currency": site.settings.currency,
        "timezone": "Europe/Moscow",
        "now": site.clock.stamp(),
        "features": list(site.settings.features),
        "changeFirst": site.changes.first,
        "changeLast": site.changes.last,
    }


def changes(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.change.list``."""
    limit = args.get("limit", _CHANGES_DEFAULT)
    if not 1 <= limit <= _CHANGES_MAX:
        refuse_argument("limit", "1 to 500")
    entities = args.get("entities") or list(ENTITIES)
    for index, name in enumerate(entities):
        if name not in ENTITIES:
            refuse_argument(f"entities[{index}]")
    return call.site.changes.read(
        args.get("after", 0),
        limit,
        entities=set(entities),
        not_origin=args.get("notOrigin"),
        hold_s=call.site.settings.change_hold_s,
    )


def operation(call: Call, args: Args) -> dict[str, Any]:
    """Answer ``gateway.operation.get``: what a key did, if it did anything."""
    known = call.site.operations.get(args["idempotencyKey"])
    if known is None:
        refuse_absent("Operation")
    return {name: known[name] for name in ("method", "at", "result")}


GATEWAY_METHODS: Mapping[str, Handler] = {
    "gateway.info": reading({}, info),
    "gateway.change.list": reading(
        {"after": "id", "entities": "texts", "limit": "id", "notOrigin": "text:32"}, changes
    ),
    "gateway.operation.get": reading({"idempotencyKey": "key*"}, operation),
    **gateway_users.METHODS,
    **gateway_merge.METHODS,
    **gateway_coupons.METHODS,
    **gateway_accounts.METHODS,
    **gateway_cards.METHODS,
    **gateway_baskets.METHODS,
}
