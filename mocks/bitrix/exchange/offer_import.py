"""``offers.xml``, ``prices_*.xml``, ``rests_*.xml``: prices, stores, stock (3.7, 10.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog import OFFER, PARENT_TYPE, change_product
from mocks.bitrix.catalog_fields import PRICE_TYPE, STORE
from mocks.bitrix.dictionaries import GOODS_IBLOCK, OFFERS_IBLOCK, add_product
from mocks.bitrix.exchange.xml import amount, text
from mocks.bitrix.fields import fresh, number
from mocks.bitrix.stock import availability, price_of, set_amount, set_price
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site


class OfferImport:
    """Loader of offers."""

    def __init__(self, site: Site) -> None:
        """Work on the shop's own price types and stores."""
        self._site = site

    def metadata(self, root: _Element) -> None:
        """Create the price types and stores that the shop does not know yet, by their 1C keys."""
        site = self._site
        for element in root.findall("ПакетПредложений/ТипыЦен/ТипЦены"):
            key, name = text(element, "Ид"), text(element, "Наименование")
            if not site.price_types.where("xmlId", key):
                number_of_type = max(site.price_types.ids()) + 1
                site.price_types.add(
                    {**fresh(PRICE_TYPE), "id": number_of_type, "name": name, "xmlId": key}
                )
        for element in root.findall("ПакетПредложений/Склады/Склад"):
            key, name = text(element, "Ид"), text(element, "Наименование")
            if not site.stores.where("xmlId", key):
                number_of_store = max(site.stores.ids()) + 1
                site.stores.add(
                    {**fresh(STORE), "id": number_of_store, "title": name, "xmlId": key}
                )

    def take(self, element: _Element) -> bool:
        """Take one offer; tell whether anything changed."""
        row, is_new = self._product(element)
        if row is None:
            return False
        changed = self._prices(row, element)
        return self._stock(row, element) or changed or is_new

    def _product(self, element: _Element) -> tuple[Row | None, bool]:
        """Find the product of an offer; a variant that the shop lacks is created."""
        site = self._site
        parent_key, _, key = text(element, "Ид").partition("#")
        parent = next(iter(site.products.where("xmlId", parent_key)), None)
        if parent is None or not key or key == parent_key:
            return parent, False
        known = next(iter(site.products.where("xmlId", key)), None)
        if known is not None:
            return known, False
        values = {
            "iblockId": OFFERS_IBLOCK,
            "xmlId": key,
            "name": text(element, "Наименование"),
            "article": text(element, "Артикул"),
            "type": OFFER,
            "parentId": parent["id"],
            "characteristics": {
                text(row, "Наименование"): text(row, "Значение")
                for row in element.findall("ХарактеристикиТовара/ХарактеристикаТовара")
            },
        }
        row = add_product(site, values)
        if parent["type"] != PARENT_TYPE:
            site.products.update(parent, type=PARENT_TYPE)
        site.announce("CATALOG.PRODUCT.ON.ADD", ID=row["id"], TYPE=row["type"])
        return row, True

    def _prices(self, row: Row, element: _Element) -> bool:
        site = self._site
        changed = False
        for price in element.findall("Цены/Цена"):
            types = site.price_types.where("xmlId", text(price, "ИдТипаЦены"))
            if not types:
                continue
            before = price_of(site, row["id"], types[0]["id"])
            old = before["price"] if before is not None else None
            value = amount(text(price, "ЦенаЗаЕдиницу"))
            currency = text(price, "Валюта") or site.settings.currency
            set_price(site, row, value, type_id=types[0]["id"], currency=currency)
            changed |= old != number(value)
        return changed

    def _stock(self, row: Row, element: _Element) -> bool:
        """Take amounts by store and the sum; without a sum the stores make it."""
        site = self._site
        by_store: dict[int, float] = {}
        for store in element.findall("Склад"):
            known = site.stores.where("xmlId", store.get("ИдСклада", ""))
            if known:
                by_store[known[0]["id"]] = amount(store.get("КоличествоНаСкладе", ""))
        sent = text(element, "Количество")
        if not sent and not by_store:
            return False
        total = number(amount(sent) if sent else sum(by_store.values()))
        values: dict[str, Any] = {"quantity": total}
        changed = bool(row["quantity"] != total)
        if changed:
            change_product(site, row, values)
        for store_id, value in by_store.items():
            set_amount(site, row, value, store_id=store_id)
        self._follow(row)
        return changed

    def _follow(self, row: Row) -> None:
        """Let a product with variants be available while one of them is."""
        parent = self._site.products.get(row["parentId"])
        if parent is None or parent["iblockId"] != GOODS_IBLOCK:
            return
        offers = self._site.products.where("parentId", parent["id"])
        total = number(sum(offer["quantity"] or 0 for offer in offers))
        available = availability({**parent, "quantity": total})
        if parent["available"] != available:
            self._site.products.update(parent, available=available)
