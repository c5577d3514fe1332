"""Settings of one RetailCRM account: address, key, shop, and the maps between its codes and ours.

A map goes from the vendor's code to the canonical one. Back, the code of ``preferred_*`` is taken,
else the first code of the map with that meaning. Codes are the account's own, so all maps can be
replaced; the defaults fit a fresh account.
"""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from gateway.canonical import OrderStatus, PaymentState

from .config_services import CODE, LoyaltySettings, ModuleSettings, StoreSettings

STATUSES = {
    "new": OrderStatus.NEW,
    "availability-confirmed": OrderStatus.APPROVAL,
    "offer-analog": OrderStatus.APPROVAL,
    "client-confirmed": OrderStatus.APPROVAL,
    "prepayed": OrderStatus.APPROVAL,
    "send-to-assembling": OrderStatus.ASSEMBLING,
    "assembling": OrderStatus.ASSEMBLING,
    "assembling-complete": OrderStatus.ASSEMBLING,
    "send-to-delivery": OrderStatus.DELIVERY,
    "delivering": OrderStatus.DELIVERY,
    "redirect": OrderStatus.DELIVERY,
    "delivered": OrderStatus.DELIVERY,
    "complete": OrderStatus.COMPLETE,
    "no-call": OrderStatus.CANCELLED,
    "no-product": OrderStatus.CANCELLED,
    "already-buyed": OrderStatus.CANCELLED,
    "delyvery-did-not-suit": OrderStatus.CANCELLED,
    "prices-did-not-suit": OrderStatus.CANCELLED,
    "cancel-other": OrderStatus.CANCELLED,
}
"""The stock status codes with their meaning, in the vendor's spelling (reference books)."""

STATUS_GROUPS = {
    "new": OrderStatus.NEW,
    "approval": OrderStatus.APPROVAL,
    "assembling": OrderStatus.ASSEMBLING,
    "delivery": OrderStatus.DELIVERY,
    "complete": OrderStatus.COMPLETE,
    "cancel": OrderStatus.CANCELLED,
}
"""The meaning of the status groups, for statuses that the account made itself."""

PREFERRED_STATUSES = {
    OrderStatus.NEW: "new",
    OrderStatus.APPROVAL: "client-confirmed",
    OrderStatus.ASSEMBLING: "assembling",
    OrderStatus.DELIVERY: "delivering",
    OrderStatus.COMPLETE: "complete",
    OrderStatus.CANCELLED: "cancel-other",
}

PAYMENT_TYPES = {
    "cash": "cash",
    "bank-card": "card",
    "bank-transfer": "bank_transfer",
    "credit": "credit",
    "e-money": "e_money",
}

PAYMENT_STATUSES = {
    "not-paid": PaymentState.PENDING,
    "invoice": PaymentState.PENDING,
    "payment-start": PaymentState.PENDING,
    "credit-check": PaymentState.PENDING,
    "credit-approved": PaymentState.PENDING,
    "fail": PaymentState.PENDING,
    "paid": PaymentState.PAID,
}

DELIVERY_TYPES = {"courier": "courier", "self-delivery": "pickup"}


class OrderFields(BaseModel):
    """Codes of the order's custom fields; ``None`` leaves the value out on this account.

    All are of the type string. ``prepare`` creates those that are named and absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    promo_code: str | None = Field(default="promo_code", pattern=CODE)
    card_number: str | None = Field(default="card_number", pattern=CODE)
    edit_mark: str | None = Field(default=None, pattern=CODE)

    def named(self) -> dict[str, str]:
        """Return canonical field → custom field code, for those that are used."""
        codes = {
            "promo_codes": self.promo_code,
            "card_number": self.card_number,
            "edit_mark": self.edit_mark,
        }
        return {name: code for name, code in codes.items() if code is not None}


class RetailCrmSettings(BaseModel):
    """One account at RetailCRM.

    Shape: ``url`` is the account's address without a path; ``site`` the code of the shop that is
    written to and read. ``customer_attributes`` and ``order_attributes`` go from the canonical code
    to the custom field's code. ``webhook_token`` is the secret of the account's triggers.
    Units: names ending in ``_s`` are seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: str = Field(pattern=r"^https?://[^/?#\s]+/?$")
    api_key: SecretStr
    site: str = Field(pattern=CODE)
    time_zone: str = "Europe/Moscow"
    currency: str = Field(default="RUB", pattern=r"^[A-Z]{3}$")
    home_country: str = Field(default="RU", pattern=r"^[A-Z]{2}$")
    first_load: Literal["from_now", "all"] = "from_now"
    overlap_s: int = Field(default=60, ge=0, le=86_400)
    edits_at_once: int = Field(default=4, ge=1, le=10)
    system_code: str = Field(default="gateway", pattern=CODE)
    offer_key: Literal["externalId", "xmlId"] = "externalId"
    product_key: Literal["external_id", "sku"] = "external_id"
    mailing_consent: str = "mailing:email"
    removed_line_status: str | None = Field(default="failure", pattern=CODE)
    new_line_status: str = Field(default="new", pattern=CODE)
    statuses: dict[str, OrderStatus] = STATUSES
    status_groups: dict[str, OrderStatus] = STATUS_GROUPS
    preferred_statuses: dict[OrderStatus, str] = PREFERRED_STATUSES
    payment_types: dict[str, str] = PAYMENT_TYPES
    preferred_payment_types: dict[str, str] = Field(default_factory=dict)
    fallback_payment_type: str | None = "bank-card"
    payment_statuses: dict[str, PaymentState] = PAYMENT_STATUSES
    preferred_payment_statuses: dict[PaymentState, str] = Field(default_factory=dict)
    delivery_types: dict[str, str] = DELIVERY_TYPES
    preferred_delivery_types: dict[str, str] = Field(default_factory=dict)
    order_methods: dict[str, str] = Field(default_factory=dict)
    order_fields: OrderFields = OrderFields()
    order_attributes: dict[str, str] = Field(default_factory=dict)
    customer_attributes: dict[str, str] = Field(default_factory=dict)
    loyalty: LoyaltySettings | None = None
    store: StoreSettings = StoreSettings()
    module: ModuleSettings | None = None
    webhook_token: SecretStr | None = Field(default=None, min_length=16)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            msg = "time_zone: no such zone; write it as in the account's settings (Europe/Moscow)"
            raise ValueError(msg) from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone: all moments without a zone are in it."""
        return ZoneInfo(self.time_zone)
