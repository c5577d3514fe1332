"""``import.xml``: classifier, sections, properties and goods (reference 3.7, 10.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mocks.bitrix.catalog import change_product
from mocks.bitrix.catalog_fields import SECTION
from mocks.bitrix.clock import seconds_of
from mocks.bitrix.dictionaries import GOODS_IBLOCK, add_product
from mocks.bitrix.exchange.session import clean_name
from mocks.bitrix.exchange.xml import amount, flag, text
from mocks.bitrix.fields import fresh
from mocks.bitrix.table import Row

if TYPE_CHECKING:
    from lxml.etree import _Element

    from mocks.bitrix.site import Site

_FIRST_PROPERTY = 50


class CatalogImport:
    """Loader of goods; remembers when each was last touched."""

    def __init__(self, site: Site) -> None:
        """Start with nothing touched."""
        self._site = site
        self._touched: dict[int, int] = {}
        self._sections: dict[int, int] = {}
        self._is_full = False
        self._catalog = "cat-1"

    def metadata(self, root: _Element) -> None:
        """Read the properties of the classifier and what kind of load this is."""
        catalog = root.find("Каталог")
        if catalog is not None:
            self._is_full = not flag(catalog.get("СодержитТолькоИзменения", "false"))
            self._catalog = text(catalog, "Ид") or self._catalog
        known = self._site.iblock_properties
        for row in root.findall("Классификатор/Свойства/Свойство"):
            key = text(row, "Ид")
            values = {
                text(item, "ИдЗначения"): text(item, "Значение")
                for item in row.findall("ВариантыЗначений/Справочник")
            }
            number = known[key]["number"] if key in known else _FIRST_PROPERTY + len(known)
            known[key] = {"number": number, "name": text(row, "Наименование"), "values": values}

    def sections(self, root: _Element) -> None:
        """Create and rename sections by their 1C keys."""
        for group in root.findall("Классификатор/Группы/Группа"):
            self._section(group, None)

    def take(self, element: _Element, files: dict[str, bytes]) -> bool:
        """Create or change one product; tell whether anything changed."""
        site = self._site
        key = text(element, "Ид")
        if not key:
            return False
        known = next(iter(site.products.where("xmlId", key)), None)
        is_deleted = element.get("Статус") == "Удален" or flag(text(element, "ПометкаУдаления"))
        if is_deleted:
            return known is not None and self._hide(known)
        values = self._values(element, files)
        if known is None:
            row = add_product(site, {**values, "iblockId": GOODS_IBLOCK, "xmlId": key})
            site.announce("CATALOG.PRODUCT.ON.ADD", ID=row["id"], TYPE=row["type"])
            self._touch(row)
            return True
        self._touch(known)
        if all(known.get(name) == value for name, value in values.items()):
            return False
        change_product(site, known, values)
        return True

    def deactivate(self, timestamp: int) -> int:
        """Hide what a full load since ``timestamp`` did not bring; return how many goods."""
        if not self._is_full:
            return 0
        site = self._site
        for section in site.sections:
            if self._sections.get(section["id"], 0) < timestamp and section["xmlId"]:
                section["active"] = "N"
        old = [
            row
            for row in site.products
            if row["iblockId"] == GOODS_IBLOCK
            and row["active"] == "Y"
            and self._touched.get(row["id"], 0) < timestamp
        ]
        for row in old:
            self._hide(row)
        return len(old)

    def _hide(self, row: Row) -> bool:
        if row["active"] == "N":
            return False
        change_product(self._site, row, {"active": "N"})
        return True

    def _touch(self, row: Row) -> None:
        self._touched[row["id"]] = seconds_of(self._site.clock.stamp())

    def _section(self, group: _Element, parent: int | None) -> None:
        site = self._site
        key = text(group, "Ид")
        row = next(iter(site.sections.where("xmlId", key)), None)
        if row is None:
            row = site.sections.add(
                {
                    **fresh(SECTION),
                    "id": site.next_id("section"),
                    "iblockId": GOODS_IBLOCK,
                    "xmlId": key,
                }
            )
        row |= {
            "name": text(group, "Наименование"),
            "iblockSectionId": parent,
            "active": "Y",
        }
        self._sections[row["id"]] = seconds_of(site.clock.stamp())
        for inner in group.findall("Группы/Группа"):
            self._section(inner, row["id"])

    def _values(self, element: _Element, files: dict[str, bytes]) -> dict[str, Any]:
        site = self._site
        groups = [row.text or "" for row in element.findall("Группы/Ид")]
        sections = [
            row["id"] for key in groups for row in site.sections.where("xmlId", key.strip())
        ]
        values: dict[str, Any] = {
            "name": text(element, "Наименование"),
            "active": "Y",
            "iblockSectionId": sections[0] if sections else None,
            "catalogXmlId": self._catalog,
            "article": text(element, "Артикул"),
            "barcode": text(element, "Штрихкод"),
            "detailText": text(element, "Описание") or None,
            "vatId": self._vat(element),
            "properties": self._properties(element),
        }
        picture = clean_name(text(element, "Картинка"))
        if picture in files:
            address = f"https://{site.settings.domain}/upload/{picture}"
            values["detailPicture"] = {
                "id": str(len(picture)),
                "url": address,
                "urlMachine": address,
            }
        return values

    def _vat(self, element: _Element) -> int:
        text_rate = text(element, "СтавкиНалогов", "СтавкаНалога", "Ставка")
        rate = amount(text_rate) if text_rate else None
        return next((int(row["id"]) for row in self._site.vats if row["rate"] == rate), 1)

    def _properties(self, element: _Element) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for row in element.findall("ЗначенияСвойств/ЗначенияСвойства"):
            known = self._site.iblock_properties.get(text(row, "Ид"))
            if known is not None:
                value = text(row, "Значение")
                shown = known["values"].get(value, value)
                found[f"property{known['number']}"] = {"value": shown, "valueId": value}
        return found
