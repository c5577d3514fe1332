"""Wire shapes of loyalty: participations, postings, reckoned orders, checks by SMS (11, 12)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from .wire import (
    Amount,
    CustomValues,
    DiscountWire,
    ExternalIdWire,
    OfferWire,
    PaymentWire,
    StubWire,
    Text,
    Wire,
    as_map,
    as_rows,
)


class LevelWire(Wire):
    """The level of a participation."""

    id: int | None = None
    name: Text = None


class AccountWire(Wire):
    """A participation: not the customer, but one customer in one programme."""

    id: int | None = None
    active: bool = False
    phone_number: Text = None
    card_number: Text = None
    amount: Amount = None
    level: Annotated[LevelWire, BeforeValidator(as_map)] = LevelWire()
    custom_fields: CustomValues = Field(default_factory=dict)
    customer: StubWire | None = None


class CheckWire(Wire):
    """A check by SMS; without ``verified_at`` it waits for its code."""

    check_id: Text = None
    expired_at: Text = None
    verified_at: Text = None


class BonusWire(Wire):
    """What a credit carries."""

    activation_date: Text = None


class IdWire(Wire):
    """An object of which only the id is told."""

    id: int | None = None
    external_id: Text = None


class OperationWire(Wire):
    """A posting. The vendor gives it no id. Units: ``amount`` negative for what leaves."""

    type: str
    created_at: str
    amount: Decimal
    order: Annotated[IdWire, BeforeValidator(as_map)] = IdWire()
    bonus: Annotated[BonusWire, BeforeValidator(as_map)] = BonusWire()
    loyalty_account: Annotated[IdWire, BeforeValidator(as_map)] = IdWire()
    comment: Text = None


class PriceWire(Wire):
    """A final price; a line may have two after rounding."""

    price: Amount = None
    quantity: Amount = None


class SaleItemWire(Wire):
    """A line as reckoned. Units: ``discount_total`` per unit; ``discounts`` and bonuses a line."""

    id: int | None = None
    offer: Annotated[OfferWire, BeforeValidator(as_map)] = OfferWire()
    is_canceled: bool | None = None
    external_ids: Annotated[tuple[ExternalIdWire, ...], BeforeValidator(as_rows)] = ()
    initial_price: Amount = None
    discount_total: Amount = None
    discounts: Annotated[tuple[DiscountWire, ...], BeforeValidator(as_rows)] = ()
    quantity: Amount = None
    bonuses_charge_total: Amount = None
    bonuses_credit_total: Amount = None


class BalanceWire(Wire):
    """The participation as an order names it."""

    id: int | None = None
    amount: Amount = None


class SaleOrderWire(Wire):
    """An order as the methods of loyalty answer it, and as much of a whole one."""

    id: int | None = None
    external_id: Text = None
    status: Text = None
    total_summ: Amount = None
    bonuses_charge_total: Amount = None
    bonuses_credit_total: Amount = None
    privilege_type: Text = None
    loyalty_account: Annotated[BalanceWire, BeforeValidator(as_map)] = BalanceWire()
    items: Annotated[tuple[SaleItemWire, ...], BeforeValidator(as_rows)] = ()
    payments: Annotated[tuple[PaymentWire, ...], BeforeValidator(as_rows)] = ()


class EventWire(Wire):
    """The event discount of a row of ``calculations``."""

    id: int | None = None


class CalculationWire(Wire):
    """What an order would be under one privilege."""

    privilege_type: str = "none"
    max_charge_bonuses: Amount = None
    maximum: bool = False
    loyalty_event_discount: Annotated[EventWire, BeforeValidator(as_map)] = EventWire()


class CalculatedWire(Wire):
    """Answer of ``loyalty/calculate``."""

    order: SaleOrderWire
    calculations: Annotated[tuple[CalculationWire, ...], BeforeValidator(as_rows)] = ()


class AppliedWire(Wire):
    """Answer of the calls that move bonuses of an order."""

    order: Annotated[SaleOrderWire, BeforeValidator(as_map)] = SaleOrderWire()
    verification: CheckWire | None = None


class ActivatedWire(Wire):
    """Answer of an activation: done, or waiting for the code of an SMS."""

    loyalty_account: Annotated[AccountWire, BeforeValidator(as_map)] = AccountWire()
    verification: CheckWire | None = None


class OperationsWire(Wire):
    """A page of postings; they are read one by one."""

    bonus_operations: Annotated[tuple[dict[str, Any], ...], BeforeValidator(as_rows)] = ()
    pagination: CustomValues = Field(default_factory=dict)
