"""Handlers of carts and favourites (reference, section 17); times carry the offset here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from mocks.retailcrm import shapes
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.refusals import INVALID, entity_errors, input_errors, not_found
from mocks.retailcrm.shapes import Invalid, Rows, Shape

if TYPE_CHECKING:
    from mocks.retailcrm.customer import Customer


def _zoned(value: Any) -> str:
    """A ``Y-m-d H:i:sP``, kept as sent."""
    try:
        read = datetime.fromisoformat(shapes.text(value))
    except ValueError:
        raise Invalid({"": INVALID}) from None
    if read.tzinfo is None:
        raise Invalid({"": INVALID})
    return str(value)


_LOCATOR = {"id": shapes.whole, "externalId": shapes.text}
_CART = Shape(
    {
        **dict.fromkeys(("externalId", "link", "currency"), shapes.text),
        **dict.fromkeys(("droppedAt", "clearedAt"), _zoned),
        "customer": Shape({**_LOCATOR, "browserId": shapes.text, "site": shapes.text}),
        "order": Shape({**_LOCATOR, "number": shapes.text}),
        "items": Rows(
            Shape(
                {
                    **dict.fromkeys(("quantity", "price"), shapes.amount),
                    "offer": Shape({**_LOCATOR, "xmlId": shapes.text}),
                }
            )
        ),
    }
)
_FAVORITE = Shape({**_LOCATOR, "xmlId": shapes.text})


def _site(call: Call) -> str:
    """Return the shop that the path names, by code or by id (``siteBy``).

    Raises:
        Refused: no such shop for this key.
    """
    name, by = call.path["site"], call.text("siteBy") or "code"
    if by not in {"id", "code"}:
        raise input_errors({"siteBy": INVALID})
    for shop in call.account.shops.values():
        if (shop.code if by == "code" else str(shop.id)) == name and shop.code in call.sites:
            return shop.code
    raise not_found()


def _cart(call: Call) -> tuple[dict[str, Any], Customer]:
    site = _site(call)
    try:
        given = _CART.read(call.structure("cart"), strict=True)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    party, shelf = given.get("customer") or {}, call.account.customers
    if party.get("id") is not None:
        rows = [shelf.by_id[party["id"]]] if party["id"] in shelf.by_id else []
    elif party.get("externalId") is not None:
        rows = shelf.external(party["externalId"], [party.get("site") or site])
    else:
        rows = shelf.marked("browserId", party.get("browserId") or "")
    if not rows:
        raise entity_errors({"customer": "Customer not found."})
    return given, rows[0]


def _moment(call: Call) -> str:
    zoned = call.account.settings.clock().astimezone(call.account.zone)
    return zoned.isoformat(sep=" ", timespec="seconds")


def cart_set(call: Call) -> Answer:
    """POST customer-interaction/{site}/cart/set: the whole cart of a customer."""
    given, customer = _cart(call)
    items = given.get("items") or []
    errors: dict[str, str] = {}
    for index, row in enumerate(items):
        if call.account.catalogue.find(row.get("offer") or {}) is None:
            errors[f"items[{index}].offer"] = "Offer not found."
    if errors or not items:
        raise entity_errors(errors or {"items": "This value should not be blank."})
    site = _site(call)
    cart = {
        "currency": call.account.shops[site].currency,
        "droppedAt": _moment(call),
        **{name: value for name, value in given.items() if name not in {"customer", "order"}},
    }
    changed = call.account.carts.get((site, customer.id)) != cart
    call.account.carts[site, customer.id] = cart
    key = customer.external_id or customer.id
    return Answer({"success": True}, key=key, effect="changed" if changed else "unchanged")


def cart_clear(call: Call) -> Answer:
    """POST customer-interaction/{site}/cart/clear: the cart stays, without lines."""
    given, customer = _cart(call)
    key = _site(call), customer.id
    held = call.account.carts.get(key, {})
    cleared = given.get("clearedAt") or _moment(call)
    call.account.carts[key] = {**held, "clearedAt": cleared, "items": []}
    effect = "changed" if held.get("items") else "unchanged"
    return Answer({"success": True}, key=customer.external_id or customer.id, effect=effect)


def _customer(call: Call) -> Customer:
    site, ident = _site(call), call.path["customerId"]
    shelf = call.account.customers
    if call.by() == "id":
        found = shelf.by_id.get(int(ident)) if ident.isdecimal() else None
        rows = [found] if found is not None else []
    else:
        rows = shelf.external(ident, [site])
    if not rows:
        raise not_found()
    return rows[0]


def cart_get(call: Call) -> Answer:
    """GET customer-interaction/{site}/cart/{customerId}."""
    customer = _customer(call)
    cart = call.account.carts.get((_site(call), customer.id))
    if cart is None:
        raise not_found()
    return Answer({"success": True, "cart": cart}, key=customer.external_id or customer.id)


def favorites(call: Call) -> Answer:
    """GET customer-interaction/{site}/favorites/{customerId}."""
    held = call.account.favorites.get((_site(call), _customer(call).id), [])
    goods = [call.account.catalogue.goods[number] for number in held]
    shown = [{"offer": {"id": good.id, "externalId": good.offer.external_id}} for good in goods]
    return Answer({"success": True, "favorites": shown})


def _favorite(call: Call) -> tuple[list[int], int]:
    try:
        given = _FAVORITE.read(call.structure("favorite").get("offer") or {}, strict=True)
    except Invalid as error:
        raise entity_errors(error.errors) from None
    good = call.account.catalogue.find(given)
    if good is None:
        raise entity_errors({"offer": "Offer not found."})
    key = _site(call), _customer(call).id
    return call.account.favorites.setdefault(key, []), good.id


def favorite_add(call: Call) -> Answer:
    """POST customer-interaction/{site}/favorites/{customerId}/add."""
    held, number = _favorite(call)
    fresh = number not in held
    if fresh:
        held.append(number)
    return Answer({"success": True}, effect="changed" if fresh else "unchanged")


def favorite_remove(call: Call) -> Answer:
    """POST customer-interaction/{site}/favorites/{customerId}/remove."""
    held, number = _favorite(call)
    known = number in held
    if known:
        held.remove(number)
    return Answer({"success": True}, effect="changed" if known else "unchanged")
