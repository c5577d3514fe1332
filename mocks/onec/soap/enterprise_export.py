"""Changed objects of the infobase as the body of an EnterpriseData message (3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mocks.onec.changes import Registration
from mocks.onec.hs.cards import CardBook, decimal
from mocks.onec.infobase import is_empty
from mocks.onec.schema import EMPTY_DATE, Row
from mocks.onec.soap.enterprise_load import CARDS, DELETION, ORDERS, PERSONS, RECEIPTS
from mocks.onec.soap.enterprise_message import Tree
from mocks.onec.soap.xdto import text_of

Tagged = tuple[str, Tree]
_REFERENCES: Mapping[str, str] = {
    "Catalog_КартыЛояльности": "ДисконтныеКартыСсылка",
    "Catalog_Партнеры": "ФизическиеЛицаСсылка",
    "Document_ЗаказКлиента": "ЗаказКлиентаСсылка",
    "Document_ЧекККМ": "ЧекККМСсылка",
}
_ORDER_STATES: Mapping[str, str] = {
    "НеСогласован": "Принят",
    "КОбеспечению": "Подтвержден",
    "КОтгрузке": "Комплектуется",
    "Закрыт": "Выполнен",
}
_CONTACT_KINDS = ("Телефон", "АдресЭлектроннойПочты")
_PUNCHED = "Пробит"
_VAT_ENUM = "СтавкаНДС"


class Exporter:
    """Writes cards, persons, orders and receipts; what else changed has no rule and is skipped."""

    types = (PERSONS, CARDS, ORDERS, RECEIPTS)

    def __init__(self, cards: CardBook) -> None:
        """Read through a card book and its infobase."""
        self._cards = cards
        self._infobase = cards.infobase
        self._rules: Mapping[str, Callable[[Row], Tagged | None]] = {
            "Catalog_КартыЛояльности": self._card,
            "Catalog_Партнеры": self._person,
            "Document_ЗаказКлиента": self._order,
            "Document_ЧекККМ": self._receipt,
        }

    def body(self, changes: Iterable[Registration]) -> list[Tagged]:
        """Return the objects of these registrations in their order."""
        found = (self._object(one) for one in changes)
        return [one for one in found if one is not None]

    def _object(self, change: Registration) -> Tagged | None:
        rule = self._rules.get(change.entity)
        if rule is None:
            return None
        row = self._infobase.table(change.entity).get(*change.key)
        if change.deleted or row is None or row["DeletionMark"]:
            reference = {_REFERENCES[change.entity]: str(change.key[0])}
            return DELETION, {"СсылкаНаОбъект": {"СсылкаНаОбъект": reference}}
        return rule(row)

    def _card(self, row: Row) -> Tagged:
        owner = self._cards.owners.get(row["Партнер_Key"])
        programme = self._card_programme(row["Ref_Key"])
        return CARDS, {
            "КлючевыеСвойства": {
                "Ссылка": row["Ref_Key"],
                "НомерКарты": row["Штрихкод"] or row["МагнитныйКод"],
                "ВладелецКарты": _person_key(owner.ref, owner.full_name),
            },
            "ПрограммаЛояльности": programme,
            "Статус": row["Статус"],
        }

    def _card_programme(self, ref: str) -> Tree:
        card = self._cards.card(ref)
        name = "" if card is None else self._cards.programme_name(card.programme)
        return {"Наименование": name} if name else {}

    def _person(self, row: Row) -> Tagged | None:
        if row["IsFolder"]:
            return None
        contacts: list[Tree] = [
            {
                "ВидКонтактнойИнформации": one["Тип"],
                "ЗначенияПолей": one["ЗначенияПолей"] or one["Представление"],
                "Значение": one["Представление"],
            }
            for one in row["КонтактнаяИнформация"]
            if one["Тип"] in _CONTACT_KINDS
        ]
        born = row["ДатаРождения"]
        return PERSONS, {
            "КлючевыеСвойства": {
                "Ссылка": row["Ref_Key"],
                "ФИО": row["НаименованиеПолное"] or row["Description"],
                "ДатаРождения": "" if born == EMPTY_DATE else born[:10],
            },
            "Пол": row["Пол"],
            "КонтактнаяИнформация": {"Строка": contacts} if contacts else {},
        }

    def _order(self, row: Row) -> Tagged:
        owner = self._cards.owners.get(row["Партнер_Key"])
        return ORDERS, {
            "КлючевыеСвойства": {
                "Ссылка": row["Ref_Key"],
                "Дата": row["Date"],
                "Номер": row["Number"],
                "Организация": self._named("Catalog_Организации", row["Организация_Key"]),
            },
            "Валюта": self._currency(row["Валюта_Key"]),
            "Сумма": _money(row["СуммаДокумента"]),
            "Состояние": _ORDER_STATES.get(row["Статус"], ""),
            "Контрагент": {"Ссылка": owner.ref, "Наименование": owner.full_name},
            "АдресДоставки": row["АдресДоставки"],
            "Товары": {"Строка": [self._goods(one) for one in row["Товары"]]},
        }

    def _receipt(self, row: Row) -> Tagged | None:
        if not (row["Posted"] and row["Статус"] == _PUNCHED):
            # A receipt counts only when it is posted and punched (1.12).
            return None
        shift = self._infobase.table("Document_КассоваяСмена").get(row["КассоваяСмена_Key"])
        card = self._cards.card(row["КартаЛояльности_Key"])
        owner = self._cards.owners.get(row["Партнер_Key"])
        return RECEIPTS, {
            "КлючевыеСвойства": {
                "Ссылка": row["Ref_Key"],
                "Дата": row["Date"],
                "НомерКассовойСмены": "1" if shift is None else shift["Number"],
                "КассаККМ": self._till(row),
                "НомерВПрограмме": row["Number"],
                "ЭтоВозврат": "false",
            },
            "ДанныеОперацииККМ": {
                "Валюта": self._currency(""),
                "Сумма": _money(row["СуммаДокумента"]),
            },
            "ТоварыПродажа": {"Строка": [self._goods(one) for one in row["Товары"]]},
            "НачисленныеБонусы": {
                "Строка": [
                    {
                        "ДатаНачалаДействия": one["ДатаНачисления"],
                        "КоличествоБонусныхБаллов": _money(one["СуммаБонусныхБаллов"]),
                    }
                    for one in row["БонусныеБаллы"]
                ]
            },
            "КартаЛояльности": {}
            if card is None
            else {
                "Ссылка": card.ref,
                "НомерКарты": card.barcode,
                "ВладелецКарты": _person_key(owner.ref, owner.full_name),
            },
        }

    def _till(self, row: Row) -> Tree:
        till = self._infobase.table("Catalog_КассыККМ").get(row["КассаККМ_Key"])
        return {
            "Ссылка": row["КассаККМ_Key"],
            "Наименование": "Касса" if till is None else till["Description"],
            "Организация": self._named("Catalog_Организации", row["Организация_Key"]),
            "Склад": self._named("Catalog_Склады", row["Склад_Key"]),
        }

    def _goods(self, row: Row) -> Tree:
        product = self._named("Catalog_Номенклатура", row["Номенклатура_Key"])
        barcode = str(row.get("Штрихкод", ""))
        return {
            "НомерСтрокиДокумента": str(row["LineNumber"]),
            "ДанныеНоменклатуры": {"Номенклатура": product, "Штрихкод": barcode},
            "Количество": text_of(decimal(row["Количество"])),
            "Цена": _money(row["Цена"]),
            "Сумма": _money(row["Сумма"]),
            "СтавкаНДС": str(row.get(_VAT_ENUM, "")),
            "СуммаНДС": _money(row["СуммаНДС"]),
            "ИдентификаторСтроки": row["ИдентификаторСтроки"],
        }

    def _named(self, entity: str, ref: str) -> Tree:
        row = self._infobase.table(entity).get(ref)
        if row is None:
            return {} if is_empty(ref) else {"Ссылка": ref}
        return {"Ссылка": ref, "Наименование": row["Description"]}

    def _currency(self, ref: str) -> Tree:
        row = self._infobase.table("Catalog_Валюты").get(ref)
        return {"Код": "643" if row is None else row["Code"]}


def _person_key(ref: str, name: str) -> Tree:
    return {"ФизическоеЛицо": {"Ссылка": ref, "ФИО": name}} if name else {}


def _money(value: object) -> str:
    return f"{decimal(value):.2f}"
