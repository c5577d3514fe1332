"""Settings of the tills that call the gateway as they would call a 1C server of loyalty."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints, model_validator

from .config_part import Part

GUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
UserName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$")]


class TillUser(Part):
    """A user under whom tills log in, by the name of its sales.

    Shape: ``login`` is the name with which it logs in, where that is another one (Cyrillic, as a
    rule). ``shop`` and ``brand`` choose the processor.
    """

    login: str | None = Field(default=None, pattern=r"^[^:]{1,100}$")
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

    Shape: ``bonus_currency`` is the numeric code of the currency. ``goods`` is what the processor
    is told to be paid with points: ``amount``, one line that costs just what they pay, so that
    nothing is earned with it; ``calculated``, the rows of the card's last calculation.
    Units: ``payment_percent`` percent of a receipt that points may pay, ``bonus_rate`` money for a
    point.
    """

    payment_percent: Decimal = Field(default=Decimal(100), ge=0, le=100)
    bonus_rate: Decimal = Field(default=Decimal(1), gt=0)
    bonus_currency: str = "643"
    card_types: tuple[CardType, ...] = ()
    accrual: Accrual = Accrual()
    goods: Literal["amount", "calculated"] = "amount"


class DiscountServer(Part):
    """The till's side of the SOAP service ``DiscountService`` of Розница 2.x.

    Shape: ``address`` is written into the WSDL, where tills reach the gateway by another address
    than the one they ask. ``coupon_discount`` is the reference of the discount at the till that a
    valid coupon of the processor stands for. ``sums_without_points``: the sums of a document are
    those after its points were taken off. Units: ``bonus_rate`` money for a point.
    """

    address: str | None = Field(default=None, pattern=r"^https?://[^?#\s]+$")
    coupon_discount: str | None = Field(default=None, pattern=GUID)
    sums_without_points: bool = True
    bonus_rate: Decimal = Field(default=Decimal(1), gt=0)


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
