"""What a fresh shop holds.

Payer types, order properties, statuses, pay systems, deliveries, rules and a few goods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog_fields import CATALOG, PRODUCT
from mocks.bitrix.fields import fresh
from mocks.bitrix.sale_fields import PERSON_TYPE, PROPERTY, STATUS, STATUS_LANG
from mocks.bitrix.stock import availability, furnish_stock, set_amount, set_price

if TYPE_CHECKING:
    from mocks.bitrix.site import Site

INNER_ACCOUNT_PAY_SYSTEM = 9
GOODS_IBLOCK = 4
OFFERS_IBLOCK = 5
SKU_PROPERTY = 41

_PERSON_TYPES = ((1, "Физическое лицо"), (2, "Юридическое лицо"))

# id, payer type, code, name, flag
_PROPERTIES = (
    (1, 1, "FIO", "Имя", "isPayer"),
    (2, 1, "EMAIL", "E-mail", "isEmail"),
    (3, 1, "PHONE", "Телефон", "isPhone"),
    (4, 1, "ZIP", "Индекс", "isZip"),
    (5, 1, "CITY", "Город", ""),
    (6, 1, "ADDRESS", "Адрес доставки", "isAddress"),
    (7, 1, "LOYALTY_CARD", "Карта лояльности", ""),
    (8, 1, "PROMO_CODE", "Промокод", ""),
    (9, 1, "BONUS", "Списать бонусов", ""),
    (20, 2, "COMPANY", "Название компании", "isPayer"),
    (21, 2, "INN", "ИНН", ""),
    (22, 2, "CONTACT_PERSON", "Контактное лицо", ""),
    (23, 2, "EMAIL", "E-mail", "isEmail"),
    (24, 2, "PHONE", "Телефон", "isPhone"),
    (25, 2, "LOYALTY_CARD", "Карта лояльности", ""),
    (26, 2, "PROMO_CODE", "Промокод", ""),
    (27, 2, "BONUS", "Списать бонусов", ""),
)

# id, type, name, colour
_STATUSES = (
    ("N", "O", "Принят", "#AABBCC"),
    ("P", "O", "Оплачен", ""),
    ("F", "O", "Выполнен", ""),
    ("DN", "D", "Ожидает обработки", ""),
    ("DF", "D", "Отгружен", ""),
)

_PAY_SYSTEMS = (
    (1, "Наличные", "Y"),
    (2, "Карта", "N"),
    (INNER_ACCOUNT_PAY_SYSTEM, "Внутренний счёт", "N"),
)
_DELIVERIES = ((2, "Самовывоз"), (3, "Курьер"))
_DISCOUNTS = ((15, "Весенняя скидка", 10), (16, "Скидка по купону 5 %", 5))

# id, name, GUID, price, available quantity
_PRODUCTS = (
    (88, "Jam", "0a1b-88", 700, 12),
    (89, "Мёд липовый", "0a1b-89", 450, 40),
    (90, "Чай чёрный", "0a1b-90", 320.5, 100),
    (91, "Шоколад горький", "0a1b-91", 189.9, 0),
)


def furnish(site: Site) -> None:
    """Fill the tables of a fresh shop."""
    furnish_stock(site)
    goods = {"iblockTypeId": "catalog", "lid": "s1"}
    for key, name, parent in (
        (GOODS_IBLOCK, "Каталог", None),
        (OFFERS_IBLOCK, "Торговые предложения", GOODS_IBLOCK),
    ):
        sku = SKU_PROPERTY if parent is not None else None
        own = {"iblockId": key, "id": key, "name": name, "skuPropertyId": sku}
        site.catalogs.add({**fresh(CATALOG), **goods, **own, "productIblockId": parent})
    for key, name in _PERSON_TYPES:
        site.person_types.add({**fresh(PERSON_TYPE), "id": key, "name": name, "sort": key * 100})
    for number, person, code, name, flag in _PROPERTIES:
        row = {
            **fresh(PROPERTY),
            "id": number,
            "personTypeId": person,
            "code": code,
            "name": name,
            "type": "STRING",
        }
        row["sort"] = number * 10
        if flag:
            row[flag] = "Y"
        site.properties.add(row)
    for position, (status, kind, name, colour) in enumerate(_STATUSES, start=1):
        add_status(
            site, {"id": status, "type": kind, "name": name, "color": colour, "sort": position * 10}
        )
    for key, name, cash in _PAY_SYSTEMS:
        site.pay_systems.add(_pay_system(key, name, cash))
    for key, name in _DELIVERIES:
        site.deliveries.add(_delivery(key, name))
    for key, name, percent in _DISCOUNTS:
        site.discounts[key] = {"id": key, "name": name, "percent": percent}
    for key, name, guid, price, quantity in _PRODUCTS:
        add_product(
            site, {"id": key, "name": name, "xmlId": guid, "basePrice": price, "quantity": quantity}
        )


def add_status(site: Site, values: dict[str, Any]) -> None:
    """Add a status with its Russian name."""
    name = values.pop("name", values["id"])
    site.statuses.add({**fresh(STATUS), **values})
    site.status_langs.add(
        {**fresh(STATUS_LANG), "statusId": values["id"], "lid": "ru", "name": name}
    )


def add_product(site: Site, values: dict[str, Any]) -> dict[str, Any]:
    """Add a product; ``basePrice`` and ``catalogXmlId`` are kept beside the fields of REST."""
    row = {
        **fresh(PRODUCT),
        "iblockId": GOODS_IBLOCK,
        "dateCreate": site.clock.stamp(),
        "timestampX": site.clock.stamp(),
    }
    row |= {"basePrice": 0, "catalogXmlId": "cat-1", "parentId": None, **values}
    row["id"] = values.get("id") or site.next_id("product")
    row["xmlId"] = row["xmlId"] or str(row["id"])
    row["available"] = availability(row)
    site.reserve_id("product", row["id"])
    site.products.add(row)
    if row["basePrice"]:
        set_price(site, row, row["basePrice"])
    set_amount(site, row, row["quantity"] or 0)
    return row


def _pay_system(key: int, name: str, cash: str) -> dict[str, Any]:
    return {
        "ID": key,
        "NAME": name,
        "PERSON_TYPE_ID": None,
        "BX_REST_HANDLER": None,
        "ACTIVE": "Y",
        "SORT": key * 10,
        "IS_CASH": cash,
        "XML_ID": f"bx_pay{key}",
    }


def _delivery(key: int, name: str) -> dict[str, Any]:
    return {
        "ID": key,
        "PARENT_ID": 0,
        "NAME": name,
        "ACTIVE": "Y",
        "DESCRIPTION": "",
        "SORT": key * 10,
        "CURRENCY": "RUB",
        "XML_ID": f"bx_del{key}",
    }
