"""Reference: what a day of receipts must leave on each member's account, reckoned by hand. Pure.

Written from the programme's rules alone, without any part of the gateway: so many percent of what
is paid in money for goods at their ordinary price; so many percent of a receipt payable by points;
a point is a rouble; points come at once and go with the goods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

ZERO = Decimal(0)
KOPECK = Decimal("0.01")
_HUNDRED = Decimal(100)


class Rounding(StrEnum):
    """How a line's points are rounded to hundredths."""

    HALF_UP = "half_up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rules:
    """The programme. Units: percent; ``share`` is the most of a receipt that points may pay."""

    percent: Decimal = Decimal(3)
    share: Decimal = Decimal(50)
    rounding: Rounding = Rounding.HALF_UP
    promo_earns: bool = False

    def earned(self, paid: Decimal) -> Decimal:
        """Return the points of a line that was paid so in money."""
        mode = ROUND_DOWN if self.rounding is Rounding.DOWN else ROUND_HALF_UP
        return (paid * self.percent / _HUNDRED).quantize(KOPECK, mode)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a receipt. Units: roubles per unit; ``base`` before the shop's own reduction."""

    id: str
    sku: str
    name: str
    quantity: Decimal
    base: Decimal
    price: Decimal

    @property
    def sum(self) -> Decimal:
        """What the line costs."""
        return cents(self.quantity * self.price)

    @property
    def is_promo(self) -> bool:
        """Whether the shop sells it under its ordinary price."""
        return self.price < self.base


def cents(value: Decimal) -> Decimal:
    """Round half up to kopecks."""
    return value.quantize(KOPECK, ROUND_HALF_UP)


def total(lines: Sequence[Line]) -> Decimal:
    """What lines cost together."""
    return sum((line.sum for line in lines), ZERO)


@dataclass(slots=True)
class _Sold:
    """A line that was sold, and what came back of it."""

    quantity: Decimal
    pay: Decimal
    earned: Decimal
    back: Decimal = ZERO
    back_pay: Decimal = ZERO
    back_earned: Decimal = ZERO


@dataclass(slots=True)
class Account:
    """A member's points: all that moved them."""

    opening: Decimal = ZERO
    earned: Decimal = ZERO
    spent: Decimal = ZERO
    earned_back: Decimal = ZERO
    spent_back: Decimal = ZERO

    @property
    def balance(self) -> Decimal:
        """What is left."""
        return self.opening + self.earned - self.earned_back - self.spent + self.spent_back


@dataclass(slots=True)
class Reference:
    """The accounts of a day."""

    rules: Rules
    accounts: dict[int, Account] = field(default_factory=dict)
    sales: dict[str, tuple[int | None, dict[str, _Sold]]] = field(default_factory=dict)
    returns: set[str] = field(default_factory=set)

    def open(self, member: int, points: Decimal) -> None:
        """Let a member begin the day with points."""
        self.accounts[member] = Account(opening=points)

    def close(self, sale: str, member: int | None, lines: Sequence[Line], spent: Decimal) -> None:
        """Count a closed receipt. Raises ``ValueError`` for one that the rules forbid."""
        if sale in self.sales:
            msg = "a receipt is closed once"
            raise ValueError(msg)
        whole = total(lines)
        if spent > whole * self.rules.share / _HUNDRED or (spent and member is None):
            msg = "more points than the rules allow"
            raise ValueError(msg)
        sold = {}
        for line, pay in zip(lines, _spread(spent, lines), strict=True):
            earns = member is not None and (self.rules.promo_earns or not line.is_promo)
            earned = self.rules.earned(line.sum - pay) if earns else ZERO
            sold[line.id] = _Sold(line.quantity, pay, earned)
        self.sales[sale] = member, sold
        if member is not None:
            account = self.accounts.setdefault(member, Account())
            account.earned += sum((one.earned for one in sold.values()), ZERO)
            account.spent += spent

    def give_back(self, name: str, sale: str, parts: Mapping[str, Decimal] | None = None) -> None:
        """Count goods that came back: quantity by line, ``None`` for all that was sold.

        Raises ``ValueError`` for more than was sold.
        """
        if name in self.returns:
            msg = "a return is counted once"
            raise ValueError(msg)
        self.returns.add(name)
        member, sold = self.sales[sale]
        if parts is None:
            parts = {line: one.quantity - one.back for line, one in sold.items()}
        account = self.accounts.setdefault(member, Account()) if member is not None else Account()
        for line, quantity in parts.items():
            one = sold[line]
            if quantity + one.back > one.quantity:
                msg = "more comes back than was sold"
                raise ValueError(msg)
            one.back += quantity
            pay = cents(one.pay * one.back / one.quantity) - one.back_pay
            earned = cents(one.earned * one.back / one.quantity) - one.back_earned
            one.back_pay += pay
            one.back_earned += earned
            account.spent_back += pay
            account.earned_back += earned

    def balances(self) -> dict[int, Decimal]:
        """Return what each member has."""
        return {member: account.balance for member, account in self.accounts.items()}


def _spread(points: Decimal, lines: Sequence[Line]) -> list[Decimal]:
    """Share points over lines by what they cost, to the kopeck, the last takes the rest."""
    whole, left, parts = total(lines), points, []
    for line in lines[:-1]:
        part = cents(points * line.sum / whole) if whole else ZERO
        parts.append(part)
        left -= part
    return [*parts, left] if lines else []
