"""Handlers that write the store: stock, prices, products, groups (reference, section 16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mocks.retailcrm import shapes
from mocks.retailcrm.call import Answer, Call
from mocks.retailcrm.catalogue import Good, Product, Stock
from mocks.retailcrm.refusals import entity_errors, input_errors, missing, not_found
from mocks.retailcrm.settings import Offer
from mocks.retailcrm.shapes import Invalid, Rows, Shape

STORE_ROWS = 250
_LOCATORS = {"id": shapes.whole, "externalId": shapes.text, "xmlId": shapes.text}
_INVENTORY = Rows(
    Shape(
        {
            **_LOCATORS,
            "stores": Rows(
                Shape(
                    {
                        "code": shapes.text,
                        "available": shapes.number,
                        "purchasePrice": shapes.amount,
                    }
                )
            ),
        }
    )
)
_PRICES = Rows(
    Shape(
        {
            **_LOCATORS,
            "site": shapes.text,
            "prices": Rows(
                Shape({"code": shapes.text, "price": shapes.amount, "remove": shapes.flag})
            ),
        }
    )
)
_GROUP = Shape(
    {
        **dict.fromkeys(("externalId", "name", "site", "description", "url"), shapes.text),
        "parentId": shapes.whole,
        "active": shapes.flag,
    },
    frozenset({"id", "level"}),
)
_PRODUCT = Shape(
    {
        **dict.fromkeys(
            ("externalId", "name", "article", "url", "imageUrl", "description", "manufacturer"),
            shapes.text,
        ),
        **dict.fromkeys(("id", "catalogId"), shapes.whole),
        **dict.fromkeys(("active", "markable"), shapes.flag),
        "type": shapes.one_of("product", "service"),
        "site": shapes.text,
        "groups": Rows(Shape({"id": shapes.whole, "externalId": shapes.text})),
    },
    frozenset({"minPrice", "maxPrice", "quantity", "offers", "properties", "updatedAt"}),
)


def _rows(call: Call, name: str, shape: Rows) -> list[dict[str, Any]]:
    raw = call.structure(name, list)
    if not raw:
        raise missing(parameter=name)
    if len(raw) > STORE_ROWS:
        raise input_errors({name: f"No more than {STORE_ROWS} rows are allowed."})
    try:
        return shape.read(raw, strict=call.account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None


def _processed(
    call: Call, done: int, lost: Sequence[Mapping[str, Any]], changed: Sequence[bool]
) -> Answer:
    """Tell how many offers were found; the shape of the others is unsettled (section 16)."""
    body: dict[str, Any] = {"success": True, "processedOffersCount": done}
    rule = call.account.settings.not_found_offers
    if rule == "object" and len(lost) == 1:
        body["notFoundOffers"] = lost[0]
    elif lost or rule != "absent_when_empty":
        body["notFoundOffers"] = list(lost)
    return Answer(body, effect="changed" if any(changed) else "unchanged")


def _locator(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _LOCATORS if row.get(name) is not None}


def inventories_upload(call: Call) -> Answer:
    """POST store/inventories/upload: absolute stock of one shop (sample T2)."""
    rows, site = _rows(call, "offers", _INVENTORY), call.writing_site()
    known = call.account.references["stores"]
    codes = [store.get("code") for row in rows for store in row.get("stores") or ()]
    unknown = [f"Store with code {code} not found." for code in codes if code not in known]
    if unknown:
        raise entity_errors(list(dict.fromkeys(unknown)))
    lost: list[dict[str, Any]] = []
    changed: list[bool] = []
    for row in rows:
        good = call.account.catalogue.find(row)
        if good is None:
            lost.append(_locator(row))
            continue
        changed.append(_put_stock(call, good, site, row.get("stores") or ()))
    return _processed(call, len(rows) - len(lost), lost, changed)


def _put_stock(call: Call, good: Good, site: str, stores: Sequence[Mapping[str, Any]]) -> bool:
    before = {key: (one.available, one.purchase) for key, one in good.stock.items()}
    for store in stores:
        key = site, store["code"]
        held = good.stock.get(key, Stock(0))
        given = store.get("available")
        price = store.get("purchasePrice")
        good.stock[key] = Stock(
            held.available if given is None else given, held.purchase if price is None else price
        )
    changed = before != {key: (one.available, one.purchase) for key, one in good.stock.items()}
    if changed:
        call.account.catalogue.touch(good)
    return changed


def prices_upload(call: Call) -> Answer:
    """POST store/prices/upload: prices by type, ``remove`` takes one away (sample T4)."""
    rows = _rows(call, "prices", _PRICES)
    known = call.account.references["price-types"]
    errors: list[str] = []
    for row in rows:
        if (row.get("site") or call.writing_site()) not in call.sites:
            errors.append(f"Site with code {row['site']} not found.")
        codes = [one.get("code") for one in row.get("prices") or ()]
        errors.extend(f"PriceType with code {one} not found." for one in codes if one not in known)
    if errors:
        raise entity_errors(list(dict.fromkeys(errors)))
    lost: list[dict[str, Any]] = []
    changed: list[bool] = []
    for row in rows:
        good = call.account.catalogue.find(row)
        if good is None:
            lost.append(_locator(row))
            continue
        before = dict(good.prices)
        for one in row.get("prices") or ():
            price = None if one.get("remove") else one.get("price")
            call.account.catalogue.set_price(good, one["code"], price)
        changed.append(before != good.prices)
    return _processed(call, len(rows) - len(lost), lost, changed)


def _read(call: Call, raw: Any, shape: Shape) -> dict[str, Any]:
    try:
        return shape.read(raw, strict=call.account.settings.unknown_field == "400")
    except Invalid as error:
        raise entity_errors(error.errors) from None


def group_create(call: Call) -> Answer:
    """POST store/product-groups/create."""
    given = _read(call, call.structure("productGroup"), _GROUP)
    site = given.get("site") or call.writing_site()
    if not given.get("name"):
        raise entity_errors({"name": "This value should not be blank."})
    if site not in call.sites:
        raise entity_errors({"site": f"Site with code {site} not found."})
    groups = call.account.catalogue.groups
    external_id = given.get("externalId")
    if external_id and _group(call, external_id, site) is not None:
        raise entity_errors({"externalId": f"Group with externalId={external_id} already exists."})
    number = call.account.next_id("group")
    while number in groups:
        number = call.account.next_id("group")
    row = {"id": number, "active": True, **given, "site": site}
    groups[number] = _levelled(call, row)
    return call.created({"id": number}, key=external_id or number)


def _group(call: Call, external_id: str, site: str) -> dict[str, Any] | None:
    rows = call.account.catalogue.groups.values()
    return next(
        (row for row in rows if row.get("externalId") == external_id and row["site"] == site), None
    )


def _levelled(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    parent = row.get("parentId")
    if parent is None:
        return {**row, "level": 0}
    above = call.account.catalogue.groups.get(parent)
    if above is None:
        raise entity_errors({"parentId": f"Group with id={parent} not found."})
    return {**row, "level": above.get("level", 0) + 1}


def group_edit(call: Call) -> Answer:
    """POST store/product-groups/{externalId}/edit."""
    given = _read(call, call.structure("productGroup"), _GROUP)
    groups, ident = call.account.catalogue.groups, call.path["externalId"]
    if call.by() == "id":
        row = groups.get(int(ident)) if ident.isdecimal() else None
    else:
        row = _group(call, ident, given.get("site") or call.writing_site())
    if row is None or not call.sees(row["site"]):
        raise not_found()
    new = _levelled(call, {**row, **given, "site": row["site"]})
    effect = "unchanged" if new == row else "changed"
    groups[row["id"]] = new
    return Answer({"success": True, "id": row["id"]}, key=ident, effect=effect)


def products_create(call: Call) -> Answer:
    """POST store/products/batch/create: every product comes with one offer of its name."""
    rows = _rows(call, "products", Rows(_PRODUCT))
    errors = {
        f"products[{index}].name": "This value should not be blank."
        for index, row in enumerate(rows)
        if not row.get("name")
    }
    if errors:
        raise entity_errors(errors)
    groups = [_groups_of(call, row) for row in rows]
    added = [_create(call, row, group) for row, group in zip(rows, groups, strict=True)]
    body = {"processedProductsCount": len(added), "addedProducts": added}
    return call.created(body, key=",".join(map(str, added)), status=200)


def _create(call: Call, row: Mapping[str, Any], groups: list[int]) -> int:
    shops = call.account.shops.values()
    site = next((one.code for one in shops if one.id == row.get("catalogId")), None)
    catalogue = call.account.catalogue
    product = Product(
        call.account.next_id("product"),
        site or call.writing_site(),
        row["name"],
        call.account.now(),
        row.get("externalId"),
    )
    catalogue.products[product.id] = product
    _patch(product, row, groups)
    number = call.account.next_id("offer")
    name = row.get("externalId") or str(number)
    values = {"article": row["article"]} if row.get("article") else {}
    catalogue.attach(product, Offer(number, name, row["name"], 0, name), values)
    return product.id


def _groups_of(call: Call, row: Mapping[str, Any]) -> list[int]:
    found: list[int] = []
    for one in row.get("groups") or ():
        group = call.account.catalogue.groups.get(one.get("id") or 0)
        if group is None and one.get("externalId"):
            group = next(
                (
                    held
                    for held in call.account.catalogue.groups.values()
                    if held.get("externalId") == one["externalId"]
                ),
                None,
            )
        if group is None:
            raise entity_errors({"groups": "Product group not found."})
        found.append(group["id"])
    return found


def _patch(product: Product, row: Mapping[str, Any], groups: list[int]) -> None:
    apart = {"id", "externalId", "name", "catalogId", "site", "groups"}
    product.values.update((name, value) for name, value in row.items() if name not in apart)
    product.name = row.get("name") or product.name
    if row.get("groups") is not None:
        product.groups = groups


def products_edit(call: Call) -> Answer:
    """POST store/products/batch/edit: rows named by id or externalId."""
    rows = _rows(call, "products", Rows(_PRODUCT))
    lost: list[dict[str, Any]] = []
    for row in rows:
        product = call.account.catalogue.find_product(row)
        if product is None or not call.sees(product.site):
            lost.append({name: row[name] for name in ("id", "externalId") if name in row})
            continue
        _patch(product, row, _groups_of(call, row))
        product.updated_at = call.account.now()
    body = {"processedProductsCount": len(rows) - len(lost), "notFoundProducts": lost}
    effect = "changed" if len(lost) < len(rows) else "unchanged"
    return Answer({"success": True, **body}, effect=effect)
