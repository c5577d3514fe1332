"""What people do at the site.

Buyers who register and order, managers who edit. No REST call is involved.

Every action is one hit of the site with origin ``site``: the same saves, versions and events as a
real visit makes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mocks.bitrix import act_orders
from mocks.bitrix.act_checkout import existing
from mocks.bitrix.catalog import change_product
from mocks.bitrix.gateway_accounts import book
from mocks.bitrix.gateway_baskets import put_basket, put_subscription
from mocks.bitrix.gateway_cards import put_card
from mocks.bitrix.gateway_coupons import new_coupon
from mocks.bitrix.gateway_rules import money
from mocks.bitrix.gateway_users import USER_FIELDS, change_user, e164, new_user
from mocks.bitrix.order_parts import fuser_of
from mocks.sidedoor import SideDoorRefused

if TYPE_CHECKING:
    from mocks.bitrix.site import Site
    from mocks.bitrix.table import Row

Act = Callable[["Site", Mapping[str, Any]], dict[str, Any]]


def camel(name: str) -> str:
    """Return ``last_name`` as the site's ``lastName``; a name in camel case stays."""
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), name)


def buyer_values(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Read a buyer's form: the phone as typed, the e-mail in any case.

    Raises:
        SideDoorRefused: a field that a buyer does not have.
    """
    values = {
        camel(name): value
        for name, value in sent.items()
        if name != "fields" or isinstance(value, Mapping)
    }
    unknown = sorted(set(values) - set(USER_FIELDS))
    if unknown:
        msg = f"a buyer has no field {unknown[0]}; known are {', '.join(sorted(USER_FIELDS))}"
        raise SideDoorRefused(msg)
    if "phone" in values:
        values["phone"] = e164(values["phone"])
    if values.get("email"):
        values["email"] = str(values["email"]).strip().lower()
    return values


def customer_register(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A visitor registers; a known phone or e-mail does not stop him (the shop's default)."""
    values = {"source": "site", **buyer_values(_rest(sent))}
    row = new_user(site, values)
    return {"id": row["id"], "version": row["version"]}


def customer_edit(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer edits his profile: ``{id, fields}``, or his ``email`` for the ``id``."""
    row = _signed_in(site, sent)
    is_changed = change_user(site, row, buyer_values(sent["fields"]))
    return {"id": row["id"], "version": row["version"], "changed": is_changed}


def _signed_in(site: Site, sent: Mapping[str, Any]) -> Row:
    if "email" not in sent:
        return existing(site.users, sent, "id")
    found = site.users.where("email", str(sent["email"]).strip().lower())
    if not found:
        msg = "email: no buyer has this e-mail"
        raise SideDoorRefused(msg)
    return found[0]


def coupon_create(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager makes a coupon: ``{code?, discount_id, type?, active_to?, max_use?, user_id?}``."""
    values = {camel(name): value for name, value in _rest(sent).items()}
    for name in ("activeFrom", "activeTo"):
        if values.get(name):
            values[name] = site.clock.read(values[name])
    row = new_coupon(site, values)
    return {"id": row["id"], "code": row["code"]}


def card_put(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A card is issued or changed: ``{number, user_id?, state?, type?, discount_percent?}``."""
    row, status = put_card(site, {camel(name): value for name, value in _rest(sent).items()})
    return {"number": row["number"], "status": status, "version": row["version"]}


def basket_save(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer fills or empties his cart: ``{user_id, items: [{product_id, quantity}]}``."""
    user_id = sent.get("user_id")
    fuser = fuser_of(site, user_id) if "fuser_id" not in sent else int(sent["fuser_id"])
    items = [_cart_row(site, item) for item in sent.get("items", [])]
    if user_id is not None:
        site.fusers[user_id] = fuser
    row = put_basket(site, {"fuserId": fuser, "userId": user_id}, items)
    return {"fuser_id": row["fuserId"], "sum": row["sum"]}


def subscription_add(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A buyer asks to be told when goods are back: ``{user_id?, contact, product_id}``."""
    product = existing(site.products, sent, "product_id")
    values = {
        "userId": sent.get("user_id"),
        "contact": sent.get("contact", ""),
        "productId": product["id"],
    }
    return {"id": put_subscription(site, {**values, "productXmlId": product["xmlId"]})["id"]}


def product_edit(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager edits a product.

    ``{id, fields}`` with ``quantity``, ``base_price``, ``active`` …
    """
    row = existing(site.products, sent, "id")
    change_product(site, row, {camel(name): value for name, value in sent["fields"].items()})
    return {"id": row["id"], "available": row["available"]}


def account_change(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A manager books on an inner account: ``{user_id, amount, currency?, reason?}``.

    The balance may go below zero.
    """
    key = (int(sent["user_id"]), str(sent.get("currency", site.settings.currency)))
    row = book(site, key, money(str(sent["amount"])), reason=str(sent.get("reason", "MANUAL")))
    return {"transaction_id": row["id"], "balance": f"{site.balances[key]:.2f}"}


def account_lock(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The site holds an account's lock: ``{user_id, currency?, seconds}``; 0 lets it go."""
    key = (int(sent["user_id"]), str(sent.get("currency", site.settings.currency)))
    site.locks[key] = time.monotonic() + float(sent["seconds"])
    return {"locked": float(sent["seconds"]) > 0}


def changes_trim(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Thirty days pass for the change log: rows before ``before`` are gone."""
    site.changes.forget_before(int(sent["before"]))
    return {"first": site.changes.first}


def clock_freeze(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The site's clock stands still at ``at`` (ISO 8601), or runs again with null."""
    site.clock.freeze(sent.get("at"))
    return {"now": site.clock.stamp()}


def app_install(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """An administrator installs the application; it gets its tokens with the event (1.10)."""
    del sent
    site.is_app_installed = True
    site.act_for(site.settings.user_id, "")
    values = {"VERSION": 1, "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"}
    site.announce_plain("ONAPPINSTALL", values)
    return {"installed": True}


def app_uninstall(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """An administrator removes the application: tokens and subscriptions go."""
    del sent
    site.announce_plain("ONAPPUNINSTALL", {"LANGUAGE_ID": "ru", "CLEAN": 0})
    site.is_app_installed = False
    site.tokens.revoke()
    site.bindings.rows.clear()
    return {"installed": False}


def _cart_row(site: Site, item: Mapping[str, Any]) -> dict[str, Any]:
    product = existing(site.products, item, "product_id")
    price = float(item.get("price", product["basePrice"]))
    return {
        "id": site.next_id("basket"),
        "productId": product["id"],
        "productXmlId": product["xmlId"],
        "name": product["name"],
        "quantity": f"{float(item.get('quantity', 1)):.4f}",
        "price": f"{price:.2f}",
        "basePrice": f"{float(product['basePrice']):.2f}",
        "delay": "N",
        "canBuy": product["available"],
    }


def _rest(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name != "action"}


ACTIONS: Mapping[str, Act] = {
    "customer.register": customer_register,
    "customer.edit": customer_edit,
    "coupon.create": coupon_create,
    "card.put": card_put,
    "basket.save": basket_save,
    "subscription.add": subscription_add,
    "product.edit": product_edit,
    "account.change": account_change,
    "account.lock": account_lock,
    "changes.trim": changes_trim,
    "clock.freeze": clock_freeze,
    "app.install": app_install,
    "app.uninstall": app_uninstall,
    **act_orders.ACTIONS,
}


def perform(site: Site, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Run one action.

    Raises:
        SideDoorRefused: the action is unknown or cannot be done in this state.
    """
    action = ACTIONS.get(str(sent.get("action", "")))
    if action is None:
        msg = f"unknown action; known are {', '.join(ACTIONS)}"
        raise SideDoorRefused(msg)
    return action(site, sent)
