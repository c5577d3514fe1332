"""Customer actions: what operations leave behind, for history and exports (sections 1, 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mocks.mindbox.clock import write
from mocks.mindbox.reading import Json, amount
from mocks.mindbox.settings import BalanceType

TEMPLATES: dict[str, str] = {
    "OformlenieZakaza": "Оформление заказа",
    "OplataZakaza": "Оплата заказа",
    "VozvratZakaza": "Возврат",
    "OtmenaZakaza": "Отмена заказа",
    "IzmenenieStatusaZakaza": "Изменение статуса заказа",
    "OfflineZakaz": "Отложенный заказ",
    "Registraciya": "Регистрация",
    "RedaktirovanieKlienta": "Редактирование клиента",
    "Avtorizaciya": "Авторизация",
    "Podpiska": "Изменение подписок",
    "IzmenenieBalansa": "Изменение баланса",
    "SgoranieBallov": "Сгорание баллов",
    "VydachaPromokoda": "Выдача промокода",
    "PogasheniePromokoda": "Погашение промокода",
    "ProsmotrTovara": "Просмотр товара",
    "ProsmotrKategorii": "Просмотр категории",
    "IzmenenieSpiska": "Изменение списка продуктов",
    "OcenkaZakaza": "Оценка заказа",
    "Rassylka": "Отправка рассылки",
    "Obedinenie": "Объединение клиентов",
}


@dataclass(frozen=True)
class BalanceChange:
    """One change of a points account, in hundredths."""

    amount: int
    balance: BalanceType
    kind: str
    is_available: bool = True
    available_from: datetime | None = None
    expires: datetime | None = None
    comment: str = ""

    def as_json(self, *, kind_is_text: bool = False) -> Json:
        """Return the element of ``customerBalanceChanges``; exports give the kind as a text."""
        row: Json = {"changeAmount": amount(self.amount), "isAvailable": self.is_available}
        if self.available_from is not None:
            row["availableFromDateTimeUtc"] = write(self.available_from)
        if self.expires is not None:
            row["expirationDateTimeUtc"] = write(self.expires)
        row["comment"] = self.comment
        row["balanceType"] = balance_type(self.balance)
        row["balanceChangeKind"] = self.kind if kind_is_text else {"systemName": self.kind}
        return row


@dataclass
class Action:
    """One action of a customer."""

    id: int
    template: str
    at: datetime
    created: datetime
    customer_id: int
    place: str = ""
    order_id: int | None = None
    changes: tuple[BalanceChange, ...] = ()
    details: Json = field(default_factory=dict)

    def head(self) -> Json:
        """Return what every reading of the action begins with."""
        return {
            "ids": {"mindboxId": self.id},
            "actionTemplate": {
                "systemName": self.template,
                "name": TEMPLATES.get(self.template, self.template),
            },
            "dateTimeUtc": write(self.at),
        }


def balance_type(found: BalanceType) -> Json:
    """Return the ``balanceType`` block."""
    return {"ids": {"systemName": found.system_name}, "name": found.name}
