"""Product lists and views (19.1, 19.2)."""

from __future__ import annotations

from collections.abc import Callable

from mocks.mindbox.call import Answer, Call
from mocks.mindbox.customer import Customer
from mocks.mindbox.customers import existing
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order_lines import product_of
from mocks.mindbox.reading import Json, amount, hundredths, node, number, rows, text


def set_list(call: Call) -> Answer:
    """Replace the whole stored list; no items: clear it."""
    owner, customer = _owner(call)
    items = [
        _item(call, row, f"/productList/{at}")
        for at, row in enumerate(rows(call.body, "productList"))
    ]
    call.project.lists[owner, call.operation.option("list")] = items
    return _changed(call, customer)


def clear_list(call: Call) -> Answer:
    """Empty the list."""
    owner, customer = _owner(call)
    call.project.lists[owner, call.operation.option("list")] = []
    return _changed(call, customer)


def add_to_list(call: Call) -> Answer:
    """Add one unit of a product."""
    return _edit(call, "addProductToList", lambda known, _: known + 1)


def remove_from_list(call: Call) -> Answer:
    """Remove a product."""
    return _edit(call, "removeProductFromList", lambda _, __: 0)


def set_count(call: Call) -> Answer:
    """Set the quantity of a product; zero removes it."""
    return _edit(call, "setProductCountInList", lambda _, sent: sent)


def get_list(call: Call) -> Answer:
    """Return the stored list."""
    owner, _ = _owner(call)
    found = call.project.lists.get((owner, call.operation.option("list")), [])
    return Answer({"productList": [_shown(row) for row in found]}, key=owner)


def view_product(call: Call) -> Answer:
    """Keep a view of a product or product group, in either of the two forms."""
    owner, customer = _owner(call)
    sent = node(call.body, "viewProduct") or call.body
    group = node(sent, "productGroup", "ids")
    if not group:
        product_of(call.project, sent, "/viewProduct")
    details = {"product": node(sent, "product"), "productGroup": node(sent, "productGroup")}
    return _viewed(call, "ProsmotrTovara", owner, customer, details=details)


def view_category(call: Call) -> Answer:
    """Keep a view of a category."""
    owner, customer = _owner(call)
    sent = node(call.body, "viewProductCategory") or call.body
    if not node(sent, "productCategory", "ids"):
        msg = "/viewProductCategory/productCategory: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    details = {"productCategory": node(sent, "productCategory")}
    return _viewed(call, "ProsmotrKategorii", owner, customer, details=details)


def _viewed(
    call: Call, template: str, owner: str, customer: Customer | None, *, details: Json
) -> Answer:
    number_of = customer.id if customer is not None else 0
    call.project.act(template, number_of, at=call.at, place=call.place, details=details)
    return Answer({}, "created", owner)


def _edit(call: Call, name: str, count: Callable[[int, int], int]) -> Answer:
    owner, customer = _owner(call)
    sent = call.required(name)
    item = _item(call, sent, f"/{name}")
    key = owner, call.operation.option("list")
    stored = call.project.lists.setdefault(key, [])
    known = next((row for row in stored if row["product"] == item["product"]), None)
    before = known["count"] if known is not None else 0
    wanted = count(before, item["count"])
    if known is not None:
        stored.remove(known)
    if wanted > 0:
        stored.append({**item, "count": wanted})
    return _changed(call, customer)


def _owner(call: Call) -> tuple[str, Customer | None]:
    """Return whose list it is: the customer's, or the device's of an anonymous one."""
    sent = node(call.body, "customer")
    if sent:
        customer = existing(call.project, sent)
        return f"customer:{customer.id}", customer
    if not call.device:
        msg = "Не передан ни потребитель, ни deviceUUID"
        raise ProtocolRefused(msg)
    known = call.project.customers.get(call.project.by_device.get(call.device, 0))
    if known is not None:
        return f"customer:{known.id}", known
    return f"device:{call.device}", None


def _item(call: Call, row: Json, where: str) -> Json:
    """Read one element; the price is that of one unit (19.1)."""
    product_of(call.project, row, where)
    count = number(row.get("count"), f"{where}/count", 1)
    if text(row.get("pricePerItem")):
        price = hundredths(row["pricePerItem"], f"{where}/pricePerItem")
    else:
        whole = row.get("priceOfLine") or row.get("price")
        price = hundredths(whole, f"{where}/priceOfLine") // max(count, 1)
    return {"product": node(row, "product"), "count": count, "price": price}


def _shown(row: Json) -> Json:
    price = row["price"]
    total = amount(price * row["count"])
    return {"product": row["product"], "count": row["count"], "priceOfLine": total, "price": total}


def _changed(call: Call, customer: Customer | None) -> Answer:
    if customer is not None:
        details = {"list": call.operation.option("list")}
        call.project.act("IzmenenieSpiska", customer.id, at=call.at, details=details)
    return Answer({}, "changed", str(customer.id) if customer is not None else "")
