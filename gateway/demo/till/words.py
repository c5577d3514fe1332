"""Words: what a cashier reads on the screen and a customer on the receipt, in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language of the till."""

    RU = "ru"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words; ``help`` names the commands."""

    receipt: str
    returned: str
    shop: str
    total: str
    discount: str
    points_paid: str
    to_pay: str
    card: str
    earned: str
    balance: str
    anonymous: str
    member: str
    available: str
    spendable: str
    will_earn: str
    spending: str
    empty: str
    unknown_member: str
    member_doubtful: str
    code_sent: str
    code_right: str
    code_wrong: str
    no_answer: str
    refused: str
    not_now: str
    accepted: str
    given_up: str
    nothing: str
    not_understood: str
    degraded: str
    no_spending: str
    goodbye: str
    thanks: str
    help: str


RU = Words(
    receipt="КАССОВЫЙ ЧЕК",
    returned="ВОЗВРАТ",
    shop="Магазин",
    total="ИТОГО",
    discount="скидка",
    points_paid="Оплачено баллами",
    to_pay="К ОПЛАТЕ",
    card="Картой",
    earned="Начислено баллов",
    balance="Баланс баллов",
    anonymous="без карты",
    member="Покупатель",
    available="баллов",
    spendable="можно списать",
    will_earn="будет начислено",
    spending="списывается",
    empty="чек пуст",
    unknown_member="Такого покупателя нет: предложите вступить.",
    member_doubtful="Сервис лояльности не отвечает: кто это, пока неизвестно.",
    code_sent="Код отправлен: спросите его у покупателя.",
    code_right="Код верный.",
    code_wrong="Код неверный или устарел.",
    no_answer="Нет связи: продаём без баллов, чек уйдёт позже.",
    refused="Отказ",
    not_now="Списать сейчас нельзя: продаём без баллов.",
    accepted="Чек принят, баллы начислятся позже.",
    given_up="Чек отменён.",
    nothing="Сначала добавьте товар.",
    not_understood="Не понял. Команды: ?",
    degraded="Ответ неполный",
    no_spending="списание выключено",
    goodbye="До свидания.",
    thanks="СПАСИБО ЗА ПОКУПКУ!",
    help="""\
  3            товар номер 3         3 x2         две штуки
  +7916…       покупатель по телефону
  карта НОМЕР  покупатель по карте
  код          отправить код         код 1234     проверить код
  баллы 100    списать 100           баллы все    сколько можно
  оплата       закрыть чек           отмена       бросить чек
  возврат ЧЕК  вернуть чек целиком   возврат ЧЕК СТРОКА КОЛИЧЕСТВО
  товары       что есть              выход        закончить""",
)
EN = Words(
    receipt="SALES RECEIPT",
    returned="RETURN",
    shop="Shop",
    total="TOTAL",
    discount="discount",
    points_paid="Paid by points",
    to_pay="TO PAY",
    card="By card",
    earned="Points earned",
    balance="Points balance",
    anonymous="no member",
    member="Customer",
    available="points",
    spendable="may spend",
    will_earn="will earn",
    spending="spending",
    empty="the basket is empty",
    unknown_member="There is no such member: offer to join.",
    member_doubtful="The loyalty service does not answer: nobody knows who it is yet.",
    code_sent="The code is sent: ask the customer for it.",
    code_right="The code is right.",
    code_wrong="The code is wrong or stale.",
    no_answer="No line: sold without points, the receipt will be handed in later.",
    refused="Refused",
    not_now="Points cannot be spent now: sold without them.",
    accepted="The receipt is taken, the points will come later.",
    given_up="The sale is given up.",
    nothing="Scan something first.",
    not_understood="Not understood. Commands: ?",
    degraded="The answer is not whole",
    no_spending="spending is off",
    goodbye="Good-bye.",
    thanks="THANK YOU!",
    help="""\
  3            goods number 3        3 x2         two of them
  +7916…       a customer by phone
  card NUMBER  a customer by card
  code         send a code           code 1234    check a code
  points 100   spend 100             points all   as many as may be
  pay          close the sale        cancel       give it up
  return SALE  take all of it back   return SALE LINE QUANTITY
  goods        what there is         quit         end""",
)


def words(language: Language) -> Words:
    """Return a language's words."""
    return RU if language is Language.RU else EN
