"""Section of the house programme: the rules by which the gateway itself keeps points."""

from __future__ import annotations

from decimal import Decimal
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from gateway.config.loyalty import AccountName
from gateway.config.section import Section

GrantName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Points = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=4)]
WELCOME = "welcome"
"""The grant that a new member gets by being registered."""
KOPECK = Decimal("0.01")


class TierSection(Section):
    """A tier. Units: money in the programme's currency, percent of money.

    ``purchases`` within the window lead to it. It earns either ``percent`` of what is paid, or
    ``points`` for each whole ``per`` of money; neither is a tier that does not earn. At most
    ``share`` percent of a sale is paid by points; 0 is a tier that does not spend.
    """

    name: str = Field(min_length=1, max_length=64)
    purchases: Amount = Decimal(0)
    percent: Percent = Decimal(0)
    points: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=4)] = Decimal(0)
    per: Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)] = Decimal(100)
    share: Percent = Decimal(0)

    @model_validator(mode="after")
    def _one_way_to_earn(self) -> Self:
        if self.percent and self.points:
            msg = "a tier earns by percent or by points per step, not both: leave one out"
            raise ValueError(msg)
        return self


class RoundingSection(Section):
    """How earned points are rounded: to multiples of ``unit``, of the whole sale or of each line.

    Points of a whole sale are spread over its lines, so that the lines sum up exactly.
    """

    unit: Points = KOPECK
    mode: Literal["down", "half_up"] = "down"
    of: Literal["sale", "line"] = "sale"


class PromoSection(Section):
    """Which lines are promo-priced, and what that means.

    ``by``: ``discount`` are lines with a discount of the reason promotion, ``price`` are also those
    whose price is below the base price for whatever reason. ``products`` are articles, ids
    or barcodes that always are.
    """

    by: Literal["discount", "price"] = "discount"
    products: frozenset[str] = frozenset()
    earns: bool = False
    payable: bool = True


class GrantSection(Section):
    """Points that a member gets once, by name. Units: days; without ``expire_days`` for ever."""

    points: Points
    activation_days: int = Field(default=0, ge=0)
    expire_days: int | None = Field(default=None, ge=1)


class NoticesSection(Section):
    """Messages to members: the accounts that send them, and what they say.

    In texts ``{points}``, ``{date}``, ``{days}`` (points that die) and ``{tier}`` (the new tier)
    are replaced. Who has a phone is told by SMS where ``sms`` is named, else by ``email``. With the
    ``purpose`` ``mailing`` only those are told who consented to mailings on that way; ``service``
    is for programmes whose rules make such messages part of the contract.
    """

    sms: AccountName | None = None
    email: AccountName | None = None
    expiring: str = "{date} сгорит баллов: {points}. Успейте потратить."
    tier: str = "Ваш уровень в программе теперь: {tier}."
    subject: str = "Ваши баллы"
    purpose: Literal["mailing", "service"] = "mailing"

    @field_validator("expiring", "tier")
    @classmethod
    def _known_words(cls, text: str) -> str:
        words = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        if words - {"points", "date", "days", "tier"}:
            msg = "a text may name {points}, {date}, {days} and {tier} only"
            raise ValueError(msg)
        return text

    @model_validator(mode="after")
    def _a_way(self) -> Self:
        if self.sms is None and self.email is None:
            msg = "notices: name the account that sends them, sms or email, or leave them out"
            raise ValueError(msg)
        return self


class HouseSection(Section):
    """The rules of the programme. Units: days, seconds, money in ``currency``.

    ``window_days``: purchases of how many days count for the tier, ``None`` for all.
    ``point_value`` is the money that a point pays. ``spend_unit``: spent points are multiples of
    it. ``line_min`` of money stays on every line. ``points_or_code``: a sale with a promo code
    spends no points. ``accrual``: earned points are accrued with the receipt, or (orders placed
    online) when the order is paid and has come to ``handed_over``. ``grace_days``: points that
    return with goods live so long at least. ``min_balance``: how far a return may push the balance
    that is shown below zero.
    """

    programme: str = Field(default="house", min_length=1, max_length=64)
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    tiers: tuple[TierSection, ...] = Field(min_length=1)
    window_days: int | None = Field(default=None, ge=1)
    point_value: Points = Decimal(1)
    rounding: RoundingSection = RoundingSection()
    spend_unit: Points = KOPECK
    line_min: Amount = KOPECK
    promo: PromoSection = PromoSection()
    points_or_code: bool = True
    accrual: Literal["receipt", "handed_over"] = "receipt"
    handed_over: Literal["assembling", "delivery", "complete"] = "assembling"
    activation_days: int = Field(default=0, ge=0)
    expire_days: int | None = Field(default=None, ge=1)
    grace_days: int = Field(default=14, ge=0)
    min_balance: Annotated[Decimal, Field(le=0, max_digits=15, decimal_places=4)] = Decimal(0)
    grants: dict[GrantName, GrantSection] = Field(default_factory=dict)
    hold_s: float = Field(default=3600.0, gt=0)
    online_hold_s: float = Field(default=604_800.0, gt=0)
    key_days: int = Field(default=7, ge=1)
    notice_days: tuple[int, ...] = (30, 10)
    notices: NoticesSection | None = None

    @model_validator(mode="after")
    def _tiers_in_order(self) -> Self:
        floors = [tier.purchases for tier in self.tiers]
        if floors[0] != 0 or floors != sorted(set(floors)):
            msg = "tiers: the first begins at purchases = 0, each further one above the one before"
            raise ValueError(msg)
        if len({tier.name for tier in self.tiers}) < len(self.tiers):
            msg = "tiers: two have the same name"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _points_pay_whole_kopecks(self) -> Self:
        if (self.spend_unit * self.point_value) % KOPECK:
            msg = "spend_unit: so many points must be worth a whole number of kopecks"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _notices_in_days(self) -> Self:
        if any(days < 1 for days in self.notice_days):
            msg = "notice_days: whole days before points expire, 1 at least"
            raise ValueError(msg)
        return self
