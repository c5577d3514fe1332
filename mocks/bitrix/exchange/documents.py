"""Documents that 1C sends, read from their XML (reference 3.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mocks.bitrix.exchange.row_export import DELIVERY
from mocks.bitrix.exchange.xml import amount, flag, requisites, text

if TYPE_CHECKING:
    from lxml.etree import _Element

_PAYMENT_OPERATIONS = (
    "Выплата наличных денег", "Возврат наличных денег", "Выплата безналичных денег",
    "Возврат безналичных денег", "Эквайринговая операция",
)  # fmt: skip
_SHIPMENT_OPERATIONS = ("Отпуск товара", "Возврат товара")
_CHECK_FIELDS = ("PRINT_CHECK", "URL", "FISCAL_SIGN", "REG_NUMBER_KKT")


@dataclass(frozen=True)
class Ware:
    """One row; its price is that after the discounts, as the site computes it."""

    key: str
    name: str
    quantity: float
    price: float
    base_price: float

    @property
    def is_delivery(self) -> bool:
        """Tell whether the row is the delivery."""
        return self.key == DELIVERY


@dataclass(frozen=True)
class Party:
    """A counterparty: its key, names and contacts."""

    key: str
    name: str
    last_name: str
    first_name: str
    second_name: str
    official_name: str
    inn: str
    role: str
    phone: str
    email: str
    address: str


@dataclass(frozen=True)
class Document:
    """One document of 1C."""

    guid: str
    number: str
    version: str
    operation: str
    base: str
    is_deleted: bool
    amount: float
    comment: str
    date: str
    wares: list[Ware] | None
    parties: list[Party]
    pairs: dict[str, str]
    checks: dict[str, str] = field(default_factory=dict)

    @property
    def is_payment(self) -> bool:
        """Tell whether the document is a payment."""
        return self.operation in _PAYMENT_OPERATIONS

    @property
    def is_shipment(self) -> bool:
        """Tell whether the document is a shipment."""
        return self.operation in _SHIPMENT_OPERATIONS

    def says(self, name: str) -> bool:
        """Tell whether a requisite is true."""
        return flag(self.pairs.get(name, ""))

    @property
    def buyer(self) -> Party | None:
        """The counterparty with the role of a buyer."""
        return next((row for row in self.parties if row.role == "Покупатель"), None)


def documents_of(root: _Element) -> list[_Element]:
    """Return the documents of a file, those inside containers too."""
    found = []
    for element in root:
        if element.tag == "Документ":
            found.append(element)
        elif element.tag == "Контейнер":
            found.extend(element.findall("Документ"))
    return found


def read(element: _Element) -> Document:
    """Read one document."""
    pairs = requisites(element)
    goods = element.find("Товары")
    return Document(
        guid=text(element, "Ид"),
        number=text(element, "Номер"),
        version=text(element, "НомерВерсии"),
        operation=text(element, "ХозОперация"),
        base=text(element, "Основание"),
        is_deleted=flag(text(element, "ПометкаУдаления")),
        amount=amount(text(element, "Сумма")),
        comment=text(element, "Комментарий"),
        date=text(element, "Дата"),
        wares=[_ware(row) for row in goods.findall("Товар")] if goods is not None else None,
        parties=[party(row) for row in element.findall("Контрагенты/Контрагент")],
        pairs=pairs,
        checks=_checks(element, pairs),
    )


def party(element: _Element) -> Party:
    """Read one counterparty."""
    contacts = {
        text(row, "Тип"): text(row, "Значение") for row in element.findall("Контакты/Контакт")
    }
    phone = next((v for k, v in contacts.items() if k.startswith("Телефон") and v), "")
    return Party(
        key=text(element, "Ид"),
        name=text(element, "ПолноеНаименование") or text(element, "Наименование"),
        last_name=text(element, "Фамилия"),
        first_name=text(element, "Имя"),
        second_name=text(element, "Отчество"),
        official_name=text(element, "ОфициальноеНаименование"),
        inn=text(element, "ИНН"),
        role=text(element, "Роль"),
        phone=phone,
        email=contacts.get("Электронная почта") or contacts.get("Почта", ""),
        address=text(element, "Адрес", "Представление"),
    )


def _ware(element: _Element) -> Ware:
    """Read a row: with discounts the price is sum by quantity, otherwise that of one piece."""
    quantity = amount(text(element, "Количество"))
    base = amount(text(element, "ЦенаЗаЕдиницу"))
    price = base
    if element.find("Скидки/Скидка") is not None and quantity:
        price = round(amount(text(element, "Сумма")) / quantity, 4)
    return Ware(text(element, "Ид"), text(element, "Наименование"), quantity, price, base)


def _checks(element: _Element, pairs: dict[str, str]) -> dict[str, str]:
    found = {name: pairs[name] for name in _CHECK_FIELDS if name in pairs}
    for row in element.iterfind("ИнформацияОЧеках/ИнформацияОЧеке//ЗначенияСвойства"):
        name = text(row, "Ид")
        if name in _CHECK_FIELDS:
            found[name] = text(row, "Значение")
    return found
