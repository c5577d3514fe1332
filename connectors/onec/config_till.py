"""Settings of the tills that call the gateway as they would call a 1C server of loyalty."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints, model_validator

from .config_part import Part

GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
UserName = Annotated[str, StringConstraints(pattern=r"^[^:\s][^:]{0,47}$")]
"""A user's name is the name of its sales, too, so that it holds no colon; Basic forbids it too."""


class TillUser(Part):
    """A user under whom tills log in. ``shop`` and ``brand`` choose the processor."""

    password: SecretStr = Field(min_length=1)
    shop: str = ""
    brand: str = ""


class CardType(Part):
    """A kind of cards as a till offers it to the cashier, under its reference at the till."""

    id: str = Field(pattern=GUID)
    name: str
    personal: bool = True
    generates_number: bool = False


class Accrual(Part):
    """What a till writes beside points that a receipt will bring.

    Shape: ``rule`` is the reference of the discount at the till that stands for the processor's
    rules. Units: days until points work, months until they burn, none for never.
    """

    rule: str | None = Field(default=None, pattern=GUID)
    name: str = ""
    after_days: int = Field(default=0, ge=0)
    months: int | None = Field(default=None, ge=1)


class LoyaltyServer(Part):
    """The till's side of the HTTP service ``loyaltyservice`` of УНФ.

    Shape: ``bonus_currency`` is the numeric code of the currency. ``goods``: the rows of a card's
    last calculation go along when its points are blocked and written off. Units:
    ``payment_percent`` percent of a receipt that points may pay, ``bonus_rate`` money for a point.
    """

    payment_percent: Decimal = Field(default=Decimal(100), ge=0, le=100)
    bonus_rate: Decimal = Field(default=Decimal(1), gt=0)
    bonus_currency: str = "643"
    card_types: tuple[CardType, ...] = ()
    accrual: Accrual = Accrual()
    goods: bool = False


class DiscountServer(Part):
    """The till's side of the SOAP service ``DiscountService`` of Розница 2.x.

    Shape: ``address`` is written into the WSDL, where tills reach the gateway by another address
    than the one they ask. ``coupon_discount`` is the reference of the discount at the till that a
    valid coupon of the processor stands for.
    """

    address: str | None = Field(default=None, pattern=r"^https?://[^?#\s]+$")
    coupon_discount: str | None = Field(default=None, pattern=GUID)


class Till(Part):
    """Tills that call the gateway, with at least one of the two services.

    Shape: ``programme`` chooses one of a member's accounts, the first without it.
    Units: ``deadline_ms`` milliseconds that one question to the processor may take; a call of a
    till may ask up to four.
    """

    users: dict[UserName, TillUser] = Field(min_length=1)
    deadline_ms: int = Field(default=1500, ge=100, le=15_000)
    programme: str | None = None
    loyaltyservice: LoyaltyServer | None = None
    discountservice: DiscountServer | None = None

    @model_validator(mode="after")
    def _has_a_service(self) -> Till:
        if self.loyaltyservice is None and self.discountservice is None:
            msg = "till: name the service that tills call: loyaltyservice or discountservice"
            raise ValueError(msg)
        return self
