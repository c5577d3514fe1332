"""Writing the words of a file: units, taxes, groups, properties, price types, stores."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from gateway.contract import TranslationFailed

from .classifier import Classifier
from .mapping import CommerceMlMapping, id_of
from .markup import COMMENT_LIMIT, ID_LIMIT, box, checked_id, leaf
from .products import WITHOUT_VAT
from .values import written

PIECE = "шт"
_NOT_MAPPED = "no id of the file is mapped to the code"


def named(known: Mapping[str, str], code: str, path: str) -> str:
    """Return the id that stands for a canonical code. Raises ``TranslationFailed`` without one."""
    id_ = id_of(known, code)
    if id_ is None:
        raise TranslationFailed(_NOT_MAPPED, path=path)
    return checked_id(id_, ID_LIMIT, path)


def base_unit(short: str | None, mapping: CommerceMlMapping) -> str:
    """Write ``БазоваяЕдиница``; a unit that the mapping does not know has no code."""
    if not short:
        return "<БазоваяЕдиница/>"
    unit = mapping.units.get(short)
    known = [] if unit is None else [
        ("Код", unit.code),
        ("НаименованиеПолное", unit.full_name),
        ("МеждународноеСокращение", unit.international),
    ]  # fmt: skip
    return box("БазоваяЕдиница", leaf("x", short)[3:-4], attributes=known)


def site_unit(short: str, mapping: CommerceMlMapping) -> str:
    """Write ``Единица`` as sites do above 2.05: code and full name as elements."""
    unit = mapping.units.get(short)
    if unit is None:
        return box("Единица", leaf("НаименованиеПолное", short)) + leaf("Коэффициент", "1")
    parts = leaf("Код", unit.code), leaf("НаименованиеПолное", unit.full_name)
    return box("Единица", *parts) + leaf("Коэффициент", "1")


def vat(rate: Decimal | None) -> str:
    """Write the VAT rate; ``None`` is "without VAT"."""
    shown = WITHOUT_VAT if rate is None else written(rate)
    tax = box("СтавкаНалога", leaf("Наименование", "НДС"), leaf("Ставка", shown))
    return box("СтавкиНалогов", tax)


def groups(known: Classifier) -> str:
    """Write the tree of groups. A group whose parent is unknown stands at the top."""
    below: dict[str | None, list[str]] = {}
    for id_, group in known.groups.items():
        parent = group.parent if group.parent in known.groups else None
        below.setdefault(parent, []).append(id_)
    return _groups(known, below, None)


def _groups(known: Classifier, below: dict[str | None, list[str]], parent: str | None) -> str:
    rows = [
        box(
            "Группа",
            leaf("Ид", id_, ID_LIMIT),
            leaf("Наименование", known.groups[id_].name, COMMENT_LIMIT),
            _groups(known, below, id_),
        )
        for id_ in below.pop(parent, ())
    ]
    return box("Группы", *rows) if rows else ""


def properties(known: Classifier) -> str:
    """Write the properties, with their reference books."""
    rows = []
    for id_, it in known.properties.items():
        variants = [
            box("Справочник", leaf("ИдЗначения", value_id), leaf("Значение", shown))
            for value_id, shown in it.variants.items()
        ]
        kind = leaf("ТипЗначений", "Справочник" if variants else "Строка")
        book = box("ВариантыЗначений", *variants) if variants else ""
        rows.append(box("Свойство", leaf("Ид", id_), leaf("Наименование", it.name), kind, book))
    return box("Свойства", *rows) if rows else ""


def price_types(known: Classifier, mapping: CommerceMlMapping) -> str:
    """Write ``ТипыЦен``: those of the classifier and those of the mapping."""
    rows = []
    for id_ in dict.fromkeys([*known.price_types, *mapping.price_types]):
        its_type = known.price_types.get(id_)
        currency = its_type.currency if its_type else None
        name = its_type.name if its_type else None
        rows.append(
            box(
                "ТипЦены",
                leaf("Ид", id_, ID_LIMIT),
                leaf("Наименование", name or mapping.price_types.get(id_)),
                leaf("Валюта", currency or mapping.currency),
            )
        )
    return box("ТипыЦен", *rows)


def stores(known: Classifier, mapping: CommerceMlMapping) -> str:
    """Write ``Склады``: those of the classifier and those of the mapping."""
    rows = [
        box(
            "Склад",
            leaf("Ид", id_, ID_LIMIT),
            leaf("Наименование", known.stores.get(id_) or mapping.stores.get(id_)),
        )
        for id_ in dict.fromkeys([*known.stores, *mapping.stores])
    ]
    return box("Склады", *rows) if rows else ""
