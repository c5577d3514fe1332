"""Objects of an EnterpriseData message that the infobase takes in (3.6).

A message is checked whole before anything is written. Types that the format knows and this base has
no rules for are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lxml import etree

from mocks.onec.hs.cards import STATUSES, CardBook
from mocks.onec.infobase import is_empty
from mocks.onec.schema import EMPTY_DATE, EMPTY_GUID, Row
from mocks.onec.soap.enterprise_message import child, text
from mocks.onec.soap.exchange_files import JobFailed
from mocks.onec.soap.xdto import local_name

CARDS, PERSONS = "Справочник.ДисконтныеКарты", "Справочник.ФизическиеЛица"
CLIENTS, ORDERS = "Справочник.Контрагенты", "Документ.ЗаказКлиента"
RECEIPTS, PROGRAMMES = "Документ.ЧекККМ", "Справочник.ПрограммыЛояльности"
DELETION = "УдалениеОбъекта"
_KEYS = "КлючевыеСвойства"
_PASSED_OVER = frozenset({RECEIPTS, PROGRAMMES, "Документ.ОтчетОРозничныхПродажах"})
_ORDER_STATES: Mapping[str, str] = {"Выполнен": "Закрыт", "Отменен": "Закрыт"}

Write = Callable[[], None]


class Loader:
    """Takes objects of messages into the infobase."""

    def __init__(self, cards: CardBook) -> None:
        """Write through a card book and its infobase."""
        self._cards = cards
        self._infobase = cards.infobase
        self._rules: Mapping[str, Callable[[etree._Element], Write]] = {
            CARDS: self._card,
            PERSONS: self._person,
            CLIENTS: self._person,
            ORDERS: self._order,
            DELETION: self._deletion,
        }

    def load(self, objects: Sequence[etree._Element]) -> None:
        """Check all objects, then write them in order.

        Raises:
            JobFailed: an unknown type, or an object without its required properties.
        """
        writes: list[Write] = []
        for element in objects:
            name = local_name(element)
            rule = self._rules.get(name)
            if rule is not None:
                writes.append(rule(element))
            elif name not in _PASSED_OVER:
                msg = f"Ошибка формата сообщения обмена: неизвестный тип {name}"
                raise JobFailed(msg)
        for write in writes:
            write()

    def _card(self, element: etree._Element) -> Write:
        number = _required(element, CARDS, _KEYS, "НомерКарты")
        reference = text(element, _KEYS, "Ссылка").lower()
        status = text(element, "Статус") or STATUSES[0]
        if status not in STATUSES:
            msg = f"Ошибка формата сообщения обмена: {CARDS}.Статус"
            raise JobFailed(msg)
        holder = child(element, _KEYS, "ВладелецКарты")
        owner = child(holder, "ФизическоеЛицо")
        owner = owner if owner is not None else child(holder, "Контрагент")

        def _write() -> None:
            layout = self._cards.layout
            values: Row = {layout.barcode: number, "Статус": status}
            values[layout.owner] = self._owner_of(owner)
            found = self._cards.by_code(number)
            known = reference if self._cards.card(reference) else (found[0].ref if found else "")
            if known:
                self._infobase.change(layout.cards, (known,), values)
                return
            kinds = self._infobase.table(layout.kinds).rows()
            if kinds:
                values |= {layout.kind: kinds[0]["Ref_Key"]}
                values |= {"Description": f"{kinds[0]['Description']} {number}"}
            self._infobase.create(layout.cards, values | {"Ref_Key": reference})

        return _write

    def _owner_of(self, element: etree._Element | None) -> str:
        """Find an owner by reference, then by name; make one that is not there."""
        reference, name = text(element, "Ссылка").lower(), _name(element)
        owners = self._infobase.table(self._cards.layout.owners[0])
        if reference and owners.get(reference) is not None:
            return reference
        same = owners.find("НаименованиеПолное", name) if name else []
        if same:
            return str(same[0]["Ref_Key"])
        if not name:
            return EMPTY_GUID
        values = {"Ref_Key": reference, "Description": name, "НаименованиеПолное": name}
        return str(self._infobase.create(self._cards.layout.owners[0], values)["Ref_Key"])

    def _person(self, element: etree._Element) -> Write:
        keys = child(element, _KEYS)
        name = _name(keys)
        if not name:
            msg = f"Ошибка формата сообщения обмена: {local_name(element)}, нет наименования"
            raise JobFailed(msg)
        reference = text(keys, "Ссылка").lower()
        values: Row = {"Description": name[:100], "НаименованиеПолное": name}
        if text(element, "Пол"):
            values["Пол"] = text(element, "Пол")
        born = text(keys, "ДатаРождения") or text(element, "ДатаРождения")
        if born:
            values["ДатаРождения"] = f"{born[:10]}T00:00:00"
        contacts = child(element, "КонтактнаяИнформация")
        if contacts is not None:
            rows = contacts.iterchildren(etree.Element)
            values["КонтактнаяИнформация"] = [_contact(row) for row in rows]
        return self._upsert(self._cards.layout.owners[0], reference, values)

    def _order(self, element: etree._Element) -> Write:
        number, moment = (_required(element, ORDERS, _KEYS, one) for one in ("Номер", "Дата"))
        client = child(element, "Контрагент")
        if client is None:
            msg = f"Ошибка формата сообщения обмена: {ORDERS}, нет свойства Контрагент"
            raise JobFailed(msg)
        reference = text(element, _KEYS, "Ссылка").lower()
        goods = child(element, "Товары")
        rows = [] if goods is None else list(goods.iterchildren(etree.Element))
        values: Row = {
            "Date": moment,
            "Number": number,
            "СуммаДокумента": _number(text(element, "Сумма")),
            "АдресДоставки": text(element, "АдресДоставки"),
            "Статус": _ORDER_STATES.get(text(element, "Состояние"), "КОбеспечению"),
            "Товары": [_goods(row) for row in rows],
        }
        write = self._upsert("Document_ЗаказКлиента", reference, values)

        def _write() -> None:
            values["Партнер_Key"] = self._owner_of(client)
            write()

        return _write

    def _deletion(self, element: etree._Element) -> Write:
        inner = child(element, "СсылкаНаОбъект", "СсылкаНаОбъект")
        named = [] if inner is None else list(inner.iterchildren(etree.Element))
        if len(named) != 1 or not local_name(named[0]).endswith("Ссылка"):
            msg = f"Ошибка формата сообщения обмена: {DELETION}"
            raise JobFailed(msg)
        kind = local_name(named[0]).removesuffix("Ссылка").rpartition(".")[2]
        reference = (named[0].text or "").lower()
        layout = self._cards.layout
        entity = {
            "ДисконтныеКарты": layout.cards,
            "ФизическиеЛица": layout.owners[0],
            "Контрагенты": layout.owners[0],
            "ЗаказКлиента": "Document_ЗаказКлиента",
        }.get(kind)

        def _write() -> None:
            if entity and self._infobase.table(entity).get(reference) is not None:
                self._infobase.change(entity, (reference,), {"DeletionMark": True})

        return _write

    def _upsert(self, entity: str, reference: str, values: Row) -> Write:
        def _write() -> None:
            if not is_empty(reference) and self._infobase.table(entity).get(reference) is not None:
                self._infobase.change(entity, (reference,), values)
            else:
                self._infobase.create(entity, {"Ref_Key": reference, **values})

        return _write


def _required(element: etree._Element, kind: str, *path: str) -> str:
    found = text(element, *path)
    if not found:
        msg = f"Ошибка формата сообщения обмена: {kind}, нет свойства {path[-1]}"
        raise JobFailed(msg)
    return found


def _name(element: etree._Element | None) -> str:
    return text(element, "ФИО") or text(element, "Наименование")


def _number(value: str) -> int | float:
    number = float(value or 0)
    return int(number) if number.is_integer() else number


def _contact(row: etree._Element) -> Row:
    kind, value = text(row, "ВидКонтактнойИнформации"), text(row, "Значение")
    is_phone = kind.startswith("Телефон")
    is_mail = kind == "АдресЭлектроннойПочты"
    return {
        "Тип": "Телефон" if is_phone else kind if is_mail else "Другое",
        "Представление": value,
        "ЗначенияПолей": text(row, "ЗначенияПолей"),
        "НомерТелефона": "".join(sign for sign in value if sign.isdigit()) if is_phone else "",
        "АдресЭП": value if is_mail else "",
        "ДоменноеИмяСервера": value.partition("@")[2] if is_mail else "",
    }


def _goods(row: etree._Element) -> Row:
    product = text(row, "ДанныеНоменклатуры", "Номенклатура", "Ссылка")
    return {
        "Номенклатура_Key": product.lower() or EMPTY_GUID,
        "Количество": _number(text(row, "Количество")),
        "Цена": _number(text(row, "Цена")),
        "Сумма": _number(text(row, "Сумма")),
        "ДатаОтгрузки": EMPTY_DATE,
    }
