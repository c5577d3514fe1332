"""Holds of LoyaltyExchange: held, then committed, cancelled or expired (3.7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mocks.onec.hs.cards import Card, decimal
from mocks.onec.hs.points import PeriodClosed, PointBook, later
from mocks.onec.soap.loyalty_answers import Refused

State = Literal["held", "committed", "cancelled", "expired"]
_RECEIPT = "Document_ЧекККМ"
_SCALE = 2


@dataclass
class Hold:
    """Points reserved for a receipt until ``expires_at``."""

    number: str
    card: Card
    amount: Decimal
    expires_at: str
    state: State = "held"


class HoldBook:
    """Reserves points and spends what was reserved."""

    def __init__(self, points: PointBook) -> None:
        """Start without holds."""
        self._points = points
        self._infobase = points.infobase
        self._holds: dict[str, Hold] = {}
        self._by_account: dict[tuple[str, str], list[Hold]] = {}

    def held(self, card: Card) -> Decimal:
        """Return what is reserved of a card's points now."""
        now = self._infobase.now()
        account = self._points.account(card)
        alive = [
            one for one in self._by_account.get(account, []) if self._state(one, now) == "held"
        ]
        self._by_account[account] = alive
        return sum((one.amount for one in alive), Decimal(0))

    def hold(self, card: Card, amount: Decimal, receipt: str) -> Hold:
        """Reserve points.

        Raises:
            Refused: blocked card, wrong amount, too few points, over the percent of the receipt.
        """
        check_usable(card)
        check_amount(amount)
        now = self._infobase.now()
        available = self._points.spendable(card, now) - self.held(card)
        if amount > available:
            code, text = "NOT_ENOUGH", f"Недостаточно баллов: доступно {_short(available)}"
            raise Refused(code, text)
        self._check_percent(card, amount, receipt)
        minutes = self._infobase.settings.hold_minutes
        hold = Hold(self._infobase.new_guid(), card, amount, later(now, minutes))
        self._holds[hold.number] = hold
        self._by_account.setdefault(self._points.account(card), []).append(hold)
        return hold

    def commit(self, number: str, amount: Decimal) -> str:
        """Spend at most what was held, free the rest, return the document.

        Raises:
            Refused: unknown, expired or closed hold, wrong amount, closed period.
        """
        hold = self._known(number)
        state = self._state(hold, self._infobase.now())
        if state == "expired":
            raise Refused(*_EXPIRED)
        if state != "held":
            raise Refused(*_CLOSED)
        check_amount(amount)
        if amount > hold.amount:
            code, text = "AMOUNT_INVALID", "Сумма больше зарезервированной"
            raise Refused(code, text)
        try:
            document = self._points.spend(hold.card, amount, at=self._infobase.now())
        except PeriodClosed as error:
            raise closed_period() from error
        hold.state = "committed"
        return document

    def cancel(self, number: str) -> None:
        """Free a hold; one that is cancelled or expired stays so.

        Raises:
            Refused: unknown or committed hold.
        """
        hold = self._known(number)
        if hold.state == "committed":
            raise Refused(*_CLOSED)
        if self._state(hold, self._infobase.now()) == "held":
            hold.state = "cancelled"

    def _known(self, number: str) -> Hold:
        hold = self._holds.get(number.lower())
        if hold is None:
            code, text = "HOLD_NOT_FOUND", "Резерв не найден"
            raise Refused(code, text)
        return hold

    def _state(self, hold: Hold, now: str) -> State:
        if hold.state == "held" and now > hold.expires_at:
            hold.state = "expired"
        return hold.state

    def _check_percent(self, card: Card, amount: Decimal, receipt: str) -> None:
        row = self._infobase.table(_RECEIPT).get(receipt.lower())
        if row is None:
            return
        programme = self._points.cards.programme(card.programme)
        payable = decimal(row["СуммаДокумента"]) * programme.percent / 100
        if amount * programme.rate > payable:
            code, text = "OVER_PERCENT", f"Баллами можно оплатить не более {programme.percent} %"
            raise Refused(code, text)


_EXPIRED = ("HOLD_EXPIRED", "Срок резерва истек")
_CLOSED = ("HOLD_CLOSED", "Резерв уже закрыт")


def check_usable(card: Card) -> None:
    """Refuse a card that is annulled."""
    if not card.is_active:
        code, text = "CARD_BLOCKED", "Карта аннулирована"
        raise Refused(code, text)


def check_amount(amount: Decimal) -> None:
    """Refuse an amount that is not positive or has more than two digits."""
    exponent = amount.normalize().as_tuple().exponent
    if amount <= 0 or not isinstance(exponent, int) or exponent < -_SCALE:
        code, text = "AMOUNT_INVALID", "Неверное количество баллов"
        raise Refused(code, text)


def closed_period() -> Refused:
    """Return the refusal of a date in a closed period."""
    return Refused("PERIOD_CLOSED", "Операция невозможна: период закрыт для изменения")


def _short(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
