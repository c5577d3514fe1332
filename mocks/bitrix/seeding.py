"""Bulk load of a state that existed before: the change log knows it, no event tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.bitrix import act_orders
from mocks.bitrix.acts import buyer_values, camel
from mocks.bitrix.dictionaries import add_product, add_status
from mocks.bitrix.gateway_cards import put_card
from mocks.bitrix.gateway_coupons import new_coupon
from mocks.bitrix.gateway_users import new_user
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.bitrix.site import Site


def plant(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Load what is listed and answer the ids by kind.

    Raises:
        SideDoorRefused: an unknown kind.
    """
    unknown = sorted(set(sent) - set(_PLANTERS))
    if unknown:
        msg = f"cannot seed {unknown[0]}; known are {', '.join(_PLANTERS)}"
        raise SideDoorRefused(msg)
    return {
        kind: [_PLANTERS[kind](site, row) for row in sent[kind]]
        for kind in _PLANTERS
        if kind in sent
    }


def _user(site: Site, sent: Mapping[str, Any]) -> int:
    kept = {camel(name): value for name, value in sent.items() if camel(name) in _KEPT}
    values = buyer_values({name: value for name, value in sent.items() if camel(name) not in _KEPT})
    return int(new_user(site, {"source": "site", **values, **kept})["id"])


def _order(site: Site, sent: Mapping[str, Any]) -> int:
    """Place an order as a buyer would, then give it the id and dates that the seed names."""
    ids = act_orders.ACTIONS["order.place"](site, sent)
    row = site.orders.rows[ids["id"]]
    dates = {
        camel(name): site.clock.read(sent[name])
        for name in ("date_insert", "date_update")
        if name in sent
    }
    site.orders.update(row, **dates, version=sent.get("version", row["version"]))
    return int(row["id"])


def _coupon(site: Site, sent: Mapping[str, Any]) -> int:
    return int(new_coupon(site, {camel(name): value for name, value in sent.items()})["id"])


def _card(site: Site, sent: Mapping[str, Any]) -> str:
    return str(put_card(site, {camel(name): value for name, value in sent.items()})[0]["number"])


def _product(site: Site, sent: Mapping[str, Any]) -> int:
    return int(add_product(site, {camel(name): value for name, value in sent.items()})["id"])


def _discount(site: Site, sent: Mapping[str, Any]) -> int:
    site.discounts[int(sent["id"])] = {"name": "Скидка", "percent": 0, **sent}
    return int(sent["id"])


def _status(site: Site, sent: Mapping[str, Any]) -> str:
    add_status(site, {"type": "O", **sent})
    return str(sent["id"])


def _account(site: Site, sent: Mapping[str, Any]) -> int:
    key = (int(sent["user_id"]), str(sent.get("currency", site.settings.currency)))
    site.balances[key] = Decimal(str(sent["balance"])).quantize(Decimal("0.01"))
    return key[0]


_KEPT = ("id", "version", "dateRegister", "updatedAt")
_PLANTERS: Mapping[str, Callable[[Site, Mapping[str, Any]], Any]] = {
    "statuses": _status,
    "discounts": _discount,
    "products": _product,
    "users": _user,
    "cards": _card,
    "accounts": _account,
    "coupons": _coupon,
    "orders": _order,
}
