"""Till codes: what the XML protocol says of a refusal (vendor reference, 8.5).

``CardNotFound`` is 201, the others follow in the order of the list; the numbers of the codes before
it are known to nobody, so an account may correct every number. The texts are ours: a cashier reads
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.contract import TillBusy, TillRefused

OK = 0


class Code(StrEnum):
    """Result codes that this door gives."""

    SYSTEM_ERROR = "SystemError"
    VERSION_ERROR = "VersionError"
    PARSE_ERROR = "ParseError"
    FORMAT = "FormatException"
    CARD_NOT_FOUND = "CardNotFound"
    DEVICE_NOT_FOUND = "DeviceNotFound"
    LARGE_PAYMENT = "LargePaymentAmount"
    NOT_ENOUGH = "NotEnoughMoney"
    NOT_UNIQUE = "NotUniqueOperationID"
    IS_CONFIRMED = "OperationIsConfirmed"
    IS_CANCELED = "OperationIsCanceled"
    WRONG_PIN = "WrongPin"
    HOLDER_NOT_FOUND = "CardHolderNotFound"
    PURCHASE_NOT_FOUND = "PurchaseNotFound"
    DIFFERENT_CHEQUE = "DifferentCheque"
    WRONG_ORDER = "IncorrectOperationOrder"
    CONFIRMED_PURCHASE = "ConfirmedPurchaseOperation"
    EXTRA_PAYMENT = "PurchaseExtraPayment"
    PAYMENT = "PaymentException"
    DIFFERENT_PURCHASE = "DifferentPurchase"
    COUPONS = "CouponsException"
    BUSINESS = "BusinessError"
    DIVISIBILITY = "DivisibilityError"


_KNOWN: Mapping[Code, tuple[int, str]] = {
    Code.SYSTEM_ERROR: (1, "Сервис временно недоступен, повторите запрос"),
    Code.VERSION_ERROR: (2, "Неподдерживаемая версия протокола"),
    Code.PARSE_ERROR: (3, "Ошибка разбора XML"),
    Code.FORMAT: (4, "Неверный формат значения"),
    Code.CARD_NOT_FOUND: (201, "Карта не найдена"),
    Code.DEVICE_NOT_FOUND: (202, "Касса не найдена"),
    Code.LARGE_PAYMENT: (203, "Сумма больше доступной к списанию"),
    Code.NOT_ENOUGH: (204, "Недостаточно бонусов"),
    Code.NOT_UNIQUE: (207, "Операция с таким номером уже была"),
    Code.IS_CONFIRMED: (209, "Покупка уже подтверждена"),
    Code.IS_CANCELED: (210, "Покупка отменена"),
    Code.WRONG_PIN: (211, "Нужен код подтверждения"),
    Code.HOLDER_NOT_FOUND: (213, "Покупатель не указан"),
    Code.PURCHASE_NOT_FOUND: (216, "Покупка не найдена"),
    Code.DIFFERENT_CHEQUE: (217, "Чек отличается от рассчитанного"),
    Code.WRONG_ORDER: (218, "Нарушен порядок операций"),
    Code.CONFIRMED_PURCHASE: (220, "Покупка уже подтверждена"),
    Code.EXTRA_PAYMENT: (221, "Оплата бонусами уже была"),
    Code.PAYMENT: (223, "Списание бонусов сейчас невозможно"),
    Code.DIFFERENT_PURCHASE: (224, "Покупка другого покупателя"),
    Code.COUPONS: (225, "Купон не найден"),
    Code.BUSINESS: (226, "Операция отклонена"),
    Code.DIVISIBILITY: (230, "Сумма не кратна копейке"),
}
_OF_SERVICE = {
    "member-unknown": Code.CARD_NOT_FOUND,
    "member-needed": Code.HOLDER_NOT_FOUND,
    "code-needed": Code.WRONG_PIN,
    "spending-off": Code.PAYMENT,
    "points-invalid": Code.PAYMENT,
    "key-reused": Code.NOT_UNIQUE,
    "sale-differs": Code.DIFFERENT_CHEQUE,
    "points-differ": Code.DIFFERENT_CHEQUE,
    "not-reserved": Code.WRONG_ORDER,
    "sale-committed": Code.WRONG_ORDER,
    "sale-cancelled": Code.IS_CANCELED,
    "id-invalid": Code.FORMAT,
    "lines-invalid": Code.FORMAT,
    "moment-invalid": Code.FORMAT,
}


class CodeRefused(Exception):
    """An operation ends with a result code; ``text`` never quotes a value of the call."""

    def __init__(self, code: Code, text: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.text = text or _KNOWN[code][1]


def number_of(code: Code, corrected: Mapping[Code, int]) -> int:
    """Return the number of a code; an account's own wins."""
    return corrected.get(code, _KNOWN[code][0])


def refusal_of(error: TillRefused | TillBusy) -> CodeRefused:
    """Return the protocol's refusal for one of the service: busy is to be repeated as it is."""
    if isinstance(error, TillBusy):
        return CodeRefused(Code.SYSTEM_ERROR)
    return CodeRefused(_OF_SERVICE.get(error.code, Code.BUSINESS))
