"""``Товар`` and ``Предложение`` → a canonical product. Pure.

Source: vendor reference of 1C, sections 4.3 and 4.4; of Bitrix, section 10.16.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.canonical import Product
from gateway.contract import Observed

from .classifier import Classifier
from .mapping import CommerceMlMapping, code_of
from .nodes import (
    NO_ID,
    Element,
    Fields,
    Laid,
    Unreadable,
    every,
    fields,
    laid,
    local,
    pairs,
    text,
    value,
)
from .offers import prices_from, stock_from
from .values import number, plain_id, product_ids, switch

VAT = "ндс"
WITHOUT_VAT = "Без НДС"
_DELETED = frozenset({"Удален", "Удалён"})


def product_from(
    element: Element, classifier: Classifier, mapping: CommerceMlMapping
) -> Observed[Product]:
    """Translate one record. Raises ``Unreadable`` for a value that cannot be read."""
    record = laid(element)
    own = record.own
    id_ = text(own.get("Ид"))
    if id_ is None:
        raise Unreadable(NO_ID, element)
    code, parent = product_ids(id_, text(own.get("ИдХарактеристики")) or "")
    remarks: list[str] = []
    said: dict[str, Any] = {"code": code}
    if parent is not None:
        said["parent"] = parent
    _say_texts(said, record, mapping, remarks)
    prices = own.get("Цены")
    if prices is not None:
        said["prices"] = prices_from(prices, classifier, mapping, remarks)
    stock = stock_from(record, mapping, remarks)
    if stock is not None:
        said["stock"] = stock
    if mapping.product_attributes:
        attributes = _attributes(own, classifier, mapping)
        if attributes:
            said["attributes"] = attributes
    is_deleted = _state(said, own, element)
    return Observed(code, Product(**said), deleted=is_deleted, remarks=tuple(remarks))


def _say_texts(
    said: dict[str, Any],
    record: Laid,
    mapping: CommerceMlMapping,
    remarks: list[str],
) -> None:
    own = record.own
    for field, name in (("sku", "Артикул"), ("name", "Наименование"), ("description", "Описание")):
        if name in own:
            said[field] = text(own[name])
    if "Штрихкод" in own:
        codes = (text(row) for row in record.every("Штрихкод"))
        said["barcodes"] = tuple(dict.fromkeys(code for code in codes if code))
    if ("БазоваяЕдиница" in own or "Единица" in own) and (unit := unit_from(own)):
        said["unit"] = unit
    if "Группы" in own:
        _say_category(said, own["Группы"], mapping, remarks)
    rate = vat_from(own)
    if rate is not None:
        said["vat_rate"] = rate[0]


def _say_category(
    said: dict[str, Any], groups: Element, mapping: CommerceMlMapping, remarks: list[str]
) -> None:
    ids = [plain_id(id_) for row in every(groups, "Ид") if (id_ := text(row))]
    code = code_of(mapping.groups, *ids)
    if code is None and ids:
        remarks.append(f"category: group {ids[0]} is not mapped")
    else:
        said["category"] = code


def unit_from(own: Fields) -> str | None:
    """Return the unit's short name, or the fullest that there is."""
    base = own.get("БазоваяЕдиница")
    if base is not None:
        short = text(base) or base.get("НаименованиеКраткое")
        return str(short or base.get("НаименованиеПолное") or base.get("Код") or "").strip() or None
    inner = fields(own["Единица"])
    named = (inner.get("НаименованиеКраткое"), inner.get("НаименованиеПолное"), own["Единица"])
    return next((said for said in map(text, named) if said), None)


def vat_from(own: Fields) -> tuple[Decimal | None] | None:
    """Read the VAT rate in percent; ``(None,)`` is "without VAT", ``None`` that nothing is said."""
    for row in every(own.get("СтавкиНалогов"), "СтавкаНалога"):
        parts = fields(row)
        name = text(parts.get("Наименование"))
        rate = text(parts.get("Ставка"))
        if name is None or name.casefold() != VAT or rate is None:
            continue
        if rate.casefold().startswith("без"):
            return (None,)
        return (value(parts.get("Ставка"), lambda said: number(said.rstrip("% "))),)
    return None


def _attributes(
    own: Fields, classifier: Classifier, mapping: CommerceMlMapping
) -> dict[str, str | None]:
    """Return the attributes that this record speaks of, by requisite, property, characteristic."""
    known = {
        **_characteristics(own.get("ХарактеристикиТовара")),
        **_properties(own.get("ЗначенияСвойств"), classifier),
        **pairs(own.get("ЗначенияРеквизитов")),
    }
    return {code: known[name] for code, name in mapping.product_attributes.items() if name in known}


def _characteristics(element: Element | None) -> dict[str, str | None]:
    rows = (fields(row) for row in every(element, "ХарактеристикаТовара"))
    return {
        name: text(row.get("Значение")) for row in rows if (name := text(row.get("Наименование")))
    }


def _properties(element: Element | None, classifier: Classifier) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for row in every(element, "ЗначенияСвойства"):
        own = fields(row)
        id_ = plain_id(text(own.get("Ид")) or "")
        known = classifier.properties.get(id_)
        variants = known.variants if known else {}
        values = [text(part) for part in row if local(part.tag) == "Значение"]
        shown = [variants.get(plain_id(said), said) or "" for said in values if said]
        said = "; ".join(shown) or None
        for name in (id_, text(own.get("Наименование")), known.name if known else None):
            if name:
                found[name] = said
    return found


def _state(said: dict[str, Any], own: Fields, element: Element) -> bool:
    """Say whether the product is sold any more; return whether it was deleted."""
    status = str(element.get("Статус") or "").strip()
    marked = value(own.get("ПометкаУдаления"), switch)
    if status in _DELETED or marked:
        said["active"] = False
        return True
    if status or marked is not None:
        said["active"] = True
    return False
