"""A purchase and its lines, and what one operation asks and answers (reference, section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from mocks.loymax.money import ZERO

if TYPE_CHECKING:
    from mocks.loymax.account import Lot
    from mocks.loymax.people import Card, Person
    from mocks.loymax.programme import Offer

State = Literal["Created", "Confirmed", "Canceled"]


@dataclass(frozen=True)
class Applied:
    """An offer on a line: what it gave, of which currency."""

    offer: Offer
    value: Decimal
    is_money: bool


@dataclass
class Line:
    """A line. ``amount`` is after the shop's and Loymax's discount and before bonuses."""

    position: int
    goods_id: str | None
    barcode: str | None
    name: str | None
    quantity: Decimal
    amount: Decimal
    discount: Decimal = ZERO
    pay: Decimal = ZERO
    cashback: Decimal = ZERO
    applied: list[Applied] = field(default_factory=list)
    returned: Decimal = ZERO
    returned_pay: Decimal = ZERO
    returned_cashback: Decimal = ZERO
    returned_discount: Decimal = ZERO

    def mark(self) -> tuple[object, ...]:
        """Return what must be the same from call to call (``DifferentCheque``)."""
        return (self.position, self.goods_id, self.quantity.normalize(), self.amount.normalize())

    def is_goods(self, other: Line) -> bool:
        """Tell whether a returned line is of these goods."""
        if self.goods_id or self.barcode:
            return (self.goods_id, self.barcode)[not self.goods_id] in {
                other.goods_id,
                other.barcode,
            }
        return self.position == other.position


@dataclass
class Payment:
    """A write-off that blocks bonuses until Confirm or Cancel."""

    operation_id: str
    amount: Decimal
    is_undone: bool = False


@dataclass
class Purchase:
    """A purchase of one device; ``external_id`` is the caller's."""

    id: int
    device: str
    external_id: str
    created: datetime
    time: datetime
    number: str | None = None
    state: State = "Created"
    person: Person | None = None
    card: Card | None = None
    identifier: str | None = None
    lines: list[Line] = field(default_factory=list)
    coupons: list[str] = field(default_factory=list)
    params: list[dict[str, Any]] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    is_calculated: bool = False
    is_accrued: bool = False
    completed: datetime | None = None
    refund_of: Purchase | None = None
    refunds: list[Purchase] = field(default_factory=list)
    earned: Lot | None = None
    transactions: set[int] = field(default_factory=set)

    @property
    def paid(self) -> Payment | None:
        """Return the write-off in force."""
        for one in self.payments:
            if not one.is_undone:
                return one
        return None

    @property
    def block_key(self) -> str:
        """Return the name under which its bonuses are blocked."""
        return f"{self.device}/{self.external_id}"


@dataclass(frozen=True)
class Operation:
    """A request to the processing, whichever protocol it came by."""

    kind: str
    device: str
    operation_id: str
    at: datetime
    purchase_id: str = ""
    person: Person | None = None
    card: Card | None = None
    identifier: str | None = None
    number: str | None = None
    time: datetime | None = None
    lines: Sequence[Line] = ()
    coupons: Sequence[str] = ()
    params: Sequence[Mapping[str, Any]] = ()
    amount: Decimal = ZERO
    pays: Sequence[str] = ()
    pin: str | None = None
    undone: str = ""
    refunded: str | None = None
    refunded_transaction: int | None = None
    payload: object = None


@dataclass
class Outcome:
    """What an operation answers; ``extra`` are the fields that only its method has."""

    transaction: int | None = None
    code: str = "Ok"
    error: str | None = None
    message: str | None = None
    lines: list[Line] | None = None
    extra: dict[str, Any] = field(default_factory=dict)


class CodeRefused(Exception):
    """A refusal of the processing (8.5)."""

    def __init__(self, *, code: str) -> None:
        """Keep the code; the text goes with it."""
        super().__init__(code)
        self.code = code
        self.text = TEXTS.get(code, code)


TEXTS = {
    "NotUniqueOperationID": "Операция с таким идентификатором уже существует",
    "NotUniquePurchaseID": "Покупка с таким идентификатором уже существует",
    "LargePaymentAmount": "Сумма превышает доступную",
    "NotEnoughMoney": "Недостаточно средств",
    "WrongPin": "Неверный код",
    "CouponsException": "Купон не найден",
    "OperationIsConfirmed": "Покупка уже подтверждена",
    "ConfirmedPurchaseOperation": "Покупка уже подтверждена",
    "OperationIsCanceled": "Операция отменена",
    "OperationNotFound": "Операция не найдена",
    "PurchaseNotFound": "Покупка не найдена",
    "ApplicationDeviceGrant": "Нет доступа к кассе",
    "CardNotFound": "Карта не найдена",
    "CardBlocked": "Карта заблокирована",
    "CardExpired": "Срок действия карты истек",
    "LimitGained": "Превышен лимит списаний",
    "CardNotActivated": "Карта не активирована",
    "CardHolderNotFound": "Держатель карты не найден",
    "IncorrectOperationOrder": "Неверный порядок операций",
    "DifferentCheque": "Чек отличается от рассчитанного",
    "DifferentPurchase": "Операция относится к другой покупке",
    "PurchaseExtraPayment": "Оплата бонусами уже выполнена",
    "PurchaseOperationConflict": "Покупка обрабатывается другим запросом",
    "DivisibilityError": "Сумма не кратна минимальной единице валюты",
    "PayTypeIsNotExist": "Вид оплаты не найден",
    "RequereFieldException": "Не заполнено обязательное поле",
    "FormatException": "Неверный формат",
    "SystemError": "Системная ошибка",
    "PaymentException": "Счет заблокирован",
}
