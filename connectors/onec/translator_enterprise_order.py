"""Orders and receipts of EnterpriseData → orders. Pure.

Rows of orders and of receipts have one form; a receipt is read as an order that is complete, and
looks as it does over OData. Source: vendor reference, 3.6; the package EnterpriseData 1.21.1 of the
standard subsystem library for the rows of an order and ``СуммаВключаетНДС``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.canonical import (
    Address,
    BonusPoints,
    Delivery,
    Discount,
    DiscountReason,
    Money,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentState,
    ProductRef,
)
from gateway.contract import Observed

from .translator_order import CHANNEL, RECEIPT
from .values import reference, said_moment, said_number
from .wire_enterprise import Tree, rows, text

KEY, ROW = "КлючевыеСвойства", "Строка"
OWNERS = ("ФизическоеЛицо", "Контрагент")
_STATUSES = {
    "Принят": OrderStatus.NEW,
    "Подтвержден": OrderStatus.APPROVAL,
    "Комплектуется": OrderStatus.ASSEMBLING,
    "ГотовКВыдаче": OrderStatus.ASSEMBLING,
    "ПереданВДоставку": OrderStatus.DELIVERY,
    "Выполнен": OrderStatus.COMPLETE,
    "Отменен": OrderStatus.CANCELLED,
}
_REASONS = {"Бонус": DiscountReason.POINTS, "Дисконтная": DiscountReason.CARD}
_TRUE = frozenset({"true", "1"})
_SERVICE = "service:"
_NOTHING: Tree = {}


@dataclass(frozen=True, slots=True)
class Sales:
    """Reads the sales of one base: moments in its ``zone``, sums in its ``currency``."""

    zone: ZoneInfo
    currency: str

    def order(self, ref: str, tree: Tree) -> Observed[Order]:
        """Read an order. Raises ``TranslationFailed`` for a value of another form."""
        keys, remarks = _first(tree, KEY), list[str]()
        told: dict[str, Any] = {
            "number": text(keys, "Номер"),
            "placed_at": said_moment(keys, "Дата", self.zone),
            "lines": (
                *self._lines(tree, "Товары"),
                *self._lines(tree, "Услуги", _SERVICE),
            ),
        }
        if (state := text(tree, "Состояние")) in _STATUSES:
            told["status"] = _STATUSES[state]
        elif state is not None:
            remarks.append("status: a state of 1C is not known")
        if address := text(tree, "АдресДоставки"):
            told["delivery"] = Delivery(address=Address(text=address))
        buyer = reference(text(tree, "Контрагент", "Ссылка"))
        return Observed(ref, Order(**told), customer_external_id=buyer, remarks=tuple(remarks))

    def receipt(self, ref: str, tree: Tree) -> Observed[Order] | None:
        """Read a receipt; ``None`` for one that was called off, and for a return."""
        keys, card = _first(tree, KEY), _first(tree, "КартаЛояльности")
        if _is(tree, "Отменен") or _is(keys, "ЭтоВозврат"):
            return None
        at = said_moment(keys, "Дата", self.zone)
        total = said_number(_first(tree, "ДанныеОперацииККМ"), "Сумма") or Decimal(0)
        paid = Payment(
            id=f"{ref}:paid", method=CHANNEL, amount=self._money(total),
            state=PaymentState.PAID, paid_at=at,
        )  # fmt: skip
        told: dict[str, Any] = {
            "number": text(keys, "НомерВПрограмме") or text(keys, "НомерЧекаККМ"),
            "channel": CHANNEL,
            "shop": reference(text(keys, "КассаККМ", "Склад", "Ссылка")),
            "placed_at": at,
            "status": OrderStatus.COMPLETE,
            "lines": tuple(self._lines(tree, "ТоварыПродажа")),
            "payments": (paid,),
            "card_number": text(card, "НомерКарты"),
            "discounts": tuple(self._discounts(tree)),
            "promo_codes": _promo_codes(tree),
        }
        earned = [
            said_number(row, "КоличествоБонусныхБаллов") for row in _rows(tree, "НачисленныеБонусы")
        ]
        told["points_earned"] = BonusPoints(points=sum(filter(None, earned), Decimal(0)))
        return Observed(
            f"{RECEIPT}{ref}",
            Order(**told),
            customer_external_id=_buyer(tree, card),
            changed_at=at.astimezone(UTC) if at else None,
        )

    def _lines(self, tree: Tree, section: str, before: str = "") -> Iterator[OrderLine]:
        without_vat = text(tree, "СуммаВключаетНДС") == "false"
        for place, row in enumerate(_rows(tree, section), start=1):
            quantity = said_number(row, "Количество") or Decimal(1)
            whole = said_number(row, "Сумма")
            if whole is not None and without_vat:
                whole += said_number(row, "СуммаНДС") or Decimal(0)
            price = said_number(row, "Цена") or Decimal(0)
            yield OrderLine(
                id=f"{before}{text(row, 'НомерСтрокиДокумента') or place}",
                product=_product(row),
                quantity=quantity,
                price=self._money(price if whole is None else whole / quantity),
            )

    def _discounts(self, tree: Tree) -> Iterator[Discount]:
        for place, row in enumerate(_rows(tree, "СкидкиНаценки"), start=1):
            amount = said_number(row, "СуммаСкидки")
            yield Discount(
                id=str(place),
                reason=_REASONS.get(text(row, "ВидСкидки") or "", DiscountReason.PROMOTION),
                name=text(row, "СкидкаНадбавка", "Наименование"),
                amount=None if amount is None else self._money(amount),
            )

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.currency)


def owner_of(card: Tree) -> str | None:
    """Return the reference of a card's holder: a person or a counterparty."""
    told = (text(card, "ВладелецКарты", kind, "Ссылка") for kind in OWNERS)
    return next((found for one in told if (found := reference(one))), None)


def _buyer(tree: Tree, card: Tree) -> str | None:
    return reference(text(tree, "Контрагент", "Ссылка")) or owner_of(card)


def _product(row: Tree) -> ProductRef:
    """Name the goods as OData does, and by their barcode; a service has no data around it."""
    goods = _first(row, "ДанныеНоменклатуры") or row
    ref = reference(text(goods, "Номенклатура", "Ссылка"))
    variant = reference(text(goods, "Характеристика", "Ссылка"))
    told = {
        "external_id": f"{ref}#{variant}" if ref and variant else ref,
        "barcode": text(goods, "Штрихкод"),
        "name": text(goods, "Номенклатура", "Наименование"),
    }
    return ProductRef(**{name: said for name, said in told.items() if said is not None})


def _promo_codes(tree: Tree) -> tuple[str, ...]:
    """Return the codes that brought a discount; one that was only handed out is none of them."""
    told = (
        text(row, "Промокод")
        for row in _rows(tree, "Промокоды")
        if _is(row, "СкидкаПредоставлена") and not _is(row, "ЭтоАктивацияПромокода")
    )
    return tuple(dict.fromkeys(code for code in told if code))


def _rows(tree: Tree, section: str) -> list[Tree]:
    return [row for box in rows(tree, section) for row in rows(box, ROW)]


def _first(tree: Tree, name: str) -> Mapping[str, Any]:
    return next(iter(rows(tree, name)), _NOTHING)


def _is(tree: Tree, name: str) -> bool:
    return (text(tree, name) or "").casefold() in _TRUE
